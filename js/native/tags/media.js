// @ts-check
// The tags that the platform draws with means of its own: pictures in motion, maps, pages of others.
import { canvas } from "./canvas.js";
import { map } from "./map.js";
import { video } from "./video.js";
import { webView } from "./web-view.js";

/** @type {(options: { folder: native.Folder }) => Record<string, import("./index.js").Tag>} */
export const media = ({ folder }) => ({ ...canvas, ...map(folder), ...video(folder), ...webView(folder) });

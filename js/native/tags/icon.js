// @ts-check
// <icon>: drawn here, in a square of 24.
import { h } from "preact";
import { element, number } from "./element.js";

const DISC = "M12 1a11 11 0 1 0 0 22a11 11 0 0 0 0-22z";
const RING = `${DISC}M12 2.8a9.2 9.2 0 1 1 0 18.4a9.2 9.2 0 0 1 0-18.4z`;
const TICK = "M10.4 16.9L5.8 12.3l1.5-1.5l3.1 3.1l6.3-6.3l1.5 1.5z";
const CROSS = "M8.3 7l3.7 3.7L15.7 7L17 8.3L13.3 12l3.7 3.7l-1.3 1.3L12 13.3L8.3 17L7 15.7l3.7-3.7L7 8.3z";

/** @type {Record<string, [path: string, color: string]>} what is drawn over what is drawn already is a hole in it */
const ICONS = {
  success: [DISC + TICK, "#1677ff"],
  success_no_circle: ["M9.3 19.2L2.6 12.5l1.7-1.7l5 5L19.7 5.4l1.7 1.7z", "#1677ff"],
  info: [`${DISC}M11 10.5h2V18h-2zM11 6.2h2v2.2h-2z`, "#1677ff"],
  warn: [`${DISC}M11 6h2v7.7h-2zM11 15.7h2v2.2h-2z`, "#ff3b30"],
  waiting: [`${DISC}M11 5.5h2v6l4.2 2.6l-1 1.7L11 12.6z`, "#1677ff"],
  cancel: [RING + CROSS, "#ff3b30"],
  clear: [DISC + CROSS, "#b2b2b2"],
  download: [`${RING}M11 6h2v7l2.6-2.6l1.4 1.4l-5 5l-5-5l1.4-1.4L11 13z`, "#1677ff"],
  search: ["M10.5 3a7.5 7.5 0 1 0 4.6 13.4l4.6 4.6l1.4-1.4l-4.7-4.6A7.5 7.5 0 0 0 10.5 3zm0 1.9a5.6 5.6 0 1 1 0 11.2" +
    "a5.6 5.6 0 0 1 0-11.2z", "#b2b2b2"],
  loading: ["M12 2a10 10 0 1 0 10 10h-2a8 8 0 1 1-8-8z", "#999"],
};

/** @type {(attributes: native.Attributes) => native.VNode} */
export const icon = (attributes) => {
  const { type, size, color } = attributes.props;
  const name = Object.hasOwn(ICONS, String(type)) ? String(type) : "";
  const [d, own] = ICONS[name] ?? ["", "currentColor"];
  const side = number(size, 23);
  const drawn = h("svg", { viewBox: "0 0 24 24", width: side, height: side, "aria-hidden": "true" }, [
    h("path", { d, fill: color || own, "fill-rule": "evenodd" }),
  ]);
  return element("icon", attributes, drawn, { type: name || undefined });
};

// @ts-check
// <video>: the browser's.
import { emit } from "../events.js";
import { CONTEXT } from "./contexts.js";
import { element, isOn, number } from "./element.js";

/** @type {(video: HTMLVideoElement) => object} what my.createVideoContext(id) does */
const contextOf = (video) => ({
  play: () => void video.play().catch(() => {}),
  pause: () => video.pause(),
  stop: () => {
    video.pause();
    video.currentTime = 0;
    video.dispatchEvent(new CustomEvent("bridge-stop"));
  },
  seek: (/** @type {any} */ to) => void (video.currentTime = number(Object(to).position ?? to, 0)),
  mute: (/** @type {any} */ to) => void (video.muted = isOn(Object(to).ison ?? to ?? true)),
  playbackRate: (/** @type {any} */ to) => void (video.playbackRate = number(Object(to).rate ?? to, 1)),
  requestFullScreen: () => void video.requestFullscreen?.().catch(() => {}),
  exitFullScreen: () => void (document.fullscreenElement && document.exitFullscreen()),
  showStatusBar: () => {},
  hideStatusBar: () => {},
  status: () => ({ isPlaying: !video.paused, currentTime: video.currentTime }),
});

/** @type {(video: HTMLVideoElement) => object} */
const timeOf = ({ currentTime, duration }) => {
  const length = Number.isFinite(duration) ? duration : 0;
  return { currentTime, duration: length, videoDuration: length, userPlayDuration: currentTime };
};

/** By the browser's event: the program's name and what it is told. */
/** @type {Record<string, [name: string, detail: (video: HTMLVideoElement) => object]>} */
const EVENTS = {
  play: ["play", () => ({})],
  pause: ["pause", () => ({})],
  ended: ["ended", () => ({})],
  "bridge-stop": ["stop", () => ({})],
  timeupdate: ["timeUpdate", timeOf],
  waiting: ["loading", () => ({})],
  playing: ["renderStart", () => ({})],
  error: ["error", ({ error }) => ({ errorCode: error?.code ?? 0, errorMessage: error?.message || "unknown" })],
  fullscreenchange: [
    "fullScreenChange",
    (video) => ({ fullScreen: document.fullscreenElement === video, direction: "vertical" }),
  ],
};

/** @type {(folder: native.Folder) => Record<string, import("./index.js").Tag>} */
export const video = (folder) => ({
  video: (attributes) => {
    /** @type {(name: string) => any} */
    const get = (name) => attributes.props[name];
    /** @type {(value: unknown) => string | undefined} */
    const address = (value) => (value ? folder.address(String(value), ...attributes.owner.from) : undefined);
    /** @type {Record<string, any>} */
    const more = {
      src: address(get("src")),
      poster: address(get("poster")),
      controls: isOn(get("controls") ?? true),
      autoplay: isOn(get("autoplay") ?? false),
      loop: isOn(get("loop") ?? false),
      muted: isOn(get("muted") ?? false),
      playsinline: true,
      style: `object-fit:${/^[\w-]+$/.exec(get("object-fit") ?? "")?.[0] ?? "contain"}`,
      ref: (/** @type {any} */ box) => {
        if (!box || box[CONTEXT]) return;
        box[CONTEXT] = contextOf(box);
        const begin = number(get("initial-time"), 0);
        if (begin > 0) box.addEventListener("loadedmetadata", () => (box.currentTime = begin), { once: true });
      },
    };
    for (const [dom, [name, detail]] of Object.entries(EVENTS)) {
      more[`on${dom}`] = (/** @type {any} */ event) =>
        emit(attributes, name, event.currentTarget, detail(event.currentTarget), event);
    }
    return element("video", attributes, null, more);
  },
});

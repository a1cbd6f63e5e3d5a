// @ts-check
// What a program does with a tag by its id: my.createMapContext and the like. The tags put on their elements what they
// can do; here it is found when it is asked for, in the page that is shown.

/** Where an element keeps what can be done with it: an object of functions. */
export const CONTEXT = Symbol.for("bridge.context");

/** @type {(id: string) => any} */
const find = (id) => {
  const all = /** @type {any[]} */ ([...document.querySelectorAll(`#${CSS.escape(id)}`)]).filter((it) => it[CONTEXT]);
  // Pages below have such elements, too.
  return (all.filter((it) => it.checkVisibility()).at(-1) ?? all.at(-1))?.[CONTEXT];
};

/** @type {(kind: string, methods: string) => (id: unknown) => object} */
const maker = (kind, methods) => (id) => {
  /** @type {Record<string, Function>} */
  const context = {};
  for (const method of methods.split(/\s+/)) {
    context[method] = (/** @type {any[]} */ ...args) => {
      const { success, fail, complete } = Object(args[0]);
      const found = find(String(id));
      /** @type {(result: object, ...callbacks: any[]) => void} */
      const answer = (result, ...callbacks) => {
        for (const callback of callbacks) if (typeof callback === "function") setTimeout(callback, 0, result);
      };
      if (!found?.[method]) {
        console.warn(`[bridge] my.create${kind}Context: the page has no ${kind} with the id ${id}`);
        return answer({ error: 2, errorMessage: `no element with the id ${id}` }, fail, complete);
      }
      const result = found[method](...args) ?? {};
      answer(result, success, complete);
    };
  }
  return context;
};

const MAP = `getCenterLocation moveToLocation includePoints getRegion getScale getRotate getSkew translateMarker
  updateComponents changeMarkers mapToScreen screenToMap showRoute clearRoute gestureEnable showsCompass showsScale
  setMapType calculateDistance`;
const VIDEO = `play pause stop seek mute playbackRate requestFullScreen exitFullScreen showStatusBar hideStatusBar
  status`;

/** What `my` gets where it does not have it. */
export const contexts = {
  createWebViewContext: maker("WebView", "postMessage"),
  createMapContext: maker("Map", MAP),
  createVideoContext: maker("Video", VIDEO),
};

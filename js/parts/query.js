// @ts-check
// `my.createSelectorQuery`: where elements of the page are, and how far they are scrolled.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { setTimeout } = script.host.real;
  const { console } = window;

  /**
   * What is read of one element, or of the window.
   * @typedef {(from: HTMLElement | Window) => object | null} Reading
   * @typedef {(root: ParentNode) => (HTMLElement | Window)[]} Selection
   */

  /**
   * @param {HTMLElement | Window} from
   * @returns {from is Window}
   */
  const isWindow = (from) => from === window;

  /** @type {Reading} */
  const rect = (from) =>
    isWindow(from) ? { width: innerWidth, height: innerHeight } : from.getBoundingClientRect().toJSON();

  /** @type {Reading} */
  const identity = (from) => (isWindow(from) ? { id: "", dataset: {} } : { id: from.id, dataset: { ...from.dataset } });

  /** @type {Reading} */
  const scroll = (from) =>
    isWindow(from)
      ? { scrollLeft: scrollX, scrollTop: scrollY }
      : { scrollLeft: from.scrollLeft, scrollTop: from.scrollTop };

  // Only a canvas has a node. What the platform's canvas can do beyond the browser's is added to it.
  /** @type {Reading} */
  const node = (from) => {
    if (!(from instanceof HTMLCanvasElement)) return { node: null };
    const more = {
      createImage: () => new Image(),
      requestAnimationFrame: requestAnimationFrame.bind(window),
      cancelAnimationFrame: cancelAnimationFrame.bind(window),
    };
    return { node: Object.assign(from, more) };
  };

  // Maps and videos, which have a context on the platform, are not drawn here.
  const context = () => ({ context: null });

  /** @type {(wanted: Record<string, any>) => Reading} */
  const reader = (wanted) => (from) => {
    /** @type {Record<string, unknown>} */
    const all = { ...identity(from), ...rect(from), ...scroll(from) };
    /** @param {string} names */
    const some = (names) => Object.fromEntries(names.split(" ").map((name) => [name, all[name]]));
    const style = isWindow(from) ? null : getComputedStyle(from);
    return {
      ...(wanted.id && some("id")),
      ...(wanted.dataset && some("dataset")),
      ...(wanted.rect && some("left right top bottom")),
      ...(wanted.size && some("width height")),
      ...(wanted.scrollOffset && some("scrollLeft scrollTop")),
      ...(wanted.context && context()),
      ...(wanted.node && node(from)),
      ...Object.fromEntries(
        [wanted.computedStyle ?? []].flat().map((/** @type {any} */ name) => [name, style?.[name] ?? ""]),
      ),
    };
  };

  const createSelectorQuery = () => {
    /** @type {ParentNode} */
    let root = document;
    /** @type {Selection} */
    let selected = () => [];
    let isList = false;
    /** @type {{ read: () => unknown, callback: unknown }[]} */
    const requests = [];

    /** @type {(selector: string, isAll: boolean) => typeof query} */
    const choose = (selector, isAll) => {
      isList = isAll;
      selected = (root) => {
        try {
          return [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(selector))];
        } catch {
          console.warn(`[bridge] my.createSelectorQuery: ${selector} is no selector`);
          return [];
        }
      };
      return query;
    };

    /** @type {(reading: Reading, callback: unknown) => typeof query} */
    const request = (reading, callback) => {
      const [select, within, isAll] = [selected, root, isList];
      const read = () => {
        const found = select(within);
        return isAll ? found.map(reading) : found[0] ? reading(found[0]) : null;
      };
      requests.push({ read, callback });
      return query;
    };

    const query = {
      actions: requests, // which uni-app counts
      select: (/** @type {string} */ selector) => choose(selector, false),
      selectAll: (/** @type {string} */ selector) => choose(selector, true),
      selectViewport: () => {
        isList = false;
        selected = () => [window];
        return query;
      },
      // An element stands for the component that is the place to look.
      in: (/** @type {any} */ component) => {
        root = component?.querySelectorAll ? component : document;
        return query;
      },
      boundingClientRect: (/** @type {unknown} */ callback) => request(rect, callback),
      scrollOffset: (/** @type {unknown} */ callback) =>
        request((from) => ({ ...identity(from), ...scroll(from) }), callback),
      fields: (/** @type {any} */ wanted, /** @type {unknown} */ callback) => request(reader(wanted || {}), callback),
      node: (/** @type {unknown} */ callback) => request(node, callback),
      context: (/** @type {unknown} */ callback) => request(context, callback),
      exec: (/** @type {unknown} */ callback) => {
        const asked = [...requests];
        setTimeout(() => {
          const results = asked.map(({ read }) => read());
          // Each in a task of its own, so that one that throws does not stop the next.
          for (const [i, { callback }] of asked.entries()) run(callback, results[i]);
          run(callback, results);
        });
      },
    };
    return query;
  };

  /** @type {(callback: any, result: unknown) => void} */
  const run = (callback, result) => typeof callback === "function" && setTimeout(() => callback(result));

  script.bridge = { createSelectorQuery };
})();

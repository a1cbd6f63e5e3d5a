// @ts-check
// `my.createSelectorQuery`: where elements of the page are, and how far they are scrolled. In a native program it looks
// in the page that is shown, and measures from the corner of that page's area.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;
  const { setTimeout } = host.real;
  const { console } = window;

  /** The place of a native program's page. */
  const place = () => host.native?.();

  /**
   * What is read of one element, or of the window.
   * @typedef {(from: HTMLElement | Window) => object | null} Reading
   * @typedef {(within: any) => (HTMLElement | Window)[]} Selection
   */

  /**
   * @param {HTMLElement | Window} from
   * @returns {from is Window}
   */
  const isWindow = (from) => from === window;

  /** @type {Reading} */
  const rect = (from) => {
    const area = place()?.root.getBoundingClientRect();
    if (isWindow(from)) return { width: area?.width ?? innerWidth, height: area?.height ?? innerHeight };
    const { x, y, width, height } = from.getBoundingClientRect();
    return new DOMRect(x - (area?.x ?? 0), y - (area?.y ?? 0), width, height).toJSON();
  };

  /** @type {(element: HTMLElement) => object} with the types of its values, where templates have set it */
  const datasetOf = (element) => ({
    .../** @type {any} */ (element)[Symbol.for("bridge.dataset")] ?? element.dataset,
  });

  /** @type {Reading} */
  const identity = (from) => (isWindow(from) ? { id: "", dataset: {} } : { id: from.id, dataset: datasetOf(from) });

  /** @type {Reading} */
  const scroll = (from) => {
    const scroller = isWindow(from) ? place()?.scroller : from;
    return { scrollLeft: scroller?.scrollLeft ?? scrollX, scrollTop: scroller?.scrollTop ?? scrollY };
  };

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

  // Maps and videos have a context in a native program, not in a web page.
  /** @type {Reading} */
  const context = (from) => ({ context: /** @type {any} */ (from)[Symbol.for("bridge.context")] ?? null });

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
      ...(wanted.context && context(from)),
      ...(wanted.node && node(from)),
      ...Object.fromEntries(
        [wanted.computedStyle ?? []].flat().map((/** @type {any} */ name) => [name, style?.[name] ?? ""]),
      ),
    };
  };

  /**
   * The elements that are where to look, given an element, a component of a native program, or neither.
   * @type {(within: any) => { elements: (HTMLElement | Document)[], isOfComponent: boolean }}
   */
  const roots = (within) => {
    if (within?.querySelectorAll) return { elements: [within], isOfComponent: false };
    const elements = within?.[Symbol.for("bridge.elements")]?.();
    if (elements) return { elements, isOfComponent: true };
    return { elements: [place()?.root ?? document], isOfComponent: false };
  };

  /** @type {(selector: string, within: any) => HTMLElement[]} a component's outermost elements are among its own */
  const find = (selector, within) => {
    const { elements, isOfComponent } = roots(within);
    return elements.flatMap((element) => {
      /** @type {HTMLElement[]} */
      const inner = [...element.querySelectorAll(/** @type {"div"} */ (selector))];
      const isOne = isOfComponent && element instanceof HTMLElement && element.matches(selector);
      return isOne ? [element, ...inner] : inner;
    });
  };

  const createSelectorQuery = () => {
    /** @type {unknown} */
    let root = null;
    /** @type {Selection} */
    let selected = () => [];
    let isList = false;
    /** @type {{ read: () => unknown, callback: unknown }[]} */
    const requests = [];

    /** @type {(selector: string, isAll: boolean) => typeof query} */
    const choose = (selector, isAll) => {
      isList = isAll;
      selected = (within) => {
        try {
          return find(selector, within);
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
      // On a web page, an element stands for the component that is the place to look.
      in: (/** @type {unknown} */ component) => {
        root = component;
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

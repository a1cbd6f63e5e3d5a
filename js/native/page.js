// @ts-check
// Pages: what Page({...}) has said of each, and those that are open.
import { Component, h, render } from "preact";
import { clone } from "./data.js";
import { attempt, fail } from "./faults.js";
import { Live, bind, makeOwner } from "./owner.js";
import { report } from "./problems.js";

/** @type {(text: string) => string} */
const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone "%"
  }
};

/** @type {(url: string) => Record<string, string>} */
export const queryOf = (url) => {
  /** @type {Record<string, string>} */
  const query = {};
  for (const pair of url.replace(/^[^?]*\??/, "").split("&")) {
    if (pair === "") continue;
    const [, name = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(pair) || [];
    query[decoded(name)] = decoded(value);
  }
  return query;
};

/** @type {(url: string) => string} "/pages/a/a?x=1" → "pages/a/a" */
export const routeOf = (url) => url.replace(/^\/+|[?#].*$/gs, "");

/** What pages in either direction say to each other; what is said before somebody hears it waits. */
export const makeChannel = (/** @type {Record<string, unknown>} */ events = {}) => {
  /** @type {Map<string, Set<Function>>} */
  const listeners = new Map();
  const on = (/** @type {string} */ name, /** @type {unknown} */ listener) => {
    if (typeof listener !== "function") return;
    if (!listeners.has(name)) listeners.set(name, new Set());
    listeners.get(name)?.add(listener);
  };
  const off = (/** @type {string} */ name, /** @type {Function} */ listener) => {
    if (listener) listeners.get(name)?.delete(listener);
    else listeners.delete(name);
  };
  const once = (/** @type {string} */ name, /** @type {Function} */ listener) => {
    const first = (/** @type {any[]} */ ...args) => {
      off(name, first);
      listener(...args);
    };
    on(name, first);
  };
  const emit = (/** @type {string} */ name, /** @type {any[]} */ ...args) => {
    for (const listener of [...(listeners.get(name) ?? [])]) attempt(/** @type {any} */ (listener), undefined, ...args);
  };
  for (const [name, listener] of Object.entries(Object(events))) on(name, listener);
  return { on, off, once, emit };
};

/** @typedef {ReturnType<ReturnType<typeof makePages>["open"]>} Page */

let lastView = 0;

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.Modules} options.modules
 * @param {(file: string) => native.Template} options.compile
 * @param {native.Frame} options.frame
 * @param {(is: string) => import("./owner.js").Uses} options.uses
 * @param {ReturnType<typeof import("./component.js").makeComponents>} options.components
 */
export const makePages = ({ folder, modules, compile, frame, uses, components }) => {
  /** @type {Record<string, any> | undefined} what the script that runs has registered */
  let registered;
  let isRegistering = false;

  /** @type {Map<string, Record<string, any>>} */
  const definitions = new Map();

  /** @type {(route: string) => Record<string, any>} */
  const definition = (route) => {
    const known = definitions.get(route);
    if (known) return known;
    const file = `${route}.js`;
    registered = undefined;
    isRegistering = true;
    if (folder.text(file) !== undefined) {
      try {
        modules.require(`/${file}`, "app.js");
        const message = "This script does not call Page()";
        if (!registered) report({ kind: "script", message, file, line: 1, page: route });
      } catch (error) {
        fail(error, { file });
      }
    }
    isRegistering = false;
    const made = registered ?? {};
    definitions.set(route, made);
    return made;
  };

  /** `Page` of the program. */
  const register = (/** @type {Record<string, any>} */ options) => {
    if (isRegistering) registered = Object(options);
    else report({ kind: "script", message: "Page() is called outside of a page's script" });
  };

  /** @type {(route: string) => native.WindowConfig} */
  const configOf = (route) => {
    const own = folder.json(`${route}.json`);
    return { ...folder.json("app.json").window, ...own.window, ...own };
  };

  /**
   * Make a page, which nobody sees or hears of yet.
   * @param {string} url
   * @param {ReturnType<typeof makeChannel>} [channel] to the page that opens it
   */
  const open = (url, channel = makeChannel()) => {
    const route = routeOf(url);
    const query = queryOf(url);
    const sheets = components.sheets(route);
    const options = definition(route);

    /** @type {any} */
    const instance = {};
    for (const [name, value] of Object.entries(options)) {
      instance[name] = typeof value === "function" && name !== "data" ? bind(value, instance) : clone(value);
    }
    const { data } = options;
    instance.data = {};
    instance.data = typeof data === "function" ? (attempt(data, instance) ?? {}) : clone(Object(data));
    instance.route = route;
    instance.$viewId = ++lastView;
    instance.getOpenerEventChannel = () => channel;

    const live = new Live(instance);
    const owner = makeOwner({ is: route, instance, uses: uses(route), typeOf: components.typeOf });
    const template = compile(`${route}.axml`);

    class View extends Component {
      getChildContext() {
        return { page: instance, route, depth: 0 };
      }
      render() {
        live.begin();
        let children = null;
        try {
          children = template(owner, { ...instance.data });
        } catch (error) {
          fail(error, { file: `${route}.axml` });
        }
        return h(/** @type {any} */ ("page"), null, children);
      }
      componentDidMount() {
        live.view = this;
        if (live.drawn !== instance.data) live.draw();
        live.end();
      }
      componentDidUpdate() {
        live.end();
      }
    }

    let isShown = false;

    /** @type {(name: string, ...args: any[]) => any} tell the page of something */
    const fire = (name, ...args) => {
      if (live.isGone) return undefined;
      const result = attempt(instance[name], instance, ...args);
      const more = attempt(instance.events?.[name], instance, ...args);
      return result ?? more;
    };

    const view = frame.add(configOf(route), {
      pulledDown: (manually) => void fire("onPullDownRefresh", { from: manually ? "manual" : "code" }),
      reachedBottom: () => void fire("onReachBottom"),
      scrolled: (event) => void fire("onPageScroll", event),
      titleClicked: () => void fire("onTitleClick"),
      optionClicked: () => void fire("onOptionMenuClick"),
    });

    return {
      url: `/${url.replace(/^\/+/, "")}`,
      route,
      query,
      instance,
      view,
      sheets,
      fire,
      /** Index of its tab, if it is there as that. */
      tab: /** @type {number | undefined} */ (undefined),
      load: () => void fire("onLoad", query),
      show: () => {
        if (isShown) return;
        isShown = true;
        fire("onShow");
      },
      hide: () => {
        if (!isShown) return;
        isShown = false;
        fire("onHide");
      },
      /** Draw it for the first time. */
      render: () => {
        if (live.isGone || live.view) return;
        try {
          render(h(View, null), view.root);
        } catch (error) {
          fail(error, { file: `${route}.axml` });
        }
        fire("onReady");
      },
      close: () => {
        if (live.isGone) return;
        fire("onUnload");
        live.leave();
        try {
          render(null, view.root);
        } catch (error) {
          fail(error, { file: `${route}.axml` });
        }
        view.remove();
      },
    };
  };

  return { register, open };
};

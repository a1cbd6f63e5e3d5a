// @ts-check
// From page to page: what the addresses mean, the answers to my.navigateTo and the like, and the browser's history.
//
// The stack is what counts, and changes at once. The history follows it: each entry of it has the whole stack for its
// state, so that a reload finds all pages again, and the browser's own buttons lead to them.
import { folderOf, normal } from "./folder.js";
import { makeChannel, routeOf } from "./page.js";
import { report } from "./problems.js";
import { MAX_PAGES } from "./stack.js";

const MAX_WAIT = 1000;

/** @type {(app: any) => string[]} the routes of all pages */
export const routesOf = (app) => {
  const routes = Array.isArray(app.pages) ? app.pages.map(String) : [];
  const parts = app.subPackages ?? app.subpackages;
  for (const { root = "", pages } of Array.isArray(parts) ? parts.map(Object) : []) {
    for (const page of Array.isArray(pages) ? pages : []) routes.push(`${root}/${page}`);
  }
  return routes.map(normal);
};

/** @type {(a: string[], b: string[]) => boolean} whether b begins with a */
const begins = (a, b) => a.every((url, index) => url === b[index]);

/**
 * @param {object} options
 * @param {wire.Host} options.host
 * @param {Record<string, any>} options.parts
 * @param {native.Folder} options.folder
 * @param {ReturnType<typeof import("./stack.js").makeStack>} options.stack
 * @param {(route: string) => number | undefined} options.tabOf
 * @param {(url: string) => void} options.onMissing nobody has this page
 */
export const makeNavigation = ({ host, parts, folder, stack, tabOf, onMissing }) => {
  const { setTimeout, clearTimeout } = host.real;
  const routes = routesOf(folder.json("app.json"));
  const known = new Set(routes);
  const first = `/${routes[0] ?? ""}`;

  /** @type {(url: unknown) => boolean} */
  const isThere = (url) => known.has(routeOf(String(url)));

  /** @type {(written: string) => string} the address from the root: "/pages/a/a?x=1" */
  const absolute = (written) => {
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(written.trim()) || [];
    const far = normal(path);
    if (path.startsWith("/")) return `/${far}${rest}`;
    const near = normal(`${folderOf(stack.top()?.route ?? "")}/${path}`);
    const isNear = path.startsWith(".") || path === "" || known.has(near) || !known.has(far);
    return `/${isNear ? near : far}${rest}`;
  };

  // The browser's history.

  /** @type {(url: string) => string} */
  const addressOf = (url) => `${location.pathname}${location.search}#${url}`;

  /** @type {string[]} the stack that the history's entry has */
  let noted = [];
  let isMoving = false;
  /** @type {(() => void) | undefined} run when the history has moved, by us */
  let arrived;
  let last = Promise.resolve();
  let steps = 0;

  const tell = () => host.tell("bridge.moved", { url: location.href });

  /** @type {(step: () => void | Promise<void>) => void} one after the other */
  const enqueue = (step) => {
    steps++;
    isMoving = true;
    last = last.then(step).finally(() => {
      isMoving = --steps > 0;
    });
  };

  /** @type {(count: number) => Promise<void>} */
  const goBack = (count) =>
    new Promise((resolve) => {
      if (count <= 0) return resolve();
      const timer = setTimeout(() => arrived?.(), MAX_WAIT);
      arrived = () => {
        arrived = undefined;
        clearTimeout(timer);
        resolve();
      };
      history.go(-count);
    });

  /** Let the history have the stack as it is now. */
  const follow = () => {
    const urls = stack.urls;
    const address = addressOf(urls.at(-1) ?? first);
    enqueue(async () => {
      const added = urls.length - noted.length;
      if (added < 0) await goBack(-added);
      for (let count = added - 1; count > 0; count--) history.pushState({ stack: urls.slice(0, -count) }, "", address);
      if (added > 0 && noted.length > 0) history.pushState({ stack: urls }, "", address);
      else history.replaceState({ stack: urls }, "", address);
      noted = urls;
      tell();
    });
  };

  /** @type {() => string} what the address of the browser asks for */
  const asked = () => {
    const hash = location.hash.replace(/^#!?\/*/, "");
    return hash === "" ? first : `/${hash}`;
  };

  /** @type {() => string[] | undefined} what the history's entry has, if there are such pages */
  const remembered = () => {
    const urls = Object(history.state).stack;
    return Array.isArray(urls) && urls.length > 0 && urls.every(isThere) ? urls : undefined;
  };

  /** The browser shows another entry. */
  const look = () => {
    if (arrived) return arrived();
    if (isMoving) return; // the stack goes on from where it was
    const urls = remembered();
    const current = stack.urls;
    if (urls) {
      if (urls.length === current.length && begins(urls, current)) return;
      noted = urls;
      if (urls.length < current.length && begins(urls, current)) stack.back(current.length - urls.length);
      else if (urls.length === current.length + 1 && begins(current, urls)) stack.open(urls.at(-1) ?? first);
      else stack.restart(urls);
      return tell();
    }
    const url = asked();
    noted = [""]; // an entry that has no stack yet
    enter(url);
    follow();
  };

  /** @type {(url: string) => void} open a page that somebody has typed */
  const enter = (url) => {
    if (!isThere(url)) onMissing(url);
    stack.restart([isThere(url) ? url : first]);
  };

  // The answers.

  /** @type {Set<object>} options of calls that have no outcome yet */
  const pending = new Set();

  for (const api of ["navigateTo", "redirectTo", "switchTab", "reLaunch", "pushWindow"]) {
    host.begin[api] = (options) => {
      const { url } = options;
      if (typeof url !== "string" || url === "") return options;
      const whole = { ...options, url: absolute(url) };
      pending.add(whole);
      stack.leave();
      // A handler of Python's may answer, and no page be opened.
      setTimeout(() => pending.delete(whole), MAX_WAIT);
      return whole;
    };
  }
  const undo = host.undo;
  host.undo = (options) => {
    pending.delete(options);
    undo?.(options);
  };

  /** @type {(api: string, go: (url: string, options: wire.Options) => unknown) => wire.Answerer} */
  const opening = (api, go) => (options) => {
    pending.delete(options);
    const { url } = options;
    if (typeof url !== "string" || url === "") throw host.failures.invalid;
    const isTab = api !== "switchTab" || tabOf(routeOf(url)) !== undefined;
    if (!isThere(url) || !isTab) {
      const name = routeOf(url);
      // Most programs do not ask whether it has failed.
      const message = `${api}: app.json has no ${isThere(url) ? "tab" : "page"} "${name}"`;
      const page = stack.top()?.route;
      report({ kind: "script", message, ...(page ? { page } : {}) });
      throw { error: 1, errorMessage: `can not find page:${name} when execute ${api} for url ${url}` };
    }
    const result = go(url, options);
    follow();
    return result;
  };

  const navigateTo = opening("navigateTo", (url, { events }) => {
    if (stack.pages.length >= MAX_PAGES) {
      throw { error: 1, errorMessage: `depth can not be more than ${MAX_PAGES}` };
    }
    const channel = makeChannel(/** @type {any} */ (events));
    stack.open(url, channel);
    return { eventChannel: channel };
  });

  /** @type {(delta?: unknown) => void} */
  const back = (delta) => {
    const steps = Math.max(1, Math.trunc(Number(delta ?? 1)) || 1);
    stack.back(steps);
    follow();
  };

  /** @type {wire.Answerer} */
  const navigateBack = ({ delta }) => {
    const errorMessage = "already top of navigation";
    // The platform has the text where other failures have their number.
    if (stack.pages.length < 2) throw { error: errorMessage, errorMessage };
    back(delta);
  };

  /** @type {(url: string) => void} */
  const switchTab = (url) => {
    stack.toTab(url.replace(/[?#].*$/s, ""));
    follow();
  };

  parts["navigation.js"] = Promise.resolve({
    navigateTo,
    pushWindow: navigateTo,
    popWindow: navigateBack,
    closeWebview: navigateBack,
    redirectTo: opening("redirectTo", (url) => stack.replace(url)),
    switchTab: opening("switchTab", (url) => stack.toTab(url.replace(/[?#].*$/s, ""))),
    reLaunch: opening("reLaunch", (url) => stack.restart([url])),
    navigateBack,
  });

  return {
    first,
    /** @type {() => string} the page that is asked for, as far as it is there */
    entry: () => remembered()?.at(-1) ?? (isThere(asked()) ? asked() : first),
    /** Show the pages that the browser asks for. */
    begin: () => {
      const urls = remembered();
      if (urls) {
        noted = urls;
        stack.restart(urls);
      } else enter(asked());
      if (noted.length === 0) noted = [""];
      follow();
      window.addEventListener("popstate", look);
      window.addEventListener("hashchange", look);
    },
    back: () => {
      if (stack.pages.length > 1) back();
    },
    switchTab,
    home: () => {
      stack.restart([first]);
      follow();
    },
    isQuiet: () => !isMoving && pending.size === 0,
  };
};

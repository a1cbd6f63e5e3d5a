// @ts-check
// The program as a whole: puts the modules together, runs app.js, and shows the first page.
import { installChrome } from "./chrome.js";
import { makeComponents } from "./component.js";
import { describe, listenToFingers } from "./events.js";
import { attempt, fail, watch } from "./faults.js";
import { makeFrame } from "./frame.js";
import { makeModules } from "./modules.js";
import { makeNavigation } from "./navigation.js";
import { isDrawn, makeUses } from "./owner.js";
import { makePages, queryOf, routeOf } from "./page.js";
import { makePanel } from "./panel.js";
import { onProblem, problems, report } from "./problems.js";
import { makeSjs } from "./sjs.js";
import { makeStack } from "./stack.js";
import { makeStyles } from "./styles.js";
import { contexts } from "./tags/contexts.js";
import { makeTags } from "./tags/index.js";
import { makeTemplates } from "./templates/index.js";

/** The way the program was opened: from a list of programs. */
const SCENE = "1000";

/** For tests, and for the tags: what the runtime lets others ask. */
const NATIVE = Symbol.for("bridge.native");

/** @type {(config: any) => native.TabBarConfig | undefined} as far as its items name pages */
const tabBarOf = ({ tabBar }) => {
  const items = Array.isArray(tabBar?.items) ? tabBar.items : [];
  const named = items.filter((/** @type {any} */ item) => typeof item?.pagePath === "string");
  return named.length > 0 ? { ...tabBar, items: named } : undefined;
};

/** @type {(host: wire.Host) => (api: string) => boolean} whether there is an asynchronous API of this name */
const asking = (host) => {
  const names = new Set(host.apis.flatMap(([, names]) => names.split(" ")));
  return (api) => names.has(api);
};

/** Let it be seen what is wrong, here and in Python, before there is a program and when there will be none. */
export const prepare = (/** @type {wire.Host} */ host) => {
  exposeNothing();
  makePanel();
  onProblem((problem) => host.tell("bridge.problem", problem));
};

/** The runtime itself has failed: say so, in place of a page that is half there. */
export const giveUp = (/** @type {unknown} */ error) => {
  exposeNothing();
  report({ kind: "folder", message: `it cannot be started: ${error}`, fatal: true });
  console.error(error);
};

/** @type {(host: wire.Host, parts: Record<string, any>, nonce: string, folder: native.Folder) => void} */
export const start = (host, parts, nonce, folder) => {
  for (const problem of folder.problems) report(problem);
  if (folder.problems.some(({ fatal }) => fatal)) return;

  const has = asking(host);
  const config = folder.json("app.json");
  const tabBar = tabBarOf(config);
  const tabs = (tabBar?.items ?? []).map(({ pagePath }) => routeOf(pagePath));
  /** @type {(route: string) => number | undefined} */
  const tabOf = (route) => (tabs.includes(route) ? tabs.indexOf(route) : undefined);

  // App.

  /** @type {any} what getApp() returns, before App() has run, too */
  const app = {};
  /** @type {(options: any) => void} */
  const App = (options) => void Object.assign(app, options);

  const globals = {
    App,
    Page: (/** @type {any} */ options) => pages.register(options),
    Component: (/** @type {any} */ options) => components.register(options),
    Mixin: (/** @type {any} */ options) => options,
    Behavior: (/** @type {any} */ options) => options,
    getApp: () => app,
    getCurrentPages: () => stack.pages.map(({ instance }) => instance),
  };

  // What there is.

  const { my } = /** @type {any} */ (window);
  for (const [name, make] of Object.entries(contexts)) my[name] ??= make;
  const tags = makeTags({ folder });
  const modules = makeModules({ folder, nonce, globals });
  const styles = makeStyles({ folder, tags: tags.sheet });
  const sjs = makeSjs({ folder, run: modules.run });
  const { compile } = makeTemplates({ folder, modules, tags, loadSjs: sjs.load });
  const uses = makeUses({ folder, modules });
  const frame = makeFrame({
    folder,
    window: Object(config.window),
    tabBar,
    on: { back: () => navigation.back(), tab: (index) => tapTab(index), home: () => navigation.home() },
  });
  installChrome(host, parts, frame);
  const components = makeComponents({ folder, modules, compile, styles, uses });
  const pages = makePages({ folder, modules, compile, frame, uses, components });
  const stack = makeStack({ make: pages.open, frame, styles, tabOf });
  const navigation = makeNavigation({
    host,
    parts,
    folder,
    stack,
    tabOf,
    onMissing: (url) => {
      const path = routeOf(url);
      report({ kind: "folder", message: `app.json has no page "${path}"`, file: "app.json" });
      attempt(app.onPageNotFound, app, { path, query: queryOf(url), isEntryPage: stack.top() === undefined });
    },
  });

  watch({
    host,
    page: () => stack.top()?.route ?? "",
    onError: (message, trace) => void attempt(app.onError, app, message, trace),
    onRejection: (event) => {
      attempt(app.onUnhandledRejection, app, event);
      host.emit("unhandledRejection", event);
    },
  });

  /** @param {number} index */
  const tapTab = (index) => {
    const item = tabBar?.items[index];
    if (!item) return;
    const event = { index, pagePath: routeOf(item.pagePath), text: item.name };
    stack.top()?.fire("beforeTabItemTap", event);
    navigation.switchTab(`/${event.pagePath}`);
    stack.top()?.fire("onTabItemTap", { from: "user", ...event });
  };

  /** @type {Share} */
  const share = (element) => {
    const page = stack.top();
    if (!page) return;
    const event = { from: "button", target: describe(/** @type {any} */ (element)) };
    const isOwn = typeof page.instance.onShareAppMessage === "function";
    const shared = isOwn
      ? page.fire("onShareAppMessage", event)
      : attempt(app.onShareAppMessage, app, event);
    const title = folder.json("app.json").window?.defaultTitle ?? host.name;
    void Promise.resolve(shared).then((shared) => {
      if (!shared || !has("showSharePanel")) return;
      const { success, fail, complete, ...rest } = { title, path: page.url.slice(1), ...shared };
      return host.call("showSharePanel", { ...rest, success, fail: fail ?? (() => {}), complete });
    }, fail);
  };

  listenToFingers(document);

  // The first page.

  const { setTimeout } = host.real;
  expose({
    settled: async () => {
      do await new Promise((resolve) => setTimeout(resolve));
      while (!isDrawn() || !navigation.isQuiet() || !stack.top());
    },
    current: () => {
      const page = stack.top();
      return { route: page?.route ?? "", query: page?.query ?? {}, stack: stack.urls };
    },
    data: () => stack.top()?.instance.data,
    share,
    problems,
  });
  Object.assign(window, { getApp: globals.getApp, getCurrentPages: globals.getCurrentPages });

  if (folder.text("app.js") !== undefined) {
    try {
      modules.require("/app.js", "app.json");
    } catch (error) {
      fail(error, { file: "app.js" });
    }
  }
  const entry = navigation.entry();
  const launched = { path: routeOf(entry), query: queryOf(entry), scene: SCENE, referrerInfo: {} };
  attempt(app.onLaunch, app, { ...launched });
  attempt(app.onShow, app, { ...launched });
  navigation.begin();

  document.addEventListener("visibilitychange", () => {
    const page = stack.top();
    if (document.visibilityState === "hidden") {
      page?.hide();
      attempt(app.onHide, app);
      host.emit("appHide");
    } else {
      const event = { path: page?.route, query: page?.query, scene: SCENE, referrerInfo: {} };
      attempt(app.onShow, app, event);
      host.emit("appShow", event);
      page?.show();
    }
  });
  my.onKeyboardHeightChange?.((/** @type {object} */ event) => void stack.top()?.fire("onKeyboardHeight", event));
  window.addEventListener("resize", () => {
    stack.top()?.fire("onResize", { size: { windowWidth: innerWidth, windowHeight: innerHeight } });
  });
};

/** @typedef {(element: Element) => void} Share let the user share the page on top */

/**
 * @param {object} known
 * @param {() => Promise<void>} known.settled
 * @param {() => { route: string, query: object, stack: string[] } | undefined} known.current the page on top
 * @param {() => any} known.data
 * @param {Share} known.share
 * @param {native.Problem[]} known.problems
 */
const expose = (known) => void Object.assign(window, { [NATIVE]: known });

const exposeNothing = () =>
  expose({ settled: async () => {}, current: () => undefined, data: () => undefined, share: () => {}, problems });

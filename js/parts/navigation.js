// @ts-check
// From page to page. The stack of pages is the history of the tab.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;

  // Pages put others in their place, for their tests.
  const { fetch, setTimeout } = host.real;

  /** @typedef {{ currentEntry: { index: number } | null }} Navigation not in every browser */
  const place = () => /** @type {{ navigation?: Navigation }} */ (window).navigation?.currentEntry?.index;

  // What switchTab and reLaunch close stays in the history, where nobody can remove it. So the tab notes the place
  // below which there is nothing to go back to.
  const key = () => host.home + "bottom";

  const bottom = () => {
    try {
      return Number(sessionStorage.getItem(key()));
    } catch {
      return 0; // a sandboxed frame has no storage
    }
  };

  /** How many pages lie below this one. */
  const depth = () => {
    const index = place();
    if (index === undefined) return history.length - 1;
    return index - (bottom() <= index ? bottom() : 0);
  };

  /** Where the server of the script has its pages. */
  const served = () => new URL("..", host.home);

  /**
   * What a URL of a page stands for. One that begins with a slash is that of a page of the app.
   * @type {(api: string, url: unknown) => URL}
   */
  const targetOf = (api, url) => {
    if (typeof url !== "string" || !url) throw host.failures.invalid;
    const root = location.href.startsWith(served().href) ? served() : new URL("/", location.href);
    const isOfApp = /^\/(?!\/)/.test(url) && !url.startsWith(root.pathname); // not as location.pathname has it
    let target;
    try {
      target = isOfApp ? new URL(root.href + url.slice(1)) : new URL(url, location.href);
    } catch {
      throw host.failures.invalid;
    }
    const isOurs = target.origin === location.origin || target.origin === served().origin;
    if (!isOurs || !/^https?:$/.test(target.protocol)) {
      console.warn(`[bridge] my.${api}: ${url} is no page of this app; a link leads to other sites`);
      throw host.failures.invalid;
    }
    return target;
  };

  /** @param {URL} url */
  const isThere = async (url) => {
    try {
      const { ok, status } = await fetch(url, { method: "HEAD" });
      return ok || (status !== 404 && status !== 410); // many servers have no answer to HEAD
    } catch {
      return true; // on the server of the script, which only answers its own pages; or the page may not ask
    }
  };

  /**
   * The file that a URL means: in an app, pages are named without their suffix.
   * @type {(target: URL) => Promise<URL | undefined>}
   */
  const find = async (target) => {
    const { pathname } = target;
    const stem = pathname.replace(/\/$/, "");
    const paths = [`${stem}.html`, `${stem}/index.html`];
    // What is asked for in vain stands on the console. The server of the script has files, with suffixes; another one
    // may answer anything.
    const isFile = target.href.startsWith(served().href) && /\/[^/.]+$/.test(pathname);
    paths.splice(isFile ? 1 : 0, 0, pathname);
    for (const path of paths) {
      const candidate = Object.assign(new URL(target), { pathname: path });
      if (await isThere(candidate)) return candidate;
    }
    return undefined;
  };

  /** @type {(api: string, go: (url: string) => void) => wire.Answerer} */
  const opening = (api, go) => async ({ url }) => {
    const target = targetOf(api, url);
    if (api === "switchTab") target.search = "";
    const found = await find(target);
    if (!found) {
      const name = String(url).replace(/^\/|[?#].*$/g, "");
      throw { error: 1, errorMessage: `can not find page:${name} when execute ${api} for url ${url}` };
    }
    setTimeout(() => go(found.href)); // after the callbacks
  };

  /** @param {string} url */
  const restart = (url) => {
    try {
      sessionStorage.setItem(key(), String(place() ?? 0));
    } catch {
      // Then one can go back further than in the wallet.
    }
    location.replace(url);
  };

  /** @type {wire.Answerer} */
  const navigateBack = ({ delta }) => {
    const below = depth();
    const errorMessage = "already top of navigation";
    // The platform has the text where other failures have their number.
    if (below <= 0) throw { error: errorMessage, errorMessage };
    const steps = Math.min(below, Math.max(1, Math.trunc(Number(delta ?? 1)) || 1));
    setTimeout(() => history.go(-steps));
  };

  const navigateTo = opening("navigateTo", (url) => location.assign(url));

  script.bridge = {
    navigateTo,
    pushWindow: navigateTo,
    popWindow: navigateBack,
    closeWebview: navigateBack,
    redirectTo: opening("redirectTo", (url) => location.replace(url)),
    switchTab: opening("switchTab", restart),
    reLaunch: opening("reLaunch", restart),
    navigateBack,
  };
})();

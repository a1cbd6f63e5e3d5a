// @ts-check
// What a mini program changes about its page, as far as a browser shows it: title, colors, loading, scrolling. Around
// the pages of a native program there is more, and js/native/chrome.js puts its own answers before these.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;

  // A page's fake clock must not stop the scrolling.
  const { setTimeout, now } = host.real;

  // The navigation bar. A browser colors its own by the first of these elements: ours is put before those of the page.
  const theme = Object.assign(document.createElement("meta"), { name: "theme-color" });

  /** @type {(color: unknown) => string} older code gives numbers */
  const written = (color) => (typeof color === "number" ? `#${color.toString(16).padStart(6, "0")}` : String(color));

  /** @type {wire.Answerer} */
  const setNavigationBar = ({ title, backgroundColor, titleBarColor, reset }) => {
    const color = backgroundColor ?? titleBarColor; // the latter is Tiki's
    if (title !== undefined && title !== null) document.title = String(title);
    if (reset) theme.remove();
    if (color === undefined || color === null || color === "") return;
    theme.content = written(color);
    document.head.prepend(theme);
  };

  /** @type {wire.Answerer} */
  const getTitleColor = () => {
    /** @type {NodeListOf<HTMLMetaElement>} */
    const themes = document.querySelectorAll("meta[name='theme-color' i]");
    const wanted = [...themes].find(({ content, media }) => content && matchMedia(media).matches);
    const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    context.fillStyle = "#fff";
    context.fillStyle = wanted?.content ?? ""; // without effect if that is no color
    const parts = /^rgba\((.*), (.*), (.*), (.*)\)$/.exec(String(context.fillStyle))?.slice(1).map(Number);
    if (!parts) return { color: `${context.fillStyle}ff`.toUpperCase() };
    parts[3] = Math.round(Number(parts[3]) * 255);
    return { color: "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("").toUpperCase() };
  };

  // The sign that something is being loaded: a line at the upper edge, through which clicks pass.

  const css = `
    .bar {
      --ink: #0b62e4;
      position: fixed; z-index: 2147483647; inset: 0 0 auto; height: 3px; overflow: hidden; pointer-events: none;
      background: color-mix(in srgb, var(--ink) 22%, transparent);
    }
    .bar::before { content: ""; position: absolute; inset: 0; background: var(--ink); transform-origin: 0 0; }
    @media (prefers-color-scheme: dark) { .bar { --ink: #5b96ff; } }
    @media (prefers-reduced-motion: no-preference) {
      .bar::before { animation: pass 1.4s cubic-bezier(0.4, 0, 0.2, 1) infinite; }
    }
    @keyframes pass {
      from { transform: translateX(-40%) scaleX(0.4); }
      to { transform: translateX(100%) scaleX(0.4); }
    }
    @media (forced-colors: active) {
      .bar { forced-color-adjust: none; --ink: Highlight; }
    }
  `;

  const loading = document.createElement("div");
  loading.style.setProperty("all", "initial", "important");
  const bar = Object.assign(document.createElement("div"), { className: "bar", role: "progressbar", lang: "en" });
  bar.ariaLabel = "Loading";
  const sheet = new CSSStyleSheet(); // not a style element, which a strict Content-Security-Policy forbids
  sheet.replaceSync(css);
  const root = loading.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(bar);

  /** @type {wire.Answerer} */
  const showNavigationBarLoading = () => document.documentElement.append(loading);
  /** @type {wire.Answerer} */
  const hideNavigationBarLoading = () => loading.remove();

  /** @type {wire.Answerer} */
  const setBackgroundColor = ({ backgroundColor }) => {
    if (backgroundColor) document.documentElement.style.backgroundColor = written(backgroundColor);
  };

  /**
   * The sign that it is about shows above a page that is being pulled down, which a browser's does not have.
   * @type {wire.Answerer}
   */
  const setBackgroundTextStyle = ({ textStyle }) => {
    if (textStyle !== "dark" && textStyle !== "light") throw host.failures.invalid;
  };

  // Scrolling.

  let scrolling = 0; // which call has the page

  const scrolled = () => host.native?.()?.scroller.scrollTop ?? window.scrollY;

  /** @type {(top: number, duration: number) => Promise<void>} */
  const scroll = (top, duration) =>
    new Promise((resolve) => {
      const mine = ++scrolling;
      const scroller = host.native?.()?.scroller ?? window;
      const from = scrolled();
      const start = now();
      const step = () => {
        const done = duration > 0 ? Math.min(1, (now() - start) / duration) : 1;
        if (mine !== scrolling) return resolve(); // a later call leads elsewhere
        // Slow at both ends. Not smooth by itself, as the page's style may want it: the steps are ours.
        scroller.scrollTo({ top: from + (top - from) * done * done * (3 - 2 * done), behavior: "instant" });
        if (done < 1) setTimeout(step, 16);
        else resolve();
      };
      step();
    });

  /** @type {(selector: string) => Element} */
  const select = (selector) => {
    let element = null;
    try {
      element = (host.native?.()?.root ?? document).querySelector(selector);
    } catch {
      throw host.failures.invalid;
    }
    if (!element) throw `no element is ${selector}`;
    return element;
  };

  /** @type {wire.Answerer} */
  const pageScrollTo = async ({ scrollTop, scrollTo, selector, duration, offsetTop }) => {
    const place = scrollTop ?? scrollTo; // types of Alipay+ have the latter
    let top = Number(place);
    if (place === undefined || place === null) {
      if (!selector) throw { error: 1, errorMessage: "Neither scrollTop nor selector is given" };
      const above = host.native?.()?.root.getBoundingClientRect().top ?? 0;
      const box = select(String(selector)).getBoundingClientRect();
      top = box.top - above + scrolled() + (Number(offsetTop) || 0);
    }
    if (Number.isNaN(top)) throw host.failures.invalid;
    await scroll(top, Number(duration) || 0);
  };

  /** Inputs without a keyboard. */
  const PLAIN = /^(button|checkbox|color|file|image|radio|range|reset|submit)$/;

  /** @type {wire.Answerer} */
  const hideKeyboard = () => {
    let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    if (!(focused instanceof HTMLElement)) return;
    const isField = focused instanceof HTMLInputElement && !PLAIN.test(focused.type);
    if (isField || focused.isContentEditable || focused.matches("textarea")) focused.blur();
  };

  /** What a web page does not have: a tab bar, a page to be pulled down, the wallet's menu. */
  const nothing = () => {};
  const absent = Object.fromEntries(
    [
      "hideBackHome showTabBar hideTabBar setTabBarStyle setTabBarItem setTabBarBadge removeTabBarBadge",
      "showTabBarRedDot hideTabBarRedDot startPullDownRefresh stopPullDownRefresh setCanPullDown hideShareMenu",
    ].flatMap((names) => names.split(" ").map((name) => [name, nothing])),
  );

  script.bridge = {
    ...absent,
    setNavigationBar,
    setTitle: setNavigationBar,
    getTitleColor,
    showNavigationBarLoading,
    hideNavigationBarLoading,
    setBackgroundColor,
    setBackgroundTextStyle,
    pageScrollTo,
    hideKeyboard,
  };
})();

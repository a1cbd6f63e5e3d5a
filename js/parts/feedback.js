// @ts-check
// What my.showToast and my.showLoading draw over the page and its dialogs. Loaded by my.js on first need.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;
  const { setTimeout, clearTimeout } = host.real;

  // A screen reader reads a text out when it changes, not when it is there from the start.
  const NOTICED = 50;
  // Alipay and Tiki show a toast for longer; these are the APIs that only they have.
  const DURATION = host.platform === "alipay-cn" || host.platform === "tiki" ? 3000 : 2000;

  const css = `
    [popover] {
      position: fixed; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center;
      gap: 0.75em; width: auto; height: auto; margin: 0; padding: 2em; border: 0; overflow: hidden; background: none;
      font: 1em/1.45 system-ui, sans-serif; overflow-wrap: anywhere; pointer-events: none;
      -webkit-text-size-adjust: 100%;
    }
    [popover]:has(> .mask:not([hidden])) { pointer-events: auto; cursor: wait; }
    [role=status] {
      display: flex; flex-direction: column; align-items: center; gap: 0.625em; flex: 0 1 auto; min-height: 0;
      max-width: min(20em, 100%); padding: 0.75em 1.125em; border: 1px solid transparent; border-radius: 0.875em;
      overflow: hidden; background: var(--note) padding-box; color: #fff; text-align: center; white-space: pre-line;
      box-shadow: 0 0 0 1px var(--edge), 0 0.5em 2em #00000040;
    }
    [role=status]:empty { display: none; }
    [role=status]:has(i) { min-width: 7.5em; padding: 1.125em; }
    [role=status] > * { flex: none; max-width: 100%; }
    i { display: grid; place-items: center; width: 2.25em; height: 2.25em; }
    i:not(.loading) { border: 2px solid; border-radius: 50%; }
    i::before, i::after { grid-area: 1 / 1; border: 0 solid; }
    .success::before {
      content: ""; width: 0.5em; height: 0.9375em; margin-top: -0.25em; border-width: 0 2px 2px 0; rotate: 45deg;
    }
    .fail::before, .fail::after { content: ""; width: 1.125em; border-top-width: 2px; rotate: 45deg; }
    .fail::after { rotate: -45deg; }
    .exception::before { content: ""; height: 0.75em; margin-top: -0.5em; border-inline-start-width: 2px; }
    .exception::after { content: ""; margin-top: 1em; border-width: 2px; border-radius: 50%; }
    .loading { border: 3px solid #ffffff40; border-top-color: #fff; border-radius: 50%; forced-color-adjust: none; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    button {
      min-height: 2.75em; padding: 0.25em 1.25em; background: #ffffff2b; pointer-events: auto;
    }
    button:hover { background: #ffffff40; }
    @media (prefers-reduced-motion: no-preference) {
      [role=status] { animation: appear 0.15s ease-out; }
      .loading { animation: turn 0.8s linear infinite; }
    }
    @media (prefers-reduced-motion: reduce) { .loading { border-inline-end-color: #fff; } }
    @keyframes turn { to { rotate: 360deg; } }
    @media (forced-colors: active) {
      .loading { border-color: GrayText; border-top-color: CanvasText; }
    }
  `;

  /**
   * What is said where a page gives no text, by the sign.
   * @type {Record<string, string>}
   */
  const WORDS = { none: "", success: "Done", fail: "Failed", exception: "Something is wrong", loading: "Loading" };

  /** @returns {Promise<wire.Frame>} */
  const load = async () => (await host.part("dialog.js")).frame;

  /** @type {(wanted: unknown, usual: number) => number} as far as a timer goes */
  const time = (wanted, usual) => Math.min(Number(wanted) > 0 ? Number(wanted) : usual, 2 ** 31 - 1);

  /** @typedef {{ take: () => void }} Shown what takes it away */

  /** @type {Shown | null} */
  let toast = null;
  /** @type {Shown | null} */
  let loading = null;
  /** @type {{ layer: HTMLElement, drop: () => void } | null} where both are, while one of them is */
  let ground = null;

  /** @param {wire.Frame} frame */
  const lay = ({ make, styles, float }) => {
    const layer = make("div");
    const lost = () => {
      ground = null;
      toast?.take();
      loading?.take();
    };
    return { layer, drop: float(layer, [styles(css)], () => toast?.take(), lost) };
  };

  /**
   * Show a sign, and a text which is read out; return how to take it away.
   * @type {(frame: wire.Frame, status: HTMLElement, sign: string, content: unknown, button?: unknown) => () => void}
   */
  const show = (frame, status, sign, content, button) => {
    const { make } = frame;
    ground ??= lay(frame);
    ground.layer.append(status);
    const text = String(content ?? "");
    const children = sign === "none" ? [] : [make("i", { className: sign, ariaHidden: "true" })];
    if (text) children.push(make("span", { textContent: text, dir: "auto" }));
    else children.push(make("span", { className: "hidden", lang: "en", textContent: WORDS[sign] ?? "" }));
    if (button) children.push(make("button", { textContent: String(button), dir: "auto" }));
    const timer = setTimeout(() => status.append(...children), NOTICED);
    return () => {
      clearTimeout(timer);
      status.remove();
      if (!ground || ground.layer.childElementCount) return;
      ground.drop();
      ground = null;
    };
  };

  // All four wait for the frame, so that they run in the order in which they are called.

  /** @type {wire.Answerer} done when it has gone */
  const showToast = async ({ content, type, duration, buttonText }) => {
    const frame = await load();
    toast?.take();
    const sign = Object.hasOwn(WORDS, String(type)) ? String(type) : "none";
    const hide = show(frame, frame.make("div", { role: "status" }), sign, content, buttonText);
    await new Promise((resolve) => {
      const timer = setTimeout(() => own.take(), time(duration, DURATION));
      const own = {
        take: () => {
          clearTimeout(timer);
          if (toast === own) toast = null;
          hide();
          resolve(null);
        },
      };
      toast = own;
    });
  };

  /** @type {wire.Answerer} */
  const hideToast = async () => {
    await load();
    toast?.take();
  };

  /**
   * A mask keeps touches from the page, and not keys: nobody is to be locked out where nothing hides it again. Nor is
   * it to keep anybody from a sheet that opens after this call: the page may wait for the user's answer to hide it.
   * @type {wire.Answerer}
   */
  const showLoading = async ({ content, delay, mask }) => {
    const frame = await load();
    loading?.take();
    const status = frame.make("div", { role: "status", className: mask === false ? "" : "mask" });
    frame.below.add(status);
    let hide = () => {};
    const timer = setTimeout(() => (hide = show(frame, status, "loading", content)), time(delay, 0));
    loading = {
      take: () => {
        clearTimeout(timer);
        loading = null;
        frame.below.delete(status);
        hide();
      },
    };
  };

  /** @type {wire.Answerer} */
  const hideLoading = async () => {
    await load();
    loading?.take();
  };

  script.bridge = { showToast, toast: showToast, hideToast, showLoading, hideLoading };
})();

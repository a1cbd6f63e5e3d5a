// @ts-check
// What my.* draws over the page. Loaded by my.js on first need; it finds what it needs on this element.
(() => {
  "use strict";

  const { stringify } = JSON;

  /** @param {string} css */
  const styles = (css) => {
    // Not a style element, which a strict Content-Security-Policy forbids.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  };

  // The look of all dialogs. In em, because a rem is the page's to change. Colours are set on the dialog: on the host
  // the page's styles would win. Lines that only forced colours show are there as transparent borders.
  const look = styles(`
    dialog {
      --surface: #f3f4f8; --card: #fff; --line: #e4e6ec; --fill: #e2e5ec; --fill-hover: #d7dbe4;
      --ink: #14161b; --muted: #5a606d; --accent: #0b62e4; --accent-hover: #0953c2; --ring: #0b62e4; --on-accent: #fff;
      --edge: #0000000d; --tint: 93% 0.045; --tinted: 42% 0.13;
      color-scheme: light;
    }
    @media (prefers-color-scheme: dark) {
      dialog {
        --surface: #1a1b1f; --card: #26282e; --line: #363942; --fill: #33363e; --fill-hover: #3d4049;
        --ink: #f3f4f7; --muted: #a5abb8; --accent: #2a6ff0; --accent-hover: #2463dc; --ring: #8ab6ff;
        --edge: #ffffff1a; --tint: 38% 0.075; --tinted: 92% 0.05;
        color-scheme: dark;
      }
    }

    *, ::before, ::after { box-sizing: border-box; }
    [hidden] { display: none !important; }
    dialog {
      width: min(20em, calc(100vw - 3em)); max-width: none; padding: 0; overflow: hidden;
      border: 1px solid transparent; border-radius: 0.875em; background: var(--surface); background-clip: padding-box;
      box-shadow: 0 0 0 1px var(--edge), 0 1.5em 4em #0000004d;
      color: var(--ink); font: 1em/1.45 system-ui, sans-serif; text-align: start; overflow-wrap: anywhere;
      -webkit-tap-highlight-color: transparent; -webkit-text-size-adjust: 100%;
    }
    dialog:focus, h2:focus { outline: none; }
    dialog::backdrop { background: #0a0c1080; }
    h2, h3, p { margin: 0; font-size: 1em; font-weight: inherit; }
    h2 { font-size: 1.1875em; font-weight: 650; line-height: 1.3; letter-spacing: -0.01em; text-wrap: balance; }
    small { color: var(--muted); font-size: 0.8125em; }

    button {
      min-height: 3em; margin: 0; padding: 0.5em 1em; border: 1px solid transparent; border-radius: 0.75em;
      background: var(--fill); color: inherit; font: inherit; font-weight: 600; text-align: center;
      overflow-wrap: break-word; cursor: pointer; touch-action: manipulation;
    }
    button:hover { background: var(--fill-hover); }
    button:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; }
    button.primary { background: var(--accent); color: var(--on-accent); }
    button.primary:hover { background: var(--accent-hover); }
    button[aria-disabled=true], button[aria-disabled=true]:hover {
      background: var(--fill); color: var(--muted); opacity: 0.6; cursor: default;
    }
    .actions { display: flex; flex-wrap: wrap; gap: 0.625em; }
    .actions > button { flex: 1 1 4em; padding-inline: 0.5em; }
    [role=alertdialog] { background-color: var(--card); }
    .text { padding: 1.5em 1.25em 1em; max-height: 60vh; overflow: auto; text-align: center; white-space: pre-line; }
    .text > h2 + p { margin-top: 0.375em; color: var(--muted); }
    .text + .actions { padding: 0 1em 1em; }

    /* A card in the middle of a desk, and at the bottom edge of a phone. */
    .sheet { width: min(26em, calc(100vw - 3em)); max-height: min(85vh, 46em); border-radius: 1.375em; --side: 1.25em; }
    @supports (height: 1dvh) { .sheet { max-height: min(85dvh, 46em); } }
    @media (max-height: 40em) { .sheet { max-height: 94%; } }
    .sheet[open] { display: flex; flex-direction: column; overflow-y: auto; overscroll-behavior: contain; }
    .sheet { scroll-padding-block: 1em 9em; }
    .foot {
      position: sticky; inset-block-end: 0; padding: 0 var(--side) max(0.875em, env(safe-area-inset-bottom));
      background: var(--surface); text-align: center;
    }
    .foot::before { /* what goes on below fades out */
      content: ""; position: absolute; inset: auto 0 100%; height: 1.25em;
      background: linear-gradient(#0000, var(--surface)); pointer-events: none;
    }
    .foot small { display: block; margin-top: 0.875em; line-height: 1.3; text-wrap: balance; }
    @media (max-width: 599px) {
      .sheet {
        --side: 1em; inset: auto 0 0; width: 100%; margin: 0; border-width: 1px 0 0;
        border-end-start-radius: 0; border-end-end-radius: 0;
      }
    }
    @media (prefers-reduced-motion: no-preference) {
      dialog[open] { animation: appear 0.2s cubic-bezier(0.2, 0.8, 0.2, 1); }
      dialog::backdrop { animation: fade 0.2s ease-out; }
      @media (max-width: 599px) {
        .sheet[open] { animation: rise 0.32s cubic-bezier(0.2, 0.85, 0.2, 1); }
      }
    }
    @keyframes appear { from { opacity: 0; transform: scale(0.96) translateY(0.5em); } }
    @keyframes rise { from { transform: translateY(100%); } }
    @keyframes fade { from { opacity: 0; } }
    @media (forced-colors: active) {
      .foot::before { display: none; }
      button[aria-disabled=true] { border-color: GrayText; color: GrayText; opacity: 1; }
    }
  `);

  /** @type {wire.Make} */
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // One dialog at a time, each with a host of its own.

  /** @type {HTMLDialogElement | null} */
  let shown = null;

  /** @param {HTMLDialogElement} dialog */
  const rootOf = (dialog) => /** @type {ShadowRoot} */ (dialog.getRootNode());

  /** @type {(dialog: HTMLDialogElement, sheets: CSSStyleSheet[], signal?: AbortSignal) => Promise<string>} */
  const present = (dialog, sheets, signal) =>
    new Promise((resolve) => {
      const host = make("div");
      host.style.setProperty("all", "initial", "important");
      // The one thing that `all` leaves to the page, and should.
      dialog.dir = getComputedStyle(document.body || document.documentElement).direction;
      // A page that writes its document anew takes the dialog away, and with it all listeners, of the window, too.
      const observer = new MutationObserver(() => host.isConnected || finish());
      const finish = () => {
        observer.disconnect();
        shown = null;
        host.remove();
        resolve(dialog.returnValue);
      };
      dialog.onclose = finish;
      signal?.addEventListener("abort", () => dialog.close());
      const root = host.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [look, ...sheets];
      root.append(dialog);
      document.documentElement.append(host);
      for (const parent of [document, document.documentElement]) observer.observe(parent, { childList: true });
      listen();
      dialog.showModal();
      shown = dialog;
      // What scrolls must be reachable with the keyboard.
      for (const box of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll(".text"))) {
        if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      }
    });

  let last = /** @type {Promise<unknown>} */ (Promise.resolve());
  /** @type {wire.Frame["open"]} */
  const open = (dialog, { sheets = [], signal } = {}) => {
    const closed = last.then(() => (signal?.aborted ? "" : present(dialog, sheets, signal)));
    last = closed.catch(() => {});
    return closed;
  };

  // The page is not to notice what is done in a dialog, nor to hinder it: its keys are not the page's shortcuts, and
  // a click in it is not one beside the page's menu. So these end here, before they begin; what the browser does with
  // them it does all the same.
  const PRIVATE = `
    keydown keypress keyup beforeinput input click dblclick auxclick contextmenu mousedown mouseup pointerdown pointerup
    touchstart touchmove touchend wheel`;

  /** @type {Set<string>} the keys that were pressed in a dialog, which may be gone when they are let go */
  const pressed = new Set();

  /** @param {Event} event */
  const intercept = (event) => {
    const isKey = event instanceof KeyboardEvent;
    if (isKey && event.type !== "keypress" && pressed.delete(event.code) && event.type === "keyup") {
      event.stopImmediatePropagation();
      return;
    }
    if (!shown?.open) return;
    // While nothing has the focus, keys go to the body.
    const isOurs = event.target === rootOf(shown).host || (isKey && event.isTrusted && event.target === document.body);
    if (!isOurs) return;
    event.stopImmediatePropagation();
    if (event.type === "click") press(/** @type {Element} */ (event.composedPath()[0]), shown);
    if (!isKey || event.type !== "keydown") return;
    pressed.add(event.code);
    if (event.key === "Tab") keepFocus(event, shown);
  };
  const listen = () => {
    for (const type of PRIVATE.trim().split(/\s+/)) window.addEventListener(type, intercept, true);
  };
  listen(); // now, to be before those that the page adds from here on

  /** @type {(element: Element, dialog: HTMLDialogElement) => void} */
  const press = (element, dialog) => {
    const button = element.closest("button");
    if (button && button.getAttribute("aria-disabled") !== "true") dialog.close(button.value);
  };

  /** @type {(event: KeyboardEvent, dialog: HTMLDialogElement) => void} */
  const keepFocus = (event, dialog) => {
    /** @type {NodeListOf<HTMLElement>} */
    const all = dialog.querySelectorAll("button, input, select, textarea, [tabindex='0']");
    const stops = [...all].filter((element) => element.getClientRects().length > 0);
    if (event.shiftKey) stops.reverse();
    const focused = rootOf(dialog).activeElement;
    if (focused && focused !== stops.at(-1)) return;
    event.preventDefault();
    stops[0]?.focus();
  };

  // `my.alert`.

  /** @param {unknown} value as the page gave it */
  const words = (value) => {
    if (value === undefined || value === null) return "";
    return typeof value === "object" ? stringify(value) : String(value);
  };

  /**
   * Show an alert; done when the user has dismissed it.
   * @param {{ title?: unknown, content?: unknown, message?: unknown, buttonText?: unknown, button?: unknown }} options
   *   `message` and `button` are the names of the raw bridge
   * @returns {Promise<{}>}
   */
  const alert = async (options) => {
    const title = words(options.title);
    const content = words(options.content ?? options.message);
    const label = words(options.buttonText ?? options.button) || "OK";
    const text = make("div", { className: "text" });
    if (title) text.append(make("h2", { id: "title", textContent: title, dir: "auto" }));
    if (content) text.append(make("p", { id: "content", textContent: content, dir: "auto" }));
    const button = make("button", { className: "primary", textContent: label, dir: "auto", autofocus: true });
    const dialog = make("dialog", { role: "alertdialog" }, text, make("div", { className: "actions" }, button));
    dialog.setAttribute("aria-labelledby", title ? "title" : "content");
    if (title && content) dialog.setAttribute("aria-describedby", "content");
    if (!title && !content) dialog.setAttribute("aria-label", "Alert");
    await open(dialog);
    return {};
  };

  // What Python asks, with a sheet that is a file of its own.

  /** @type {Set<{ id: unknown, socket: WebSocket, controller: AbortController }>} without an answer yet */
  const asks = new Set();
  /** @type {wire.Frame} */
  const frame = { styles, make, open };

  /** @type {(ask: wire.Ask, ...rest: wire.FromShim) => Promise<void>} */
  const answer = async ({ id, params }, socket, part, home, encode) => {
    const controller = new AbortController();
    const { signal } = controller;
    const withdraw = () => controller.abort();
    const ask = { id, socket, controller };
    asks.add(ask);
    socket.addEventListener("close", withdraw, { signal });
    if (socket.readyState !== socket.OPEN) withdraw();
    let reply;
    try {
      if (!innerWidth || !innerHeight) throw "its page has no size, as in a frame that is not displayed";
      const sheet = await part(`${params.sheet}.js`);
      reply = { result: await sheet.show({ ...params, store: home }, frame, signal) };
    } catch (error) {
      // Where a file cannot be loaded, my.js has said so.
      reply = { error: { code: -32000, message: String(error ?? `no ${params.sheet}.js`) } };
    }
    asks.delete(ask);
    if (signal.aborted) return;
    withdraw(); // so that nothing listens to the socket any more
    socket.send(encode({ id, ...reply }));
  };

  /** @type {wire.Receive} */
  const receive = (message, socket, part, home, encode) => {
    if (message.method === "bridge.ask") {
      answer(/** @type {wire.Ask} */ (message), socket, part, home, encode);
    } else if (message.method === "bridge.withdraw") {
      for (const ask of asks) if (ask.socket === socket && ask.id === message.params?.id) ask.controller.abort();
    } else if (message.id !== undefined) {
      const error = { code: -32601, message: `this page knows no ${message.method}` };
      socket.send(encode({ id: message.id, error }));
    }
  };

  Object.assign(/** @type {object} */ (document.currentScript), { bridge: { alert, receive } });
})();

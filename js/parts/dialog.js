// @ts-check
// The frame of all that is drawn over the page, and what Python asks of the page. Loaded by my.js on first need.
(() => {
  "use strict";

  const { host } = /** @type {wire.Script} */ (document.currentScript);

  /** @param {string} css */
  const styles = (css) => {
    // Not a style element, which a strict Content-Security-Policy forbids.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  };

  // The look of all that is drawn. In em, because a rem is the page's to change. Colours are not set on the host, where
  // the page's styles would win. Lines that only forced colours show are there as transparent borders.
  const look = styles(`
    dialog, [popover] {
      --surface: #f3f4f8; --card: #fff; --line: #e4e6ec; --fill: #e2e5ec; --fill-hover: #d7dbe4;
      --ink: #14161b; --muted: #5a606d; --accent: #0b62e4; --accent-hover: #0953c2; --ring: #0b62e4; --on-accent: #fff;
      --edge: #0000000d; --tint: 93% 0.045; --tinted: 42% 0.13;
      --danger: #c0222f; --note: #23262e;
      color-scheme: light;
    }
    @media (prefers-color-scheme: dark) {
      dialog, [popover] {
        --surface: #1a1b1f; --card: #26282e; --line: #363942; --fill: #33363e; --fill-hover: #3d4049;
        --ink: #f3f4f7; --muted: #a5abb8; --accent: #2a6ff0; --accent-hover: #2463dc; --ring: #8ab6ff;
        --edge: #ffffff1a; --tint: 38% 0.075; --tinted: 92% 0.05;
        --danger: #ff8f8f; --note: #3a3d46;
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
    dialog[open] { display: flex; flex-direction: column; overflow-y: auto; overscroll-behavior: contain; }
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
    .actions > button { flex: 1 1 4em; max-width: 100%; padding-inline: 0.5em; }
    [role=alertdialog] { background-color: var(--card); }
    .text {
      padding: 1.5em 1.25em 0.375em; max-height: 60vh; overflow: auto; text-align: center; white-space: pre-line;
    }
    .text > h2 + p { margin-top: 0.375em; color: var(--muted); }
    .text ~ .actions { padding: 0.625em 1em 1em; }

    .field {
      width: auto; min-height: 3em; margin: 0.625em 1em 0.375em; padding: 0.5em 0.875em; border: 1px solid var(--muted);
      border-radius: 0.75em; background: var(--card); color: inherit; font: inherit;
    }
    .field::placeholder { color: var(--muted); opacity: 1; }
    .field:focus { outline: 2px solid var(--ring); outline-offset: -1px; }

    /* A card in the middle of a desk, and at the bottom edge of a phone. */
    .sheet { width: min(26em, calc(100vw - 3em)); max-height: min(85vh, 46em); border-radius: 1.375em; --side: 1.25em; }
    @supports (height: 1dvh) { .sheet { max-height: min(85dvh, 46em); } }
    @media (max-height: 40em) { .sheet { max-height: 94%; } }
    .sheet { scroll-padding-block: 1em 9em; }
    .foot {
      position: sticky; inset-block-end: 0; padding: 0 var(--side) max(0.875em, env(safe-area-inset-bottom));
      background: var(--surface); text-align: center;
    }
    .foot::before { /* what goes on below fades out */
      content: ""; position: absolute; inset: auto 0 100%; height: 1.25em;
      background: linear-gradient(#0000, var(--surface)); pointer-events: none;
    }
    .foot > .actions:only-child { padding-bottom: 0.125em; }
    .foot small { display: block; margin-top: 0.875em; line-height: 1.3; text-wrap: balance; }
    .head { position: relative; padding: 1.75em var(--side) 0; text-align: center; }
    .head h2 { padding: 0 0.5em; }
    .app {
      display: grid; place-items: center; width: 2.5em; height: 2.5em; margin: 0 auto 0.5em; border-radius: 0.75em;
      background: linear-gradient(160deg, oklch(52% 0.15 var(--hue)), oklch(43% 0.15 calc(var(--hue) + 24)));
      color: #fff; font-size: 1.5em; font-weight: 650; letter-spacing: -0.02em; forced-color-adjust: none;
    }
    .close {
      position: absolute; inset-block-start: 0.5em; inset-inline-end: 0.5em; display: grid; place-items: center;
      width: 3em; height: 3em; padding: 0; border-radius: 50%; background: none; color: var(--muted);
    }
    .close:hover { background: none; color: var(--ink); }
    .close::before, .close::after {
      content: ""; grid-area: 1 / 1; width: 1em; border-top: 2px solid; border-radius: 1px; rotate: 45deg;
    }
    .close::after { rotate: -45deg; }
    .close i { grid-area: 1 / 1; width: 2em; height: 2em; border-radius: 50%; background: var(--fill); }
    .close:hover i { background: var(--fill-hover); }
    @media (max-height: 40em) {
      .app { display: none; }
      .head { padding-top: 1.125em; }
      .head h2 { padding: 0 2em; }
    }
    @media (max-width: 17em) { /* a phone at 200% */
      .head { text-align: start; }
      .head h2 { padding: 0; padding-inline-end: 2.25em; font-size: 1.0625em; }
    }
    .scroll {
      flex: 0 1 auto; min-height: 0; padding: 1em var(--side) 1.25em; overflow-y: auto; overscroll-behavior: contain;
      scroll-padding: 1.25em; scrollbar-width: thin; scrollbar-color: var(--line) transparent;
      mask: linear-gradient(#0000, #000 1em);
    }
    .scroll:focus-visible { outline: 2px solid var(--ring); outline-offset: -2px; }
    @media (max-height: 30em) { .scroll { flex: none; overflow: visible; mask: none; } }
    .card { border: 1px solid transparent; border-radius: 1em; background: var(--card); }
    .caption { padding: 0 0.75em 0.5em; color: var(--muted); font-size: 0.875em; font-weight: 600; }
    .row {
      position: relative; display: flex; justify-content: space-between; align-items: center; gap: 0.75em; width: 100%;
      min-height: 3.25em; padding: 0.625em 0.875em; border-radius: 0; background: none; font-weight: 500;
      line-height: 1.3; text-align: start;
    }
    .row:hover { background: none; }
    .row:hover > :first-child { text-decoration: underline 1px; text-underline-offset: 0.2em; }
    .row:focus-visible { outline-offset: -3px; }
    .row:first-child { border-start-start-radius: 1em; border-start-end-radius: 1em; }
    .row:last-child { border-end-start-radius: 1em; border-end-end-radius: 1em; }
    .row + .row::before {
      content: ""; position: absolute; inset-block-start: 0; inset-inline: 0.875em; border-top: 1px solid var(--line);
    }
    .row > :first-child { min-width: 0; }
    code { color: var(--muted); font: 0.75em/1.4 ui-monospace, monospace; }
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
      .foot::before, .row + .row::before { display: none; }
      button[aria-disabled=true] { border-color: GrayText; color: GrayText; opacity: 1; }
    }
  `);

  /** @type {wire.Make} */
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /**
   * What stands for a name: one letter or two, where letters are capitals and neither join nor fill the disc.
   * @param {string} name
   */
  const initials = (name) => {
    const capitals = name.split(/\s+/).flatMap((word) => /[\p{L}\p{N}]/u.exec(word)?.[0].toUpperCase() ?? []);
    return capitals.slice(0, capitals.slice(0, 2).every((letter) => /\p{Lu}/u.test(letter)) ? 2 : 1).join("");
  };

  /**
   * Write a name's initials on a disc whose hue is always the same for an id, and far from that of the next id.
   * @type {(disc: HTMLElement, name: string, id: string) => void}
   */
  const sign = (disc, name, id) => {
    const sum = [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 360, 0);
    disc.style.setProperty("--hue", String((sum * 137) % 360));
    disc.textContent = initials(name);
  };

  // One dialog at a time, each with a host of its own. Only the viewer of pictures may have others above it.

  /** @type {HTMLDialogElement[]} the last is on top */
  let shown = [];
  const top = () => shown.filter(({ open }) => open).at(-1);

  /** @type {Set<HTMLElement>} what a dialog that opens later hides until it is closed */
  const below = new Set();

  /** @param {HTMLDialogElement} dialog */
  const rootOf = (dialog) => /** @type {ShadowRoot} */ (dialog.getRootNode());

  /**
   * Put something drawn into a shadow tree of its own; what holds that.
   * @type {(drawn: HTMLElement, sheets: CSSStyleSheet[]) => HTMLElement}
   */
  const house = (drawn, sheets) => {
    const host = make("div");
    host.style.setProperty("all", "initial", "important");
    // The one thing that `all` leaves to the page, and should.
    drawn.dir = getComputedStyle(document.body || document.documentElement).direction;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [look, ...sheets];
    root.append(drawn);
    return host;
  };

  /**
   * Notice when a host may have been taken away: a page that writes its document anew does that, and takes all
   * listeners, of the window, too.
   * @type {(check: () => void) => MutationObserver}
   */
  const guard = (check) => {
    const observer = new MutationObserver(check);
    observer.observe(document, { childList: true, subtree: true, attributeFilter: ["open"] });
    listen();
    return observer;
  };

  /** @type {(dialog: HTMLDialogElement, sheets: CSSStyleSheet[], signal?: AbortSignal) => Promise<string>} */
  const present = (dialog, sheets, signal) =>
    new Promise((resolve) => {
      const host = house(dialog, sheets);
      const under = top();
      const hidden = [...below].filter((sign) => !sign.hidden);
      const finish = () => {
        observer.disconnect();
        shown = shown.filter((other) => other !== dialog);
        under?.removeAttribute("closedby");
        for (const sign of hidden) sign.hidden = false;
        lift();
        host.remove();
        resolve(dialog.returnValue);
      };
      dialog.onclose = finish;
      signal?.addEventListener("abort", () => dialog.close());
      document.documentElement.append(host);
      const observer = guard(() => host.isConnected || finish());
      dialog.showModal();
      shown.push(dialog);
      // Or one Escape closes both, where the user has done nothing between them.
      under?.setAttribute("closedby", "none");
      for (const sign of hidden) sign.hidden = true;
      if (dialog.autofocus) {
        dialog.focus();
        dialog.scrollTop = 0; // to what has the focus only until now
      }
      lift();
      // What scrolls must be reachable with the keyboard.
      for (const box of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll(".text"))) {
        if (box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      }
    });

  // What lies above the page and the dialogs, and takes no focus.

  /** @type {{ host: HTMLElement, layer: HTMLElement, press: () => void, place?: Element } | null} */
  let floating = null;

  /** What is not in the dialog that is open, be it the page's own, is neither read out nor clicked. */
  const place = () => top() ?? [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.documentElement;

  /** Put it on top. */
  const lift = () => {
    const parent = place();
    if (!floating || !parent?.isConnected) return;
    floating.place = parent;
    parent.append(floating.host); // which hides it
    floating.layer.showPopover();
  };

  /**
   * Show a layer over everything, until what is returned is called. There is one at a time.
   * @type {(layer: HTMLElement, sheets: CSSStyleSheet[], press: () => void, onLost: () => void) => () => void}
   *   `press` runs when a button in it is pressed, `onLost` when the page has taken it away
   */
  const float = (layer, sheets, press, onLost) => {
    layer.popover = "manual";
    const home = document.documentElement;
    const host = house(layer, sheets);
    floating = { host, layer, press };
    const drop = () => {
      observer.disconnect();
      floating = null;
      host.remove();
    };
    lift();
    const observer = guard(() => {
      const isMoved = floating?.place !== place();
      if (home.isConnected && isMoved) lift();
      else if (!home.isConnected || !host.isConnected) {
        drop();
        onLost();
      }
    });
    return drop;
  };

  let last = /** @type {Promise<unknown>} */ (Promise.resolve());
  /** @type {wire.Frame["open"]} */
  const open = (dialog, { sheets = [], signal, isBase = false } = {}) => {
    const closed = last.then(() => (signal?.aborted ? "" : present(dialog, sheets, signal)));
    if (!isBase) last = closed.catch(() => {});
    return closed;
  };

  // The page is not to notice what is done in a dialog, nor to hinder it: its keys are not the page's shortcuts, and
  // a click in it is not one beside the page's menu. So these end here, before they begin; what the browser does with
  // them it does all the same.
  const PRIVATE = `
    keydown keypress keyup beforeinput input click dblclick auxclick contextmenu mousedown mouseup pointerdown pointerup
    touchstart touchmove touchend wheel`;

  /** @type {Map<string, HTMLElement>} where keys were pressed that are down, which may be gone when they are let go */
  const pressed = new Map();

  /** @type {(event: KeyboardEvent, drawn: HTMLElement | undefined) => boolean} whether to keep it from all others */
  const follow = (event, drawn) => {
    const start = pressed.get(event.code);
    if (event.type === "keyup") return pressed.delete(event.code);
    if (event.type !== "keydown") return false;
    // A key that is held down goes on only where it began: nobody is to answer what was not there yet.
    const isStray = event.repeat && start !== drawn;
    if (isStray) event.preventDefault();
    else if (drawn) pressed.set(event.code, drawn);
    else pressed.delete(event.code);
    return isStray;
  };

  /** @param {Event} event */
  const intercept = (event) => {
    const isKey = event instanceof KeyboardEvent;
    const dialog = top();
    const layer = floating && event.composedPath().includes(floating.host) ? floating : null;
    // While nothing has the focus, keys go to the body.
    const isLost = isKey && event.isTrusted && event.target === document.body;
    const isOurs = layer || (dialog && (isLost || event.target === rootOf(dialog).host));
    const isHeld = isKey && follow(event, isOurs ? dialog ?? layer?.layer : undefined);
    if (isOurs || isHeld) event.stopImmediatePropagation();
    if (!isOurs || isHeld) return;
    const element = /** @type {Element} */ (event.composedPath()[0]);
    const button = event.type === "click" && element.closest("button");
    if (button && layer) layer.press();
    else if (button && dialog) press(button, dialog);
    if (!isKey || event.type !== "keydown" || !dialog) return;
    if (event.key === "Tab") keepFocus(event, dialog);
    if (event.key === "Enter" && !event.isComposing && element.matches(".field")) {
      event.preventDefault(); // or the page gets what is left of it
      press(dialog.querySelector(".primary"), dialog);
    }
  };
  const listen = () => {
    for (const type of PRIVATE.trim().split(/\s+/)) window.addEventListener(type, intercept, true);
  };
  listen(); // now, to be before those that the page adds from here on

  /** @type {(button: HTMLButtonElement | null, dialog: HTMLDialogElement) => void} */
  const press = (button, dialog) => {
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    /** @type {HTMLInputElement | null} */
    const wrong = button.matches(".primary") ? dialog.querySelector(".field:invalid") : null;
    if (wrong) wrong.reportValidity();
    else dialog.close(button.value);
  };

  /** @type {(root: Element) => Iterable<HTMLElement>} what the Tab key goes to */
  const stopsIn = (root) => root.querySelectorAll("button, input, select, textarea, [tabindex='0']");

  /** @type {(event: KeyboardEvent, dialog: HTMLDialogElement) => void} */
  const keepFocus = (event, dialog) => {
    const focused = /** @type {Element} */ (event.composedPath()[0]);
    // Such a field has stops of its own, which only the browser knows.
    if (event.shiftKey && focused.matches("[type=date], [type=time], [type=month], [type=datetime-local]")) return;
    const all = [...stopsIn(dialog), ...(floating ? stopsIn(floating.layer) : [])];
    const stops = all.filter((element) => element.getClientRects().length > 0);
    if (event.shiftKey) stops.reverse();
    if (focused !== document.body && focused !== dialog && focused !== stops.at(-1)) return;
    event.preventDefault();
    stops[0]?.focus();
  };

  // What Python asks, with a sheet that is a file of its own.

  /** @type {Set<{ id: unknown, socket: WebSocket, controller: AbortController }>} without an answer yet */
  const asks = new Set();
  /** @type {wire.Frame & { sign: typeof sign, float: typeof float }} */
  const frame = { styles, make, open, sign, float, below };

  /** @type {(ask: wire.Ask, socket: WebSocket) => Promise<void>} */
  const answer = async ({ id, params }, socket) => {
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
      const sheet = await host.part(`${params.sheet}.js`);
      reply = { result: await sheet.show(params, frame, signal) };
    } catch (error) {
      // Where a file cannot be loaded, my.js has said so.
      reply = { error: { code: -32000, message: String(error ?? `no ${params.sheet}.js`) } };
    }
    asks.delete(ask);
    if (signal.aborted) return;
    withdraw(); // so that nothing listens to the socket any more
    socket.send(host.message({ id, ...reply }));
  };

  /** @type {(order: wire.Order, socket: WebSocket) => Promise<void>} */
  const read = async ({ id, params }, socket) => {
    let reply;
    try {
      const files = await host.part("files.js");
      reply = { result: await files.read(params) };
    } catch (error) {
      reply = { error: { code: -32000, message: String(error ?? "no files.js") } };
    }
    socket.send(host.message({ id, ...reply }));
  };

  /** @type {wire.Receive} */
  const receive = (message, socket) => {
    if (message.method === "bridge.ask") {
      answer(/** @type {wire.Ask} */ (message), socket);
    } else if (message.method === "bridge.read") {
      read(message, socket);
    } else if (message.method === "bridge.withdraw") {
      for (const ask of asks) if (ask.socket === socket && ask.id === message.params?.id) ask.controller.abort();
    } else if (message.id !== undefined) {
      const error = { code: -32601, message: `this page knows no ${message.method}` };
      socket.send(host.message({ id: message.id, error }));
    }
  };

  Object.assign(/** @type {object} */ (document.currentScript), { bridge: { frame, receive } });
})();

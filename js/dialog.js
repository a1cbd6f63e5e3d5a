// @ts-check
// The dialogs that my.* draws in the page. Loaded by my.js on first need; it finds what it needs on this element.
(() => {
  "use strict";

  // Not a style element, which a strict Content-Security-Policy forbids.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    dialog {
      box-sizing: border-box; width: min(20rem, calc(100vw - 3rem)); padding: 0; overflow: hidden;
      border: 0; border-radius: 0.875rem; box-shadow: 0 1rem 3rem #0005;
      background: #fff; color: #1a1a1f; font: 1rem/1.45 system-ui, sans-serif; text-align: center;
      --line: #e4e5ea; --link: #0b62e4;
    }
    dialog::backdrop { background: #0007; }
    .text { padding: 1.5rem 1.25rem; max-height: 60vh; overflow: auto; overflow-wrap: anywhere; white-space: pre-line; }
    h2 { margin: 0; font-size: 1.125rem; font-weight: 600; }
    p { margin: 0; }
    h2 + p { margin-top: 0.5rem; opacity: 0.75; }
    button {
      display: block; width: 100%; padding: 0.875rem; border: 0; border-top: 1px solid var(--line);
      background: none; color: var(--link); font: inherit; font-weight: 600; cursor: pointer;
    }
    button:hover { background: color-mix(in srgb, currentColor 7%, transparent); }
    button:focus-visible { outline: 2px solid var(--link); outline-offset: -4px; border-radius: 0.75rem; }
    @media (prefers-color-scheme: dark) {
      dialog { background: #26272b; color: #f2f2f5; --line: #3c3d43; --link: #7db2ff; }
    }
  `);

  /**
   * Make an element.
   * @template {keyof HTMLElementTagNameMap} T
   * @param {T} tag
   * @param {Partial<HTMLElementTagNameMap[T]>} properties
   */
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  /** @param {unknown} value as the page gave it */
  const words = (value) => {
    if (value === undefined || value === null) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };

  /**
   * Show the dialog; done when the user has dismissed it.
   * @param {{ title?: unknown, content?: unknown, message?: unknown, buttonText?: unknown, button?: unknown }} options
   *   `message` and `button` are the names of the raw bridge
   * @returns {Promise<{}>}
   */
  const show = (options) =>
    new Promise((resolve) => {
      const title = words(options.title);
      const content = words(options.content ?? options.message);
      const host = make("div", {});
      host.style.setProperty("all", "initial", "important");
      const dialog = make("dialog", { role: "alertdialog" });
      const text = make("div", { className: "text" });
      if (title) text.append(make("h2", { id: "title", textContent: title }));
      if (content) text.append(make("p", { id: "content", textContent: content }));
      dialog.setAttribute("aria-labelledby", title ? "title" : "content");
      if (title && content) dialog.setAttribute("aria-describedby", "content");
      if (!title && !content) dialog.setAttribute("aria-label", "Alert");
      const label = words(options.buttonText ?? options.button) || "OK";
      const button = make("button", { type: "button", textContent: label });
      button.onclick = () => dialog.close();
      dialog.onclose = () => {
        host.remove();
        resolve({});
      };
      dialog.append(text, button);
      const shadow = host.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      shadow.append(dialog);
      document.documentElement.append(host);
      dialog.showModal();
    });

  let last = /** @type {Promise<{}>} */ (Promise.resolve({}));
  /** @param {Parameters<typeof show>[0]} options of an alert; one that comes while another is open waits */
  const alert = (options) => (last = last.then(() => show(options)));

  Object.assign(/** @type {object} */ (document.currentScript), { bridge: { alert } });
})();

// @ts-check
// What the phone has and a browser lends: its clipboard, its telephone, its motor.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;

  // The clipboard. That of the system is for pages with a permission, with the focus, or with a click of the user's
  // behind them. For the others there is one of our own, which the tab keeps from page to page.

  const key = () => host.home + "clipboard";
  let own = "";
  let isNewer = false; // ... than that of the system, which did not take the text

  /** @param {string} text */
  const keep = (text) => {
    own = text;
    try {
      sessionStorage.setItem(key(), text);
    } catch {
      // A sandboxed frame has no storage.
    }
  };
  const kept = () => {
    try {
      return sessionStorage.getItem(key()) ?? own;
    } catch {
      return own;
    }
  };

  /** The older way to the clipboard, and the only one for a page that came over http: from another machine. */
  const copy = (/** @type {string} */ text) => {
    let isDone = false;
    const write = (/** @type {ClipboardEvent} */ event) => {
      event.stopImmediatePropagation();
      event.preventDefault();
      event.clipboardData?.setData("text/plain", text);
      isDone = true;
    };
    document.addEventListener("copy", write, true);
    document.execCommand("copy");
    document.removeEventListener("copy", write, true);
    return isDone;
  };

  /** @type {wire.Answerer} */
  const setClipboard = async ({ text }) => {
    if (text === undefined || text === null) throw host.failures.invalid;
    keep(String(text));
    try {
      await navigator.clipboard.writeText(String(text));
      isNewer = false;
    } catch {
      isNewer = !copy(String(text));
    }
    return { success: true };
  };

  /** @type {wire.Answerer} */
  const getClipboard = async () => {
    try {
      return { text: isNewer ? kept() : await navigator.clipboard.readText() };
    } catch {
      return { text: kept() };
    }
  };

  // The telephone and the motor.

  /** @type {wire.Answerer} */
  const makePhoneCall = ({ number }) => {
    const digits = String(number ?? "").replace(/\s/g, "");
    if (!digits) throw { error: 2, errorMessage: "invalid parameter" };
    const link = document.createElement("a");
    link.href = `tel:${encodeURIComponent(digits).replace(/%2B/g, "+")}`;
    link.hidden = true;
    document.documentElement.append(link);
    link.click();
    link.remove();
  };

  /** @type {(duration: number) => wire.Answerer} */
  const vibrating = (duration) => () => {
    // Before the user has touched the page, browsers refuse it, with an error on the console.
    if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(duration);
  };

  script.bridge = {
    setClipboard,
    getClipboard,
    makePhoneCall,
    vibrate: vibrating(400),
    vibrateShort: vibrating(40),
    vibrateLong: vibrating(400),
  };
})();

// Puts `my` on the page; its calls go to Python: see bridge/messages.py.
(() => {
  "use strict";

  // A page's fake clock must not stop the calls.
  const { Promise, WebSocket, setTimeout, console, origin } = window;
  const { parse, stringify } = JSON;
  const { min, random } = Math;

  const PROTOCOL = 2;
  const WAIT = 10000; // for a connection
  const MAX_LENGTH = 250000; // of a frame

  // To Python: the names in bridge/apis.py.
  const FORWARDED = `
    chooseCity chooseImage choosePhoneContact clearStorage closeSocket compressImage confirm connectSocket datePicker
    downloadFile getAuthCode getAuthUserInfo getBatteryInfo getClipboard getFileInfo getImageInfo getLocation
    getNetworkType getOpenUserInfo getPhoneNumber getSavedFileInfo getSavedFileList getScreenBrightness getServerTime
    getSetting getSiteInfo getStorage getStorageInfo getSystemInfo getTitleColor hideBackHome hideKeyboard
    hideLoading hideNavigationBarLoading hideShareMenu hideTabBar hideToast httpRequest makePhoneCall
    multiLevelSelect navigateBack navigateBackMiniProgram navigateTo navigateToMiniProgram openDocument openLocation
    openSetting optionsSelect pageScrollTo paySignCenter previewImage prompt reLaunch redirectTo removeSavedFile
    removeStorage removeTabBarBadge request rsa saveFile saveImage scan sendSocketMessage setBackgroundColor
    setBackgroundTextStyle setCanPullDown setClipboard setKeepScreenOn setNavigationBar setScreenBrightness
    setStorage setTabBarBadge setTabBarItem setTabBarStyle showActionSheet showAuthGuide showLoading
    showNavigationBarLoading showSharePanel showTabBar showToast startAPVerify startPullDownRefresh
    stopPullDownRefresh switchTab tradePay uploadFile vibrate vibrateLong vibrateShort watchShake`;

  const mark = Symbol.for("bridge");
  if (mark in Object(window.my)) return; // a second script tag
  const script = /** @type {wire.Script | null} */ (document.currentScript);
  const home = new URL("_bridge/", script?.src || location.href).href;
  const page = crypto.getRandomValues(new Uint32Array(2)).join();

  const said = new Set([""]);
  /** @param {string} text */
  const say = (text) => {
    if (!said.has(text)) console.warn("[bridge] " + text);
    said.add(text);
  };

  /** @param {object} fields */
  const message = (fields) => stringify({ jsonrpc: "2.0", ...fields });

  /** @type {Map<unknown, wire.Pending>} */
  const calls = new Map();
  let lastId = 0;
  // When the server cannot be asked; later its own.
  let failures = {
    lost: { error: 10, errorMessage: "Empty data" },
    invalid: { error: 2, errorMessage: "Invalid parameters" },
  };

  /** @type {wire.Call} */
  const call = (api, options, callback) => {
    if (typeof options === "function") return call(api, {}, options);
    options ??= {};
    const { success, fail, complete } = options;
    const id = ++lastId;
    const promise = new Promise((resolve, reject) => {
      /** @type {wire.Pending} */
      const pending = { success: [success, complete, callback, resolve], fail: [fail, complete, callback, reject] };
      calls.set(id, pending);
      if (api === "alert") {
        part("dialog.js")
          .then((dialog) => dialog.alert(options))
          .then((result) => settle(id, "success", result), () => settle(id, "fail", failures.lost));
        return;
      }
      try {
        const text = message({ id, method: api, params: options });
        if (text.length > MAX_LENGTH) throw "too long";
        pending.unsent = text;
        taskEnd.port2.postMessage(0);
        setTimeout(() => pending.unsent && (sayUnreachable(), settle(id, "fail", failures.lost)), WAIT);
      } catch (error) {
        say(`my.${api}: its argument cannot be sent: ${error}`);
        setTimeout(() => settle(id, "fail", failures.invalid));
      }
    });
    // Who has a callback need not catch the promise.
    if (fail || complete || callback) promise.catch(() => {});
    return promise;
  };

  /** @type {wire.Settle} */
  const settle = (id, outcome, payload, again) => {
    const pending = calls.get(id);
    if (!pending) return;
    if (!again) calls.delete(id);
    const ran = pending[outcome].map((callback) => {
      if (typeof callback !== "function") return null;
      try {
        callback(payload);
        return "";
      } catch (/** @type {any} */ error) {
        // Uncaught, but the next callback runs.
        setTimeout(() => { throw error; });
        return error?.stack ? `${error}\n${error.stack}` : String(error);
      }
    });
    if (pending.unsent === "") {
      outbox.push(message({ method: "bridge.ran", params: { id, callback: outcome, ran } }));
      transmit();
    }
  };

  /** @param {object} payload for every call that was sent */
  const failAll = (payload) => {
    for (const [id, { unsent }] of calls) if (unsent === "") settle(id, "fail", payload);
  };

  // The connection.

  /** @type {WebSocket | null} while it is open */
  let socket = null;
  let attempts = 0;

  /** @type {string[]} goes before the calls */
  const outbox = [];

  const transmit = () => {
    if (!socket) return;
    const texts = outbox.splice(0);
    for (const pending of calls.values()) {
      if (!pending.unsent) continue;
      texts.push(pending.unsent);
      pending.unsent = "";
    }
    const frame = texts.length > 1 ? `[${texts}]` : texts.join();
    if (frame.length > MAX_LENGTH) for (const text of texts) socket.send(text);
    else if (frame) socket.send(frame);
  };

  // One frame for the calls of a task. A message is never throttled.
  const taskEnd = new MessageChannel();
  taskEnd.port1.onmessage = transmit;

  const sayUnreachable = () =>
    say(`cannot reach ${home}: start "mybridge serve", perhaps with --allow-origin ${origin}`);

  const connect = () => {
    const opening = new WebSocket(home.replace("http", "ws") + "socket");
    opening.onopen = () => {
      socket = opening;
      let user;
      try {
        user = sessionStorage[home]; // throws in a sandboxed frame
      } catch {}
      const params = { protocol: PROTOCOL, page, url: location.href, framed: window !== top, user };
      outbox.unshift(message({ id: 0, method: "bridge.hello", params }));
      transmit();
    };
    opening.onmessage = ({ data }) => [].concat(parse(data)).forEach((incoming) => receive(incoming, opening));
    opening.onclose = ({ code, reason }) => {
      if (!socket) sayUnreachable();
      socket = null;
      failAll(failures.lost);
      // Final codes.
      if (code >= 4400 && code < 4500) say(reason);
      else setTimeout(connect, random() * min(5000, 100 * 2 ** attempts++));
    };
  };

  /** @type {wire.Take} */
  const receive = (incoming, from) => {
    const { id, method, result, error } = incoming;
    if (method === "bridge.reload") location.reload();
    else if (method) {
      part("dialog.js").then(
        (dialog) => dialog.receive(incoming, from, part, home, message),
        () => id && from.send(message({ id, error: { code: -32000, message: "no dialog.js" } })),
      );
    } else if (error) {
      say(error.message);
      settle(id, "fail", failures.invalid);
      if (id === null) failAll(failures.invalid);
    } else if (result?.failures) {
      failures = result.failures;
      attempts = 0;
    } else if (result) {
      if (result.remark) say(result.remark);
      settle(id, result.callback, result.payload, result.again);
    }
  };

  /** @type {wire.Parts} */
  const parts = script?.parts || {};
  /** @param {string} name */
  const part = (name) =>
    (parts[name] ??= new Promise((resolve, reject) => {
      /** @type {wire.Script} */
      const element = document.createElement("script");
      element.src = home + name;
      element.nonce = script?.nonce || "";
      element.onload = () => resolve(element.bridge);
      element.onerror = () => {
        delete parts[name];
        reject(say(`cannot load ${element.src}`));
      };
      document.head.append(element);
    }));
  const apis = Object.create(null);
  for (const api of ["alert", ...FORWARDED.trim().split(/\s+/)]) {
    apis[api] = /** @type {wire.Api} */ ((options, callback) => call(api, options, callback));
  }
  // For canIUse; other APIs are the handler's to know.
  const details = /^(object\.(scopes|success|fail|complete)|(return|callback)\.auth(Code|(Success|Error)Scopes))$/;

  /** @type {wire.Install} */
  const install = (name, members) => {
    const existing = Object(window[name]);
    const ours = Object.getOwnPropertyDescriptors(members);
    let target = existing;
    try {
      Object.defineProperties(target, ours);
    } catch {
      target = Object.defineProperties({ ...existing }, ours); // it was frozen
    }
    try {
      Object.defineProperty(window, name, {
        configurable: true,
        enumerable: true,
        get: () => target,
        // A vendor's script adds what is missing.
        set: (other) => {
          for (const key in other) target[key] ??= other[key];
        },
      });
    } catch {
      Reflect.set(window, name, target); // declared with `var`
    }
  };

  install("my", {
    ...apis,
    [mark]: PROTOCOL,
    call,
    /** @param {string} query "API.type.parameter" */
    canIUse: (query) => {
      const [, api = "", rest = ""] = /^(\w*)\.?(.*)/.exec(query) || [];
      return api in apis && (!rest || api !== "getAuthCode" || details.test(rest));
    },
    SDKVersion: "2.8.0",
    env: {
      USER_DATA_PATH: "https://usr",
      clientName: "ap",
      clientVersion: "10.5.0",
      language: navigator.language,
      platform: /Android/.test(navigator.userAgent) ? "Android" : /iP/.test(navigator.userAgent) ? "iOS" : "unknown",
    },
  });

  install("AlipayJSBridge", {
    /** @type {wire.RawCall} */
    call: (api, options, callback) => {
      if (typeof options === "function") [options, callback] = [{}, options];
      const { scopeNicks, success, fail, complete, ...rest } = options || {};
      call(api, scopeNicks ? { scopes: scopeNicks, ...rest } : rest, callback || (() => {}));
    },
  });
  const announce = () => setTimeout(() => document.dispatchEvent(new Event("AlipayJSBridgeReady")));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", announce);
  else announce();

  connect();
})();

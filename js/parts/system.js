// @ts-check
// What a page learns about its host at once: the device, the app, and what it may use.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host, parts } = script;
  const { setTimeout } = host.real;
  const { userAgent } = navigator;
  const platform = /Android/.test(userAgent) ? "Android" : /iP/.test(userAgent) ? "iOS" : "unknown";

  // The platform tells how Chinese is written, or that it is Hong Kong's.
  const { language } = navigator;
  const chinese = /^zh-HK/i.test(language) ? "zh-HK" : /-(Hant|TW|MO)/i.test(language) ? "zh-Hant" : "zh-Hans";

  const env = {
    USER_DATA_PATH: "https://usr",
    clientName: "ap",
    clientVersion: host.clientVersion,
    language: /^zh\b/i.test(language) ? chinese : language,
    platform,
  };
  host.env = env;

  // The user. Who is logged in on some pages only, a page of another site, say, learns here, before it is connected.
  const { href } = location;
  const addresses = [href, href.replace(/(#[^?]*).*/, "$1"), href.replace(/#.*/, ""), href.replace(/[?#].*/, "")];
  for (const { end, part, flags, user } of host.logIns) {
    if (part === null) break; // Python tells when the page is connected
    try {
      const isHere = part === undefined ? addresses.some((it) => RegExp(end).test(it)) : RegExp(part, flags).test(href);
      if (!isHere) continue;
      host.user = user;
    } catch {
      // Nor can JavaScript read this one.
    }
    break;
  }

  // The device.

  // "Linux; Android 13; Pixel 7" of a browser's name for itself, or "iPhone; CPU iPhone OS 17_4 like Mac OS X".
  const about = userAgent.match(/\((?:X11; )?([^)]*)/)?.[1] || "";
  const model = about.match(/Android[^;]*; ([^;]+)/)?.[1] || about.split(";")[0] || "unknown";

  const sizes = () =>
    host.size?.() ?? {
      windowWidth: innerWidth,
      windowHeight: innerHeight,
      // The bars are the browser's, around the window.
      titleBarHeight: 0,
      screenWidth: screen.width,
      screenHeight: screen.height,
    };

  const getSystemInfoSync = () => {
    const { windowWidth, windowHeight, titleBarHeight, screenWidth, screenHeight } = sizes();
    return {
      app: "alipay",
      brand: /iP|Mac/.test(about) ? "Apple" : model.split(" ")[0],
      // No browser tells these three at once. The battery is as full as getBatteryInfo says.
      currentBattery: "80%",
      storage: "64 GB",
      fontSizeSetting: 16,
      language: env.language,
      model,
      pixelRatio: devicePixelRatio,
      platform,
      screen: { width: screenWidth, height: screenHeight },
      screenHeight,
      screenWidth,
      statusBarHeight: 0,
      system: (about.match(/(?:Android|OS X?|NT) ?(\d[\d._]*)/)?.[1] || "").replace(/_/g, "."),
      titleBarHeight,
      version: host.clientVersion,
      windowHeight,
      windowWidth,
    };
  };

  // The network.

  /** @typedef {EventTarget & { type?: string, effectiveType?: string }} Connection not in every browser */
  const connection = () => /** @type {{ connection?: Connection }} */ (navigator).connection;

  /** The browser's names of connections. One that a desk has by wire is as good as Wi-Fi. */
  const TYPES = /** @type {Record<string, string>} */ ({ wifi: "WIFI", ethernet: "WIFI", none: "NOTREACHABLE" });

  const networkType = () => {
    const { type, effectiveType = "" } = connection() ?? {};
    if (!navigator.onLine) return "NOTREACHABLE";
    if (type === "cellular") return effectiveType.slice(-2).toUpperCase() || "WWAN";
    return type ? (TYPES[type] ?? "UNKNOWN") : "WIFI";
  };

  /** @type {wire.Answerer} */
  const getNetworkType = () => {
    const type = networkType();
    return { networkAvailable: type !== "NOTREACHABLE", networkType: type };
  };

  let known = networkType();
  const compare = () => {
    const type = networkType();
    if (type === known) return;
    known = type;
    const isConnected = type !== "NOTREACHABLE";
    // Tiki has the second name.
    host.emit("networkStatusChange", { isConnected, networkAvailable: isConnected, networkType: type });
  };
  for (const type of ["online", "offline"]) window.addEventListener(type, compare);
  connection()?.addEventListener("change", compare);

  // The calls of HTTP.

  const nothing = () => {};

  // The promise of such a call tells nothing on the way.
  host.task = {
    onProgressUpdate: nothing,
    offProgressUpdate: nothing,
    onHeadersReceived: nothing,
    offHeadersReceived: nothing,
  };

  // JSON has no word for bytes.
  host.begin.request = host.begin.httpRequest = (options) => {
    const { data } = options;
    const isView = ArrayBuffer.isView(data);
    if (!isView && !(data instanceof ArrayBuffer)) return options;
    const bytes = isView ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
    const text = bytes.reduce((text, byte) => text + String.fromCharCode(byte), "");
    return { ...options, data: { $arraybuffer: btoa(text) } };
  };

  // What a page and the mini program around it say to one another: js/native/tags/web-view.js is the other side.

  const { parent } = window;
  const MESSAGE = "bridge.web-view";
  if (parent !== window) {
    host.begin.postMessage = (options) => {
      try {
        parent.postMessage({ [MESSAGE]: JSON.parse(JSON.stringify(options)) }, "*");
      } catch {
        // The call will say that its argument cannot be sent.
      }
      return options;
    };
    window.addEventListener("message", ({ source, data }) => {
      if (source === parent && Object(data)[MESSAGE] !== undefined) host.emit("message", data[MESSAGE]);
    });
  }

  // The app.

  const updates = {
    /** @param {(result: { hasUpdate: boolean }) => void} listener */
    onCheckForUpdate: (listener) => void setTimeout(() => listener({ hasUpdate: false })),
    onUpdateReady: nothing,
    onUpdateFailed: nothing,
    applyUpdate: () => location.reload(),
  };

  // What the page may use.

  /** @type {Set<string>} */
  const asynchronous = new Set();
  /** @type {Record<string, string>} the part that has them */
  const synchronous = Object.create(null);
  /** @type {Set<string>} */
  const listening = new Set();
  for (const [, names] of host.apis) for (const api of names.split(" ")) asynchronous.add(api);
  for (const [part, names] of host.sync) for (const api of names.split(" ")) synchronous[api] = part;
  for (const [, start, stop = start] of host.events) listening.add(start).add(stop);

  /** Details of what the methods of returned objects take. */
  const DETAILS = ["createSelectorQuery.return.fields.object.id", "createSelectorQuery.return.scrollOffset.callback"];

  /** @type {(api: string, method: string) => boolean} whether the object that it returns has this method */
  const hasMethod = (api, method) => {
    const make = /^(create|getUpdateManager$)/.test(api) && parts[synchronous[api] || ""]?.[api];
    return !!make && Object.hasOwn(make(), method);
  };

  /** @type {(query: unknown) => boolean} */
  const canIUse = (query) => {
    if (typeof query !== "string") return false;
    const [api = "", type, name, ...rest] = query.split(".");
    const option = rest.length ? rest.join(".") : undefined;
    if (query === "SDKVersion") return true;
    if (query === "component2") return host.native !== undefined;
    if (api === "env") return name === undefined && (type === undefined || Object.hasOwn(env, type));
    const isAsynchronous = asynchronous.has(api);
    if (!isAsynchronous && !synchronous[api] && !listening.has(api)) return isInComponent(query);
    if (type === undefined || DETAILS.includes(query)) return true;
    const [params = "", results = ""] = Object.hasOwn(host.uses, api) ? host.uses[api] || [] : [];
    const isParam = type === "object";
    if (!isParam && type !== "return" && type !== "callback") return false;
    if (!name) return name === undefined && (!isParam || isAsynchronous || !!params);
    for (const field of (isParam ? params : results).split(";")) {
      const [known, ...options] = field.split("|");
      if (name === known && (option === undefined || options.includes(option))) return true;
    }
    if (option !== undefined) return false;
    return isParam ? isAsynchronous && /^(success|fail|complete)$/.test(name) : hasMethod(api, name);
  };

  // A web page has no components; but what a button that gets an authorization does, getComponentAuth does here.
  /** @param {string} query */
  const isInComponent = (query) =>
    Object.hasOwn(host.uses, "getComponentAuth") && /^button(\.open-type(\.getAuthorize)?)?$/.test(query);

  script.bridge = {
    getNetworkType,
    getSystemInfo: getSystemInfoSync,
    getSystemInfoSync,
    getAppIdSync: () => ({ appId: host.app }),
    getUpdateManager: () => updates,
    getEnv: () => ({ miniprogram: true }),
    canIUse,
  };
})();

// Puts `my` on the page; its calls go to Python: see bridge/messages.py. bridge/shim.py puts this file together with
// what the wallet has and the parts that answer at once.
(() => {
  "use strict";

  // A page's fake clock must not stop the calls.
  const { Promise, WebSocket, setTimeout, console, origin } = window;
  const { parse, stringify } = JSON;
  const { min, random } = Math;

  const PROTOCOL = 3;
  const WAIT = 10000; // for a connection
  const MAX_LENGTH = 1e6; // of a batch

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host, parts } = script;
  const { failures } = host;
  const home = (host.home = new URL("_bridge/", script.src || location.href).href);
  try {
    host.chosen = sessionStorage[home]; // throws in a sandboxed frame
  } catch {}
  host.user = host.chosen || host.user;
  const page = crypto.getRandomValues(new Uint32Array(2)).join();

  const said = new Set([""]);
  /** @param {string} text */
  const say = (text) => {
    if (!said.has(text)) console.warn("[bridge] " + text);
    said.add(text);
  };

  /** @param {object} fields */
  const message = (fields) => stringify({ jsonrpc: "2.0", ...fields });

  /** @type {Map<any, wire.Pending>} */
  const calls = new Map();
  let lastId = 0;
  /** @type {Record<string, string>} of the APIs: who answers */
  const places = Object.create(null);

  /** @type {wire.Call} */
  const call = (api, options, callback) => {
    if (typeof options === "function") return call(api, {}, options);
    options ??= {};
    options = host.begin[api]?.(options) ?? options;
    const { success, fail, complete } = options;
    const id = ++lastId;
    const promise = new Promise((resolve, reject) => {
      /** @type {wire.Pending} */
      const pending = { api, options, success: [success, complete, callback, resolve], fail: [fail, complete, callback, reject] };
      calls.set(id, pending);
      try {
        const text = message({ id, method: api, params: options });
        if (text.length > MAX_LENGTH && new Blob([text]).size > 4e6) throw "over 4 MB";
        pending.unsent = pending.text = text;
        if (!socket && attempts) lose(id, pending);
        taskEnd.port2.postMessage(0);
        setTimeout(() => pending.unsent && (sayUnreachable(), lose(id, pending, true)), WAIT);
      } catch (error) {
        if (isOurs(api)) return perform(id, pending);
        say(`my.${api}: its argument cannot be sent: ${error}`);
        setTimeout(() => settle(id, "fail", failures.unsent));
      }
    });
    // Who has a callback need not catch the promise.
    if (fail || complete || callback) promise.catch(() => {});
    if (places[api] !== "server") return promise;
    const abort = () => {
      if (calls.get(id)?.unsent === "") tell("bridge.abort", { id });
      settle(id, "fail", { error: 9, errorMessage: api + ":fail abort" });
    };
    return Object.assign(promise, host.task, { abort });
  };

  // What the page answers itself: when Python leaves it to the page, or is not there.

  /** @param {string} api */
  const isOurs = (api) => /js$/.test(places[api] || "");

  /** @type {wire.Perform} */
  const perform = (id, pending, name = places[pending.api] || "", data) => {
    pending.isOurs = true;
    part(name)
      .then((answerer) => answerer[pending.api](pending.options, data))
      .then((result) => settle(id, "success", result || {}))
      .catch((problem) => {
        if (problem && !problem.error) say(`my.${pending.api}: ${problem}`);
        settle(id, "fail", problem?.error ? problem : failures[problem ? "unknown" : "lost"]);
      });
  };

  /** @type {wire.Lose} */
  const lose = (id, pending, isLate = pending.unsent === "") => {
    if (pending.isOurs) return;
    if (pending.unsent && isOurs(pending.api)) {
      delete pending.unsent;
      perform(id, pending);
    } else if (isLate) settle(id, "fail", failures.lost);
  };

  /** @type {wire.Settle} */
  const settle = (id, outcome, payload, again) => {
    const pending = calls.get(id);
    if (!pending) return;
    if (!again) calls.delete(id);
    if (outcome === "fail") host.undo(pending.options);
    const copy = stringify(payload); // programs change what they get
    if (outcome === "fail") payload = parse(copy);
    const ran = pending[outcome].map((callback) => run(callback, payload));
    const found = pending.isOurs && copy.length < MAX_LENGTH && { payload: parse(copy) };
    if (pending.unsent === "") tell("bridge.ran", { id, callback: outcome, ran, ...found });
  };

  /** @type {wire.Run} */
  const run = (callback, payload) => {
    if (typeof callback !== "function") return null;
    try {
      callback(payload);
      return "";
    } catch (/** @type {any} */ error) {
      // Uncaught, but the next callback runs.
      setTimeout(() => { throw error; });
      return error?.stack ? `${error}\n${error.stack}` : String(error);
    }
  };

  // Events.

  /** @type {Record<string, Set<unknown>>} */
  const listeners = Object.create(null);
  /** @type {wire.On} */
  const on = (event, listener) => {
    (listeners[event] ??= new Set()).add(listener);
    return { remove: () => off(event, listener) };
  };
  /** @type {wire.Off} */
  const off = (event, listener) => {
    if (listener) listeners[event]?.delete(listener);
    else delete listeners[event];
  };
  /** @type {wire.Emit} */
  const emit = (event, data) => {
    // Pages for a web-view set my.onMessage.
    const own = event === "message" && Object(window.my).onMessage;
    for (const listener of [own !== apis.onMessage && own, ...(listeners[event] || [])]) run(listener, data);
  };

  // The connection.

  /** @type {WebSocket | null} while it is open */
  let socket = null;
  let attempts = 0;

  /** @type {string[]} goes before the calls */
  const outbox = [];

  /** @type {wire.Tell} */
  const tell = (method, params) => {
    outbox.push(message({ method, params }));
    transmit();
  };

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
      const params = { protocol: PROTOCOL, page, url: location.href, framed: window !== top, user: host.chosen };
      outbox.unshift(message({ id: 0, method: "bridge.hello", params }));
      transmit();
    };
    opening.onmessage = ({ data }) => [].concat(parse(data)).forEach((incoming) => receive(incoming, opening));
    opening.onclose = ({ code, reason }) => {
      if (!socket) sayUnreachable();
      socket = null;
      calls.forEach((pending, id) => {
        // Later calls were not heard.
        if (id > parseInt(reason) && !pending.isOurs) pending.unsent = pending.text;
        lose(id, pending);
      });
      attempts++;
      // Final codes.
      if (code >= 4400 && code < 4500) say(reason);
      else setTimeout(connect, random() * min(5000, 50 * 2 ** attempts));
    };
  };

  /** @type {wire.Take} */
  const receive = (incoming, from) => {
    const { id, method, params, result, error } = incoming;
    if (method === "bridge.reload") location.reload();
    else if (method === "bridge.event") emit(params.event, params.data);
    else if (method === "bridge.user") host.user = params.user;
    else if (method) {
      part("dialog.js").then(
        (dialog) => dialog.receive(incoming, from),
        () => id && from.send(message({ id, error: { code: -32000, message: "no dialog.js" } })),
      );
    } else if (error) {
      say(error.message);
      settle(id, "fail", failures.unsent);
      if (id === null) calls.forEach(({ unsent }, sent) => unsent === "" && settle(sent, "fail", failures.unsent));
    } else if (id === 0) {
      attempts = 0;
      host.user = result.user;
    } else {
      const pending = calls.get(id);
      if (pending && result.remark) say(result.remark);
      if (pending && result.part) perform(id, pending, result.part, result.payload);
      else settle(id, result.callback, result.payload, result.again);
    }
  };

  /** @type {wire.Part} */
  const part = async (name) =>
    (parts[name] ??= new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement("script"), { host, parts, src: home + name });
      element.nonce = script.nonce || "";
      element.onload = () => resolve(/** @type {wire.Script} */ (element).bridge);
      element.onerror = () => {
        delete parts[name];
        reject(say(`cannot load ${element.src}`));
      };
      document.head.append(element);
    }));

  /** @type {Record<string, unknown>} */
  const apis = Object.create(null);
  for (const [place, names] of host.apis) {
    for (const api of names.split(" ")) {
      places[api] = place;
      apis[api] = /** @type {wire.Api} */ ((options, callback) => call(api, options, callback));
    }
  }
  for (const [event, start, stop] of host.events) {
    apis[start] = (/** @type {unknown} */ listener) => on(event, listener);
    if (stop) apis[stop] = (/** @type {unknown} */ listener) => off(event, listener);
  }
  for (const [name, names] of host.sync) for (const api of names.split(" ")) apis[api] = parts[name][api];
  Object.assign(host, { call, emit, part, message, tell });

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
    [Symbol.for("bridge")]: PROTOCOL,
    call,
    on,
    off,
    SDKVersion: host.version,
    env: host.env,
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

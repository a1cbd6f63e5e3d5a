// @ts-check
// The storage of the app and its user: getStorage, setStorage and so on, each with a twin that answers at once.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;
  const { parse, stringify } = JSON;

  const MAX_VALUE = 200 * 1024; // characters of JSON
  const MAX_ALL = 10 * 1024 * 1024;

  const FULL = { error: 12, errorMessage: "The storage of this app is full" };
  const TOO_LONG = { error: 14, errorMessage: "The data is too long" };

  /** @type {Record<string, string>} */
  let store = Object.create(null); // where the browser forbids to keep anything, as in a sandboxed frame
  try {
    store = localStorage || store;
  } catch {}

  // A list in front of the key, so that neither another user's keys nor the page's own begin like these. The path is that
  // of the bridge: each test has one of its own, and all of them may run in one browser.
  const prefix = () => `my.storage ${stringify([new URL(host.home).pathname, host.app, host.user])} `;

  const keys = (start = prefix()) =>
    Object.keys(store)
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length));

  const size = (start = prefix()) =>
    keys().reduce((sum, key) => sum + key.length + (store[start + key] || "").length, 0);

  // What there is at most. To add up thousands of sizes for each of thousands of keys would take seconds.
  let sum = 0;
  let summed = "";
  const addUp = () => {
    summed = prefix();
    sum = size(summed);
  };

  /** @param {unknown} key */
  const named = (key) => {
    if (typeof key !== "string" || !key) throw host.failures.invalid;
    return prefix() + key;
  };

  /** @type {wire.Answerer} */
  const getStorage = ({ key }) => ({ data: parse(store[named(key)] ?? "null") });

  /**
   * Put a text there, or nothing; what takes it back, unless something else is there by then.
   * @type {(name: string, text: string | undefined) => () => void}
   */
  const replace = (name, text) => {
    const put = (/** @type {string | undefined} */ text) => {
      if (text === undefined) delete store[name];
      else store[name] = text;
    };
    const old = store[name];
    put(text);
    return () => {
      summed = "";
      try {
        if (store[name] === text) put(old);
      } catch {
        // What was there before has no room any more.
      }
    };
  };

  /** @typedef {(options: wire.Options) => () => void} Write throws what `fail` gets; returns what takes it back */

  /** @type {Write} */
  const set = ({ key, data }) => {
    const name = named(key);
    let text;
    try {
      text = stringify(data); // undefined for what JSON has no word for
    } catch {}
    if (text === undefined) throw host.failures.invalid;
    if (text.length > MAX_VALUE) throw TOO_LONG;
    const old = store[name];
    const growth = text.length - (old === undefined ? -String(key).length : old.length);
    if (summed !== prefix() || sum + growth > MAX_ALL) addUp();
    if (sum + growth > MAX_ALL) throw FULL;
    try {
      const undo = replace(name, text);
      sum += growth;
      return undo;
    } catch {
      throw FULL; // the browser's own limit, which is often lower
    }
  };

  /** @type {Write} */
  const remove = ({ key }) => replace(named(key), undefined);

  /** @type {Write} */
  const clear = () => {
    const undos = keys().map((key) => replace(prefix() + key, undefined));
    return () => undos.forEach((undo) => undo());
  };

  // Python is asked before a page is told that it has written. The write itself is done when it is called: the page may
  // read, or be left, meanwhile. If the call fails in the end, because a handler says so, it is taken back.

  /** @type {Record<string, Write>} */
  const writes = { setStorage: set, removeStorage: remove, clearStorage: clear };
  /** @type {WeakMap<object, { undo: () => void } | { failure: unknown }>} by their options, which each call has anew */
  const written = new WeakMap();

  for (const [api, write] of Object.entries(writes)) {
    host.begin[api] = (given) => {
      const options = { ...given };
      try {
        written.set(options, { undo: write(options) });
      } catch (failure) {
        written.set(options, { failure });
      }
      return options;
    };
  }
  host.undo = (options) => {
    const done = written.get(options);
    if (done && "undo" in done) done.undo();
  };

  /** @type {wire.Answerer} */
  const confirm = (options) => {
    const done = written.get(options);
    if (done && "failure" in done) throw done.failure;
  };

  const getStorageInfo = () => ({
    keys: keys(),
    currentSize: Math.ceil(size() / 1024),
    limitSize: MAX_ALL / 1024,
  });

  /**
   * The twin: it takes an object, or the key and the data by themselves, and returns what a callback would get. Also
   * after a bare key that is {data}: programs that were written for this platform read it there.
   * @param {wire.Answerer} answerer
   * @param {object} [said] what it returns when there is nothing else to say
   */
  const atOnce = (answerer, said) => (/** @type {unknown} */ given, /** @type {unknown} */ data) => {
    try {
      const options = typeof given === "object" ? given || {} : { key: given, data };
      const result = answerer(/** @type {wire.Options} */ (options));
      return said ? { ...said } : result;
    } catch (failure) {
      return { ...(said && { success: false }), .../** @type {wire.Failure} */ (failure) };
    }
  };
  const success = { success: true };

  script.bridge = {
    getStorage,
    setStorage: confirm,
    removeStorage: confirm,
    clearStorage: confirm,
    getStorageInfo,
    getStorageSync: atOnce(getStorage),
    setStorageSync: atOnce(set, success),
    removeStorageSync: atOnce(remove, success),
    clearStorageSync: atOnce(clear, success),
    getStorageInfoSync: atOnce(getStorageInfo),
  };
})();

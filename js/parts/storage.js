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

  // A list in front of the key, so that neither another user's keys nor the page's own begin like these.
  const prefix = () => `my.storage ${stringify([host.app, host.user])} `;

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

  /** @type {wire.Answerer} */
  const setStorage = ({ key, data }) => {
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
      store[name] = text;
    } catch {
      throw FULL; // the browser's own limit, which is often lower
    }
    sum += growth;
  };

  /** @type {wire.Answerer} */
  const removeStorage = ({ key }) => {
    delete store[named(key)];
  };

  const clearStorage = () => {
    for (const key of keys()) delete store[prefix() + key];
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
   * @param {object} [done] what it returns when there is nothing else to say
   */
  const atOnce = (answerer, done = {}) => (/** @type {unknown} */ given, /** @type {unknown} */ data) => {
    try {
      const options = typeof given === "object" ? given || {} : { key: given, data };
      return answerer(/** @type {wire.Options} */ (options)) || { ...done };
    } catch (failure) {
      return { ...("success" in done && { success: false }), .../** @type {wire.Failure} */ (failure) };
    }
  };
  const success = { success: true };

  script.bridge = {
    getStorage,
    setStorage,
    removeStorage,
    clearStorage,
    getStorageInfo,
    getStorageSync: atOnce(getStorage),
    setStorageSync: atOnce(setStorage, success),
    removeStorageSync: atOnce(removeStorage, success),
    clearStorageSync: atOnce(clearStorage, success),
    getStorageInfoSync: atOnce(getStorageInfo),
  };
})();

// @ts-check
// Changes to the data of a page or a component. What was there before stays as it was: what changes is copied.

/** @type {(value: any) => boolean} an object or an array as literals make them */
const isPlain = (value) => {
  if (value === null || typeof value !== "object") return false;
  const kind = Object.getPrototypeOf(value);
  return Array.isArray(value) || kind === null || Object.getPrototypeOf(kind) === null;
};

/** @type {(value: any, copies?: Map<any, any>) => any} of objects and arrays; of what is neither, the thing itself */
export const clone = (value, copies = new Map()) => {
  if (!isPlain(value)) return value;
  if (copies.has(value)) return copies.get(value);
  const copy = Array.isArray(value) ? new Array(value.length) : Object.create(Object.getPrototypeOf(value));
  copies.set(value, copy);
  for (const key of Object.keys(value)) copy[key] = clone(value[key], copies);
  return copy;
};

const MAX_DEPTH = 60; // of data that contains itself

/** @type {(a: any, b: any, depth?: number) => boolean} alike in all that is in them but functions */
export const same = (a, b, depth = 0) => {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b) || depth > MAX_DEPTH || Array.isArray(a) !== Array.isArray(b)) {
    return a instanceof Date && b instanceof Date && Object.is(a.getTime(), b.getTime());
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], depth + 1));
};

/** @type {Map<string, string[]>} */
const paths = new Map();

/** @type {(key: string) => string[]} "a.b[0].c" */
export const pathOf = (key) => {
  if (!/[.[]/.test(key)) return [key];
  let path = paths.get(key);
  if (!path) {
    path = [...key.matchAll(/[^.[\]]+/g)].map(([name]) => name.trim().replace(/^(["'])(.*)\1$/, "$2"));
    if (paths.size > 5000) paths.clear(); // the indexes of long lists
    paths.set(key, path);
  }
  return path;
};

/** @type {(data: any, path: string[]) => any} */
export const valueAt = (data, path) => path.reduce((value, name) => value?.[name], data);

/**
 * Data with one value put into it. `fresh` are the copies that may be written to.
 * @type {(data: any, path: string[], value: any, fresh: Set<any>) => any}
 */
const put = (data, path, value, fresh) => {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  let copy = data;
  if (!fresh.has(copy)) {
    if (Array.isArray(data)) copy = data.slice();
    else if (Object(data) === data) copy = Object.assign(Object.create(Object.getPrototypeOf(data)), data);
    else copy = /^\d+$/.test(name) ? [] : {};
    fresh.add(copy);
  }
  copy[name] = put(copy[name], rest, value, fresh);
  return copy;
};

/**
 * The data after a patch, and whether that is another. An object that is there already counts as changed, because
 * programs write to what they have been given, and then set it; with `strictly` it does not.
 * @type {(data: any, patch: any, strictly?: boolean) => { data: any, changed: boolean }}
 */
export const merge = (data, patch, strictly = false) => {
  const fresh = new Set();
  let next = data;
  let changed = false;
  for (const key of Object.keys(Object(patch))) {
    const value = patch[key];
    const path = pathOf(key);
    const old = valueAt(next, path);
    if (old === value && Object(value) === value) {
      changed ||= !strictly;
    } else if (!same(old, value)) {
      changed = true;
    } else if (old === value && (value !== undefined || path.length === 1)) {
      continue; // nothing to write
    }
    next = put(next, path, value, fresh);
  }
  return { data: next, changed };
};

/**
 * The same for lists: `{ "a.list": [start, deleteCount, ...items] }`.
 * @type {(data: any, patch: any) => { data: any, changed: boolean }}
 */
export const spliceData = (data, patch) => {
  /** @type {Record<string, any>} */
  const lists = {};
  for (const [key, args] of Object.entries(Object(patch))) {
    const old = valueAt(data, pathOf(key));
    const list = Array.isArray(old) ? old.slice() : [];
    if (Array.isArray(args)) list.splice(.../** @type {[number, number]} */ (args));
    lists[key] = list;
  }
  return merge(data, lists);
};

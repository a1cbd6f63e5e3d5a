// @ts-check
// What pages and components have in common: what the tags of a template mean, handlers by name, and when changed data
// is drawn.
import { attempt, fail, nearest } from "./faults.js";
import { merge, pathOf, spliceData } from "./data.js";
import { report } from "./problems.js";

/** @typedef {Map<string, string | undefined>} Uses paths of components by tags, or undefined: absent */

/** @type {(options: { folder: native.Folder, modules: native.Modules }) => (is: string) => Uses} */
export const makeUses = ({ folder, modules }) => {
  /** @type {Map<string, Uses>} */
  const known = new Map();
  return (is) => {
    let uses = known.get(is);
    if (uses) return uses;
    known.set(is, (uses = new Map()));
    for (const file of ["app.json", `${is}.json`]) {
      for (const [tag, path] of Object.entries(Object(folder.json(file).usingComponents))) {
        uses.set(tag.toLowerCase(), modules.resolveComponent(String(path), file));
      }
    }
    return uses;
  };
};

/** Draws what is absent. */
const Nothing = () => null;

/** @typedef {{ -readonly [K in keyof native.Owner]: native.Owner[K] }} Owner */

/**
 * @param {object} options
 * @param {string} options.is
 * @param {string} [options.page] the page that it is on
 * @param {any} options.instance what has the methods
 * @param {Uses} options.uses
 * @param {(path: string) => native.ComponentType} options.typeOf
 * @param {string | undefined} [options.mark]
 * @returns {Owner}
 */
export const makeOwner = ({ is, page, instance, uses, typeOf, mark }) => {
  /** @type {Map<string, (...args: any[]) => any>} */
  const handlers = new Map();

  /** @type {native.Owner["handler"]} */
  const handler = (method, place) => {
    if (typeof method === "function") return method;
    let run = handlers.get(method);
    if (run) return run;
    run = (...args) => {
      const own = instance[method];
      if (typeof own === "function") return guarded(own, args, place);
      const meant = nearest(String(method), Object.keys(instance).filter((key) => typeof instance[key] === "function"));
      const hint = meant ? `; is ${meant} meant?` : "";
      report({ kind: "script", message: `${is}.js has no method "${method}"${hint}`, page: page ?? is, ...place });
      return undefined;
    };
    handlers.set(method, run);
    return run;
  };

  /** @type {(run: Function, args: any[], place: native.Place) => any} */
  const guarded = (run, args, place) => {
    try {
      return run.apply(instance, args);
    } catch (error) {
      return fail(error, place);
    }
  };

  return {
    is,
    from: [`${is}.js`, ...(page && page !== is ? [`${page}.js`] : [])],
    component: (tag) => {
      const name = tag.toLowerCase();
      if (!uses.has(name)) return undefined;
      const path = uses.get(name);
      return path === undefined ? Nothing : typeOf(path);
    },
    handler,
    slots: new Map(),
    mark,
  };
};

/** @type {(run: Function, self: any) => Function} and with what it has: `cancel` of a debounced one */
export const bind = (run, self) => Object.assign(run.bind(self), run);

// Drawing.

/** @type {Set<Live>} what is to be drawn */
const waiting = new Set();

/** Whether all that has been set is drawn. */
export const isDrawn = () => waiting.size === 0;

let depth = 0;

/**
 * Within `run`, setting what is there already changes nothing: or a component that sets data whenever it has changed
 * would never come to rest.
 * @type {(run: () => void) => void}
 */
export const strictly = (run) => {
  depth++;
  try {
    run();
  } finally {
    depth--;
  }
};

/** The data of an instance that is drawn: gives it `setData` and its kin. */
export class Live {
  /** @type {{ setState(state: object): void } | undefined} the Preact component, while it is mounted */
  view;
  isGone = false;
  /** It is about to be drawn in any case. */
  isHeld = false;
  /** What has been set since it was drawn is other than what was there. */
  changed = false;
  /** @type {any} the data at the last drawing; and its first level, which programs write to */
  drawn;
  /** @type {Record<string, unknown>} */
  #level = {};
  /** @type {Function[]} run after the next drawing */
  #callbacks = [];
  /** @type {Function[]} run after this drawing */
  #due = [];
  #isWaiting = false;

  /**
   * @param {any} instance
   * @param {(before: any, after: any) => void} [observe]
   */
  constructor(instance, observe = () => {}) {
    this.instance = instance;
    this.observe = observe;
    instance.setData = (/** @type {any} */ patch, /** @type {unknown} */ callback) =>
      this.#set(patch, merge(instance.data, patch, depth > 0), callback);
    instance.$spliceData = (/** @type {any} */ patch, /** @type {unknown} */ callback) =>
      this.#set(patch, spliceData(instance.data, patch), callback);
    instance.$batchedUpdates = (/** @type {Function} */ run) => void run?.(); // all are
  }

  /** @type {(patch: any, result: { data: any, changed: boolean }, callback: unknown) => void} */
  #set(patch, { data, changed }, callback) {
    const before = this.instance.data;
    this.instance.data = data;
    this.changed ||= changed;
    if (changed) this.observe(before, data);
    if (this.isGone) return;
    if (typeof callback === "function") this.#callbacks.push(callback);
    if (!this.view || this.isHeld) return;
    if (changed || !this.#shows(patch)) this.draw();
    else if (!this.#isWaiting) void Promise.resolve().then(() => this.#isWaiting || this.#run(this.#callbacks));
  }

  /** @type {(patch: any) => boolean} certainly, with the same values */
  #shows(patch) {
    return Object.keys(Object(patch)).every((key) => {
      const value = patch[key];
      return Object(value) !== value && pathOf(key).length === 1 && this.#level[key] === value;
    });
  }

  draw() {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    waiting.add(this);
    this.view?.setState({});
  }

  get isWaiting() {
    return this.#isWaiting;
  }

  /** It is being drawn. */
  begin() {
    this.#isWaiting = false;
    this.#due.push(...this.#callbacks.splice(0));
    this.drawn = this.instance.data;
    this.#level = { ...this.drawn };
    this.changed = false;
  }

  /** It is drawn. */
  end() {
    if (!this.#isWaiting) waiting.delete(this);
    this.#run(this.#due);
  }

  /** @param {Function[]} callbacks */
  #run(callbacks) {
    for (const callback of callbacks.splice(0)) {
      if (!this.isGone) attempt(/** @type {() => void} */ (callback), this.instance);
    }
  }

  leave() {
    this.isGone = true;
    this.view = undefined;
    waiting.delete(this);
    this.#callbacks = [];
    this.#due = [];
  }
}

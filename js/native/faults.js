// @ts-check
// What the program throws: what to say of it, and who hears it.
//
// Each error is reported once, told to App's onError, and thrown anew with nobody to catch it: so it is on the console,
// and whoever watches the page for errors sees it.
import { lineAt, placeAt, placeOf } from "./places.js";
import { report } from "./problems.js";

/** @type {WeakSet<object>} reported already */
const known = new WeakSet();

/** @type {<T>(error: T) => T} let nobody report this error again */
export const know = (error) => {
  if (Object(error) === error) known.add(/** @type {any} */ (error));
  return error;
};

/** @type {(a: string, b: string) => number} how many letters differ; two that have changed places are one */
const distance = (a, b) => {
  /** @type {number[]} */
  let above = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (above[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [above, row] = [row, next];
  }
  return row[b.length] ?? 0;
};

/** @type {(name: string, names: Iterable<string>) => string | undefined} the name that is meant, perhaps */
export const nearest = (name, names) => {
  let found;
  let least = Math.floor(name.length / 3) + 1;
  for (const other of names) {
    const far = distance(name.toLowerCase(), other.toLowerCase());
    if (far < least) [found, least] = [other, far];
  }
  return found;
};

/** Of an API that is not there, called or, in some browsers, looked into. */
const ABSENT = /\bmy\.(\w+)(?:\.\w+)* is (?:not a function|undefined)/;

/** @type {() => string} where the user is */
let pageNow = () => "";
/** @type {string[]} */
let apis = [];
/** @type {(error: any, message: string, stack: string) => void} */
let tellApp = () => {};

/** @type {(error: any) => string} */
const messageOf = (error) => {
  if (!(error instanceof Error)) {
    const { errorMessage } = Object(error);
    return String(errorMessage ?? (Object(error) === error ? JSON.stringify(error) : error));
  }
  return String(error);
};

/** @type {(reason: any) => boolean} what `fail` of my.* gets: an outcome, and no fault of the program */
const isFailure = (reason) =>
  !(reason instanceof Error) && Object(reason) === reason && "error" in reason && "errorMessage" in reason;

/** @type {(message: string, place: native.Place | undefined) => string | undefined} the absent API */
const absentApi = (message, place) => {
  const [, called] = ABSENT.exec(message) || [];
  const [, field] = /^Cannot read properties of undefined \(reading '(\w+)'\)$/.exec(message) || [];
  if (called || !field || !place) return called;
  // Others do not tell what was looked into; the source does.
  return new RegExp(`\\bmy\\s*\\.\\s*(\\w+)\\s*\\.\\s*${field}\\b`).exec(lineAt(place).written)?.[1];
};

/** How a call of an imported function is translated. */
const IMPORTED = /\w+\.(\w+)\.call\(void 0,/g;

/** @type {(error: any, message: string, place: native.Place | undefined) => string} in the words of the source */
const inSource = (error, message, place) => {
  if (!place || !/\(reading 'call'\)$/.test(String(error?.message))) return message;
  const names = [...lineAt(place).run.matchAll(IMPORTED)].map(([, name]) => name);
  if (names.length !== 1) return message;
  return `TypeError: ${names[0]} is not a function: the module that it is imported from does not export it`;
};

/** @type {(error: any, message: string) => native.Problem} */
const problemOf = (error, text) => {
  const found = placeOf(error);
  const message = inSource(error, text, found);
  const api = absentApi(String(error?.message ?? message), found);
  const page = pageNow();
  const where = { ...found, ...(page ? { page } : {}) };
  if (!api || apis.includes(api)) return { kind: "script", message, ...where };
  const meant = nearest(api, apis);
  const hint = meant ? ` Is my.${meant} meant?` : "";
  const cure = `What one wallet alone has is my.call("${api}"), answered by @bridge.api("${api}", custom=True).`;
  return { kind: "api", message: `There is no my.${api}.${hint} ${cure}`, ...where };
};

/** @type {(error: any, fallback?: native.Place) => void} */
const note = (error, fallback) => {
  if (Object(error) === error && known.has(error)) return;
  know(error);
  const message = messageOf(error);
  report({ ...fallback, ...problemOf(error, message) });
  tellApp(error, message, String(error?.stack ?? ""));
};

/** @type {typeof setTimeout} */
let later = setTimeout;

/**
 * The program has thrown this; `fallback` is where, if it does not say.
 * @type {(error: any, fallback?: native.Place) => void}
 */
export const fail = (thrown, fallback) => {
  const error = Object(thrown) === thrown ? thrown : new Thrown(String(thrown));
  const wasKnown = Object(error) === error && known.has(error);
  note(error, fallback);
  if (!wasKnown) {
    later(() => {
      throw error;
    });
  }
};

/**
 * Run something of the program; what it throws ends here.
 * @type {<A extends any[], R>(run: ((...args: A) => R) | undefined | null, self: any, ...args: A) => R | undefined}
 */
export const attempt = (run, self, ...args) => {
  if (typeof run !== "function") return undefined;
  try {
    return run.apply(self, args);
  } catch (error) {
    fail(error);
    return undefined;
  }
};

/** @type {((event: ErrorEvent) => void) | undefined} */
let hush;

/**
 * The error that the browser finds meanwhile, which nobody else hears of.
 * @type {(run: () => void) => ErrorEvent | undefined}
 */
export const overhear = (run) => {
  /** @type {ErrorEvent | undefined} */
  let heard;
  hush = (event) => {
    heard = event;
    event.preventDefault();
  };
  run();
  hush = undefined;
  return heard;
};

/**
 * Hear of everything that the program throws.
 * @param {object} options
 * @param {wire.Host} options.host
 * @param {() => string} options.page
 * @param {(message: string, stack: string) => void} options.onError
 * @param {(event: { reason: any, promise: Promise<any> }) => void} options.onRejection
 */
export const watch = ({ host, page, onError, onRejection }) => {
  pageNow = page;
  later = host.real.setTimeout;
  const names = [...host.apis, ...host.sync].flatMap(([, names]) => names.split(" "));
  apis = [...names, ...host.events.flatMap(([, start, stop]) => (stop ? [start, stop] : [start]))];
  let isTelling = false;
  tellApp = (_error, message, stack) => {
    if (isTelling) return; // onError itself throws
    isTelling = true;
    try {
      onError(message, stack);
    } finally {
      isTelling = false;
    }
  };
  window.addEventListener("error", (event) => {
    if (hush) return hush(event);
    const { error, message, filename, lineno, colno } = event;
    if (!message && !error) return; // of an element: a picture that is not there
    const where = placeAt(filename || "", lineno, colno);
    if (Object(error) === error) note(error, where);
    else if (!/ResizeObserver loop/.test(message)) note(new Thrown(message), where);
  });
  window.addEventListener("unhandledrejection", (event) => {
    const { reason, promise } = event;
    if (Object(reason) === reason && known.has(reason)) return;
    know(reason);
    if (!isFailure(reason)) report(problemOf(reason, messageOf(reason)));
    onRejection({ reason, promise });
  });
};

/** What was thrown is no object, or the browser does not show it. */
class Thrown extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message.replace(/^Uncaught (?:Error: )?/, ""));
    this.stack = "";
  }
  toString() {
    return this.message;
  }
}

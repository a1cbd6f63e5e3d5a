// @ts-check
// The scripts of templates: modules that see one another, and nothing of the rest of the program.
import { fail } from "./faults.js";
import { placeOf } from "./places.js";
import { report } from "./problems.js";

/** What they have beside the language: regular expressions and dates are made with functions. */
const GLOBALS = {
  getRegExp: (/** @type {string} */ pattern, /** @type {string} */ flags) => new RegExp(pattern, flags ?? ""),
  getDate: (/** @type {any[]} */ ...parts) => new /** @type {any} */ (Date)(...parts),
};

/** What other scripts have. */
const HIDDEN = "my App Page Component getApp getCurrentPages Behavior AlipayJSBridge fetch globalThis";

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {(file: string, values: Record<string, unknown>, module: { exports: any }) => any} options.run
 */
export const makeSjs = ({ folder, run }) => {
  const hidden = Object.fromEntries(HIDDEN.split(" ").map((name) => [name, undefined]));

  /** @type {Map<string, { exports: any }>} */
  const loaded = new Map();

  /** @type {(name: string, from: string) => string | undefined} */
  const find = (name, from) => {
    const path = folder.resolve(name, from);
    return [path, `${path}.sjs`].find((file) => folder.text(file) !== undefined);
  };

  /** @type {(name: string, from: string) => any} */
  const require = (name, from) => {
    const file = find(String(name), from);
    if (file) return execute(file);
    const message = `There is no sjs module "${name}". Only other sjs files of the folder can be imported here.`;
    const place = placeOf(new Error());
    report({ kind: "module", message, ...(place?.file === from ? place : { file: from }) });
    return {};
  };

  /** @type {(file: string) => any} */
  const execute = (file) => {
    const known = loaded.get(file);
    if (known) return known.exports; // those that are there, in a circle
    const entry = { exports: {} };
    loaded.set(file, entry);
    const own = (/** @type {string} */ name) => require(name, file);
    return run(file, { ...hidden, ...GLOBALS, require: own }, entry);
  };

  /**
   * What an sjs file exports; {} where it cannot be run, which is reported.
   * @type {(path: string, place: native.Place) => any}
   */
  const load = (path, place) => {
    try {
      return execute(path);
    } catch (error) {
      fail(error, place);
      return {};
    }
  };

  return { load };
};

// @ts-check
// The scripts of the program: which file a name means, and running it as a CommonJS module.
//
// A module becomes the text of an inline script that does nothing but define a function, which is then called: without
// `eval`, under a strict Content-Security-Policy. Its lines are those of the source.
import { transform } from "sucrase";
import { parse } from "sucrase/dist/esm/parser/index.js";
import { know, overhear } from "./faults.js";
import { folderOf, normal } from "./folder.js";
import { placeAt, placeOf, register } from "./places.js";
import { report } from "./problems.js";

/** What scripts of a mini program do not see, for there is no page of a browser there. */
const SHADOWED =
  "window document frames self location navigator localStorage sessionStorage history screen alert confirm prompt " +
  "XMLHttpRequest WebSocket EventSource fetch open postMessage top parent opener indexedDB caches Worker Image " +
  "customElements globalThis";

const SUFFIXES = ["", ".js", ".json", ".mjs", ".cjs", "/index.js", "/index.json", "/index.mjs", "/index.cjs"];

/** Standard things that some packages look for in it. */
const STANDARD =
  "Object Array Function String Number Boolean Symbol BigInt Math JSON Date RegExp Error TypeError RangeError " +
  "SyntaxError Promise Proxy Reflect Map Set WeakMap WeakSet ArrayBuffer DataView Uint8Array Int8Array Uint16Array " +
  "Int16Array Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray parseInt parseFloat isNaN isFinite " +
  "Infinity NaN encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape setTimeout clearTimeout " +
  "setInterval clearInterval console Intl";

/** @type {() => object} what `global` and `globalThis` mean */
const makeGlobal = () => {
  /** @type {any} */
  const global = {};
  for (const name of STANDARD.split(" ")) global[name] = /** @type {any} */ (globalThis)[name];
  for (const timer of ["setTimeout", "clearTimeout", "setInterval", "clearInterval"]) {
    global[timer] = global[timer].bind(globalThis);
  }
  Object.defineProperty(global, "my", { get: () => /** @type {any} */ (window).my, enumerable: true });
  return Object.assign(global, { global, globalThis: global });
};

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** @type {(number: number) => string} as source maps have numbers */
const vlq = (number) => {
  let rest = number << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest ? digit | 32 : digit];
  } while (rest);
  return text;
};

/** @type {(file: string, source: string, mappings: string) => string} a source map of one file */
const mapOf = (file, source, mappings) =>
  JSON.stringify({ version: 3, sources: [file], sourcesContent: [source], names: [], mappings });

/** @type {(text: string) => string} */
const base64 = (text) =>
  btoa(new TextEncoder().encode(text).reduce((all, byte) => all + String.fromCharCode(byte), ""));

/** Without these words it is no ES module: nothing has to be changed in it. */
const HAS_ES = /\b(?:import|export)\b/;

/** What sucrase translates in another way than the language means it. */
const MISREAD = /\bexport\s+(?:const|let|var|function|async|default\s+(?:async\s+)?function)\b/;

/**
 * What sucrase does not do. Of `export const a = 1, b = 2` it exports the first name alone, and makes the others global:
 * here each gets a statement of its own, on the same line. Of `export default async function f` and `function* f` it
 * makes an expression, whose name the module does not know: here they are declared, and exported at the end. And
 * functions are exported where they stand; they have to be there before, for those who import them in a circle: `first`
 * is to be run before all else.
 * @type {(text: string) => { text: string, first: string }}
 */
const prepare = (text) => {
  if (!MISREAD.test(text)) return { text, first: "" };
  const { tokens } = parse(text, false, false, false);
  const word = (/** @type {number} */ at) => text.slice(tokens[at]?.start, tokens[at]?.end);
  let first = "";
  let last = "";
  let result = "";
  let copied = 0;

  /** @type {(at: number) => number} behind a name, or a pattern of names, and its value */
  const endOfVariable = (at) => {
    let depth = 0;
    do {
      if (/[([{]$/.test(word(at))) depth++;
      else if (/^[)\]}]/.test(word(at))) depth--;
      at++;
    } while (depth > 0 && at < tokens.length);
    return word(at) === "=" ? (tokens[at]?.rhsEndIndex ?? tokens.length) : at;
  };

  /** @type {(at: number) => void} from its `const` on */
  const separate = (at) => {
    const kind = word(at);
    for (let end = endOfVariable(at + 1); word(end) === ","; end = endOfVariable(end + 1)) {
      result += `${text.slice(copied, tokens[end]?.start)};export ${kind} `;
      copied = tokens[end]?.end ?? copied;
    }
  };

  /** @type {(at: number) => void} from its `export` on */
  const hoist = (at) => {
    const words = Array.from({ length: 5 }, (_, index) => word(at + 1 + index));
    const [, standard, async, star, name] =
      /^(default )?(async )?function (\* )?([^\s(]+)/.exec(words.join(" ")) || [];
    if (!name) return;
    first += `exports.${standard ? "default" : name}=${name};`;
    if (!standard || !(async || star)) return;
    result += text.slice(copied, tokens[at]?.start);
    copied = tokens[at + 2]?.start ?? copied;
    last = `\nexport { ${name} as default };`;
  };

  for (let at = 0; at < tokens.length; at++) {
    if (word(at) !== "export") continue;
    // A function may have the name, too, and be the value: `export var f = f`.
    if (/^var [\w$]+$/.test(`${word(at + 1)} ${word(at + 2)}`)) first += `exports.${word(at + 2)}=${word(at + 2)};`;
    if (/^(?:const|let|var)$/.test(word(at + 1))) separate(at + 1);
    else hoist(at);
  }
  return { text: result + text.slice(copied) + last, first };
};

/** @typedef {{ exports: any }} Module */

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {string} options.nonce
 * @param {Record<string, unknown>} [options.globals] what each module finds beside `my`: App, Page...
 */
export const makeModules = ({ folder, nonce, globals = {} }) => {
  const process = { env: { NODE_ENV: "development" }, browser: true, nextTick: queueMicrotask.bind(globalThis) };
  const theGlobal = makeGlobal();
  const common = { ...globals, global: theGlobal, globalThis: theGlobal, process };

  // Which file.

  /** @type {(path: string) => string | undefined} the file that is there */
  const asFile = (path) => SUFFIXES.map((suffix) => path + suffix).find((file) => folder.text(file) !== undefined);

  /** @type {(file: string) => string} the folder of the npm package that a file belongs to, or "" */
  const packageOf = (file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? "";

  /** @type {(root: string) => Record<string, string | false>} */
  const replacements = (root) => {
    const { browser } = root ? folder.json(`${root}/package.json`) : Object(null);
    return browser && typeof browser === "object" ? browser : {};
  };

  /** @type {(entry: any) => string | undefined} of the conditions that "exports" has */
  const chosen = (entry) => {
    if (typeof entry === "string") return entry;
    if (Array.isArray(entry)) return entry.map(chosen).find(Boolean);
    if (!entry) return undefined;
    for (const name of ["browser", "require", "import", "default"]) {
      const found = chosen(entry[name]);
      if (found) return found;
    }
    return undefined;
  };

  /** @type {(root: string, inside: string) => string | undefined} what "exports" of a package says */
  const exported = (root, inside) => {
    const { exports } = folder.json(`${root}/package.json`);
    if (!exports) return undefined;
    if (inside === "") return chosen(exports?.["."] ?? exports);
    const exact = chosen(exports?.[`./${inside}`]);
    if (exact) return exact;
    for (const [key, entry] of Object.entries(Object(exports))) {
      const [start = "", end] = key.split("*");
      const name = `./${inside}`;
      if (end === undefined || !name.startsWith(start) || !name.endsWith(end)) continue;
      return chosen(entry)?.replace("*", name.slice(start.length, name.length - end.length));
    }
    return undefined;
  };

  /** @type {(root: string) => string | undefined} the main file of a folder with a package.json */
  const mainOf = (root) => {
    const { browser, main, module } = folder.json(`${root}/package.json`);
    for (const entry of [browser, main, module]) {
      const file = typeof entry === "string" && asFile(normal(`${root}/${entry}`));
      if (file) return file;
    }
    return undefined;
  };

  /** @type {(path: string) => string | undefined} */
  const asPath = (path) => asFile(path) ?? mainOf(path);

  /** @type {(name: string, from: string) => Generator<string>} the folders where an npm package could be */
  function* homes(name, from) {
    for (let base = folderOf(from); ; base = folderOf(base)) {
      if (!/(?:^|\/)node_modules$/.test(base)) yield normal(`${base}/node_modules/${name}`);
      if (base === "") return;
    }
  }

  /** @type {(name: string, from: string) => string | undefined} */
  const inPackages = (name, from) => {
    const [, owner = "", inside = ""] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(name) || [];
    for (const root of homes(owner, from)) {
      const near = inside === "" ? (mainOf(root) ?? asFile(root)) : asPath(normal(`${root}/${inside}`));
      if (near) return near;
      const entry = exported(root, inside);
      const file = entry && asFile(normal(`${root}/${entry}`));
      if (file) return file;
    }
    return undefined;
  };

  /** @type {(name: string, from: string) => string | false | undefined} false: a package wants nothing in its place */
  const find = (name, from) => {
    const isPath = /^\.{0,2}\//.test(name) || name === "." || name === "..";
    const own = packageOf(from);
    const swap = isPath ? undefined : replacements(own)[name];
    if (swap === false) return false;
    if (swap) return swap.startsWith(".") ? asFile(normal(`${own}/${swap}`)) : inPackages(swap, from);
    const path = name.startsWith("/") ? normal(name) : normal(`${folderOf(from)}/${name}`);
    const file = isPath ? asPath(path) : inPackages(name, from);
    const root = file && packageOf(file);
    if (!file || !root) return file;
    const map = replacements(root);
    const inside = `.${file.slice(root.length)}`;
    const other = map[inside] ?? map[inside.replace(/\.js$/, "")];
    if (other === undefined) return file;
    if (other === false) return false;
    return asFile(normal(`${root}/${other}`)) ?? inPackages(other, file) ?? file;
  };

  /** @type {native.Modules["resolve"]} */
  const resolve = (name, from) => find(name, from) || undefined;

  /** @type {(path: string) => string | undefined} */
  const asComponent = (path) => {
    for (const stem of [path, path.replace(/\.(?:js|axml|json)$/, ""), `${path}/index`]) {
      if ([".axml", ".js"].some((suffix) => folder.text(stem + suffix) !== undefined)) return stem;
    }
    return undefined;
  };

  /** @type {native.Modules["resolveComponent"]} */
  const resolveComponent = (name, from) => {
    if (/^[a-z][a-z\d+.-]*:/i.test(name)) return undefined; // plugin://
    if (name.startsWith("/")) return asComponent(normal(name));
    const near = asComponent(normal(`${folderOf(from)}/${name}`));
    if (near || name.startsWith(".")) return near;
    for (const root of homes(name, from)) {
      const main = folder.json(`${root}/package.json`).main;
      const found = asComponent(root) ?? (main && asComponent(normal(`${root}/${main}`)));
      if (found) return found;
    }
    return asComponent(normal(name));
  };

  // Running it.

  /** @type {(message: string, place: native.Place) => never} */
  const refuse = (message, place) => {
    report({ kind: "module", message, ...place });
    throw know(new Error(`${message} (${place.file}:${place.line ?? 1})`));
  };

  /**
   * A source as CommonJS, line by line; `first` is what has to run before it, on its first line.
   * @type {(file: string, source: string) => { code: string, first: string, mappings: string | undefined }}
   */
  const translate = (file, source) => {
    if (!HAS_ES.test(source)) return { code: source, first: "", mappings: undefined };
    try {
      const { text, first } = prepare(source);
      const { code, sourceMap } = transform(text, {
        transforms: ["imports"],
        disableESTransforms: true,
        filePath: file,
        sourceMapOptions: { compiledFilename: file },
      });
      // A mini program's modules are not strict.
      return { code: code.replace(/^"use strict";/, " ".repeat(13)), first, mappings: sourceMap?.mappings };
    } catch (/** @type {any} */ error) {
      const { line, column } = Object(error.loc);
      const reason = String(error.message).replace(/^Error transforming .*?: /, "").replace(/ \(\d+:\d+\)$/, "");
      return refuse(`This script cannot be read: ${reason}`, { file, line, column: column + 1 });
    }
  };

  /** @type {(names: string[]) => string} what stands before a script, on its first line */
  const head = (names) =>
    `document.currentScript.run=function(module,exports,require,${names}){return(function(){`;

  /** @type {(file: string, names: string[]) => (...args: any[]) => void} the function that a script makes */
  const compile = (file, names) => {
    const source = (folder.text(file) ?? "").replace(/^\ufeff/, "").replace(/^#!/, "//");
    const { code, first, mappings } = translate(file, source);
    const start = head(names) + first;
    const above = register({ file, source, code, before: start.length }, nonce);
    const script = document.createElement("script");
    script.nonce = nonce;
    script.textContent = `${"\n".repeat(above)}${start}${code}\n}).call(exports)}\n//# sourceURL=${file}`;
    if (mappings !== undefined || above) {
      const lines = mappings ?? `AAAA${";AACA".repeat(source.split("\n").length - 1)}`;
      const map = mapOf(file, source, `${";".repeat(above)}${vlq(start.length)},${lines}`);
      script.textContent += `\n//# sourceMappingURL=data:application/json;base64,${base64(map)}`;
    }
    const wrong = overhear(() => document.head.append(script));
    script.remove();
    const { run } = /** @type {any} */ (script);
    if (run) return run;
    const { lineno = 1, colno = 1, message = "" } = wrong ?? {};
    const said = message.replace(/^(?:Uncaught )?(?:SyntaxError: )?(?:Failed to execute .*?: )?/, "");
    const reason = said || "the browser has refused it";
    const place = placeAt(file, lineno, colno) ?? { file };
    return refuse(`This script cannot be read: ${reason}`, place);
  };

  /**
   * A module that exports its default alone is that, for `require` and for names that are imported from it: programs
   * rely on it, as on the platform's own translation.
   * @type {(module: Module) => void}
   */
  const unwrap = (module) => {
    const { exports } = module;
    if (!exports?.__esModule || Object.keys(exports).join() !== "default") return;
    const own = exports.default;
    if (Object(own) !== own || !Object.isExtensible(own) || "default" in own) return;
    Object.defineProperty(own, "default", { value: own, configurable: true, writable: true });
    module.exports = own;
  };

  /** @type {(file: string, values: Record<string, unknown>, module: Module) => any} */
  const execute = (file, values, module) => {
    const names = [...new Set([...SHADOWED.split(" "), ...Object.keys(values)])].filter(
      (name) => !["module", "exports", "require"].includes(name),
    );
    const run = compile(file, names);
    const load = values.require ?? ((/** @type {string} */ name) => require(name, file));
    run(module, module.exports, load, ...names.map((name) => values[name]));
    unwrap(module);
    return module.exports;
  };

  /** @type {Map<string, Module>} */
  const loaded = new Map();

  /** @type {(name: string, from: string) => never} */
  const miss = (name, from) => {
    const place = placeOf(new Error());
    const here = place?.file === from ? place : { file: from };
    const isPackage = !/^\.{0,2}\//.test(name);
    const owner = /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
    const isThere = isPackage && [...homes(owner, from)].some((root) => folder.has(`${root}/package.json`));
    if (isThere) refuse(`The package ${owner} has no "${name}"`, here);
    if (isPackage) refuse(`The package ${owner} is not there: npm install ${owner}`, here);
    return refuse(`There is no module "${name}"`, here);
  };

  /** @type {native.Modules["require"]} */
  const require = (name, from) => {
    const file = find(String(name), from);
    if (file === false) return {};
    if (!file) return miss(String(name), from);
    const there = loaded.get(file);
    if (there) return there.exports; // partial ones, in a circle
    /** @type {Module} */
    const module = { exports: {} };
    loaded.set(file, module);
    if (file.endsWith(".json")) return (module.exports = folder.json(file));
    try {
      return execute(file, common, module);
    } catch (error) {
      loaded.delete(file);
      throw error;
    }
  };

  /** @type {(file: string, values: Record<string, unknown>, module: Module) => any} a script that sees only these */
  const run = (file, values, module) => execute(file, values, module);

  return { require, resolve, resolveComponent, run };
};

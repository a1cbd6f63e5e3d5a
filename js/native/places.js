// @ts-check
// Where in the sources of the program something was, from what browsers say of it.
//
// A script names its file in a comment, and Chromium and Firefox put that name into stack traces. WebKit puts the
// address of the document there, for every script. So there each script begins with as many empty lines as the scripts
// before it have lines: the number of a line tells which script it is in.

/**
 * A script as it runs.
 * @typedef {object} Script
 * @property {string} file
 * @property {string} source
 * @property {string} code the same as CommonJS
 * @property {number} before characters that the runtime has put before that, on its first line
 */
/** @typedef {Script & { above: number }} Placed with so many empty lines before it */

/** @type {Map<string, Placed>} by their files */
const scripts = new Map();

/** @type {(text: string) => number} */
const linesIn = (text) => text.split("\n").length;

/** @type {(text: string, line: number) => string} */
const lineOf = (text, line) => text.split("\n")[line - 1] ?? "";

/** Whether stack traces have the names of scripts; undefined before the first one. */
let areNamed = /** @type {boolean | undefined} */ (undefined);

/** Lines of all scripts so far. */
let lines = 0;

/** @type {(nonce: string) => boolean} */
const probeNames = (nonce) => {
  const probe = document.createElement("script");
  probe.nonce = nonce;
  probe.textContent = "document.currentScript.stack = new Error().stack;\n//# sourceURL=probe.js";
  document.head.append(probe);
  probe.remove();
  return String(/** @type {any} */ (probe).stack).includes("probe.js");
};

/** @type {(script: Script, nonce: string) => number} how many empty lines it is to begin with; it is about to run */
export const register = (script, nonce) => {
  areNamed ??= probeNames(nonce);
  const above = areNamed ? 0 : lines;
  lines += linesIn(script.code);
  scripts.set(script.file, { ...script, above });
  return above;
};

/** The end of a line of a stack trace. */
const POSITION = /^(.*):(\d+):(\d+)$/;

/** @type {(line: string) => string[]} what may be the place in it: "at f (a.js:1:2)", "at a.js:1:2", "f@a.js:1:2" */
const placesIn = (line) => {
  const text = line.trim().replace(/^at (?:async )?/, "");
  return [text.replace(/^.* \((.*)\)$/, "$1"), text.replace(/^[^@]*@/, "")];
};

/** @type {(address: string, line: number) => Placed | undefined} */
const scriptAt = (address, line) => {
  if (!areNamed && address.split("#")[0] === document.URL.split("#")[0]) {
    const all = [...scripts.values()];
    return all.find(({ code, above }) => above < line && line <= above + linesIn(code));
  }
  const root = new URL(".", document.URL).href; // some browsers put it before the name
  return scripts.get(address.startsWith(root) ? address.slice(root.length) : address);
};

/** @type {(address: string, line: number, column: number) => native.Place | undefined} of a script, as browsers say it */
export const placeAt = (address, line, column) => {
  const script = scriptAt(address, line);
  if (!script) return undefined;
  const { file, source, code, above, before } = script;
  // It may have been read beyond its end.
  const own = Math.min(line - above, linesIn(source.trimEnd()));
  if (own < line - above || lineOf(code, own) !== lineOf(source, own)) return { file, line: own };
  return { file, line: own, column: own === 1 ? Math.max(1, column - before) : column };
};

/** @type {(error: any) => native.Place | undefined} the innermost place in a source of the program */
export const placeOf = (error) => {
  for (const text of String(error?.stack ?? "").split("\n").flatMap(placesIn)) {
    const [, address = "", line, column] = POSITION.exec(text) || [];
    const place = address && placeAt(address, Number(line), Number(column));
    if (place) return place;
  }
  return undefined;
};

/** @type {(place: native.Place | undefined) => { written: string, run: string }} that line of the source */
export const lineAt = (place) => {
  const script = scripts.get(place?.file ?? "");
  if (!script) return { written: "", run: "" };
  const line = place?.line ?? 1;
  return { written: lineOf(script.source, line), run: lineOf(script.code, line) };
};

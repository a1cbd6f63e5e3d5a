// @ts-check
// Reads a template: text to a tree. Not an HTML parser, since templates are not HTML: any tag may be self-closed,
// names keep their case in attributes, "<" and ">" may stand in expressions. What is broken is reported, and read on.
import { endOfMustache } from "./expressions.js";
import { report } from "./problems.js";

/** @typedef {{ attributes: native.AxmlAttribute[], end: number, closed: boolean }} Head */

/** Those that have nothing in them: forgotten closing tags must not make the rest of the page their content. */
const EMPTY = new Set("image input import include import-sjs icon progress slider switch checkbox radio".split(" "));

/** @type {Record<string, string>} */
const ENTITIES = {
  nbsp: "\u00a0", lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009",
  copy: "\u00a9", reg: "\u00ae", trade: "\u2122", middot: "\u00b7", bull: "\u2022", hellip: "\u2026", ndash: "\u2013",
  mdash: "\u2014", lsquo: "\u2018", rsquo: "\u2019", ldquo: "\u201c", rdquo: "\u201d", laquo: "\u00ab",
  raquo: "\u00bb", times: "\u00d7", divide: "\u00f7", deg: "\u00b0", yen: "\u00a5", euro: "\u20ac", pound: "\u00a3",
  cent: "\u00a2", sect: "\u00a7", larr: "\u2190", uarr: "\u2191", rarr: "\u2192", darr: "\u2193", hearts: "\u2665",
};

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi;

/** @type {(text: string) => string} */
const decode = (text) => {
  if (!text.includes("&")) return text;
  return text.replace(ENTITY, (all, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? all;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
};

/** @type {(text: string, file: string) => (index: number) => native.Place} */
const placesOf = (text, file) => {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (index) => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (Number(starts[middle]) <= index) low = middle;
      else high = middle;
    }
    return { file, line: low + 1, column: index - Number(starts[low]) + 1 };
  };
};

const TAG = /^<\/?[a-z]|^<[!?]/i;

/** @type {(text: string, from: number) => number} where the text ends that begins at `from` */
const endOfText = (text, from) => {
  let at = from;
  while (at < text.length) {
    if (text.startsWith("{{", at)) {
      const end = endOfMustache(text, at);
      // One that has tags in it has lost its braces.
      at = end < 0 || /<\/?[a-z][\w-]*\s*\/?>|<[a-z][\w-]*\s[^<>]*=|<!--/i.test(text.slice(at, end)) ? at + 2 : end;
    } else if (text[at] === "<" && TAG.test(text.slice(at, at + 3))) {
      return at;
    } else {
      at++;
    }
  }
  return text.length;
};

/** What comes after the quotation mark that ends a value. */
const AFTER_VALUE = /^(?:\s*\/?>|\s+[a-z@][\w:.-]*(?:\s*=|\s*\/?>|\s+[a-z])|\s*$|[a-z][\w:-]*\s*=\s*["'])/i;

/** @type {(text: string, from: number, quote: string) => number} where the mark is that ends the value, or -1 */
const endOfQuoted = (text, from, quote) => {
  for (let end = text.indexOf(quote, from); end >= 0; end = text.indexOf(quote, end + 1)) {
    const value = text.slice(from, end);
    // Within an expression the same mark may be used again, unless it has only lost its braces.
    const open = value.lastIndexOf("{{");
    const inside = open >= 0 && !value.includes("}}", open) && endOfMustache(text, from + open) > end;
    if (!inside || AFTER_VALUE.test(text.slice(end + 1, end + 80))) return end;
  }
  return -1;
};

/** @type {(text: string, from: number) => number} */
const endOfUnquoted = (text, from) => {
  let at = from;
  while (at < text.length && !/[\s>]/.test(String(text[at])) && !text.startsWith("/>", at)) {
    const end = text.startsWith("{{", at) ? endOfMustache(text, at) : -1;
    at = end < 0 ? at + 1 : end;
  }
  return at;
};

/** @type {(text: string, file: string) => { nodes: native.AxmlNode[] }} */
export const parse = (text, file) => {
  const source = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const placeAt = placesOf(source, file);

  /** @type {native.AxmlNode[]} */
  const nodes = [];
  /** @type {native.AxmlElement[]} those that are open */
  const open = [];
  let keeping = 0; // how many <text> are open

  /** @type {(place: native.Place, message: string) => void} */
  const complain = (place, message) => report({ kind: "template", message, ...place });

  const siblings = () => open.at(-1)?.children ?? nodes;

  /** @type {(from: number, end: number) => void} */
  const addText = (from, end) => {
    const written = source.slice(from, end);
    if (!keeping && written.trim() === "") return;
    siblings().push({ type: "text", text: decode(written), place: placeAt(from) });
  };

  /** @type {() => native.AxmlElement} */
  const close = () => {
    const element = /** @type {native.AxmlElement} */ (open.pop());
    if (element.name === "text") keeping--;
    return element;
  };

  /** @type {(why: string) => void} close one that has no closing tag */
  const closeUnclosed = (why) => {
    const { name, place, children } = close();
    if (EMPTY.has(name)) {
      complain(place, `<${name}> is not closed. Write <${name} ... />.`);
      siblings().push(...children.splice(0));
    } else {
      complain(place, `<${name}> is not closed before ${why}. Add </${name}>.`);
    }
  };

  /** @type {(from: number) => number} */
  const readClosingTag = (from) => {
    const end = /^<\/([^\s<>]*)[^<>]*(>?)/.exec(source.slice(from));
    const [all = "</", written = "", mark = ""] = end || [];
    const name = written.toLowerCase();
    if (!mark) complain(placeAt(from), `</${written} lacks its ">". Add it.`);
    if (!open.some((element) => element.name === name)) {
      complain(placeAt(from), `</${written}> closes nothing: there is no open <${written}>. Take it out.`);
    } else {
      while (open.at(-1)?.name !== name) closeUnclosed(`</${written}>`);
      close();
    }
    return from + all.length;
  };

  /** @type {(from: number, name: string) => { value: string | null, end: number }} */
  const readValue = (from, name) => {
    const quote = source[from];
    if (quote !== '"' && quote !== "'") {
      const end = endOfUnquoted(source, from);
      return { value: decode(source.slice(from, end)), end };
    }
    const end = endOfQuoted(source, from + 1, quote);
    const value = source.slice(from + 1, end < 0 ? undefined : end);
    // Tags on the next lines in a value: its end has been forgotten.
    const quiet = value.replace(/\{\{.*?\}\}/gs, (all) => all.replace(/[<>]/g, "_"));
    const lost = /\s*\/?>[ \t]*\n\s*<\/?[a-z]/i.exec(quiet);
    if (end >= 0 && !lost) return { value: decode(value), end: end + 1 };
    complain(placeAt(from), `The value of "${name}" has no closing ${quote}. Add it.`);
    const length = lost?.index ?? value.search(/\s*\/?>|\n|$/);
    return { value: decode(value.slice(0, length)), end: from + 1 + length };
  };

  /** @type {(from: number, tag: string) => Head} */
  const readAttributes = (from, tag) => {
    /** @type {native.AxmlAttribute[]} */
    const attributes = [];
    const names = new Set();
    let at = from;
    for (;;) {
      at += Number(/^\s*/.exec(source.slice(at, at + 1000))?.[0].length);
      if (at >= source.length || source[at] === "<") {
        complain(placeAt(from), `<${tag}> lacks its ">". Add it.`);
        return { attributes, end: at, closed: at >= source.length };
      }
      if (source[at] === ">") return { attributes, end: at + 1, closed: false };
      if (source.startsWith("/>", at)) return { attributes, end: at + 2, closed: true };
      const start = at;
      const mustache = source.startsWith("{{", at) ? endOfMustache(source, at) : -1;
      if (mustache >= 0) {
        const text = source.slice(at, mustache);
        complain(placeAt(at), `${text} stands in <${tag}> without a name. Give it one: name="{{...}}".`);
        at = mustache;
        continue;
      }
      const name = /^[^\s=>"'<,;/]+/.exec(source.slice(at, at + 200))?.[0] ?? "";
      if (name === "") {
        // A stray quotation mark, comma, slash, equals sign: without a meaning, and without harm.
        at++;
        continue;
      }
      at += name.length;
      const equals = /^\s*=\s*/.exec(source.slice(at, at + 200));
      let value = null;
      if (equals) ({ value, end: at } = readValue(at + equals[0].length, name));
      if (names.has(name)) continue; // the first one counts
      names.add(name);
      attributes.push({ name, value, place: placeAt(start) });
    }
  };

  /** @type {(from: number) => number} */
  const readTag = (from) => {
    const written = /^[^\s<>"'=/]+/.exec(source.slice(from + 1, from + 200))?.[0] ?? "";
    const name = written.toLowerCase();
    const { attributes, end, closed } = readAttributes(from + 1 + written.length, written);
    /** @type {native.AxmlElement} */
    const element = { type: "element", name, attributes, children: [], place: placeAt(from) };
    siblings().push(element);
    if (!closed) {
      open.push(element);
      if (name === "text") keeping++;
    }
    return end;
  };

  /** @type {(from: number, mark: string) => number} past what is not to be drawn */
  const skip = (from, mark) => {
    const end = source.indexOf(mark, from);
    if (end < 0) complain(placeAt(from), `A comment has no end. Add "${mark}".`);
    return end < 0 ? source.length : end + mark.length;
  };

  let at = 0;
  while (at < source.length) {
    if (source.startsWith("<!--", at)) at = skip(at, "-->");
    else if (/^<[!?]/.test(source.slice(at, at + 2))) at = skip(at, ">");
    else if (source.startsWith("</", at) && /[a-z]/i.test(source[at + 2] ?? "")) at = readClosingTag(at);
    else if (/^<[a-z]/i.test(source.slice(at, at + 2))) at = readTag(at);
    else {
      const end = Math.max(endOfText(source, at), at + 1);
      addText(at, end);
      at = end;
    }
  }
  while (open.length) closeUnclosed("the file's end");
  return { nodes };
};

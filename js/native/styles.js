// @ts-check
// The style sheets of the program: its .acss files made what a browser knows, and which of them are in force.
import { folderOf, normal } from "./folder.js";
import { report } from "./problems.js";
import { units } from "./units.js";

const APP = "app.acss";

/**
 * What matters in a sheet: comments, which may not be closed; imports; addresses; strings, in which nothing else
 * matters; braces.
 */
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>/\*[^]*?(?:\*/|$))`,
    String.raw`@import\s+(?:url\(\s*)?(?:"(?<import1>[^"\n]*)"|'(?<import2>[^'\n]*)'|(?<import3>[^"'\s);]+))` +
      String.raw`[ \t]*\)?(?<media>[^;{}"'\n]*);?`,
    String.raw`url\(\s*(?:"(?<url1>[^"\n]*)"|'(?<url2>[^'\n]*)'|(?<url3>[^"'()\s]*))\s*\)`,
    String.raw`(?<string>"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?)`,
    String.raw`(?<brace>[{}])`,
  ].join("|"),
  "gi",
);

/** @type {(text: string, index: number) => { line: number, column: number }} */
const placeIn = (text, index) => {
  const lines = text.slice(0, index).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
};

/** @type {(path: string) => string[]} */
const parents = (path) => {
  const folder = folderOf(path);
  return folder ? [folder, ...parents(folder)] : [""];
};

/** @type {(name: string) => string | undefined} the package that a path may be of */
const packageOf = (name) => /^((?:@[^/]+\/)?[^/.@][^/.]*)\//.exec(name)?.[1];

/** @type {(folder: native.Folder, written: string, from: string) => string | undefined} */
const findImport = (folder, written, from) => {
  const name = written.replace(/^~/, "");
  const paths = [folder.resolve(name, from)];
  if (!/^[./]/.test(name)) paths.push(...parents(from).map((parent) => normal(`${parent}/node_modules/${name}`)));
  return paths.flatMap((path) => [path, `${path}.acss`]).find((path) => folder.text(path) !== undefined);
};

/** @type {(folder: native.Folder, path: string, chain?: string[]) => string} with what it imports in it */
const textOf = (folder, path, chain = []) => {
  const text = (folder.text(path) ?? "").replace(/^\ufeff/, "");
  /** @type {number[]} where the braces are that are open */
  const open = [];

  /** @type {(index: number, message: string) => void} */
  const tell = (index, message) => report({ kind: "style", file: path, ...placeIn(text, index), message });

  /** @type {(index: number, written: string, media: string) => string} */
  const imported = (index, written, media) => {
    if (/^([a-z][a-z\d+.-]*:)?\/\//i.test(written)) {
      tell(index, `@import of ${written}: a sheet of another host is not loaded; copy it into the folder`);
      return "";
    }
    const found = findImport(folder, written, path);
    if (!found) {
      const wanted = packageOf(written.replace(/^~/, ""));
      const hint = wanted ? `; look at its path, or run: npm install ${wanted}` : "";
      tell(index, `@import of ${written}: there is no such file${hint}`);
      return "";
    }
    if (found === path || chain.includes(found)) return ""; // a cycle: it is there already
    const inner = textOf(folder, found, [...chain, path]);
    return media ? `@media ${media} {${inner}}` : inner;
  };

  /** @type {(brace: string, index: number) => string} */
  const balanced = (brace, index) => {
    if (brace === "{") open.push(index);
    else if (open.pop() === undefined) {
      tell(index, "This } closes nothing: one too many, or a { is missing above it");
      return ""; // or the next rule would be lost
    }
    return brace;
  };

  const result = text.replace(TOKEN, (whole, ...rest) => {
    const groups = rest.at(-1);
    const index = rest.at(-3);
    if (groups.brace) return balanced(whole, index);
    if (groups.comment !== undefined) {
      if (!/..\*\/$/s.test(whole)) tell(index, "This comment is not closed: all below it is lost");
      return " ";
    }
    if (groups.string !== undefined) return whole;
    const written = groups.import1 ?? groups.import2 ?? groups.import3;
    if (written !== undefined) return imported(index, written, groups.media.trim());
    const url = groups.url1 ?? groups.url2 ?? groups.url3;
    return url ? `url(${JSON.stringify(folder.address(url, path))})` : whole;
  });
  for (const index of open) tell(index, "This { is not closed: a } is missing below it");
  return result + "}".repeat(open.length) + "\n";
};

// Sheets for the elements of one component.

/** What stands for itself in a selector, then what nests, what ends one of a list, and what begins a pseudo-element. */
const SELECTOR = /\\[^]|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|(?<open>[([])|(?<close>[)\]])|(?<end>,|::)|[^]/g;

/** @type {(selectors: string, attribute: string) => string} as CSSStyleRule.selectorText has them */
const scoped = (selectors, attribute) => {
  let depth = 0;
  let isMarked = false; // this one of the list
  /** @type {(token: string) => string} */
  const end = (token) => {
    const before = isMarked ? "" : attribute;
    isMarked = token === "::";
    return before + token;
  };
  const marked = selectors.replace(SELECTOR, (token, ...rest) => {
    const groups = rest.at(-1);
    if (groups.open) depth++;
    if (groups.close) depth--;
    return groups.end && depth === 0 ? end(token) : token;
  });
  return marked + end("");
};

/** @type {(rules: CSSRuleList, attribute: string) => void} */
const scope = (rules, attribute) => {
  for (const rule of rules) {
    if (rule instanceof CSSStyleRule) rule.selectorText = scoped(rule.selectorText, attribute);
    const inner = /** @type {{ cssRules?: CSSRuleList }} */ (rule).cssRules;
    if (inner && !(rule instanceof CSSKeyframesRule)) scope(inner, attribute);
  }
};

/** @type {(options: { folder: native.Folder, tags: CSSStyleSheet }) => native.Styles} `tags`: their usual looks */
export const makeStyles = ({ folder, tags }) => {
  /** @type {Map<string, CSSStyleSheet>} */
  const made = new Map();
  /** Those that are for all, and what keeps them from the elements of isolated components. */
  const open = new Set();
  /** @type {Set<string>} */
  const apart = new Set();

  /** @type {(mark: string) => string} */
  const marked = (mark) => `[component=${JSON.stringify(mark)}]`;

  /** @type {native.Styles["isolate"]} */
  const isolate = (mark) => {
    const others = `:where(:not(${marked(mark)}))`; // which makes no selector stronger
    if (apart.has(others)) return;
    apart.add(others);
    for (const each of open) scope(each.cssRules, others);
  };

  /** @type {native.Styles["sheet"]} */
  const sheet = (path, mark) => {
    if (folder.text(path) === undefined) return undefined;
    const key = JSON.stringify([path, mark]);
    const known = made.get(key);
    if (known) return known;
    const result = new CSSStyleSheet();
    result.replaceSync(units(textOf(folder, path)));
    for (const each of mark ? [marked(mark)] : apart) scope(result.cssRules, each);
    made.set(key, result);
    if (!mark) open.add(result);
    return result;
  };

  /** @type {native.Styles["use"]} */
  const use = (sheets) => {
    const all = [tags, sheet(APP), ...sheets].filter((one) => one !== undefined);
    document.adoptedStyleSheets = [...new Set(all)];
  };

  use([]);
  return { sheet, isolate, use };
};

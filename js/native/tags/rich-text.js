// @ts-check
// <rich-text>: HTML, or nodes, of which only what is harmless is drawn.
import { h } from "preact";
import { units } from "../units.js";
import { element } from "./element.js";

/**
 * @typedef {object} Node
 * @property {string} [name]
 * @property {string} [type]
 * @property {Record<string, unknown>} [attrs]
 * @property {unknown} [children]
 * @property {unknown} [text]
 */

const TAGS = new Set(
  `a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em
  fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins label legend li mark nav ol p pre q rt
  ruby s section small span strong sub sup table tbody td tfoot th thead tr tt u ul`.split(/\s+/),
);

/** Those that are left out with all that is in them. */
const SILENT = new Set("script style iframe object embed template noscript head title svg math form input".split(" "));

/** By the tag; "" for all. */
/** @type {Record<string, string[]>} */
const ATTRIBUTES = {
  "": ["class", "style", "title", "dir", "align", "role"],
  col: ["span", "width"],
  colgroup: ["span", "width"],
  font: ["color", "size", "face"],
  img: ["alt", "width", "height"],
  ol: ["start", "type"],
  table: ["width", "border", "cellpadding", "cellspacing", "bgcolor"],
  td: ["colspan", "rowspan", "width", "height", "valign", "bgcolor"],
  th: ["colspan", "rowspan", "width", "height", "valign", "bgcolor"],
  tr: ["colspan", "rowspan", "width", "height", "valign", "bgcolor"],
};

/** @type {(node: ChildNode) => Node[]} */
const nodesOf = (node) => {
  if (node instanceof Text) return [{ type: "text", text: node.data }];
  if (!(node instanceof Element)) return [];
  const attrs = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
  return [{ name: node.localName, attrs, children: [...node.childNodes].flatMap(nodesOf) }];
};

/** @type {(html: string) => Node[]} in a document of its own, in which nothing runs and nothing is loaded */
const parse = (html) => [...new DOMParser().parseFromString(html, "text/html").body.childNodes].flatMap(nodesOf);

const reader = /** @type {HTMLTextAreaElement} */ (document.createElement("textarea"));

/** @type {(text: unknown) => string} "&nbsp;" and the like in the text of a node are what they stand for */
const decode = (text) => {
  const written = String(text ?? "");
  if (!written.includes("&")) return written;
  reader.innerHTML = written;
  return reader.value;
};

/** @type {(value: unknown) => value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null;

/** @type {(folder: native.Folder, from: string[]) => (node: unknown) => native.Children} */
const drawer = (folder, from) => {
  /** @type {(name: string, attrs: Record<string, unknown>) => Record<string, any>} */
  const propsOf = (name, attrs) => {
    /** @type {Record<string, any>} */
    const props = {};
    const allowed = [...(ATTRIBUTES[""] ?? []), ...(ATTRIBUTES[name] ?? [])];
    for (const [key, value] of Object.entries(attrs)) {
      const lower = key.toLowerCase();
      if (!allowed.includes(lower) || isObject(value)) continue;
      props[lower] = lower === "style" ? units(String(value)) : String(value);
    }
    if (name !== "img") return props;
    const src = String(attrs.src ?? "").trim();
    return { alt: "", ...props, ...(src && { src: folder.address(src, ...from) }) };
  };

  /** @type {(node: unknown) => native.Children} */
  const draw = (node) => {
    if (Array.isArray(node)) return node.map(draw);
    if (typeof node === "string" || typeof node === "number") return String(node);
    if (!isObject(node)) return null;
    if (node.type === "text") return decode(node.text);
    const name = String(node.name ?? "").toLowerCase();
    if (SILENT.has(name)) return null;
    const inner = /** @type {any} */ (draw(node.children));
    return TAGS.has(name) ? h(name, propsOf(name, Object(node.attrs)), inner) : inner;
  };
  return draw;
};

/** @type {(folder: native.Folder) => (attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
export const richText = (folder) => (attributes) => {
  const { nodes } = attributes.props;
  const read = typeof nodes === "string" ? parse(nodes) : nodes;
  return element("rich-text", attributes, drawer(folder, attributes.owner.from)(read));
};

// @ts-check
// The tags that the platform has, by their names.
import { units } from "../units.js";
import { basic } from "./basic.js";
import { choices } from "./choices.js";
import choicesText from "./choices.css";
import { fields } from "./fields.js";
import fieldsText from "./fields.css";
import { media } from "./media.js";
import mediaText from "./media.css";
import { scrolling } from "./scrolling.js";
import scrollingText from "./scrolling.css";
import text from "./tags.css";

/**
 * Draws one tag.
 * @typedef {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} Tag
 */

/**
 * @typedef {object} Tags
 * @property {(name: string) => boolean} has
 * @property {string[]} names
 * @property {(name: string, attributes: native.Attributes, children: native.VNode[]) => native.VNode} create
 * @property {CSSStyleSheet} sheet how they look unless a program says otherwise
 */

/** How the tags look unless a program says otherwise. */
export const sheet = new CSSStyleSheet();
sheet.replaceSync(units([text, fieldsText, choicesText, scrollingText, mediaText].join("\n")));

/** @type {(attributes: native.Attributes) => native.Attributes} `hoverClass` is `hover-class` */
const kebab = (attributes) => {
  const { props } = attributes;
  const camel = [];
  for (const name in props) if (/[a-z][A-Z]/.test(name)) camel.push(name);
  if (camel.length === 0) return attributes;
  const more = camel.map((name) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), props[name]]);
  return { ...attributes, props: { ...Object.fromEntries(more), ...props } };
};

/** @type {(options: { folder: native.Folder }) => Tags} */
export const makeTags = ({ folder }) => {
  /** @type {Map<string, Tag>} */
  const tags = new Map(
    [basic, fields, choices, scrolling, media].flatMap((group) => Object.entries(group({ folder }))),
  );
  return {
    has: (name) => tags.has(name),
    names: [...tags.keys()],
    create: (name, attributes, children) => /** @type {Tag} */ (tags.get(name))(kebab(attributes), children),
    sheet,
  };
};

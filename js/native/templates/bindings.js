// @ts-check
// What the attributes of an element say to a tag that is built in: id, class, style, data-*, events, and its props.
import { units } from "../units.js";
import { FOREIGN, camel, compileHandler, compileValue, isDirective } from "./attributes.js";

/** @typedef {(attributes: native.Attributes, owner: native.Owner, variables: native.Variables) => void} Bind */

const EVENT = /^(on|catch)-?(.+)$/i;

/** Properties of styles whose numbers are no lengths. */
const PLAIN_NUMBER = new RegExp(
  "^(?:opacity|order|orphans|widows|zoom|tab-?size|z-?index|(?:-?webkit-?)?line-?clamp|font-?weight|line-?height|" +
    "flex.*|grid.*|column-?count|animation-?iteration.*|aspect.*|--.*)$",
  "i",
);

/** @type {(style: any) => string | undefined} */
const styleText = (style) => {
  if (style === undefined || style === null || style === false || style === true) return undefined;
  if (typeof style !== "object") return units(String(style));
  if (Array.isArray(style)) return style.map(styleText).filter(Boolean).join(";");
  let text = "";
  for (const [name, value] of Object.entries(style)) {
    if (value === undefined || value === null || value === "" || typeof value === "boolean") continue;
    const property = name.startsWith("--") ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const isLength = typeof value === "number" && value !== 0 && !PLAIN_NUMBER.test(name);
    text += `${property}:${isLength ? `${value}px` : value};`;
  }
  return units(text);
};

/** @type {(value: any) => string | undefined} */
const classText = (value) => {
  if (value === undefined || value === null || typeof value === "boolean") return undefined;
  return Array.isArray(value) ? value.map(classText).filter(Boolean).join(" ") : String(value);
};

/** @type {(value: any) => string | undefined} */
const idText = (value) => (value === undefined || value === null || value === "" ? undefined : String(value));

const TEXTS = { id: idText, class: classText, style: styleText };

/** @type {(field: keyof typeof TEXTS, evaluate: native.EvaluateText) => Bind} */
const bindText = (field, evaluate) => {
  const text = TEXTS[field];
  const constant = evaluate.constant === undefined ? undefined : text(evaluate.constant);
  return (attributes, _owner, variables) => {
    const value = constant ?? text(evaluate(variables));
    if (value !== undefined) attributes[field] = value;
  };
};

const ignore = () => {};

/** @type {(attribute: native.AxmlAttribute, catches: boolean, type: string) => Bind} */
const bindEvent = (attribute, catches, type) => {
  const handler = compileHandler(attribute);
  return (attributes, owner, variables) => {
    const run = handler(owner, variables);
    // One without a method still keeps the event from going further, if it is to be caught.
    if (run || catches) attributes.events[type] = { run: run ?? ignore, catches };
  };
};

/** @type {(attribute: native.AxmlAttribute) => Bind} */
const bindReference = (attribute) => {
  const handler = compileHandler(attribute);
  return (attributes, owner, variables) => {
    const reference = handler(owner, variables);
    if (reference) attributes.reference = reference;
  };
};

/** @type {(attribute: native.AxmlAttribute) => Bind | undefined} nothing where it is one of another platform */
const bind = (attribute) => {
  const { name } = attribute;
  const lower = name.toLowerCase();
  if (isDirective(lower) || lower === "key" || FOREIGN.test(name)) return undefined;
  const [, kind, type] = EVENT.exec(name) || [];
  if (kind && type) return bindEvent(attribute, kind.toLowerCase() === "catch", type.toLowerCase().replaceAll("-", ""));
  if (lower === "ref") return bindReference(attribute);
  const evaluate = compileValue(attribute);
  if (lower === "id" || lower === "class" || lower === "style") return bindText(lower, evaluate);
  if (lower.startsWith("data-")) {
    const field = camel(name.slice(5));
    return (attributes, _owner, variables) => {
      (attributes.dataset ??= {})[field] = evaluate(variables);
    };
  }
  return (attributes, _owner, variables) => {
    attributes.props[name] = evaluate(variables);
  };
};

/** @type {(element: native.AxmlElement) => native.EvaluateFor<native.Attributes>} */
export const compileAttributes = ({ attributes: written, place }) => {
  const binds = written.map(bind).filter((each) => each !== undefined);
  return (owner, variables) => {
    /** @type {native.Attributes} */
    const attributes = { props: {}, events: {}, owner, place };
    for (const each of binds) each(attributes, owner, variables);
    return attributes;
  };
};

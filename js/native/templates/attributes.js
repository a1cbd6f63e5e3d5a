// @ts-check
// The attributes of an element: found by their names, and made values.
import { compileText } from "../expressions.js";

/** Names that mean something on other platforms only. */
export const FOREIGN = /^(?!a:)[\w-]*:|^[@#*]|^v-|^bind[a-z]*$/;

/** The same on a component, whose props may have any name: `binding`. */
export const FOREIGN_PROP =
  /^(?!a:)[\w-]*:|^[@#*]|^v-|^bind(?:tap|longtap|longpress|touch[a-z]*|input|change|submit)$/;

/** @type {(lower: string) => boolean} what says where and whether an element is drawn */
export const isDirective = (lower) => lower.startsWith("a:") || lower === "slot" || lower === "slot-scope";

/** @type {(element: native.AxmlElement, name: string) => native.AxmlAttribute | undefined} in whatever case it is */
export const attributeOf = (element, name) =>
  element.attributes.find((attribute) => attribute.name.toLowerCase() === name);

/** @type {(element: native.AxmlElement, ...names: string[]) => native.AxmlAttribute | undefined} the first of them */
export const directiveOf = (element, ...names) =>
  names.map((name) => attributeOf(element, `a:${name}`)).find((found) => found);

/** @type {(attribute: native.AxmlAttribute | undefined) => string} */
export const written = (attribute) => attribute?.value?.trim() ?? "";

/** @type {(text: string) => string} what a name in mustaches, or without, says */
export const bare = (text) => text.trim().replace(/^\{\{\s*(.*?)\s*\}\}$/s, "$1");

/** @type {(name: string) => string} `user-name` is `userName` */
export const camel = (name) => name.replace(/-+(.)/g, (_all, letter) => letter.toUpperCase());

/** @type {(attribute: native.AxmlAttribute) => native.EvaluateText} */
export const compileValue = ({ value, place }) => {
  if (value === null) return () => true;
  const trimmed = value.trim();
  return compileText(trimmed.startsWith("{{") && trimmed.endsWith("}}") ? trimmed : value, place);
};

/** @type {(attribute: native.AxmlAttribute) => native.EvaluateFor<any>} a function, or a method by its name */
export const compileHandler = (attribute) => {
  const { place } = attribute;
  const evaluate = compileValue(attribute);
  return (owner, variables) => {
    const value = evaluate(variables);
    if (typeof value === "function") return value;
    const method = typeof value === "string" ? value.trim() : "";
    return method === "" ? undefined : owner.handler(method, place);
  };
};

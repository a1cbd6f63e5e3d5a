// @ts-check
// Loops: what a:for goes over, the variables of each row, and its key.
import { compileExpression, compileText } from "../expressions.js";
import { report } from "../problems.js";
import { attributeOf, bare, directiveOf, written } from "./attributes.js";
import { within } from "./scopes.js";

/** @type {(list: any) => [item: any, index: number | string][]} */
const entriesOf = (list) => {
  if (Array.isArray(list)) return list.map((item, index) => [item, index]);
  if (typeof list === "number") return Array.from({ length: Math.max(0, list) || 0 }, (_, index) => [index, index]);
  if (typeof list === "string") return [...list].map((item, index) => [item, index]);
  if (typeof list === "object" && list !== null) return Object.entries(list).map(([name, item]) => [item, name]);
  return [];
};

/** @type {(attribute: native.AxmlAttribute | undefined, item: string, index: string) => native.Evaluate | undefined} */
const compileKey = (attribute, item, index) => {
  const text = written(attribute);
  if (!attribute || text === "") return undefined;
  if (text.includes("{{")) return compileText(text, attribute.place);
  if (text === "*this" || text === item) return (variables) => variables[item];
  if (text === index) return (variables) => variables[index];
  if (text.startsWith(`${item}.`)) return compileExpression(text, attribute.place);
  return (variables) => variables[item]?.[text];
};

/** @type {(key: any, place: string | number, used: Set<string>) => string} a key that no other row has */
const unused = (key, place, used) => {
  let text = key === undefined || key === null || typeof key === "object" ? `#${place}` : String(key);
  while (used.has(text)) text += `#${place}`;
  used.add(text);
  return text;
};

/**
 * @param {native.AxmlElement} element
 * @param {native.AxmlAttribute} loop its a:for
 */
export const compileLoop = (element, loop) => {
  const item = bare(written(directiveOf(element, "for-item"))) || "item";
  const index = bare(written(directiveOf(element, "for-index"))) || "index";
  const evaluate = compileText(written(loop), loop.place);
  if (evaluate.constant !== undefined) {
    const text = evaluate.constant;
    const message = `${loop.name}="${text}" is only a text. Write ${loop.name}="{{${text}}}".`;
    report({ kind: "template", message, ...loop.place });
  }
  const keyOf = compileKey(directiveOf(element, "key") ?? attributeOf(element, "key"), item, index);
  /** @type {native.Rows} */
  const rows = (variables) => {
    const used = new Set();
    return entriesOf(evaluate(variables)).map(([value, place]) => {
      const row = within(variables, { [item]: value, [index]: place });
      return { variables: row, key: keyOf && unused(keyOf(row), place, used) };
    });
  };
  return { rows, isEmpty: (/** @type {native.Variables} */ variables) => !entriesOf(evaluate(variables)).length };
};

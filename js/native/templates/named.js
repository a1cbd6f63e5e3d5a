// @ts-check
// <template is>: draws the template of that name, with no variables but its `data`.
import { compileObject, drawn } from "../expressions.js";
import { nearest } from "../faults.js";
import { report } from "../problems.js";
import { attributeOf, compileValue } from "./attributes.js";

/** A template that draws itself without an end would draw nothing else. */
const MAX_DEPTH = 500;

let depth = 0; // of templates in one another

/** @type {(element: native.AxmlElement, visible: () => Map<string, native.Template>) => native.Template} */
export const compileUse = (element, visible) => {
  const is = attributeOf(element, "is");
  const data = attributeOf(element, "data");
  const evaluateName = is ? compileValue(is) : () => undefined;
  const evaluateData = data?.value ? compileObject(data.value, data.place) : () => ({});
  if (!is) {
    const message = '<template> needs is="..." to be drawn, or name="..." to be defined.';
    report({ kind: "template", message, ...element.place });
  }
  return (owner, variables) => {
    const name = drawn(evaluateName(variables)).trim();
    if (name === "") return null;
    const template = visible().get(name);
    if (!template) {
      const meant = nearest(name, visible().keys());
      const hint = meant ? ` Is "${meant}" meant?` : " Define it, or import its file.";
      const place = is?.place ?? element.place;
      report({ kind: "template", message: `There is no template "${name}" here.${hint}`, ...place });
      return null;
    }
    if (depth > MAX_DEPTH) {
      report({ kind: "template", message: `The template "${name}" draws itself without an end.`, ...element.place });
      return null;
    }
    depth++;
    try {
      return template(owner, evaluateData(variables) ?? {});
    } finally {
      depth--;
    }
  };
};

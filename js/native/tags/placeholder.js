// @ts-check
// The looks of a placeholder: `placeholder-style` and `placeholder-class`. What a program may set of ::placeholder
// comes through custom properties of the field, which fields.css reads.
import { units } from "../units.js";

const PROPERTIES = [
  "color",
  "font-size",
  "font-weight",
  "font-style",
  "font-family",
  "line-height",
  "letter-spacing",
  "text-align",
  "opacity",
];

/**
 * What classes say of text at the place of a field: a probe shows it, since a pseudo-element has no class.
 * @type {(field: HTMLElement, classes: string) => Record<string, string>}
 */
const styleOfClasses = (field, classes) => {
  const probe = document.createElement("view");
  const mark = field.getAttribute("component");
  if (mark !== null) probe.setAttribute("component", mark);
  field.after(probe);
  const style = getComputedStyle(probe);
  const read = () => PROPERTIES.map((property) => style.getPropertyValue(property));
  const plain = read();
  probe.className = classes;
  const classy = read();
  probe.remove();
  const changed = PROPERTIES.flatMap((property, index) =>
    classy[index] === plain[index] ? [] : [[property, /** @type {string} */ (classy[index])]],
  );
  return Object.fromEntries(changed);
};

/** @type {(css: string) => Record<string, string>} */
const styleOfText = (css) => {
  const { style } = document.createElement("i");
  style.cssText = units(css);
  return Object.fromEntries(PROPERTIES.map((property) => [property, style.getPropertyValue(property)]));
};

/** @type {(field: HTMLElement, props: Record<string, any>) => void} */
export const dressPlaceholder = (field, props) => {
  const { "placeholder-style": css, "placeholder-class": classes } = props;
  const looks = {
    ...(classes ? styleOfClasses(field, String(classes)) : {}),
    ...Object.fromEntries(Object.entries(css ? styleOfText(String(css)) : {}).filter(([, value]) => value)),
  };
  for (const property of PROPERTIES) {
    const name = `--placeholder-${property}`;
    const value = looks[property];
    if (value) field.style.setProperty(name, value);
    else field.style.removeProperty(name);
  }
};

// @ts-check
// <form>, which collects what is in its fields, and <label>.
import { describe, emit } from "../events.js";
import { element } from "./element.js";
import { FIELD } from "./field.js";

/** @typedef {{ name: string, value: () => any, reset: () => void }} Field */

/** @type {(form: Element) => Field[]} in the order in which they stand */
const fieldsOf = (form) => [...form.querySelectorAll("*")].flatMap((/** @type {any} */ it) => it[FIELD] ?? []);

/** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
export const form = (attributes, children) =>
  element("form", attributes, children, {
    noValidate: true,
    onsubmit: (/** @type {any} */ event) => {
      event.preventDefault();
      const { currentTarget, submitter } = event;
      const value = Object.fromEntries(fieldsOf(currentTarget).map((field) => [field.name, field.value()]));
      const buttonTarget = submitter ? describe(submitter) : { dataset: {} };
      emit(attributes, "submit", currentTarget, { value, formId: "", buttonTarget });
    },
    onreset: (/** @type {any} */ event) => {
      event.preventDefault();
      for (const field of fieldsOf(event.currentTarget)) field.reset();
      emit(attributes, "reset", event.currentTarget);
    },
    // The key that ends the typing sends no form.
    onkeydown: (/** @type {any} */ event) => {
      if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    },
  });

const CONTROL = "input, textarea, button, select";

/** @type {(label: Element, id: string) => HTMLElement | undefined} the control that a label with `for` is for */
const controlOf = (label, id) => {
  const found = (label.closest("page") ?? document).querySelector(`#${CSS.escape(id)}`);
  return /** @type {any} */ (found?.matches(CONTROL) ? found : (found?.querySelector(CONTROL) ?? found ?? undefined));
};

let count = 0;

/** @type {(label: HTMLElement | null, id: string) => void} so that the control has its name, for who cannot see it */
const nameControl = (label, id) => {
  const control = label?.isConnected && controlOf(label, id);
  if (!label || !control || control.contains(label)) return;
  label.id ||= `bridge-label-${++count}`;
  if (!control.hasAttribute("aria-labelledby")) control.setAttribute("aria-labelledby", label.id);
};

/** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
export const label = (attributes, children) => {
  const { for: id } = attributes.props;
  if (!id) return element("label", attributes, children);
  // The browser's own `for` finds neither what stands within <checkbox id>, nor the one of two that is on this page.
  return element("label", attributes, children, {
    // What it is for may come after it.
    ref: (/** @type {HTMLElement | null} */ it) => queueMicrotask(() => nameControl(it, String(id))),
    onclick: (/** @type {any} */ event) => {
      const control = controlOf(event.currentTarget, String(id));
      if (!control || control.contains(event.target) || event.target.closest(CONTROL)) return;
      event.preventDefault();
      control.focus();
      if (!control.matches("input:not([type=checkbox], [type=radio]), textarea, select")) control.click();
    },
  });
};

// @ts-check
// Components, as their users have them: props, `ref`, and what is put into their slots; and <slot>, which draws that.
import { h } from "preact";
import { compileText, drawn } from "../expressions.js";
import {
  FOREIGN,
  FOREIGN_PROP,
  attributeOf,
  compileHandler,
  compileValue,
  isDirective,
  written,
} from "./attributes.js";
import { scoped } from "./scopes.js";

const EVENT = /^(?:on|catch)([A-Z].*)$/;

/** A prop that is not given. */
const NOTHING = {};

/** @type {(attribute: native.AxmlAttribute) => native.EvaluateFor<any>} onX */
const compileFunction = (attribute) => {
  const { place } = attribute;
  const evaluate = attribute.value === null ? () => "" : compileValue(attribute);
  return (owner, variables) => {
    const value = evaluate(variables);
    if (typeof value !== "string") return value ?? NOTHING;
    return value.trim() === "" ? NOTHING : owner.handler(value.trim(), place);
  };
};

/** @type {(element: native.AxmlElement, items: native.Item[]) => native.EvaluateFor<native.Slots>} */
const compileFillings = (element, items) => {
  if (items.length === 0) return () => ({});
  // A scope for all that is in the component.
  const outerScope = written(attributeOf(element, "slot-scope"));
  return (owner, variables) => {
    /** @type {Record<string, ((scope: native.Variables) => native.Children)[]>} */
    const fillings = {};
    /** @type {(name: any, fill: (scope: native.Variables) => native.Children) => void} */
    const add = (name, fill) => void (fillings[drawn(name)] ??= []).push(fill);
    for (const { draw, slot, isThere, loop } of items) {
      if (loop && slot && slot.constant === undefined) {
        for (const row of loop.rows(variables)) {
          const key = row.key ?? `#${fillings[drawn(slot(row.variables))]?.length ?? 0}`;
          add(slot(row.variables), (scope) => loop.drawRow(owner, scoped(row.variables, outerScope, scope), key));
        }
      } else if (isThere(owner, variables)) {
        add(slot?.(variables), (scope) => draw(owner, scoped(variables, outerScope, scope)));
      }
    }
    /** @type {native.Slots} */
    const slots = {};
    for (const [name, fills] of Object.entries(fillings)) slots[name] = (scope) => fills.map((fill) => fill(scope));
    return slots;
  };
};

/** @type {(element: native.AxmlElement, items: native.Item[]) => (type: native.ComponentType) => native.Draw} */
export const compileComponent = (element, items) => {
  const { place } = element;
  /** @type {(readonly [name: string, value: native.EvaluateFor<any>])[]} */
  const values = [];
  /** @type {native.EvaluateFor<any> | undefined} */
  let reference;
  for (const attribute of element.attributes) {
    const { name } = attribute;
    const lower = name.toLowerCase();
    const [, type] = EVENT.exec(name) || [];
    if (isDirective(lower) || (FOREIGN_PROP.test(name) && !attribute.value?.includes("{{"))) continue;
    if (lower === "ref") reference = compileHandler(attribute);
    else if (type) values.push([`on${type}`, compileFunction(attribute)]);
    else {
      const evaluate = compileValue(attribute);
      values.push([name, (_owner, variables) => evaluate(variables)]);
    }
  }
  const slots = compileFillings(element, items);
  return (type) => (owner, variables, key) => {
    /** @type {Record<string, any>} */
    const props = {};
    for (const [name, value] of values) {
      const given = value(owner, variables);
      if (given !== NOTHING) props[name] = given;
    }
    const refer = reference?.(owner, variables);
    /** @type {native.ComponentViewProps} */
    const all = { props, slots: slots(owner, variables), reference: refer, place };
    return h(type, key === undefined ? all : { ...all, key });
  };
};

/** @type {(element: native.AxmlElement, compileFallback: () => native.Template) => native.Template} of a <slot> */
export const compileSlot = (element, compileFallback) => {
  const name = attributeOf(element, "name");
  const evaluateName = name ? compileValue(name) : () => "";
  const given = element.attributes.filter((attribute) => {
    const lower = attribute.name.toLowerCase();
    return lower !== "name" && lower !== "slot" && !lower.startsWith("a:") && !FOREIGN.test(attribute.name);
  });
  const values = given.map((attribute) => /** @type {const} */ ([attribute.name, compileValue(attribute)]));
  const fallback = compileFallback();
  return (owner, variables) => {
    const fill = owner.slots[drawn(evaluateName(variables))];
    if (!fill) return fallback(owner, variables);
    /** @type {native.Variables} */
    const scope = {};
    for (const [field, evaluate] of values) scope[field] = evaluate(variables);
    return fill(scope);
  };
};

/** @type {(element: native.AxmlElement) => native.EvaluateFor<boolean>} whether it draws anything, if it is a <slot> */
export const compileIsFilled = (element) => {
  if (element.name !== "slot") return () => true;
  const name = attributeOf(element, "name");
  const evaluateName = name ? compileText(name.value ?? "", name.place) : () => "";
  // One that is handed on is there if it has been filled, or has something of its own.
  const isEmpty = element.children.length === 0;
  return (owner, variables) => !isEmpty || !!owner.slots[drawn(evaluateName(variables))];
};

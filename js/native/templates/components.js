// @ts-check
// Components, as their users have them: props, `ref`, and what is put into their slots; and <slot>, which draws that.
import { h } from "preact";
import { drawn } from "../expressions.js";
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

/** @type {native.Slots} */
const NONE = new Map();

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
  if (items.length === 0) return () => NONE;
  // A scope for all that is in the component.
  const outerScope = written(attributeOf(element, "slot-scope"));
  return (owner, variables) => {
    /** @type {Map<string, native.Fill[]>} */
    const fillings = new Map();
    const fillingsOf = (/** @type {any} */ slot) => {
      const name = drawn(slot);
      let those = fillings.get(name);
      if (!those) fillings.set(name, (those = []));
      return those;
    };
    for (const { draw, slot, isThere, loop } of items) {
      if (loop && slot && slot.constant === undefined) {
        for (const row of loop.rows(variables)) {
          const those = fillingsOf(slot(row.variables));
          const key = row.key ?? `#${those.length}`;
          those.push((scope) => loop.drawRow(owner, scoped(row.variables, outerScope, scope), key));
        }
      } else if (isThere(owner, variables)) {
        fillingsOf(slot?.(variables)).push((scope) => draw(owner, scoped(variables, outerScope, scope)));
      }
    }
    /** @type {native.Slots} */
    const slots = new Map();
    for (const [name, fills] of fillings) slots.set(name, (scope) => fills.map((fill) => fill(scope)));
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

/** @type {(element: native.AxmlElement) => native.EvaluateFor<native.Fill | undefined>} what is in a <slot> */
const compileFill = (element) => {
  const name = attributeOf(element, "name");
  const evaluate = name?.value ? compileValue(name) : () => "";
  return (owner, variables) => owner.slots.get(drawn(evaluate(variables)));
};

/** @type {(element: native.AxmlElement, compileFallback: () => native.Template) => native.Template} of a <slot> */
export const compileSlot = (element, compileFallback) => {
  const fillOf = compileFill(element);
  const given = element.attributes.filter((attribute) => {
    const lower = attribute.name.toLowerCase();
    return lower !== "name" && !isDirective(lower) && !FOREIGN.test(attribute.name);
  });
  const values = given.map((attribute) => /** @type {const} */ ([attribute.name, compileValue(attribute)]));
  const fallback = compileFallback();
  return (owner, variables) => {
    const fill = fillOf(owner, variables);
    if (!fill) return fallback(owner, variables);
    /** @type {native.Variables} */
    const scope = {};
    for (const [field, evaluate] of values) scope[field] = evaluate(variables);
    return fill(scope);
  };
};

/** @type {(element: native.AxmlElement) => native.EvaluateFor<boolean>} whether it draws anything, if it is a <slot> */
export const compileIsFilled = (element) => {
  // One that is handed on is there if it has been filled, or has something of its own.
  if (element.name !== "slot" || element.children.length > 0) return () => true;
  const fillOf = compileFill(element);
  return (owner, variables) => fillOf(owner, variables) !== undefined;
};

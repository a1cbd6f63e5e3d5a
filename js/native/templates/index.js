// @ts-check
// Templates to functions that draw: each part of a tree becomes a closure, once; drawing calls them with the variables.
import { Fragment, h } from "preact";
import { compileText, drawn } from "../expressions.js";
import { nearest } from "../faults.js";
import { report } from "../problems.js";
import { compileAttributes } from "./bindings.js";
import { compileComponent, compileSlot } from "./components.js";
import { compileItems, isSilent } from "./conditions.js";
import { makeFiles } from "./files.js";
import { compileUse } from "./named.js";
import { within } from "./scopes.js";

/** @typedef {native.AxmlElement} Element */
/** @typedef {import("./files.js").Unit} Unit */

/** @type {(node: native.AxmlText) => native.Draw} */
const compileTextNode = ({ text, place }) => {
  const evaluate = compileText(text, place);
  if (evaluate.constant !== undefined) return () => text;
  return (_owner, variables) => drawn(evaluate(variables));
};

/** @type {(draw: native.Template) => native.Draw} what has no element of its own needs a fragment for its key */
const grouped = (draw) => (owner, variables, key) => {
  const children = draw(owner, variables);
  return key === undefined ? children : h(Fragment, { key }, children);
};

/** @type {(items: native.Item[]) => native.Template} */
const joined = (items) => {
  const draws = items.map(({ draw }) => draw);
  if (draws.length < 2) return draws[0] ?? (() => null);
  return (owner, variables) => draws.map((draw) => draw(owner, variables));
};

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.Modules} options.modules
 * @param {import("../tags/index.js").Tags} options.tags
 * @param {(path: string, place: native.Place) => any} options.loadSjs
 */
export const makeTemplates = ({ folder, modules, tags, loadSjs }) => {
  /** @type {(nodes: native.AxmlNode[], unit: Unit) => native.Item[]} */
  const itemsOf = (nodes, unit) => compileItems(nodes, (node) => compileNode(node, unit));

  /** @type {(nodes: native.AxmlNode[], unit: Unit) => native.Template} */
  const compileChildren = (nodes, unit) => joined(itemsOf(nodes, unit));

  const files = makeFiles({ folder, modules, loadSjs, compileChildren });

  /** @type {(unit: Unit) => native.Template} */
  const compileUnit = (unit) => {
    const draw = compileChildren(unit.nodes, unit);
    if (Object.keys(unit.scripts).length === 0) return draw;
    return (owner, variables) => draw(owner, within(variables, unit.scripts));
  };

  /** @type {(node: native.AxmlNode, unit: Unit) => native.Draw} */
  const compileNode = (node, unit) => {
    if (node.type === "text") return compileTextNode(node);
    if (isSilent(node)) return () => null;
    switch (node.name) {
      case "block":
        return grouped(compileChildren(node.children, unit));
      case "template":
        return grouped(compileUse(node, unit.visible));
      case "include": {
        const included = files.included(node, unit);
        return included ? grouped(compileUnit(included)) : () => null;
      }
      case "slot":
        return grouped(compileSlot(node, () => compileChildren(node.children, unit)));
      default:
        return compileElement(node, itemsOf(node.children, unit));
    }
  };

  /** @type {(element: Element, items: native.Item[]) => native.Draw} of a tag that is built in, or a component's */
  const compileElement = (element, items) => {
    /** @type {((type: native.ComponentType) => native.Draw) | undefined} */
    let asComponent;
    const isBuiltIn = tags.has(element.name);
    const asTag = compileTag(element, items, isBuiltIn); // now, so that mistakes in what is not drawn yet are noticed
    let isReported = false;
    return (owner, variables, key) => {
      const type = owner.component(element.name);
      if (type) {
        asComponent ??= compileComponent(element, items);
        return asComponent(type)(owner, variables, key);
      }
      if (!isBuiltIn && !isReported) {
        isReported = true;
        reportUnknown(element);
      }
      return asTag(owner, variables, key);
    };
  };

  /** @type {(element: Element) => void} */
  const reportUnknown = ({ name, place }) => {
    const meant = nearest(name, tags.names);
    const hint = meant ? ` Is <${meant}> meant?` : "";
    const cure = "A component has to be named in usingComponents of the JSON file beside the template.";
    report({ kind: "tag", message: `There is no tag <${name}>.${hint} ${cure}`, ...place });
  };

  /** @type {(element: Element, items: native.Item[], isBuiltIn: boolean) => native.Draw} */
  const compileTag = (element, items, isBuiltIn) => {
    const { name } = element;
    const evaluate = compileAttributes(element);
    const children = joined(items);
    return (owner, variables, key) => {
      const attributes = evaluate(owner, variables);
      if (key !== undefined) attributes.key = key;
      const inner = children(owner, variables);
      if (isBuiltIn) return tags.create(name, attributes, /** @type {any} */ (inner));
      const { id, class: classes, style } = attributes;
      // The browser must take it for no element of its own: <script>, <link>.
      const safe = /^[a-z][\w.-]*$/.test(name) && !/^(?:script|style|link|meta|base|iframe|object|embed)$/.test(name);
      return h(safe ? name : "view", { key, id, class: classes, style, component: owner.mark }, inner);
    };
  };

  /** @type {Map<string, native.Template>} */
  const compiled = new Map();

  return {
    /** @type {(file: string) => native.Template} */
    compile(file) {
      let template = compiled.get(file);
      if (!template) compiled.set(file, (template = compileUnit(files.unitOf(file))));
      return template;
    },
  };
};

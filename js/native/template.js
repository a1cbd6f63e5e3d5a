// @ts-check
// Templates to functions that draw: each part of a tree becomes a closure, once; drawing calls them with the variables.
import { Fragment, h } from "preact";
import { parse } from "./axml.js";
import { compileExpression, compileObject, compileText, drawn } from "./expressions.js";
import { nearest } from "./faults.js";
import { report } from "./problems.js";
import { units } from "./units.js";

/** @typedef {native.AxmlElement} Element */
/** @typedef {native.Evaluate & { constant?: string }} Evaluate */
/** @typedef {string | number | undefined} Key */
/** @typedef {(owner: native.Owner, variables: native.Variables, key?: Key) => native.Children} Draw */

/**
 * Something that stands among its siblings and may not be drawn at all: `branches` of conditions and loops.
 * @typedef {object} Item
 * @property {Draw} draw
 * @property {Evaluate | undefined} slot of a component's child: where it goes to, if it says so
 * @property {(owner: native.Owner, variables: native.Variables) => boolean} isThere
 * @property {((variables: native.Variables) => Row[]) | undefined} rows of a loop whose rows may go to different slots
 * @property {Draw} drawRow
 */
/** @typedef {{ variables: native.Variables, key: Key }} Row */

/**
 * A file: what its nodes may refer to.
 * @typedef {object} Unit
 * @property {string} file
 * @property {native.AxmlNode[]} nodes
 * @property {Record<string, any>} scripts its sjs modules by their names in it
 * @property {Map<string, NamedTemplate>} own the templates that it defines
 * @property {() => Map<string, NamedTemplate>} visible those and the imported ones
 * @property {string[]} including the files that are being put into one another
 */
/** @typedef {(owner: native.Owner, data: native.Variables) => native.Children} NamedTemplate */

/**
 * @typedef {object} Tags
 * @property {(name: string) => boolean} has
 * @property {Iterable<string>} names
 * @property {(name: string, attributes: native.Attributes, children: any) => native.VNode} create
 */

/** Names of attributes that mean something on other platforms only. */
const FOREIGN = /^(?!a:)[\w-]*:|^[@#*]|^v-|^bind[a-z]*$/;

/** The same on a component, whose props may have any name: `binding`. */
const FOREIGN_TO_COMPONENT =
  /^(?!a:)[\w-]*:|^[@#*]|^v-|^bind(?:tap|longtap|longpress|touch[a-z]*|input|change|submit)$/;

const EVENT = /^(on|catch)-?(.+)$/i;
const COMPONENT_EVENT = /^(?:on|catch)([A-Z].*)$/;

/** A template that draws itself without an end would draw nothing else. */
const MAX_DEPTH = 500;

/** @type {(element: Element, name: string) => native.AxmlAttribute | undefined} in whatever case it is written */
const attributeOf = (element, name) => element.attributes.find((attribute) => attribute.name.toLowerCase() === name);

/** @type {(element: Element, ...names: string[]) => native.AxmlAttribute | undefined} */
const directiveOf = (element, ...names) => {
  for (const name of names) {
    const found = attributeOf(element, `a:${name}`);
    if (found) return found;
  }
  return undefined;
};

/** @type {(attribute: native.AxmlAttribute | undefined) => string} */
const written = (attribute) => attribute?.value?.trim() ?? "";

/** @type {(text: string) => string} what a name in mustaches, or without, says */
const bare = (text) => text.trim().replace(/^\{\{\s*(.*?)\s*\}\}$/s, "$1");

/** @type {(attribute: native.AxmlAttribute) => Evaluate} */
const compileValue = ({ value, place }) => {
  if (value === null) return () => true;
  const trimmed = value.trim();
  return compileText(trimmed.startsWith("{{") && trimmed.endsWith("}}") ? trimmed : value, place);
};

/** @type {(attribute: native.AxmlAttribute) => Evaluate} conditions may lack their mustaches */
const compileCondition = ({ name, value, place }) => {
  const text = value?.trim() ?? "";
  if (text === "") {
    report({ kind: "template", message: `${name} has no condition. Write ${name}="{{...}}".`, ...place });
    return () => undefined;
  }
  return compileText(text, place);
};

/** @type {(name: string) => string} `user-name` is `userName` */
export const camel = (name) => name.replace(/-+(.)/g, (_all, letter) => letter.toUpperCase());

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

/** @type {(variables: native.Variables, values: Record<string, any>) => native.Variables} the values come first */
const within = (variables, values) => Object.assign(Object.create(variables), values);

/** @type {(list: any) => [item: any, index: number | string][]} what a loop goes over */
const entriesOf = (list) => {
  if (Array.isArray(list)) return list.map((item, index) => [item, index]);
  if (typeof list === "number") return Array.from({ length: Math.max(0, list) || 0 }, (_, index) => [index, index]);
  if (typeof list === "string") return [...list].map((item, index) => [item, index]);
  if (typeof list === "object" && list !== null) return Object.entries(list).map(([name, item]) => [item, name]);
  return [];
};

let lastKey = 0; // makes keys that no other has

let depth = 0; // of templates in one another

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.Modules} options.modules
 * @param {Tags} options.tags
 * @param {(path: string, place: native.Place) => any} options.loadSjs
 */
export const makeTemplates = ({ folder, modules, tags, loadSjs }) => {
  // Files.

  /** @type {(element: Element, name: string, suffix: string, from: string) => string | undefined} what it names */
  const fileOf = (element, name, suffix, from) => {
    const attribute = attributeOf(element, name);
    const path = written(attribute);
    const place = attribute?.place ?? element.place;
    if (path === "") {
      report({ kind: "template", message: `<${element.name}> needs ${name}="...${suffix}".`, ...place });
      return undefined;
    }
    for (const each of [path, path + suffix]) {
      const near = folder.resolve(each, from);
      if (folder.text(near) !== undefined) return near;
      const far = /^[./]/.test(path) ? undefined : modules.resolve(each, from);
      if (far?.endsWith(suffix) && folder.text(far) !== undefined) return far;
    }
    report({ kind: "template", message: `<${element.name}> names ${path}, which is not there.`, ...place });
    return undefined;
  };

  /** @type {(exported: any) => any} */
  const defaultOf = (exported) => (exported?.__esModule && "default" in exported ? exported.default : exported);

  /** @type {(element: Element, from: string) => Record<string, any>} what an <import-sjs> brings, by its names here */
  const scriptsOf = (element, from) => {
    const file = fileOf(element, "from", ".sjs", from);
    if (!file) return {};
    const attribute = attributeOf(element, "name");
    const name = bare(written(attribute));
    if (name === "") {
      report({ kind: "template", message: '<import-sjs> needs name="..." for what it imports.', ...element.place });
      return {};
    }
    const exported = loadSjs(file, element.place);
    if (!/[{,}]/.test(written(attribute))) return { [name]: defaultOf(exported) };
    /** @type {Record<string, any>} */
    const scripts = {};
    for (const part of name.replace(/^\{|\}$/g, "").split(",")) {
      const [theirs = "", ours = theirs] = part.split(/\s*:\s*|\s+as\s+/).map((each) => each.trim());
      if (theirs) scripts[ours] = exported?.[theirs];
    }
    return scripts;
  };

  /** @type {(nodes: native.AxmlNode[]) => Generator<Element>} all elements, outer ones first */
  function* elementsIn(nodes) {
    for (const node of nodes) {
      if (node.type === "text") continue;
      yield node;
      yield* elementsIn(node.children);
    }
  }

  /** @type {Map<string, Unit>} */
  const read = new Map();

  /** @type {(file: string) => Unit} */
  const unitOf = (file) => {
    let unit = read.get(file);
    if (!unit) read.set(file, (unit = readUnit(file, [file])));
    return unit;
  };

  /** @type {(file: string, including: string[], outer?: Unit) => Unit} `outer` is the file that this is put into */
  const readUnit = (file, including, outer) => {
    const { nodes } = parse(folder.text(file) ?? "", file);
    /** @type {Element[]} */
    const imports = [];
    /** @type {Unit} */
    const unit = { file, nodes, scripts: {}, own: new Map(), visible: () => visible(), including };
    for (const element of elementsIn(nodes)) {
      if (element.name === "import-sjs") Object.assign(unit.scripts, scriptsOf(element, file));
      if (element.name === "import") imports.push(element);
    }
    for (const element of elementsIn(nodes)) {
      const name = element.name === "template" ? written(attributeOf(element, "name")) : "";
      if (name) unit.own.set(name, named(element, unit));
    }
    /** @type {Map<string, NamedTemplate> | undefined} */
    let all;
    const visible = () => {
      if (all) return all;
      all = new Map(outer?.visible());
      for (const element of imports) {
        const other = fileOf(element, "src", ".axml", file);
        for (const [name, template] of other ? unitOf(other).own : []) all.set(name, template);
      }
      for (const [name, template] of unit.own) all.set(name, template);
      return all;
    };
    return unit;
  };

  /** @type {(element: Element, unit: Unit) => NamedTemplate} */
  const named = (element, unit) => {
    const draw = compileChildren(element.children, unit);
    return (owner, data) => draw(owner, { ...unit.scripts, ...data });
  };

  // Nodes.

  /** @type {(node: native.AxmlText) => Draw} */
  const compileTextNode = ({ text, place }) => {
    const evaluate = compileText(text, place);
    if (evaluate.constant !== undefined) return () => text;
    return (_owner, variables) => drawn(evaluate(variables));
  };

  /** @type {(draw: Draw) => Draw} what has no element of its own, and so needs a fragment for its key */
  const grouped = (draw) => (owner, variables, key) => {
    const children = draw(owner, variables);
    return key === undefined ? children : h(Fragment, { key }, children);
  };

  /** @type {(element: Element, unit: Unit) => Draw} */
  const compileUse = (element, unit) => {
    const is = attributeOf(element, "is");
    const data = attributeOf(element, "data");
    const evaluateName = is ? compileValue(is) : () => undefined;
    const evaluateData = data?.value ? compileObject(data.value, data.place) : () => ({});
    if (!is) {
      const message = '<template> needs is="..." to be drawn, or name="..." to be defined.';
      report({ kind: "template", message, ...element.place });
    }
    return grouped((owner, variables) => {
      const name = drawn(evaluateName(variables)).trim();
      if (name === "") return null;
      const template = unit.visible().get(name);
      if (!template) {
        const meant = nearest(name, unit.visible().keys());
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
    });
  };

  /** @type {(element: Element, unit: Unit) => Draw} */
  const compileInclude = (element, unit) => {
    const file = fileOf(element, "src", ".axml", unit.file);
    if (!file) return () => null;
    if (unit.including.includes(file)) {
      const circle = [...unit.including.slice(unit.including.indexOf(file)), file].join(" > ");
      report({ kind: "template", message: `Files include one another in a circle: ${circle}.`, ...element.place });
      return () => null;
    }
    return grouped(compileUnit(readUnit(file, [...unit.including, file], unit)));
  };

  /** @type {(unit: Unit) => Draw} */
  const compileUnit = (unit) => {
    const draw = compileChildren(unit.nodes, unit);
    if (Object.keys(unit.scripts).length === 0) return draw;
    return (owner, variables) => draw(owner, within(variables, unit.scripts));
  };

  /** @type {(element: Element, unit: Unit) => Draw} */
  const compileSlot = (element, unit) => {
    const name = attributeOf(element, "name");
    const evaluateName = name ? compileValue(name) : () => "";
    const given = element.attributes.filter((attribute) => {
      const lower = attribute.name.toLowerCase();
      return lower !== "name" && lower !== "slot" && !lower.startsWith("a:") && !FOREIGN.test(attribute.name);
    });
    const values = given.map((attribute) => /** @type {const} */ ([attribute.name, compileValue(attribute)]));
    const otherwise = compileChildren(element.children, unit);
    return grouped((owner, variables) => {
      const fill = owner.slots[drawn(evaluateName(variables))];
      if (!fill) return otherwise(owner, variables);
      /** @type {native.Variables} */
      const scope = {};
      for (const [field, evaluate] of values) scope[field] = evaluate(variables);
      return fill(scope);
    });
  };

  /** @type {(element: Element, unit: Unit) => Draw} */
  const compilePlain = (element, unit) => {
    switch (element.name) {
      case "block":
        return grouped(compileChildren(element.children, unit));
      case "template":
        return attributeOf(element, "name") && !attributeOf(element, "is") ? () => null : compileUse(element, unit);
      case "include":
        return compileInclude(element, unit);
      case "import":
      case "import-sjs":
        return () => null;
      case "slot":
        return compileSlot(element, unit);
      default:
        return compileElement(element, unit);
    }
  };

  /** @type {(attribute: native.AxmlAttribute) => (owner: native.Owner, variables: native.Variables) => any} */
  const compileHandler = (attribute) => {
    const { place } = attribute;
    const evaluate = attribute.value === null ? () => "" : compileValue(attribute);
    return (owner, variables) => {
      const value = evaluate(variables);
      if (typeof value === "function") return value;
      const method = typeof value === "string" ? value.trim() : "";
      return method === "" ? undefined : owner.handler(method, place);
    };
  };

  /** @type {(element: Element, unit: Unit) => Draw} of a tag that is built in, or a component's, as its user has it */
  const compileElement = (element, unit) => {
    /** @type {((type: native.ComponentType) => Draw) | undefined} */
    let asComponent;
    const isBuiltIn = tags.has(element.name);
    const items = itemsOf(element.children, unit);
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

  /** @type {(element: Element, items: Item[], isBuiltIn: boolean) => Draw} */
  const compileTag = (element, items, isBuiltIn) => {
    const { name, place } = element;
    /** @type {((attributes: native.Attributes, owner: native.Owner, variables: native.Variables) => void)[]} */
    const steps = [];
    for (const attribute of element.attributes) {
      const step = compileAttribute(attribute);
      if (step) steps.push(step);
    }
    const children = joined(items);
    return (owner, variables, key) => {
      /** @type {native.Attributes} */
      const attributes = { props: {}, events: {}, owner, place };
      if (key !== undefined) attributes.key = key;
      for (const step of steps) step(attributes, owner, variables);
      const inner = children(owner, variables);
      if (isBuiltIn) return tags.create(name, attributes, inner);
      const { id, class: classes, style } = attributes;
      // The browser must take it for no element of its own: <script>, <link>.
      const safe = /^[a-z][\w.-]*$/.test(name) && !/^(?:script|style|link|meta|base|iframe|object|embed)$/.test(name);
      return h(safe ? name : "view", { key, id, class: classes, style, component: owner.mark }, inner);
    };
  };

  /**
   * What an attribute adds; nothing where it is one of a directive, or of another platform.
   * @type {(attribute: native.AxmlAttribute) =>
   *   ((attributes: native.Attributes, owner: native.Owner, variables: native.Variables) => void) | undefined}
   */
  const compileAttribute = (attribute) => {
    const { name } = attribute;
    const lower = name.toLowerCase();
    if (isDirective(lower) || lower === "key" || FOREIGN.test(name)) return undefined;
    const [, kind, type] = EVENT.exec(name) || [];
    if (kind && type) {
      return compileEvent(attribute, kind.toLowerCase() === "catch", type.toLowerCase().replaceAll("-", ""));
    }
    if (lower === "ref") {
      const handler = compileHandler(attribute);
      return (attributes, owner, variables) => {
        const reference = handler(owner, variables);
        if (reference) attributes.reference = reference;
      };
    }
    const evaluate = compileValue(attribute);
    if (lower === "id") {
      return (attributes, _owner, variables) => setField(attributes, "id", idText(evaluate(variables)));
    }
    if (lower === "class") {
      return (attributes, _owner, variables) => setField(attributes, "class", classText(evaluate(variables)));
    }
    if (lower === "style") {
      const constant = evaluate.constant === undefined ? undefined : styleText(evaluate.constant);
      return (attributes, _owner, variables) =>
        setField(attributes, "style", constant ?? styleText(evaluate(variables)));
    }
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

  /** @type {(attributes: native.Attributes, field: "id" | "class" | "style", value: string | undefined) => void} */
  const setField = (attributes, field, value) => {
    if (value !== undefined) attributes[field] = value;
  };

  /**
   * @type {(attribute: native.AxmlAttribute, catches: boolean, type: string) =>
   *   (attributes: native.Attributes, owner: native.Owner, variables: native.Variables) => void}
   */
  const compileEvent = (attribute, catches, type) => {
    const handler = compileHandler(attribute);
    return (attributes, owner, variables) => {
      const run = handler(owner, variables);
      // One without a method still keeps the event from going further, if it is to be caught.
      if (run || catches) attributes.events[type] = { run: run ?? (() => {}), catches };
    };
  };

  /** @type {(lower: string) => boolean} what says where and whether an element is drawn */
  const isDirective = (lower) => lower.startsWith("a:") || lower === "slot" || lower === "slot-scope";

  // Components.

  /** @type {(element: Element, items: Item[]) => (type: native.ComponentType) => Draw} */
  const compileComponent = (element, items) => {
    const { place } = element;
    /** @type {(readonly [name: string, value: (owner: native.Owner, variables: native.Variables) => any])[]} */
    const values = [];
    /** @type {ReturnType<typeof compileHandler> | undefined} */
    let reference;
    for (const attribute of element.attributes) {
      const { name } = attribute;
      const lower = name.toLowerCase();
      const [, type] = COMPONENT_EVENT.exec(name) || [];
      if (isDirective(lower) || (FOREIGN_TO_COMPONENT.test(name) && !attribute.value?.includes("{{"))) continue;
      if (lower === "ref") reference = compileHandler(attribute);
      else if (type) values.push([`on${type}`, compileProp(attribute)]);
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

  /** A prop that is not given. */
  const NOTHING = {};

  /** @type {(attribute: native.AxmlAttribute) => (owner: native.Owner, variables: native.Variables) => any} onX */
  const compileProp = (attribute) => {
    const { place } = attribute;
    const evaluate = attribute.value === null ? () => "" : compileValue(attribute);
    return (owner, variables) => {
      const value = evaluate(variables);
      if (typeof value !== "string") return value ?? NOTHING;
      return value.trim() === "" ? NOTHING : owner.handler(value.trim(), place);
    };
  };

  /** @type {(element: Element, items: Item[]) => (owner: native.Owner, variables: native.Variables) => native.Slots} */
  const compileFillings = (element, items) => {
    if (items.length === 0) return () => ({});
    // A scope for all that is in the component.
    const outerScope = written(attributeOf(element, "slot-scope"));
    return (owner, variables) => {
      /** @type {Record<string, ((scope: native.Variables) => native.Children)[]>} */
      const fillings = {};
      /** @type {(name: any, fill: (scope: native.Variables) => native.Children) => void} */
      const add = (name, fill) => void (fillings[drawn(name)] ??= []).push(fill);
      for (const item of items) {
        const { slot, rows } = item;
        if (rows && slot && slot.constant === undefined) {
          for (const row of rows(variables)) {
            const key = row.key ?? `#${fillings[drawn(slot(row.variables))]?.length ?? 0}`;
            add(slot(row.variables), (scope) => item.drawRow(owner, scoped(row.variables, outerScope, scope), key));
          }
        } else if (item.isThere(owner, variables)) {
          add(slot?.(variables), (scope) => item.draw(owner, scoped(variables, outerScope, scope)));
        }
      }
      /** @type {native.Slots} */
      const slots = {};
      for (const [name, fills] of Object.entries(fillings)) slots[name] = (scope) => fills.map((fill) => fill(scope));
      return slots;
    };
  };

  /** What is given to a slot while it is drawn, for those of its children that ask for it. */
  const SCOPE = Symbol("slot scope");

  /** @type {(variables: native.Variables, name: string, scope: native.Variables) => native.Variables} */
  const scoped = (variables, name, scope) =>
    within(variables, name ? { [SCOPE]: scope, [name]: scope } : { [SCOPE]: scope });

  /** @type {(draw: Draw, name: string) => Draw} */
  const withScope = (draw, name) => (owner, variables, key) =>
    draw(owner, within(variables, { [name]: /** @type {any} */ (variables)[SCOPE] }), key);

  // Conditions and loops.

  /** @type {(nodes: native.AxmlNode[], unit: Unit) => Draw} */
  const compileChildren = (nodes, unit) => joined(itemsOf(nodes, unit));

  /** @type {(items: Item[]) => Draw} */
  const joined = (items) => {
    const draws = items.map(({ draw }) => draw);
    const [only] = draws;
    if (!only) return () => null;
    if (draws.length === 1) return (owner, variables) => only(owner, variables);
    return (owner, variables) => draws.map((draw) => draw(owner, variables));
  };

  /** @type {(nodes: native.AxmlNode[], unit: Unit) => Item[]} */
  const itemsOf = (nodes, unit) => {
    /** @type {Item[]} */
    const items = [];
    for (let at = 0; at < nodes.length; at++) {
      const node = /** @type {native.AxmlNode} */ (nodes[at]);
      if (node.type === "text") {
        const draw = compileTextNode(node);
        items.push({ draw, slot: undefined, isThere: () => true, rows: undefined, drawRow: draw });
      } else {
        const chain = chainAt(nodes, at);
        if (chain.length) at = nodes.indexOf(/** @type {Element} */ (chain.at(-1)));
        const item = compileChain(chain.length ? chain : [node], unit);
        if (item) items.push(item);
      }
    }
    return items;
  };

  /** @type {(nodes: native.AxmlNode[], at: number) => Element[]} an element with a:if, and its a:elif and a:else */
  const chainAt = (nodes, at) => {
    const first = /** @type {Element} */ (nodes[at]);
    if (!directiveOf(first, "if")) return [];
    const chain = [first];
    for (const node of nodes.slice(at + 1)) {
      if (node.type === "text" && node.text.trim() === "") continue;
      if (node.type === "text" || directiveOf(node, "if") || !directiveOf(node, "elif", "else-if", "else")) break;
      chain.push(node);
      if (directiveOf(node, "else")) break;
    }
    return chain;
  };

  /** @type {(element: Element) => void} */
  const complainOfLone = (element) => {
    const lone = directiveOf(element, "elif", "else-if", "else");
    if (!lone) return;
    const message = `${lone.name} has no a:if before it: it has to come next to the element with that.`;
    report({ kind: "template", message, ...lone.place });
  };

  /** Drawing nothing of a branch: the next one has its turn. */
  const NEXT = Symbol("next");

  /** @type {(elements: Element[], unit: Unit) => Item | undefined} */
  const compileChain = (elements, unit) => {
    const [first] = /** @type {[Element]} */ (elements);
    if (isSilent(first)) return undefined;
    if (!directiveOf(first, "if")) complainOfLone(first);
    const branches = elements.map((element) => compileBranch(element, unit));
    const slotAttribute = attributeOf(first, "slot");
    const slot = slotAttribute?.value ? compileValue(slotAttribute) : undefined;
    const [branch] = /** @type {[Branch]} */ (branches);
    const isScoped = elements.some((element) => attributeOf(element, "slot-scope"));
    const isConditional = branches.some(({ test, rows }) => test || rows);
    /** @type {Item["isThere"]} */
    const isThere = (owner, variables) => branches.some((each) => each.isThere(owner, variables));
    const rows = branches.length === 1 ? branch.rows : undefined;
    if (branches.length === 1) {
      const draw = /** @type {Draw} */ ((owner, variables, key) => {
        const result = branch.draw(owner, variables, key);
        return /** @type {any} */ (result) === NEXT ? null : result;
      });
      const always = isScoped || (!isConditional && first.name !== "slot");
      return { draw, slot, isThere: always ? () => true : isThere, rows, drawRow: branch.drawRow };
    }
    // A key for each: what one branch has drawn is not to become what the next one draws.
    const keys = branches.map(() => `?${++lastKey}`);
    /** @type {Draw} */
    const draw = (owner, variables) => {
      for (const [index, each] of branches.entries()) {
        const result = each.draw(owner, variables, keys[index]);
        if (/** @type {any} */ (result) !== NEXT) return result;
      }
      return null;
    };
    return { draw, slot, isThere: isScoped ? () => true : isThere, rows, drawRow: branch.drawRow };
  };

  /** @type {(element: Element) => boolean} that which is never drawn where it stands */
  const isSilent = (element) =>
    element.name === "import" ||
    element.name === "import-sjs" ||
    (element.name === "template" && !!attributeOf(element, "name") && !attributeOf(element, "is"));

  /**
   * @typedef {object} Branch
   * @property {Evaluate | undefined} test
   * @property {((variables: native.Variables) => Row[]) | undefined} rows
   * @property {Draw} draw gives NEXT where it is not its turn
   * @property {Draw} drawRow
   * @property {(owner: native.Owner, variables: native.Variables) => boolean} isThere
   */

  /**
   * @typedef {object} Loop
   * @property {(variables: native.Variables) => Row[]} rows
   * @property {(variables: native.Variables) => boolean} isEmpty
   */

  /** @type {(element: Element, unit: Unit) => Branch} */
  const compileBranch = (element, unit) => {
    const condition = directiveOf(element, "if") ?? directiveOf(element, "elif", "else-if");
    const test = condition ? compileCondition(condition) : undefined;
    const plain = compilePlain(element, unit);
    const scopeName = written(attributeOf(element, "slot-scope"));
    const loop = directiveOf(element, "for", "for-items");
    /** @type {Draw} */
    const tested = test
      ? (owner, variables, key) => (test(variables) ? plain(owner, variables, key) : /** @type {any} */ (NEXT))
      : plain;
    const drawRow = scopeName ? withScope(tested, scopeName) : tested;
    if (!loop) return { test, rows: undefined, draw: drawRow, drawRow, isThere: isThereOf(element, test) };
    const { rows: all, isEmpty } = compileRows(element, loop);
    // An a:elif or a:else is one for the whole loop, an a:if one for each row.
    const isOuter = !directiveOf(element, "if") && !!test;
    const rows = test
      ? (/** @type {native.Variables} */ variables) =>
          isOuter && !test(variables) ? [] : all(variables).filter((row) => isOuter || test(row.variables))
      : all;
    const drawOne = isOuter ? (scopeName ? withScope(plain, scopeName) : plain) : drawRow;
    /** @type {Draw} */
    const drawList = (owner, variables, key) => {
      const list = (scopeName && !isOuter ? all : rows)(variables);
      if (list.length === 0 && test) return /** @type {any} */ (NEXT);
      const drawnRows = list.map((row) => {
        const result = drawOne(owner, row.variables, row.key);
        return /** @type {any} */ (result) === NEXT ? null : result;
      });
      return key === undefined ? drawnRows : h(Fragment, { key }, drawnRows);
    };
    const isThere = (/** @type {native.Owner} */ _owner, /** @type {native.Variables} */ variables) =>
      test ? rows(variables).length > 0 : !isEmpty(variables);
    return { test, rows, draw: drawList, drawRow: drawOne, isThere };
  };

  /** @type {(element: Element, test: Evaluate | undefined) => Branch["isThere"]} */
  const isThereOf = (element, test) => {
    const name = element.name === "slot" ? attributeOf(element, "name") : undefined;
    const evaluateName = name ? compileText(name.value ?? "", name.place) : () => "";
    // A slot that is handed on is there if it has been filled, or has something of its own.
    const isEmptySlot = element.name === "slot" && element.children.length === 0;
    return (owner, variables) =>
      (!test || !!test(variables)) && (!isEmptySlot || !!owner.slots[drawn(evaluateName(variables))]);
  };

  /** @type {(element: Element, loop: native.AxmlAttribute) => Loop} */
  const compileRows = (element, loop) => {
    const item = bare(written(directiveOf(element, "for-item"))) || "item";
    const index = bare(written(directiveOf(element, "for-index"))) || "index";
    const evaluate = compileText(written(loop), loop.place);
    if (evaluate.constant !== undefined) {
      const text = evaluate.constant;
      const message = `${loop.name}="${text}" is only a text. Write ${loop.name}="{{${text}}}".`;
      report({ kind: "template", message, ...loop.place });
    }
    const keyOf = compileKey(directiveOf(element, "key") ?? attributeOf(element, "key"), item, index);
    /** @type {(variables: native.Variables) => Row[]} */
    const rows = (variables) => {
      const used = new Set();
      return entriesOf(evaluate(variables)).map(([value, place]) => {
        const row = Object.create(variables);
        row[item] = value;
        row[index] = place;
        return { variables: row, key: keyOf && unused(keyOf(row), place, used) };
      });
    };
    return { rows, isEmpty: (/** @type {native.Variables} */ variables) => !entriesOf(evaluate(variables)).length };
  };

  /** @type {(key: any, place: string | number, used: Set<string>) => string} a key that no other row has */
  const unused = (key, place, used) => {
    let text = key === undefined || key === null || typeof key === "object" ? `#${place}` : String(key);
    while (used.has(text)) text += `#${place}`;
    used.add(text);
    return text;
  };

  /** @type {(attribute: native.AxmlAttribute | undefined, item: string, index: string) => Evaluate | undefined} */
  const compileKey = (attribute, item, index) => {
    const text = written(attribute);
    if (!attribute || text === "") return undefined;
    if (text.includes("{{")) return compileText(text, attribute.place);
    if (text === "*this" || text === item) return (variables) => variables[item];
    if (text === index) return (variables) => variables[index];
    if (text.startsWith(`${item}.`)) return compileExpression(text, attribute.place);
    return (variables) => variables[item]?.[text];
  };

  /** @type {Map<string, native.Template>} */
  const compiled = new Map();

  return {
    /** @type {(file: string) => native.Template} */
    compile(file) {
      let template = compiled.get(file);
      if (!template) {
        const draw = compileUnit(unitOf(file));
        compiled.set(file, (template = (owner, variables) => draw(owner, variables)));
      }
      return template;
    },
  };
};

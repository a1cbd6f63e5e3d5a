// @ts-check
// The files of templates: what the nodes of each may refer to, its own or that of <import>, <include>, <import-sjs>.
import { parse } from "../axml.js";
import { report } from "../problems.js";
import { attributeOf, bare, written } from "./attributes.js";

/** @typedef {native.AxmlElement} Element */
/** @typedef {Map<string, native.Template>} Named templates by their names */

/**
 * A file, or one that is put into another: that sees what the other does.
 * @typedef {object} Unit
 * @property {string} file
 * @property {native.AxmlNode[]} nodes
 * @property {Record<string, any>} scripts its sjs modules by their names in it
 * @property {Named} own the templates that it defines
 * @property {() => Named} visible those and the imported ones
 * @property {string[]} including the files that are being put into one another
 */

/** @type {(exported: any) => any} */
const defaultOf = (exported) => (exported?.__esModule && "default" in exported ? exported.default : exported);

/** @type {(nodes: native.AxmlNode[]) => Generator<Element>} all elements, outer ones first */
function* elementsIn(nodes) {
  for (const node of nodes) {
    if (node.type === "text") continue;
    yield node;
    yield* elementsIn(node.children);
  }
}

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.Modules} options.modules
 * @param {(path: string, place: native.Place) => any} options.loadSjs
 * @param {(nodes: native.AxmlNode[], unit: Unit) => native.Template} options.compileChildren
 */
export const makeFiles = ({ folder, modules, loadSjs, compileChildren }) => {
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

  /** @type {(file: string, including: string[], outer?: Unit) => Unit} `outer` is the file that this is put into */
  const readUnit = (file, including, outer) => {
    const { nodes } = parse(folder.text(file) ?? "", file);
    /** @type {Element[]} */
    const imports = [];
    /** @type {Named | undefined} */
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
    /** @type {Unit} */
    const unit = { file, nodes, scripts: {}, own: new Map(), visible, including };
    for (const element of elementsIn(nodes)) {
      if (element.name === "import-sjs") Object.assign(unit.scripts, scriptsOf(element, file));
      if (element.name === "import") imports.push(element);
    }
    for (const element of elementsIn(nodes)) {
      const name = element.name === "template" ? written(attributeOf(element, "name")) : "";
      if (name) unit.own.set(name, named(element, unit));
    }
    return unit;
  };

  /** @type {(element: Element, unit: Unit) => native.Template} */
  const named = (element, unit) => {
    const draw = compileChildren(element.children, unit);
    return (owner, data) => draw(owner, { ...unit.scripts, ...data });
  };

  /** @type {Map<string, Unit>} */
  const read = new Map();

  /** @type {(file: string) => Unit} */
  const unitOf = (file) => {
    let unit = read.get(file);
    if (!unit) read.set(file, (unit = readUnit(file, [file])));
    return unit;
  };

  /** @type {(element: Element, unit: Unit) => Unit | undefined} the file that an <include> names, for this place */
  const included = (element, unit) => {
    const file = fileOf(element, "src", ".axml", unit.file);
    if (!file) return undefined;
    if (unit.including.includes(file)) {
      const circle = [...unit.including.slice(unit.including.indexOf(file)), file].join(" > ");
      report({ kind: "template", message: `Files include one another in a circle: ${circle}.`, ...element.place });
      return undefined;
    }
    return readUnit(file, [...unit.including, file], unit);
  };

  return { unitOf, included };
};

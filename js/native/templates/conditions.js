// @ts-check
// Which of the nodes that stand side by side are drawn, and how often: a:if, a:elif and a:else, and a:for with them.
import { Fragment, h } from "preact";
import { compileText } from "../expressions.js";
import { report } from "../problems.js";
import { attributeOf, compileValue, directiveOf, written } from "./attributes.js";
import { compileIsFilled } from "./components.js";
import { compileLoop } from "./loops.js";
import { withScope } from "./scopes.js";

/** @typedef {native.AxmlElement} Element */
/** @typedef {[Element, ...Element[]]} Chain an element, and those that are drawn in place of it */
/** @typedef {(node: native.AxmlNode) => native.Draw} CompileNode as it is drawn whenever it is its turn */

/** What a branch draws when it is not its turn: then it is the next one's. */
const NEXT = Symbol("next");

/** @typedef {native.Draw<native.Children | typeof NEXT>} DrawBranch */
/** @typedef {Pick<native.Item, "isThere" | "loop"> & { draw: DrawBranch }} Branch */

let lastKey = 0; // makes keys that no other has

/** @type {(element: Element) => boolean} that which is never drawn where it stands */
export const isSilent = (element) =>
  element.name === "import" ||
  element.name === "import-sjs" ||
  (element.name === "template" && !!attributeOf(element, "name") && !attributeOf(element, "is"));

/** @type {(attribute: native.AxmlAttribute) => native.Evaluate} conditions may lack their mustaches */
const compileCondition = ({ name, value, place }) => {
  const text = value?.trim() ?? "";
  if (text === "") {
    report({ kind: "template", message: `${name} has no condition. Write ${name}="{{...}}".`, ...place });
    return () => undefined;
  }
  return compileText(text, place);
};

/** @type {(element: Element, compileNode: CompileNode) => Branch} */
const compileBranch = (element, compileNode) => {
  const condition = directiveOf(element, "if", "elif", "else-if");
  const test = condition && compileCondition(condition);
  const plain = compileNode(element);
  const scope = written(attributeOf(element, "slot-scope"));
  const attribute = directiveOf(element, "for", "for-items");
  // An a:elif or a:else is one for the whole loop, an a:if one for each row.
  const isOuter = !!attribute && !directiveOf(element, "if");
  /** @type {DrawBranch} */
  const tested =
    test && !isOuter ? (owner, variables, key) => (test(variables) ? plain(owner, variables, key) : NEXT) : plain;
  const draw = withScope(tested, scope);
  if (!attribute) {
    const isFilled = compileIsFilled(element);
    const isThere = (/** @type {native.Owner} */ owner, /** @type {native.Variables} */ variables) =>
      (!test || !!test(variables)) && isFilled(owner, variables);
    return { draw, isThere };
  }
  const { rows: all, isEmpty } = compileLoop(element, attribute);
  /** @type {native.Rows} */
  const rows = (variables) => {
    if (!test) return all(variables);
    if (isOuter) return test(variables) ? all(variables) : [];
    return all(variables).filter((row) => test(row.variables));
  };
  // With a scope, which the condition may ask for, it is each row that asks, when it is drawn.
  const drawable = scope && !isOuter ? all : rows;
  /** @type {native.Draw} */
  const drawRow = (owner, variables, key) => {
    const result = draw(owner, variables, key);
    return result === NEXT ? null : result;
  };
  /** @type {DrawBranch} */
  const drawList = (owner, variables, key) => {
    const list = drawable(variables);
    if (list.length === 0 && test) return NEXT;
    const drawnRows = list.map((row) => drawRow(owner, row.variables, row.key));
    return key === undefined ? drawnRows : h(Fragment, { key }, drawnRows);
  };
  return {
    draw: drawList,
    isThere: (_owner, variables) => (test ? rows(variables).length > 0 : !isEmpty(variables)),
    loop: { rows: drawable, drawRow },
  };
};

/** @type {(element: Element) => void} */
const complainOfLone = (element) => {
  const lone = directiveOf(element, "elif", "else-if", "else");
  if (!lone) return;
  const message = `${lone.name} has no a:if before it: it has to come next to the element with that.`;
  report({ kind: "template", message, ...lone.place });
};

/** @type {(chain: Chain, compileNode: CompileNode) => native.Item} */
const compileChain = (chain, compileNode) => {
  const [first] = chain;
  if (!directiveOf(first, "if")) complainOfLone(first);
  const branches = chain.map((element) => compileBranch(element, compileNode));
  const attribute = attributeOf(first, "slot");
  const isScoped = chain.some((element) => attributeOf(element, "slot-scope"));
  // A key for each: what one branch has drawn is not to become what the next one draws.
  const keyed = branches.map(({ draw }) => ({ draw, key: branches.length > 1 ? `?${++lastKey}` : undefined }));
  return {
    draw: (owner, variables) => {
      for (const { draw, key } of keyed) {
        const result = draw(owner, variables, key);
        if (result !== NEXT) return result;
      }
      return null;
    },
    slot: attribute?.value ? compileValue(attribute) : undefined,
    isThere: (owner, variables) => isScoped || branches.some((branch) => branch.isThere(owner, variables)),
    loop: branches.length === 1 ? branches[0]?.loop : undefined,
  };
};

/** @type {(nodes: native.AxmlNode[], at: number) => Chain} an element, with its a:elif and a:else if it has a:if */
const chainAt = (nodes, at) => {
  const first = /** @type {Element} */ (nodes[at]);
  /** @type {Chain} */
  const chain = [first];
  if (!directiveOf(first, "if")) return chain;
  for (const node of nodes.slice(at + 1)) {
    if (node.type === "text" && node.text.trim() === "") continue;
    if (node.type === "text" || directiveOf(node, "if") || !directiveOf(node, "elif", "else-if", "else")) break;
    chain.push(node);
    if (directiveOf(node, "else")) break;
  }
  return chain;
};

/** @type {(nodes: native.AxmlNode[], compileNode: CompileNode) => native.Item[]} */
export const compileItems = (nodes, compileNode) => {
  /** @type {native.Item[]} */
  const items = [];
  for (let at = 0; at < nodes.length; at++) {
    const node = /** @type {native.AxmlNode} */ (nodes[at]);
    if (node.type === "text") {
      items.push({ draw: compileNode(node), isThere: () => true });
    } else {
      const chain = chainAt(nodes, at);
      at = nodes.indexOf(/** @type {Element} */ (chain.at(-1)), at);
      if (!isSilent(node)) items.push(compileChain(chain, compileNode));
    }
  }
  return items;
};

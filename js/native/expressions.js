// @ts-check
// Expressions of templates: {{a.b + 1}} to functions of the variables. Parsed by jsep, run without eval. What is absent
// gives undefined; what is thrown is reported, and gives undefined too.
import jsepObject from "@jsep-plugin/object";
import jsepSpread from "@jsep-plugin/spread";
import jsep from "jsep";
import { placeOf } from "./places.js";
import { report } from "./problems.js";

/** @typedef {jsep.Expression & { [field: string]: any }} Node */
/** @typedef {(variables: native.Variables) => any} Run */

// The parser.

jsep.plugins.register(jsepObject, jsepSpread);
jsep.addUnaryOp("typeof");
jsep.addUnaryOp("void");
jsep.addBinaryOp("in", 7);
jsep.addBinaryOp("instanceof", 7);
jsep.addBinaryOp("=>", 0.1, true);

/**
 * `a${b}c`: a node with its texts and expressions.
 * @this {jsep.HookScope & { index: number }}
 * @param {{ node?: jsep.Expression }} env
 */
function readTemplateLiteral(env) {
  if (this.char !== "`") return;
  /** @type {(string | Node)[]} */
  const parts = [];
  let text = "";
  for (this.index++; this.char !== "`"; this.index++) {
    if (this.index >= this.expr.length) this.throwError("A ` is not closed");
    if (this.expr.startsWith("${", this.index)) {
      this.index += 2;
      parts.push(cooked(text), ...this.gobbleExpressions(125));
      if (this.char !== "}") this.throwError("A ${ is not closed");
      text = "";
    } else {
      text += this.char === "\\" ? this.char + this.expr[++this.index] : this.char;
    }
  }
  this.index++;
  parts.push(cooked(text));
  env.node = this.gobbleTokenProperty(/** @type {any} */ ({ type: "Template", parts }));
}

jsep.hooks.add("gobble-token", readTemplateLiteral);

/** @type {Record<string, string>} */
const ESCAPES = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", 0: "\0", "\n": "" };

/** @type {(raw: string) => string} */
const cooked = (raw) =>
  raw.replace(/\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|([^]))/gi, (_all, point, unit, byte, char) => {
    const code = point ?? unit ?? byte;
    return code ? String.fromCodePoint(parseInt(code, 16)) : (ESCAPES[char] ?? char);
  });

/** What leads from a value to the machinery behind it. */
const FORBIDDEN = new Set(
  (
    "constructor prototype caller callee arguments __proto__ " +
    "__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__"
  ).split(" "),
);

/** @type {(object: any, key: any) => any} */
const member = (object, key) => {
  if (object === undefined || object === null) return undefined;
  const name = typeof key === "symbol" || typeof key === "number" ? key : String(key);
  if (typeof name === "string" && FORBIDDEN.has(name)) {
    return typeof object === "object" && name !== "__proto__" && Object.hasOwn(object, name) ? object[name] : undefined;
  }
  return object[name];
};

/** @type {(variables: any, name: string) => any} a variable whose name every object inherits, such as "toString" */
const careful = (variables, name) => {
  for (let scope = variables; scope && scope !== Object.prototype; scope = Object.getPrototypeOf(scope)) {
    if (Object.hasOwn(scope, name)) return scope[name];
  }
  return undefined;
};

/** @type {Record<string, (a: any, b: any) => any>} */
const BINARY = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "==": (a, b) => a == b,
  "!=": (a, b) => a != b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => a >>> b,
  in: (a, b) => Object(b) === b && a in b,
  instanceof: () => false,
};

/** @type {Record<string, (value: any) => any>} */
const UNARY = {
  "!": (value) => !value,
  "-": (value) => -value,
  "+": (value) => +value,
  "~": (value) => ~value,
  typeof: (value) => typeof value,
  void: () => undefined,
};

/** @type {(value: any) => string} what a value in a longer text is drawn as */
export const drawn = (value) => (value === undefined || value === null ? "" : String(value));

/** @type {(node: Node) => string} a short name of what is called, for messages */
const named = (node) => {
  if (node.type === "Identifier") return node["name"];
  if (node.type !== "MemberExpression") return "what is called here";
  return node["computed"] ? `${named(node["object"])}[...]` : `${named(node["object"])}.${node["property"].name}`;
};

/** @type {(nodes: Node[], place: native.Place) => (variables: native.Variables) => any[]} */
const compileList = (nodes, place) => {
  const spread = nodes.map((node) => node?.type === "SpreadElement");
  const runs = nodes.map((node, index) => compile(spread[index] ? node["argument"] : node, place));
  if (!spread.includes(true)) return (variables) => runs.map((run) => run(variables));
  return (variables) =>
    runs.flatMap((run, index) => {
      const value = run(variables);
      if (!spread[index]) return [value];
      return typeof value?.[Symbol.iterator] === "function" ? [...value] : [];
    });
};

/** @type {(node: Node, place: native.Place) => Run} */
const compileObjectNode = (node, place) => {
  /** @type {((object: any, variables: native.Variables) => void)[]} */
  const steps = node["properties"].map((/** @type {Node} */ property) => {
    if (property.type === "SpreadElement") {
      const run = compile(property["argument"], place);
      return (/** @type {any} */ object, /** @type {any} */ variables) => Object.assign(object, run(variables));
    }
    if (property.type !== "Property") throw new Error("An object has a part that is no name: value");
    const { key, computed } = property;
    if (!computed && key.type !== "Identifier" && key.type !== "Literal") {
      throw new Error("The name of a property that is not a word needs quotes");
    }
    const name = computed ? compile(key, place) : () => (key.type === "Identifier" ? key.name : literal(key));
    const value = compile(property["value"], place);
    return (/** @type {any} */ object, /** @type {any} */ variables) => {
      const key = String(name(variables));
      if (key !== "__proto__") object[key] = value(variables);
    };
  });
  return (variables) => {
    const object = {};
    for (const step of steps) step(object, variables);
    return object;
  };
};

/** @type {(node: Node) => any} */
const literal = (node) => (typeof node["value"] === "string" ? cooked(node["raw"].slice(1, -1)) : node["value"]);

/** @type {(node: Node, place: native.Place) => Run} */
const compileCall = (node, place) => {
  const { callee } = node;
  const args = compileList(node["arguments"], place);
  const isMember = callee.type === "MemberExpression";
  const object = isMember ? compile(callee.object, place) : undefined;
  const key = isMember ? keyOf(callee, place) : undefined;
  const direct = isMember ? undefined : compile(callee, place);
  return (variables) => {
    const receiver = object?.(variables);
    if (object && (receiver === undefined || receiver === null)) return undefined;
    const method = direct ? direct(variables) : member(receiver, key?.(variables));
    if (typeof method === "function") return method.apply(receiver, args(variables));
    if (node["optional"] && (method === undefined || method === null)) return undefined;
    const message = `${named(callee)} is not a function. Templates can call those of sjs modules and those of values.`;
    report({ kind: "template", message, ...place });
    return undefined;
  };
};

/** @type {(node: Node, place: native.Place) => Run} */
const keyOf = (node, place) => {
  if (node["computed"]) return compile(node["property"], place);
  const { name } = node["property"];
  return () => name;
};

/** @type {(node: Node, place: native.Place) => Run} */
const compileMember = (node, place) => {
  const object = compile(node["object"], place);
  if (!node["computed"] && !FORBIDDEN.has(node["property"].name)) {
    const { name } = node["property"];
    return (variables) => object(variables)?.[name];
  }
  const key = keyOf(node, place);
  return (variables) => member(object(variables), key(variables));
};

/** @type {(node: Node, place: native.Place) => Run} */
const compileBinary = (node, place) => {
  if (isArrow(node)) return compileArrow(node["left"], node["right"], place);
  const left = compile(node["left"], place);
  const right = compile(node["right"], place);
  const { operator } = node;
  if (operator === "&&") return (variables) => left(variables) && right(variables);
  if (operator === "||") return (variables) => left(variables) || right(variables);
  if (operator === "??") return (variables) => left(variables) ?? right(variables);
  const operate = BINARY[operator];
  if (!operate) throw new Error(`There is no operator ${operator} in templates`);
  return (variables) => operate(left(variables), right(variables));
};

/** @type {(node: Node) => string[]} the names of the parameters that stand before "=>" */
const parametersOf = (node) => {
  const nodes = node.type === "SequenceExpression" ? node["expressions"] : [node];
  return nodes.map((/** @type {Node} */ each) => {
    if (each.type !== "Identifier") throw new Error("Only names can stand before =>");
    return each["name"];
  });
};

/** @type {(parameters: Node, body: Node, place: native.Place) => Run} */
const compileArrow = (parameters, body, place) => {
  const names = parametersOf(parameters);
  const run = compile(body, place);
  return (variables) =>
    (/** @type {any[]} */ ...values) => {
      const own = Object.create(variables);
      names.forEach((name, index) => (own[name] = values[index]));
      return run(own);
    };
};

/** @type {(node: Node) => boolean} */
const isArrow = (node) => node.type === "BinaryExpression" && node["operator"] === "=>";

/** @type {Record<string, (node: Node, place: native.Place) => Run>} */
const COMPILERS = {
  Literal: (node) => {
    const value = literal(node);
    return () => value;
  },
  Identifier: ({ name }) => {
    if (name === "undefined") return () => undefined;
    if (name in Object.prototype) return (variables) => careful(variables, name);
    return (variables) => variables[name];
  },
  ThisExpression: () => () => undefined,
  MemberExpression: compileMember,
  CallExpression: compileCall,
  BinaryExpression: compileBinary,
  UnaryExpression: (node, place) => {
    const operate = /** @type {Run} */ (UNARY[node["operator"]]);
    const value = compile(node["argument"], place);
    return (variables) => operate(value(variables));
  },
  ConditionalExpression: (node, place) => {
    // The parser ends a function's body before the "?".
    if (isArrow(node["test"])) {
      return compileArrow(node["test"].left, { ...node, test: node["test"].right }, place);
    }
    const test = compile(node["test"], place);
    const yes = compile(node["consequent"], place);
    const no = compile(node["alternate"], place);
    return (variables) => (test(variables) ? yes(variables) : no(variables));
  },
  ArrayExpression: (node, place) => compileList(node["elements"], place),
  ObjectExpression: compileObjectNode,
  SequenceExpression: (node, place) => {
    const values = compileList(node["expressions"], place);
    return (variables) => values(variables).at(-1);
  },
  Template: (node, place) => {
    /** @type {(string | Run)[]} */
    const parts = node["parts"].map((/** @type {string | Node} */ part) =>
      typeof part === "string" ? part : compile(part, place),
    );
    return (variables) => parts.map((part) => (typeof part === "string" ? part : String(part(variables)))).join("");
  },
};

/** @type {(node: Node | null, place: native.Place) => Run} */
const compile = (node, place) => {
  if (!node) return () => undefined; // a hole in an array
  const compiler = COMPILERS[node.type];
  if (!compiler) throw new Error("Unexpected words or signs");
  return compiler(node, place);
};

/** @type {(source: string) => Node} */
const parseExpression = (source) => {
  const plain = source
    .replace(/[;\s]+$/, "") // no harm
    .replace(/\?\.(?=\d)/g, "? .") // a?.5:1 is a condition
    .replace(/\(\s*\)(?=\s*=>)/g, "_"); // a function without parameters gets one
  return jsep(plain);
};

/** @type {(error: unknown, place: native.Place) => void} */
const reportThrown = (error, place) => {
  const inner = placeOf(error);
  const where = inner ? ` (thrown at ${inner.file}:${inner.line})` : "";
  report({ kind: "script", message: `${error}${where}`, ...place });
};

/** @type {(run: Run, place: native.Place) => native.Evaluate} what is thrown is reported */
const guarded = (run, place) => (variables) => {
  try {
    return run(variables);
  } catch (error) {
    reportThrown(error, place);
    return undefined;
  }
};

/** @type {(source: string, place: native.Place, error: unknown) => void} */
const complain = (source, place, error) => {
  const why = error instanceof Error ? error.message : String(error);
  const shown = source.trim().replace(/\s+/g, " ").slice(0, 120);
  report({ kind: "template", message: `{{${shown}}} cannot be read: ${why}.`, ...place });
};

/** An object without its braces: "a: 1", "...a". Not a ternary: that has its "?" before the colon. */
const BARE_OBJECT = /^\s*(?:[\w$]+|"[^"]*"|'[^']*')\s*:|^\s*\.\.\./;

/** @type {(source: string, place: native.Place) => Run} throws where it cannot be read */
const compileSource = (source, place) => {
  if (source.trim() === "") return () => undefined;
  return compile(parseExpression(BARE_OBJECT.test(source) ? `{${source}}` : source), place);
};

/** @type {(source: string, place: native.Place) => native.Evaluate} */
export const compileExpression = (source, place) => {
  try {
    return guarded(compileSource(source, place), place);
  } catch (error) {
    complain(source, place, error);
    return () => undefined;
  }
};

/** @type {(text: string) => string} what is between the braces, if all is in them */
const inside = (text) => {
  const trimmed = text.trim();
  return trimmed.startsWith("{{") && endOfMustache(trimmed, 0) === trimmed.length ? trimmed.slice(2, -2) : trimmed;
};

/** @type {(source: string, place: native.Place) => native.Evaluate} */
export const compileObject = (source, place) => {
  const content = inside(source);
  if (content.trim() === "") return () => ({});
  const whole = /^\s*\{[^]*\}\s*$/.test(content);
  return compileExpression(whole ? content : `{${content}}`, place);
};

// Texts with mustaches.

/**
 * Where the mustache that begins at `from` ends, behind its braces; -1 where it does not. Braces of objects and texts
 * within it do not end it.
 * @type {(text: string, from: number) => number}
 */
export const endOfMustache = (text, from) => {
  let depth = 0;
  for (let at = from + 2; at < text.length; at++) {
    const char = text[at];
    if (char === '"' || char === "'" || char === "`") {
      const end = endOfString(text, at);
      if (end < 0) break;
      at = end;
    } else if (char === "{") {
      if (text[at + 1] === "{") break; // another one begins: this one has lost its end
      depth++;
    } else if (char === "}") {
      if (depth > 0) depth--;
      else if (text[at + 1] === "}") return at + 2;
      else break;
    }
  }
  const end = text.indexOf("}}", from + 2);
  const next = text.indexOf("{{", from + 2);
  return end < 0 || (next >= 0 && next < end && next > from + 2) ? -1 : end + 2;
};

/** @type {(text: string, from: number) => number} where the text ends that begins at `from`, or -1 */
const endOfString = (text, from) => {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at;
    else if (text[at] === "\n" && quote !== "`") return -1;
  }
  return -1;
};

/** @type {(place: native.Place, text: string, offset: number) => native.Place} */
const placeIn = (place, text, offset) => {
  const lines = text.slice(0, offset).split("\n").length - 1;
  return lines && place.line ? { file: place.file, line: place.line + lines } : place;
};

/** @type {(text: string, at: number, place: native.Place) => Run | undefined} of one that has lost its end */
const repair = (text, at, place) => {
  try {
    return compileSource(text.slice(at + 2).replace(/\}\s*$/, ""), place);
  } catch {
    return undefined;
  }
};

/** @type {(text: string, place: native.Place) => (string | native.Evaluate)[]} */
const split = (text, place) => {
  /** @type {(string | native.Evaluate)[]} */
  const parts = [];
  let at = 0;
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", at)) {
    const end = endOfMustache(text, start);
    const here = placeIn(place, text, start);
    if (start > at) parts.push(text.slice(at, start));
    if (end < 0) {
      const rest = text.slice(start);
      const next = rest.indexOf("{{", 2);
      const piece = next < 0 ? rest : rest.slice(0, next);
      const shown = piece.trim().slice(0, 80);
      report({ kind: "template", message: `${shown} has no closing braces. Write {{...}} with two of each.`, ...here });
      const run = repair(piece, 0, here);
      parts.push(run ? guarded(run, here) : piece);
      at = start + piece.length;
      continue;
    }
    const source = text.slice(start + 2, end - 2);
    try {
      parts.push(guarded(compileSource(source, here), here));
    } catch (error) {
      complain(source, here, error);
      parts.push(text.slice(start, end) === text ? () => undefined : text.slice(start, end));
    }
    at = end;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
};

/**
 * The value of a text: a lone {{x}} gives the value itself, any other a string. `constant` is there where it has none.
 * @type {(text: string, place: native.Place) => native.Evaluate & { constant?: string }}
 */
export const compileText = (text, place) => {
  if (!text.includes("{{")) return Object.assign(() => text, { constant: text });
  const parts = split(text, place);
  if (parts.length === 1) {
    const [only] = parts;
    return typeof only === "function" ? only : () => only;
  }
  return guarded((variables) => {
    let whole = "";
    for (const part of parts) whole += typeof part === "string" ? part : drawn(part(variables));
    return whole;
  }, place);
};

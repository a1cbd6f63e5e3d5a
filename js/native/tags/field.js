// @ts-check
// What the tags for input have in common: how a form finds their values, and how they wait for the program.

/** Where a field keeps what a form needs of it. */
export const FIELD = Symbol.for("bridge.field");

/**
 * One without a name is in no form.
 * @type {(element: any, name: unknown, value: () => any, reset: () => void) => void}
 */
export const setField = (element, name, value, reset) => {
  if (name === undefined || name === null || name === "") delete element[FIELD];
  else element[FIELD] = { name: String(name), value, reset };
};

/** @type {(() => void)[]} */
let waiting = [];
// Not a timer, which a test may have stopped.
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => {
  const callbacks = waiting;
  waiting = [];
  for (const callback of callbacks) callback();
};

/** Run this when what a handler has set is drawn. @type {(callback: () => void) => void} */
export const soon = (callback) => {
  waiting.push(callback);
  port2.postMessage(null);
};

/** @type {(value: any) => string} as a field shows it */
export const shown = (value) => (value === undefined || value === null ? "" : String(value));

/** @type {any} */
let clicked = null;
/** @type {any} */
let before = null;
document.addEventListener("click", (event) => ([before, clicked] = [clicked, event]), true);

/**
 * A click on a label is followed by one of the browser's on what it holds: with both, the label would be tapped twice.
 * @type {(event: any) => boolean}
 */
const isEcho = ({ target, isTrusted, clientX, clientY }) =>
  isTrusted &&
  before?.isTrusted &&
  before.target !== target &&
  before.clientX === clientX &&
  before.clientY === clientY &&
  before.target.closest?.("label")?.contains(target);

/** @type {(event: Event) => void} keep it from the label */
export const endEcho = (event) => {
  if (isEcho(event)) event.stopPropagation();
};

// @ts-check
// Drags by a finger or the mouse: which element a drag is for, and that no tap comes after it.

const NEAR = 6; // pixels, which are no drag yet

/** @typedef {{ dx: number, dy: number, vx: number, vy: number }} Drag velocities in pixels a millisecond */

/**
 * @typedef {object} Dragged
 * @property {() => "x" | "y" | "all" | "none"} axis
 * @property {(event: any) => boolean} [accepts]
 * @property {(drag: Drag) => void} [start]
 * @property {(drag: Drag) => void} move
 * @property {(drag: Drag) => void} [end]
 * @property {() => void} [pressed] before it is a drag
 * @property {() => void} [released] after whatever began with `pressed`
 */

/** Those that an element has taken for itself: the elements around it do without. */
const taken = new WeakSet();

/** What moves by itself. */
const OWN = "input, textarea, select, slider, picker-view, [contenteditable]";

/** @type {(element: HTMLElement, dragged: Dragged) => () => void} */
export const listenToDrags = (element, dragged) => {
  /** @typedef {{ x: number, y: number }} Point */
  /** @type {{ at: Point, last: Point, time: number, vx: number, vy: number } | null} */
  let press = null;
  let isDrag = false;
  let swallows = false;

  /** @type {(x: number, y: number) => Drag} */
  const drag = (x, y) => {
    const { at = { x, y }, vx = 0, vy = 0 } = press || {};
    return { dx: x - at.x, dy: y - at.y, vx, vy };
  };

  /** @param {any} event */
  const start = (event) => {
    if (event.touches.length !== 1) return;
    swallows = false;
    const axis = dragged.axis();
    const inner = event.target.closest?.(OWN);
    if (axis === "none" || (inner && element.contains(inner)) || dragged.accepts?.(event) === false) return;
    const { clientX: x, clientY: y } = event.touches[0];
    press = { at: { x, y }, last: { x, y }, time: event.timeStamp, vx: 0, vy: 0 };
    isDrag = false;
    dragged.pressed?.();
  };

  const release = () => {
    if (!press) return;
    press = null;
    isDrag = false;
    dragged.released?.();
  };

  /** @param {any} event */
  const move = (event) => {
    if (!press) return;
    const { clientX: x, clientY: y } = event.touches[0] ?? event.changedTouches[0];
    if (taken.has(event) || event.touches.length > 1) return isDrag ? end(event) : release();
    const { dx, dy } = drag(x, y);
    const axis = dragged.axis();
    if (!isDrag) {
      if (Math.hypot(dx, dy) < NEAR) return;
      const main = Math.abs(dx) >= Math.abs(dy) ? "x" : "y";
      if (axis !== "all" && axis !== main) return release();
      isDrag = swallows = true;
      dragged.start?.(drag(x, y));
    }
    taken.add(event);
    if (event.cancelable) event.preventDefault(); // so that the page does not move, too
    const passed = event.timeStamp - press.time;
    if (passed > 0) {
      const { last } = press;
      const [vx, vy] = [(x - last.x) / passed, (y - last.y) / passed];
      press = { ...press, last: { x, y }, time: event.timeStamp, vx, vy };
    }
    dragged.move(drag(x, y));
  };

  /** @param {any} event */
  const end = (event) => {
    if (!press) return;
    if (isDrag) {
      const { clientX: x, clientY: y } = event.changedTouches[0] ?? event.touches[0];
      // Who rests before letting go does not throw.
      if (event.timeStamp - press.time > 100) Object.assign(press, { vx: 0, vy: 0 });
      dragged.end?.(drag(x, y));
    }
    release();
  };

  /** @param {Event} event what a mouse does after a drag is no tap */
  const click = (event) => {
    if (swallows && event.isTrusted) event.stopPropagation();
    swallows = false;
  };

  /** @param {Event} event pictures and links are not carried away */
  const carry = (event) => event.preventDefault();

  /** @param {Event} event nor is the text selected that one drags over */
  const select = (event) => press && event.preventDefault();

  /** @type {[string, (event: any) => void, boolean][]} */
  const heard = [
    ["touchstart", start, false],
    ["touchmove", move, false],
    ["touchend", end, false],
    ["touchcancel", end, false],
    ["click", click, true],
    ["dragstart", carry, false],
    ["selectstart", select, false],
  ];
  for (const [type, listener, capture] of heard) element.addEventListener(type, listener, { capture, passive: false });
  return () => {
    for (const [type, listener, capture] of heard) element.removeEventListener(type, listener, { capture });
  };
};

/**
 * Two fingers that come apart. `move` gets how many times farther they are from one another than at first.
 * @typedef {{ accepts: () => boolean, start: () => void, move: (times: number) => void, end?: () => void }} Pinched
 * @type {(element: HTMLElement, pinched: Pinched) => void}
 */
export const listenToPinches = (element, { accepts, start, move, end }) => {
  let first = 0;
  /** @type {(touches: any) => number} */
  const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
  /** @param {any} event */
  const change = ({ touches }) => {
    if (first) end?.();
    first = touches.length === 2 && accepts() ? apart(touches) : 0;
    if (first) start();
  };
  for (const type of ["touchstart", "touchend", "touchcancel"]) element.addEventListener(type, change);
  element.addEventListener("touchmove", (/** @type {any} */ event) => {
    if (!first || event.touches.length !== 2) return;
    if (event.cancelable) event.preventDefault();
    move(apart(event.touches) / first);
  });
};

/** @type {() => boolean} */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// @ts-check
// The `animation` attribute: what `my.createAnimation` has exported (parts/animation.js), moved for real.
import { units } from "../units.js";

/** @typedef {[method: string, args: unknown[]]} Change */
/** @typedef {{ config?: Record<string, any>, animation?: Change[] }} Step */

/** @type {(value: unknown) => string} a number is in pixels */
const length = (value) => {
  const text = String(value ?? 0).trim();
  return /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? `${text}px` : units(text);
};

/** @type {(value: unknown) => string} */
const angle = (value) => (/[a-z]$/i.test(String(value)) ? String(value) : `${Number(value) || 0}deg`);

/** @type {(value: unknown) => string} */
const plain = (value) => String(value ?? 0);

/** @type {Record<string, (value: unknown) => string>} */
const PROPERTIES = {
  opacity: plain,
  backgroundColor: plain,
  width: length,
  height: length,
  top: length,
  left: length,
  bottom: length,
  right: length,
};

/** How a method's arguments are written: that of the last is also for those after it. */
/** @type {Record<string, ((value: unknown) => string)[]>} */
const TRANSFORMS = {
  rotate: [angle],
  rotateX: [angle],
  rotateY: [angle],
  rotateZ: [angle],
  rotate3d: [plain, plain, plain, angle],
  scale: [plain],
  scaleX: [plain],
  scaleY: [plain],
  scaleZ: [plain],
  scale3d: [plain],
  translate: [length],
  translateX: [length],
  translateY: [length],
  translateZ: [length],
  translate3d: [length],
  skew: [angle],
  skewX: [angle],
  skewY: [angle],
  matrix: [plain],
  matrix3d: [plain],
};

/** How many arguments a method can have, where that is not one; what is too much would make all of it invalid. */
/** @type {Record<string, number>} */
const COUNTS = { rotate3d: 4, scale: 2, scale3d: 3, translate: 2, translate3d: 3, skew: 2, matrix: 6, matrix3d: 16 };

/** @type {(method: string, args: unknown[]) => string | undefined} */
const transformOf = (method, args) => {
  const writers = Object.hasOwn(TRANSFORMS, method) ? TRANSFORMS[method] : undefined;
  if (!writers) return undefined;
  const given = method === "rotate3d" && args.length === 1 ? [0, 0, 1, args[0]] : args.slice(0, COUNTS[method] ?? 1);
  const texts = given.map((value, index) => (writers[index] ?? /** @type {any} */ (writers.at(-1)))(value));
  return `${method}(${texts.join(", ")})`;
};

/** @type {(easing: unknown) => string} */
const easingOf = (easing) => {
  const text = String(easing ?? "linear");
  return CSS.supports("transition-timing-function", text) ? text : "linear";
};

/**
 * The transforms that an element has got so far, by method: a step changes those that it names, and keeps the others.
 * @type {WeakMap<Element, Map<string, string>>}
 */
const kept = new WeakMap();

/** @type {(element: Element, changes: Change[]) => Record<string, string>} */
const frameOf = (element, changes) => {
  const transforms = kept.get(element) ?? new Map();
  kept.set(element, transforms);
  /** @type {Record<string, string>} */
  const frame = {};
  for (const [method, args] of changes) {
    const values = Array.isArray(args) ? args : [args];
    const write = Object.hasOwn(PROPERTIES, method) ? PROPERTIES[method] : undefined;
    const transform = transformOf(method, values);
    if (write) frame[method] = write(values[0]);
    if (transform) {
      transforms.set(method, transform);
      frame.transform = [...transforms.values()].join(" ");
    }
  }
  return frame;
};

/**
 * Play what was exported, step after step; what it ends with stays.
 * @type {(element: HTMLElement, exported: unknown) => void}
 */
export const play = (element, exported) => {
  if (!Array.isArray(exported)) return;
  let start = 0;
  for (const { config = {}, animation = [] } of /** @type {Step[]} */ (exported)) {
    const { duration = 400, delay = 0, timeFunction, timingFunction, transformOrigin = "50% 50% 0" } = config;
    const [time, wait] = [Math.max(0, Number(duration) || 0), Math.max(0, Number(delay) || 0)];
    // The frame at the beginning names no more than the origin: all else goes on from where it is then.
    const frames = [{ transformOrigin }, { ...frameOf(element, animation), transformOrigin }];
    const moving = element.animate(frames, {
      delay: start + wait,
      duration: time,
      easing: easingOf(timeFunction ?? timingFunction),
      fill: "forwards",
    });
    moving.onfinish = () => element.dispatchEvent(new Event("transitionend", { bubbles: true }));
    start += wait + time;
  }
};

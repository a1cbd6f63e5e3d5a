// @ts-check
// What the handlers of a program get, made from the events of the browser.

/** Where an element keeps its data-*, with the types that they had: also for parts/query.js. */
const DATASET = Symbol.for("bridge.dataset");

/** @type {(element: any, dataset: Record<string, any> | undefined) => void} */
export const setDataset = (element, dataset) => {
  element[DATASET] = dataset;
};

/** @type {(element: Element) => native.EventTarget} */
export const describe = (element) => {
  const { id, localName, offsetLeft, offsetTop } = /** @type {HTMLElement} */ (element);
  return { id, tagName: localName, offsetLeft, offsetTop, dataset: { .../** @type {any} */ (element)[DATASET] } };
};

/** @type {(touch: any) => native.Touch} */
const touchOf = ({ identifier, clientX, clientY, pageX, pageY }) => ({ identifier, clientX, clientY, pageX, pageY });

/**
 * The nearest element that stands in a template: native parts within it are none of the program's business.
 * @type {(from: EventTarget | null, within: Element) => Element}
 */
const sourceOf = (from, within) => {
  let element = /** @type {Element | null} */ (from);
  for (; element && element !== within; element = element.parentElement) if (DATASET in element) return element;
  return within;
};

/** @type {(type: string, event: Event | null, element: Element, detail?: any) => native.MiniEvent} */
export const makeEvent = (type, event, element, detail = {}) => {
  const { touches, changedTouches } = /** @type {any} */ (event || {});
  const currentTarget = describe(element);
  const source = describe(sourceOf(event?.target ?? null, element));
  return {
    type,
    timeStamp: event?.timeStamp ?? performance.now(),
    // On the platform, the dataset of the target is that of the element with the handler; programs rely on it.
    target: { ...source, dataset: { ...currentTarget.dataset }, targetDataset: source.dataset },
    currentTarget,
    detail,
    ...(touches && { touches: [...touches].map(touchOf), changedTouches: [...changedTouches].map(touchOf) }),
    stopPropagation: () => event?.stopPropagation(),
    preventDefault: () => event?.preventDefault(),
  };
};

/**
 * Run what a tag's attributes say for one of its own events, such as "change" or "getAuthorize"; these do not bubble.
 * @type {(attributes: native.Attributes, name: string, element: Element, detail?: any, event?: Event | null) => void}
 */
export const emit = ({ events }, name, element, detail, event = null) =>
  events[name.toLowerCase()]?.run(makeEvent(name, event, element, detail));

/** @type {(event: any) => object} */
const placeOf = ({ clientX, clientY, pageX, pageY }) => ({ x: pageX, y: pageY, clientX, clientY, pageX, pageY });

/** @typedef {[dom: string, type: string, detail?: (event: any) => object]} Common */

/** @type {Record<string, Common>} the events that every element has: what browsers call them, and what programs do */
const COMMON = {
  tap: ["click", "tap", placeOf],
  touchstart: ["touchstart", "touchStart"],
  touchmove: ["touchmove", "touchMove"],
  touchend: ["touchend", "touchEnd"],
  touchcancel: ["touchcancel", "touchCancel"],
  transitionend: ["transitionend", "transitionEnd"],
  animationstart: ["animationstart", "animationStart"],
  animationiteration: ["animationiteration", "animationIteration"],
  animationend: ["animationend", "animationEnd"],
  longtap: ["bridge-longtap", "longTap", ({ detail }) => detail],
};

/** @type {(from: any, to: Element) => boolean} whether a finger on `from` scrolls something within `to` */
const scrollsWithin = (from, to) => {
  for (let element = /** @type {Element | null} */ (from); element && element !== to; element = element.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(element);
    if (/auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight) return true;
    if (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth) return true;
  }
  return false;
};

/** @type {(name: string, event: any) => void} */
const keep = (name, event) => {
  event.stopPropagation();
  // The page stays where it is below a mask that catches the fingers.
  const scrolls = name === "touchmove" && event.cancelable && !scrollsWithin(event.target, event.currentTarget);
  if (scrolls) event.preventDefault();
};

/** @type {(name: string, handler: native.EventHandler) => (event: any) => void} of the browser's event */
const makeListener = (name, { run, catches }) => {
  const [, type, detail] = /** @type {Common} */ (COMMON[name]);
  return (event) => {
    if (catches) keep(name, event);
    if (name === "longtap") event.preventDefault(); // what says that it was heard
    run(makeEvent(type, event, event.currentTarget, detail?.(event)));
  };
};

/** @type {WeakMap<Function, Record<string, (event: any) => void>>} what has been made for each `run` of a handler */
const made = new WeakMap();

/** @type {typeof makeListener} the same each time: to change the listener of an element takes longer than to draw it */
const listener = (name, handler) => {
  const key = handler.catches ? `catch ${name}` : name;
  let listeners = made.get(handler.run);
  if (!listeners) made.set(handler.run, (listeners = {}));
  return (listeners[key] ??= makeListener(name, handler));
};

/**
 * Add the listeners of an element for the common events to its props for Preact: in lower case, so that each is for the
 * event of that very name.
 * @type {(events: native.Attributes["events"], props: Record<string, any>) => void}
 */
export const listeners = (events, props) => {
  for (const name in events) {
    const handler = events[name];
    const common = COMMON[name];
    if (handler && common) props[`on${common[0]}`] = listener(name, handler);
  }
};

const LONG = 500; // milliseconds
const FAR = 10; // pixels

/**
 * Lets a mouse do what a finger does, and a long press be one: events are sent after those of the browser, through the
 * elements of `root`.
 * @type {(root: Element | Document) => void}
 */
export const listenToFingers = (root) => {
  const { setTimeout, clearTimeout } = window;
  /** @type {{ target: Element, x: number, y: number, timer: number } | null} */
  let pressed = null;
  let wasLong = false;

  /** @type {(type: string, target: Element, event: any, detail?: object) => boolean} false: its default is prevented */
  const send = (type, target, { clientX, clientY, pageX, pageY }, detail) => {
    const touch = { identifier: 0, clientX, clientY, pageX, pageY, target };
    const sent = new CustomEvent(type, { bubbles: true, composed: true, cancelable: true, detail });
    const touches = type === "touchend" ? [] : [touch];
    return target.dispatchEvent(Object.assign(sent, { touches, changedTouches: [touch], pageX, pageY }));
  };

  root.addEventListener("pointerdown", (/** @type {any} */ event) => {
    if (event.button > 0) return;
    const target = event.composedPath()[0];
    clearTimeout(pressed?.timer);
    wasLong = false;
    const timer = setTimeout(() => {
      wasLong = !send("bridge-longtap", target, event, placeOf(event));
    }, LONG);
    pressed = { target, x: event.clientX, y: event.clientY, timer };
    if (event.pointerType === "mouse") send("touchstart", target, event);
  });
  document.addEventListener("pointermove", (event) => {
    if (!pressed) return;
    if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > FAR) clearTimeout(pressed.timer);
    if (event.pointerType === "mouse") send("touchmove", pressed.target, event);
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (!pressed) return;
    const { target, timer } = pressed;
    pressed = null;
    clearTimeout(timer);
    if (event.pointerType === "mouse") send("touchend", target, event);
  };
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  // A long press that was heard is no tap.
  root.addEventListener("click", (event) => wasLong && event.isTrusted && event.stopPropagation(), true);
};

// @ts-check
// `hover-class`: the class that an element has while it is pressed.
import { isOn, number } from "./values.js";

/** Presses that an element within has kept for itself: hover-stop-propagation. */
/** @type {WeakSet<Event>} */
const taken = new WeakSet();

/**
 * Let an element show that it is pressed. Returns what ends that.
 * @type {(element: HTMLElement, attributes: () => native.Attributes) => () => void}
 */
export const hover = (element, attributes) => {
  const { setTimeout, clearTimeout } = window;
  let timer = 0;
  /** @type {string[]} */
  let shown = [];

  const show = () => {
    const { props, class: classes } = attributes();
    const own = new Set((classes ?? "").split(/\s+/));
    const names = String(props["hover-class"] ?? "").split(/\s+/);
    shown = names.filter((name) => name && name !== "none" && !own.has(name));
    element.classList.add(...shown);
  };
  const hide = () => {
    element.classList.remove(...shown);
    shown = [];
  };

  /** @type {(event: PointerEvent) => void} */
  const press = (event) => {
    const { props } = attributes();
    const hovers = props["hover-class"] && props["hover-class"] !== "none";
    if (taken.has(event) || !hovers || event.button > 0 || element.matches(":disabled")) return;
    if (isOn(props["hover-stop-propagation"] ?? false)) taken.add(event);
    clearTimeout(timer);
    const begun = performance.now();
    const start = number(props["hover-start-time"], 50);
    timer = setTimeout(show, start);
    /** @type {(event: Event) => void} */
    const end = ({ type }) => {
      for (const name of ENDS) document.removeEventListener(name, end, true);
      const stay = number(attributes().props["hover-stay-time"], 400);
      const left = start - (performance.now() - begun);
      if (type !== "pointerup" || left <= 0) clearTimeout(timer);
      // A short tap is seen, too: it is shown when it has ended already.
      timer = setTimeout(hide, stay + (type === "pointerup" ? Math.max(0, left) : 0));
    };
    for (const name of ENDS) document.addEventListener(name, end, true);
  };

  element.addEventListener("pointerdown", press);
  return () => {
    element.removeEventListener("pointerdown", press);
    clearTimeout(timer);
    hide();
  };
};

/** What ends a press: the page that is scrolled with the finger, too. */
const ENDS = ["pointerup", "pointercancel", "scroll"];

// @ts-check
// onAppear, onDisappear, onFirstAppear: whether an element is to be seen.
import { emit } from "../events.js";

/** @type {Map<Element, (seen: boolean) => void>} */
const watched = new Map();

/** @type {IntersectionObserver | undefined} one for all elements */
let observer;

const observe = () =>
  new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting);
  });

/**
 * Tell an element's handlers when it comes into view and when it goes. Returns what ends that.
 * @type {(element: HTMLElement, attributes: () => native.Attributes) => () => void}
 */
export const watchAppearing = (element, attributes) => {
  const { events } = attributes();
  if (!("appear" in events || "disappear" in events || "firstappear" in events)) return () => {};
  let isSeen = false;
  let wasSeen = false;
  watched.set(element, (seen) => {
    if (seen === isSeen) return;
    isSeen = seen;
    if (seen && !wasSeen) emit(attributes(), "firstAppear", element);
    wasSeen ||= seen;
    emit(attributes(), seen ? "appear" : "disappear", element);
  });
  observer ??= observe();
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    watched.delete(element);
  };
};

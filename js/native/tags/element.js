// @ts-check
// An element of a template: what all tags have in common, put on a real element.
import { Component, h } from "preact";
import { listeners, setDataset } from "../events.js";
import { play } from "./animation.js";
import { hover } from "./hover.js";
import { watchAppearing } from "./appearing.js";
import { isOn, number } from "./values.js";

export { isOn, number };

/** Attributes that an element of the browser understands as they are. */
const PASSED = /^(?:role|tabindex|title|lang|dir|aria-.*)$/;

/** @type {Map<string, string>} names of attributes by those in datasets; "" where there can be none */
const names = new Map();

/** @type {(key: string) => string} */
const nameOf = (key) => {
  let name = names.get(key);
  if (name === undefined) {
    name = `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    names.set(key, (name = /^[\w-]+$/.test(name) ? name : ""));
  }
  return name;
};

/** @type {(dataset: Record<string, any>, props: Record<string, any>) => void} so that [data-x] selectors match */
const write = (dataset, props) => {
  for (const key in dataset) {
    const value = dataset[key];
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    const name = isPlain && nameOf(key);
    if (name) props[name] = String(value);
  }
};

/** @type {(attributes: native.Attributes) => boolean} */
const isLively = ({ props, events }) =>
  "animation" in props ||
  "hover-class" in props ||
  "appear" in events ||
  "disappear" in events ||
  "firstappear" in events;

/** @type {(first: string | undefined, second: string | undefined, between: string) => string | undefined} */
const joined = (first, second, between) => (first && second ? first + between + second : first || second);

/** A `ref` for what has nothing to be kept: always the same, so that Preact calls it once. */
const mark = (/** @type {any} */ element) => {
  if (element) setDataset(element, undefined);
};

/** @type {WeakMap<Element, Function>} what each element has been handed to: programs reckon with it once */
const handed = new WeakMap();

/** @type {(element: Element, reference: (instance: any) => void) => void} */
const hand = (element, reference) => {
  if (handed.get(element) === reference) return;
  handed.set(element, reference);
  reference(element);
};

/**
 * The props for Preact of the element that stands for a tag. `more` is what the tag adds; its `class` comes before the
 * source's, its `style` too, and its listeners run before the source's.
 * @type {(attributes: native.Attributes, more?: Record<string, any>) => Record<string, any>}
 */
const domProps = (attributes, more = {}) => {
  const { props, id, dataset, events, key, owner, reference } = attributes;
  /** @type {Record<string, any>} */
  const result = { key };
  if (dataset) write(dataset, result);
  listeners(events, result);
  if (id) result.id = id;
  if (owner.mark) result.component = owner.mark;
  for (const name in props) if (PASSED.test(name)) result[name] = props[name];
  if (isOn(props.hidden ?? false)) result.hidden = true;
  const { class: ownClass, style: ownStyle, ref: ownRef, ...rest } = more;
  for (const name in rest) {
    const listener = rest[name];
    const theirs = name.startsWith("on") ? result[name] : undefined;
    result[name] = theirs ? (/** @type {any} */ event) => (listener(event), theirs(event)) : listener;
  }
  const classes = joined(ownClass, attributes.class, " ");
  if (classes) result.class = classes;
  const style = joined(ownStyle, attributes.style, ";");
  if (style) result.style = style;
  const hasMore = dataset || ownRef || reference;
  result.ref = !hasMore
    ? mark
    : (/** @type {any} */ element) => {
        if (element) setDataset(element, dataset);
        ownRef?.(element);
        if (element && reference) hand(element, reference);
      };
  return result;
};

/** An element that moves, shows that it is pressed, or says when it is seen. */
class Lively extends Component {
  /** @type {HTMLElement | null} */
  element = null;
  /** @type {(() => void)[]} */
  endings = [];

  /** @param {any} element */
  take = (element) => {
    this.element = element;
  };

  componentDidMount() {
    const element = /** @type {HTMLElement} */ (this.element);
    const attributes = () => /** @type {any} */ (this.props).attributes;
    this.endings = [hover(element, attributes), watchAppearing(element, attributes)];
    play(element, attributes().props.animation);
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: previous }) {
    const { animation } = /** @type {any} */ (this.props).attributes.props;
    if (animation !== previous.props.animation) play(/** @type {HTMLElement} */ (this.element), animation);
  }

  componentWillUnmount() {
    for (const end of this.endings) end();
  }

  /** @param {any} props */
  render({ name, attributes, inner, more }) {
    const { ref } = more;
    const take = (/** @type {any} */ it) => (this.take(it), ref?.(it));
    return h(name, domProps(attributes, { ...more, ref: take }), inner);
  }
}

/**
 * An element with what its attributes say. `more` as for `domProps`.
 * @type {(name: string, attributes: native.Attributes, children: native.Children, more?: object) => native.VNode}
 */
export const element = (name, attributes, children, more = {}) =>
  isLively(attributes)
    ? h(/** @type {any} */ (Lively), { key: attributes.key, name, attributes, inner: children, more })
    : h(name, domProps(attributes, more), children);

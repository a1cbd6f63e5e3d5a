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

/** @type {(dataset: Record<string, any> | undefined) => Record<string, string>} so that [data-x] selectors match */
const written = (dataset) => {
  /** @type {Record<string, string>} */
  const props = {};
  for (const [key, value] of Object.entries(dataset || {})) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (isPlain && /^[\w-]+$/.test(name)) props[`data-${name}`] = String(value);
  }
  return props;
};

/** @type {(attributes: native.Attributes) => boolean} */
const isLively = ({ props, events }) =>
  ["animation", "hover-class"].some((name) => name in props) ||
  ["appear", "disappear", "firstappear"].some((name) => name in events);

/**
 * The props for Preact of the element that stands for a tag. `more` is what the tag adds; its `class` comes before the
 * source's, its `style` too, and its listeners run before the source's.
 * @type {(attributes: native.Attributes, more?: Record<string, any>) => Record<string, any>}
 */
export const domProps = (attributes, more = {}) => {
  const { props, id, dataset, events, key, owner } = attributes;
  /** @type {Record<string, any>} */
  const result = { key, ...written(dataset), ...listeners(events) };
  if (id) result.id = id;
  if (owner.mark) result.component = owner.mark;
  for (const [name, value] of Object.entries(props)) if (PASSED.test(name)) result[name] = value;
  if (isOn(props.hidden ?? false)) result.hidden = true;
  const { class: ownClass, style: ownStyle, ref: ownRef, ...rest } = more;
  for (const [name, listener] of Object.entries(rest)) {
    const theirs = name.startsWith("on") ? result[name] : undefined;
    result[name] = theirs ? (/** @type {any} */ event) => (listener(event), theirs(event)) : listener;
  }
  const names = [ownClass, attributes.class].filter(Boolean).join(" ");
  if (names) result.class = names;
  const style = [ownStyle, attributes.style].filter(Boolean).join(";");
  if (style) result.style = style;
  result.ref = (/** @type {any} */ element) => {
    if (element) setDataset(element, dataset);
    ownRef?.(element);
    attributes.reference?.(element);
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

// @ts-check
// <slider>, with the browser's own within.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { element, isOn, number } from "./element.js";
import { setField } from "./field.js";

class Slider extends Component {
  /** @type {any} */
  box = null;
  /** @type {any} */
  control = null;
  initial = 0;
  state = { value: 0 };

  constructor(/** @type {any} */ props) {
    super(props);
    this.initial = this.within(props.attributes.props);
    this.state = { value: this.initial };
  }

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @type {(props: Record<string, any>) => { min: number, max: number, step: number }} */
  range({ min, max, step }) {
    const wanted = number(step, 1);
    return { min: number(min, 0), max: number(max, 100), step: wanted > 0 ? wanted : 1 };
  }

  /** @type {(props: Record<string, any>) => number} */
  within(props) {
    const { min, max } = this.range(props);
    return Math.max(Math.min(number(props.value, min), max), min);
  }

  /** @param {any} next */
  componentWillReceiveProps({ attributes: { props } }) {
    if (props.value !== this.attributes.props.value) this.setState({ value: this.within(props) });
  }

  /** @type {(name: "changing" | "change", event: Event) => void} */
  tell(name, event) {
    const value = Number(this.control.value);
    this.setState({ value });
    emit(this.attributes, name, this.box, { value }, event);
  }

  get look() {
    const { props } = this.attributes;
    const { min, max } = this.range(props);
    const part = max > min ? (this.state.value - min) / (max - min) : 0;
    const looks = {
      part,
      active: props["active-color"],
      ground: props["background-color"],
      handle: props["handle-color"],
      track: props["track-size"] && `${number(props["track-size"], 4)}px`,
      size: props["handle-size"] && `${number(props["handle-size"], 22)}px`,
    };
    const given = Object.entries(looks).filter(([, value]) => value !== undefined && value !== "");
    return given.map(([name, value]) => `--${name}:${value}`).join(";");
  }

  render() {
    const { attributes } = this;
    const { props } = attributes;
    const { "aria-label": label, role: _, ...rest } = props;
    const control = h("input", {
      type: "range",
      "aria-label": label,
      ...this.range(props),
      value: this.state.value,
      disabled: isOn(props.disabled ?? false),
      oninput: (/** @type {Event} */ event) => this.tell("changing", event),
      onchange: (/** @type {Event} */ event) => this.tell("change", event),
      ref: (/** @type {any} */ it) => it && (this.control = it),
    });
    const shown = isOn(props["show-value"] ?? false) && h("output", null, String(this.state.value));
    return element("slider", { ...attributes, props: rest }, [control, shown], {
      style: this.look,
      name: props.name,
      ref: (/** @type {any} */ it) => it && this.take(it),
    });
  }

  /** @param {any} box */
  take(box) {
    this.box = box;
    const reset = () => this.setState({ value: this.initial });
    setField(box, this.attributes.props.name, () => this.state.value, reset);
  }
}

/** @type {import("./index.js").Tag} */
export const slider = (attributes) => h(/** @type {any} */ (Slider), { key: attributes.key, attributes });

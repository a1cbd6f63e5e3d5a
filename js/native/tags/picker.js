// @ts-check
// <picker>: what it holds is shown, and over it lie the browser's own controls, unseen, to choose with.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { element, isOn, number } from "./element.js";
import { setField } from "./field.js";

/** The browser's own for `mode`. */
/** @type {Record<string, string>} */
const DATES = { date: "date", time: "time" };

/** A <select> that can be opened by a script need not catch the taps that are for what it lies over. */
const OPENS = typeof (/** @type {any} */ (HTMLSelectElement.prototype).showPicker) === "function";

/** @type {(option: any, key: unknown) => string} */
const textOf = (option, key) => {
  const text = Object(option) === option && key ? option[String(key)] : option;
  return Object(text) === text ? JSON.stringify(text) : String(text ?? "");
};

/** @type {(control: Element) => boolean | undefined} undefined: the browser does not tell */
const isShown = (control) => {
  try {
    return control.matches(":open");
  } catch {
    return undefined;
  }
};

/** @type {(box: Element) => string} the text of what is shown, on one line */
const contentOf = (box) =>
  [...box.childNodes]
    .filter((/** @type {any} */ it) => !it.classList?.contains("bridge-controls"))
    .map((/** @type {any} */ it) => it.innerText ?? it.textContent)
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();

/** @type {(value: any) => any[]} */
const list = (value) => (Array.isArray(value) ? value : []);

class Picker extends Component {
  /** @type {any} */
  box = null;
  /** @type {any[]} */
  controls = [];
  /** @type {any} */
  initial = null;
  /** @type {{ value: any }} */
  state = { value: null };
  isOpen = false;

  constructor(/** @type {any} */ props) {
    super(props);
    this.initial = this.valueOf(props.attributes.props);
    this.state = { value: this.initial };
  }

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  get mode() {
    return String(this.attributes.props.mode ?? "selector");
  }

  /** @type {(props: Record<string, any>) => any} an index, some of them, or a text */
  valueOf({ mode, value, range }) {
    if (DATES[mode]) return String(value ?? "");
    if (mode === "multiSelector") return list(range).map((_, index) => number(list(value)[index], 0));
    return number(value, -1);
  }

  /** @param {any} next */
  componentWillReceiveProps({ attributes: { props } }) {
    const value = this.valueOf(props);
    const before = this.valueOf(this.attributes.props);
    if (JSON.stringify(value) !== JSON.stringify(before)) this.setState({ value });
  }

  componentDidMount() {
    this.settle();
  }

  componentDidUpdate() {
    this.settle();
  }

  /** Show the value, and be found by its name: that of the label, its title, or else what is shown. */
  settle() {
    const { value } = this.state;
    const { props } = this.attributes;
    this.controls.forEach((control, index) => {
      if (control?.localName === "select") control.selectedIndex = Array.isArray(value) ? value[index] : value;
      else if (control) control.value = value;
    });
    const isLabelled = !props["aria-label"] && this.box.closest("label");
    const name = props["aria-label"] || props.title || contentOf(this.box);
    for (const control of this.controls) {
      if (!control) continue;
      if (isLabelled || !name) control.removeAttribute("aria-label");
      else control.setAttribute("aria-label", name);
    }
    setField(this.box, props.name, () => this.state.value, () => this.setState({ value: this.initial }));
  }

  /** @type {(event: any, column: number) => void} */
  choose(event, column) {
    event.stopPropagation();
    this.isOpen = false;
    const { currentTarget: control } = event;
    const isSelect = control.localName === "select";
    const chosen = isSelect ? control.selectedIndex : control.value;
    const { value: before } = this.state;
    const value = Array.isArray(before) ? before.map((one, at) => (at === column ? chosen : one)) : chosen;
    this.setState({ value });
    if (Array.isArray(before)) emit(this.attributes, "columnChange", this.box, { column, value: chosen }, event);
    emit(this.attributes, "change", this.box, { value }, event);
  }

  /** @type {(event: any) => void} */
  open = (event) => {
    const [control] = this.controls;
    if (!control || control.disabled || this.controls.includes(event.target)) return;
    this.isOpen = true;
    control.focus({ preventScroll: true });
    // The first choice can be chosen again: with the list at its beginning anyway, nothing is lost.
    if (control.selectedIndex === 0) control.selectedIndex = -1;
    try {
      control.showPicker();
    } catch {
      // Without a finger of the user the browser shows none; the keyboard still does.
    }
  };

  close = (/** @type {Event} */ event) => {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.settle();
    emit(this.attributes, "cancel", this.box, {}, event);
  };

  /** A list that was closed without a choice says so only by this. */
  keyup = (/** @type {any} */ event) => {
    const shown = isShown(event.currentTarget);
    if (shown) this.isOpen = true;
    else if (shown === false) this.close(event);
  };

  /** @type {(options: any[], column: number) => native.VNode} */
  select(options, column) {
    const { "range-key": key, disabled } = this.attributes.props;
    const props = {
      disabled: isOn(disabled ?? false),
      title: this.attributes.props.title,
      onchange: (/** @type {any} */ event) => this.choose(event, column),
      onblur: this.close,
      onkeydown: (/** @type {any} */ event) => event.key === "Escape" && this.close(event),
      onkeyup: this.keyup,
      ref: (/** @type {any} */ it) => (this.controls[column] = it),
    };
    // As `label`, so that what is looked for by its text is found where it is shown.
    const inner = options.map((option, index) => h("option", { value: index, label: textOf(option, key) }));
    return h("select", props, inner);
  }

  date() {
    const { start, end, disabled } = this.attributes.props;
    return h("input", {
      type: DATES[this.mode],
      min: start,
      max: end,
      disabled: isOn(disabled ?? false),
      onchange: (/** @type {any} */ event) => this.choose(event, 0),
      onblur: this.close,
      ref: (/** @type {any} */ it) => (this.controls[0] = it),
    });
  }

  get inner() {
    const { range } = this.attributes.props;
    if (DATES[this.mode]) return this.date();
    if (this.mode === "multiSelector") return list(range).map((options, column) => this.select(list(options), column));
    return this.select(list(range), 0);
  }

  render() {
    const { children } = /** @type {any} */ (this.props);
    const { "aria-label": _, title: __, ...props } = this.attributes.props;
    const isOne = this.mode !== "multiSelector";
    const inner = [children, h("i", { class: "bridge-controls" }, this.inner)];
    return element("picker", { ...this.attributes, props }, inner, {
      name: props.name,
      passing: isOne && OPENS ? "" : undefined,
      onclick: isOne ? this.open : undefined,
      ref: (/** @type {any} */ it) => it && (this.box = it),
    });
  }
}

/** @type {import("./index.js").Tag} */
export const picker = (attributes, children) =>
  h(/** @type {any} */ (Picker), { key: attributes.key, attributes, children });

// @ts-check
// <radio>, <checkbox> and <switch>, each with the browser's own within; <radio-group> and <checkbox-group>.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { element, isOn } from "./element.js";
import { endEcho, setField, soon } from "./field.js";

/** @typedef {"radio" | "checkbox" | "switch"} Kind */

/** Where a native control keeps its Toggle. */
const TOGGLE = Symbol("toggle");

/** @type {(within: Element | null | undefined, kind: Kind) => Toggle[]} */
const togglesOf = (within, kind) =>
  [...(within?.querySelectorAll(`${kind} > input`) ?? [])].flatMap((/** @type {any} */ it) => it[TOGGLE] ?? []);

let groups = 0;

class Toggle extends Component {
  /** @type {HTMLElement | null} */
  box = null;
  /** @type {any} */
  control = null;
  isInitial = false;
  state = { checked: false };

  constructor(/** @type {any} */ props) {
    super(props);
    this.isInitial = isOn(props.attributes.props.checked ?? false);
    this.state = { checked: this.isInitial };
  }

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @returns {Kind} */
  get kind() {
    return /** @type {any} */ (this.props).kind;
  }

  /** What it stands for, as the program has written it. */
  get value() {
    return this.attributes.props.value ?? "";
  }

  /** @type {(name: string) => boolean} */
  is = (name) => isOn(this.attributes.props[name] ?? false);

  componentDidMount() {
    this.join();
  }

  componentDidUpdate() {
    this.join();
  }

  /** @param {any} next */
  componentWillReceiveProps({ attributes: { props } }) {
    const checked = isOn(props.checked ?? false);
    if (checked !== this.is("checked")) this.check(checked);
  }

  /** Be one of the radios of which one is chosen; be found by a form. */
  join() {
    this.control[TOGGLE] = this;
    const group = /** @type {any} */ (this.box)?.closest("radio-group");
    if (group && this.kind === "radio") this.control.name = group[TOGGLE] ??= `bridge-radio-${(groups += 1)}`;
    if (this.kind !== "switch") return;
    const { name } = this.attributes.props;
    setField(this.box, name, () => this.state.checked, () => this.check(this.isInitial));
  }

  /** @type {(checked: boolean) => void} */
  check(checked) {
    this.setState({ checked });
    if (!checked || this.kind !== "radio") return;
    for (const other of togglesOf(this.box?.closest("radio-group"), "radio")) {
      if (other !== this) other.setState({ checked: false });
    }
  }

  /** @type {(event: any) => void} */
  change = (event) => {
    const { checked } = this.control;
    this.check(checked);
    const value = this.kind === "radio" ? this.value : checked;
    emit(this.attributes, "change", /** @type {HTMLElement} */ (this.box), { value }, event);
    if (this.is("controlled")) soon(() => this.check(this.is("checked")));
  };

  render() {
    const { attributes, kind } = this;
    const { props } = attributes;
    const { checked } = this.state;
    const disabled = this.is("disabled");
    const control = h("input", {
      type: kind === "radio" ? "radio" : "checkbox",
      role: kind === "switch" ? "switch" : undefined,
      "aria-label": props["aria-label"],
      value: String(this.value),
      checked,
      disabled,
      onchange: this.change,
      ref: (/** @type {any} */ it) => it && (this.control = it),
    });
    // The classes are the platform's: component libraries look for them.
    const classes = [`a-${kind}`, checked && `a-${kind}-checked`, disabled && `a-${kind}-disabled`];
    const { role: _, tabindex: __, "aria-label": ___, ...bare } = props;
    return element(kind, { ...attributes, props: bare }, control, {
      class: classes.filter(Boolean).join(" "),
      style: props.color ? `--chosen:${props.color}` : undefined,
      name: kind === "switch" ? props.name : undefined,
      onclick: endEcho,
      ref: (/** @type {any} */ it) => it && (this.box = it),
    });
  }
}

/** @type {(kind: Kind) => import("./index.js").Tag} */
const toggle = (kind) => (attributes) => h(/** @type {any} */ (Toggle), { key: attributes.key, kind, attributes });

/** @type {(kind: "radio" | "checkbox") => import("./index.js").Tag} */
const group = (kind) => (attributes, children) => {
  const { name } = attributes.props;
  const tag = `${kind}-group`;
  /** @type {(box: Element) => any} */
  const valueOf = (box) => {
    const chosen = togglesOf(box, kind).filter(({ control }) => control.checked);
    return kind === "radio" ? (chosen[0]?.value ?? "") : chosen.map(({ value }) => value);
  };
  return element(tag, attributes, children, {
    name,
    role: attributes.props.role ?? (kind === "radio" ? "radiogroup" : "group"),
    onchange: (/** @type {any} */ event) => {
      const { target, currentTarget } = event;
      if (!target.matches(`${kind} > input`) || target.closest(tag) !== currentTarget) return;
      emit(attributes, "change", currentTarget, { value: valueOf(currentTarget) }, event);
    },
    ref: (/** @type {any} */ box) => {
      if (!box) return;
      const reset = () => togglesOf(box, kind).forEach((one) => one.setState({ checked: one.isInitial }));
      setField(box, name, () => valueOf(box), reset);
    },
  });
};

/** @type {Record<string, import("./index.js").Tag>} */
export const toggles = {
  radio: toggle("radio"),
  checkbox: toggle("checkbox"),
  switch: toggle("switch"),
  "radio-group": group("radio"),
  "checkbox-group": group("checkbox"),
};

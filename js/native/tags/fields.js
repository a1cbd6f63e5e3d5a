// @ts-check
// <input> and <textarea>: the browser's own. A value is shown when the attribute changes; in between it is the user's.
import { Component, Fragment, h } from "preact";
import { emit } from "../events.js";
import { element, isOn, number } from "./element.js";
import { endEcho, setField, shown, soon } from "./field.js";
import { dressPlaceholder } from "./placeholder.js";

/** What keyboard a phone shows, by `type`. The value stays free text, as a program may set any. */
/** @type {Record<string, string>} */
const KEYBOARDS = {
  number: "numeric",
  numberpad: "numeric",
  digit: "decimal",
  digitpad: "decimal",
  tel: "tel",
  phone: "tel",
  email: "email",
  url: "url",
};

const CONFIRMS = ["send", "search", "next", "go", "done"];
const MAX_LENGTH = 140;

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Box */

class Field extends Component {
  /** There once it is mounted. */
  box = /** @type {Box} */ (/** @type {unknown} */ (null));
  initial = "";
  /** What the box holds, as far as the counter knows. */
  state = { length: 0 };
  /** How wide the box was when it was last made ready; 0 until its page is shown. */
  width = 0;
  // Not a frame or a timer, which a test may have stopped.
  resizes = new ResizeObserver(() => soon(() => this.ready()));

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @returns {"input" | "textarea"} */
  get name() {
    return /** @type {any} */ (this.props).name;
  }

  /** @type {(name: string) => boolean} */
  is = (name) => isOn(this.attributes.props[name] ?? false);

  get maxLength() {
    const { maxlength, "max-length": other } = this.attributes.props;
    return number(maxlength ?? other, MAX_LENGTH);
  }

  get isFocused() {
    return this.is("focus") || this.is("auto-focus");
  }

  constructor(/** @type {any} */ props) {
    super(props);
    this.initial = shown(props.attributes.props.value);
    this.state = { length: this.initial.length };
  }

  componentDidMount() {
    if (this.initial) this.box.value = this.initial;
    this.settle();
    if (this.isFocused) this.focus();
    this.resizes.observe(this.box);
  }

  componentWillUnmount() {
    this.resizes.disconnect();
  }

  /** The sheets of a page are there when it is shown, and it takes no focus before; rpx follow its width. */
  ready() {
    const { box, width } = this;
    const { offsetWidth } = box;
    if (offsetWidth === 0 || offsetWidth === width) return;
    this.width = offsetWidth;
    dressPlaceholder(box, this.attributes.props);
    this.fit();
    if (width === 0 && this.isFocused && document.activeElement !== box) this.focus();
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: { props: before, style } }) {
    const { props } = this.attributes;
    const isChanged = shown(props.value) !== shown(before.value);
    if (isChanged || this.is("controlled")) this.show(shown(props.value));
    const isDressed =
      props["placeholder-style"] === before["placeholder-style"] &&
      props["placeholder-class"] === before["placeholder-class"] &&
      this.attributes.style === style;
    if (!isDressed) dressPlaceholder(this.box, props);
    const wasFocused = isOn(before.focus ?? false) || isOn(before["auto-focus"] ?? false);
    if (this.isFocused && !wasFocused) this.focus();
    if (wasFocused && !this.isFocused && document.activeElement === this.box) this.box.blur();
    this.settle();
  }

  /** @type {(value: string) => void} */
  show(value) {
    const { box } = this;
    if (box.value === value) return;
    const { selectionStart: at, value: old } = box;
    box.value = value;
    // A program that changes what is typed, such as one that takes out blanks, does not move the cursor to the end.
    if (document.activeElement === box && at !== null && at < old.length) box.setSelectionRange(at, at);
    this.count();
  }

  count() {
    const { length } = this.box.value;
    if (this.isCounting && length !== this.state.length) this.setState({ length });
    this.fit();
  }

  /** For browsers that do not make a text area as high as its text. */
  fit() {
    const { box } = this;
    if (this.name !== "textarea" || !this.is("auto-height") || CSS.supports("field-sizing", "content")) return;
    box.style.setProperty("height", "auto", "important");
    const borders = box.offsetHeight - box.clientHeight;
    box.style.setProperty("height", `${box.scrollHeight + borders}px`, "important");
  }

  settle() {
    const value = () => this.box.value;
    setField(this.box, this.attributes.props.name, value, () => this.show(this.initial));
  }

  focus() {
    this.box.focus();
    const { cursor, "selection-start": start, "selection-end": end } = this.attributes.props;
    const first = number(start, -1);
    const from = first >= 0 ? first : number(cursor, -1);
    if (from >= 0) this.box.setSelectionRange(from, Math.max(number(end, from), from));
  }

  /** @type {(name: string, event: Event | null, more?: object) => void} */
  say = (name, event, more) => emit(this.attributes, name, this.box, { value: this.box.value, ...more }, event);

  /** @type {(event: Event) => void} */
  type = (event) => {
    const { box, maxLength } = this;
    if (maxLength >= 0 && box.value.length > maxLength) box.value = box.value.slice(0, maxLength);
    this.count();
    this.say("input", event, { cursor: box.selectionStart ?? box.value.length });
    if (this.is("controlled")) soon(() => this.show(shown(this.attributes.props.value)));
  };

  /** @type {(event: any) => void} */
  press = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const isLine = this.name === "textarea" && !this.hint && !event.ctrlKey && !event.metaKey;
    if (isLine || event.shiftKey) return;
    event.preventDefault();
    this.say("confirm", event);
    if (!this.is("confirm-hold")) this.box.blur();
  };

  /** What the key that ends the typing says. */
  get hint() {
    const { "confirm-type": type } = this.attributes.props;
    return CONFIRMS.find((one) => one === type);
  }

  get isCounting() {
    const { "show-count": wanted } = this.attributes.props;
    return this.name === "textarea" && this.maxLength >= 0 && isOn(wanted ?? true);
  }

  get look() {
    const { type, "auto-height": auto, rows } = this.attributes.props;
    if (this.name === "textarea") return { "auto-height": isOn(auto ?? false) ? "" : undefined, rows };
    const isSecret = this.is("password") || type === "password" || type === "safe-password";
    return { type: isSecret ? "password" : "text", inputmode: KEYBOARDS[type] };
  }

  render() {
    const { attributes, maxLength } = this;
    const { props } = attributes;
    const area = this.name === "textarea";
    const box = element(this.name, attributes, null, {
      ref: (/** @type {any} */ box) => box && (this.box = box),
      name: props.name,
      placeholder: shown(props.placeholder) || undefined,
      maxlength: maxLength >= 0 ? maxLength : undefined,
      disabled: this.is("disabled"),
      readonly: this.is("readonly") ? "" : undefined,
      enterkeyhint: this.hint ?? (area ? undefined : "done"),
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: false,
      ...this.look,
      onclick: endEcho,
      oninput: this.type,
      onkeydown: this.press,
      onfocus: (/** @type {Event} */ event) => this.say("focus", event),
      onblur: (/** @type {Event} */ event) => this.say("blur", event),
      onchange: (/** @type {Event} */ event) => this.say("change", event),
    });
    if (!area) return box;
    const count = h("i", null, `${this.state.length}/${maxLength}`);
    const corner = this.isCounting && h("i", { class: "bridge-count", "aria-hidden": "true" }, count);
    return h(Fragment, null, [box, corner]);
  }
}

/** @type {(name: string) => import("./index.js").Tag} */
const field = (name) => (attributes) => h(/** @type {any} */ (Field), { key: attributes.key, name, attributes });

/** @type {(options: { folder: native.Folder }) => Record<string, import("./index.js").Tag>} */
export const fields = () => ({ input: field("input"), textarea: field("textarea") });

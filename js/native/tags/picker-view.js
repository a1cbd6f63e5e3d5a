// @ts-check
// <picker-view> and <picker-view-column>: columns that are turned like wheels until a row is in the middle.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { units } from "../units.js";
import { element, number } from "./element.js";
import { setField } from "./field.js";

const ROW = 34; // pixels
const REST = 120; // milliseconds without scrolling, where a browser does not tell its end

/** @type {(css: unknown) => string | undefined} */
const heightOf = (css) => /(?:^|[;\s])height\s*:\s*([^;!]+)/.exec(String(css ?? ""))?.[1]?.trim();

/** @type {(column: Element) => HTMLElement[]} */
const rowsOf = (column) => /** @type {any} */ ([...column.children]);

/** @type {(column: Element, row: HTMLElement) => number} how far the column is scrolled with the row in the middle */
const placeOf = (column, row) => {
  const [outer, inner] = [column.getBoundingClientRect(), row.getBoundingClientRect()];
  return column.scrollTop + inner.top + inner.height / 2 - (outer.top + outer.height / 2);
};

class PickerView extends Component {
  /** @type {any} */
  box = null;
  /** @type {number[]} */
  chosen = [];
  /** @type {number[]} */
  initial = [];
  rest = 0;
  /** @type {ResizeObserver | null} */
  observer = null;
  /** The numbers of rows that were placed. */
  counts = "";
  state = { row: "" };

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @returns {HTMLElement[]} */
  get columns() {
    return [...this.box.querySelectorAll("picker-view-column")];
  }

  get value() {
    return this.columns.map((_, index) => this.chosen[index] ?? 0);
  }

  /** @type {(props: Record<string, any>) => number[]} */
  wanted = ({ value }) => (Array.isArray(value) ? value.map((one) => Math.max(number(one, 0), 0)) : []);

  componentDidMount() {
    this.initial = this.wanted(this.attributes.props);
    this.chosen = [...this.initial];
    this.measure();
    this.place();
    this.settle();
    // One that is hidden has no places: when it is shown it gets its size.
    this.observer = new ResizeObserver(() => (this.measure(), this.place()));
    this.observer.observe(this.box);
    const end = "onscrollend" in window ? "scrollend" : "scroll";
    this.box.addEventListener(end, end === "scroll" ? this.wait : this.rested, true);
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: { props } }) {
    const value = this.wanted(this.attributes.props);
    const isChanged = JSON.stringify(value) !== JSON.stringify(this.wanted(props));
    if (isChanged) this.chosen = value;
    const counts = this.columns.map((column) => column.childElementCount).join();
    if (isChanged || counts !== this.counts) this.place();
    else this.mark();
    this.settle();
  }

  componentWillUnmount() {
    this.observer?.disconnect();
    clearTimeout(this.rest);
  }

  settle() {
    const reset = () => ((this.chosen = [...this.initial]), this.place());
    setField(this.box, this.attributes.props.name, () => this.value, reset);
  }

  measure() {
    const row = this.box.querySelector(":scope > .bridge-indicator")?.offsetHeight;
    if (row && `${row}px` !== this.state.row) this.setState({ row: `${row}px` });
  }

  /** Turn each column to the row that is chosen. */
  place() {
    this.counts = this.columns.map((column) => column.childElementCount).join();
    this.columns.forEach((column, index) => {
      const rows = rowsOf(column);
      const at = Math.min(this.chosen[index] ?? 0, Math.max(rows.length - 1, 0));
      if (rows.length > 0) this.chosen[index] = at;
      const row = rows[at];
      if (row && column.clientHeight > 0) column.scrollTop = placeOf(column, row);
    });
    this.mark();
  }

  mark() {
    this.columns.forEach((column, index) =>
      rowsOf(column).forEach((row, at) => {
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(at === this.chosen[index]));
      }),
    );
  }

  wait = (/** @type {Event} */ event) => {
    clearTimeout(this.rest);
    this.rest = setTimeout(this.rested, REST, event);
  };

  rested = (/** @type {any} */ event) => {
    const column = event.target;
    if (column.localName !== "picker-view-column" || !column.clientHeight) return;
    const offs = rowsOf(column).map((row) => Math.abs(placeOf(column, row) - column.scrollTop));
    if (offs.length > 0) this.choose(column, offs.indexOf(Math.min(...offs)), event);
  };

  /** @type {(column: HTMLElement, at: number, event: Event) => void} */
  choose(column, at, event) {
    const index = this.columns.indexOf(column);
    if (index < 0 || at === (this.chosen[index] ?? 0)) return;
    this.chosen[index] = at;
    this.mark();
    emit(this.attributes, "change", this.box, { value: this.value }, event);
  }

  /** @type {(column: HTMLElement, at: number, event: Event) => void} */
  turn(column, at, event) {
    const row = rowsOf(column)[at];
    if (!row) return;
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    column.scrollTo({ top: placeOf(column, row), behavior: /** @type {any} */ (behavior) });
    this.choose(column, at, event);
  }

  click = (/** @type {any} */ event) => {
    const column = event.target.closest("picker-view-column");
    const at = column ? rowsOf(column).findIndex((row) => row.contains(event.target)) : -1;
    if (at >= 0) this.turn(column, at, event);
  };

  press = (/** @type {any} */ event) => {
    const column = event.target;
    const index = this.columns.indexOf(column);
    if (index < 0) return;
    const [at, last] = [this.chosen[index] ?? 0, column.childElementCount - 1];
    /** @type {Record<string, number>} */
    const keys = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last };
    const wanted = keys[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    this.turn(column, Math.min(Math.max(wanted, 0), last), event);
  };

  render() {
    const { attributes } = this;
    const { props } = attributes;
    const indicator = units(String(props["indicator-style"] ?? ""));
    const row = this.state.row || heightOf(indicator) || `${ROW}px`;
    const { children } = /** @type {any} */ (this.props);
    /** @type {(name: string) => string} */
    const classOf = (name) => `bridge-${name} ${props[`${name}-class`] ?? ""}`.trim();
    const over = [
      h("i", { class: classOf("mask"), style: units(String(props["mask-style"] ?? "")), "aria-hidden": "true" }),
      h("i", { class: classOf("indicator"), style: indicator, "aria-hidden": "true" }),
    ];
    return element("picker-view", attributes, [children, over], {
      name: props.name,
      style: `--row:${row}`,
      onclick: this.click,
      onkeydown: this.press,
      ref: (/** @type {any} */ it) => it && (this.box = it),
    });
  }
}

/** @type {import("./index.js").Tag} */
export const pickerView = (attributes, children) =>
  h(/** @type {any} */ (PickerView), { key: attributes.key, attributes, children });

/** @type {import("./index.js").Tag} */
export const pickerViewColumn = (attributes, children) => {
  const props = { role: "listbox", tabindex: 0, ...attributes.props };
  return element("picker-view-column", { ...attributes, props }, children);
};

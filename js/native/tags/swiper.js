// @ts-check
// <swiper>: slides of which one is seen. They are moved by animations of the browser's, which leave their styles alone.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { isCalm, listenToDrags } from "./drag.js";
import { element, isOn, number } from "./element.js";
import { units as toUnits } from "../units.js";

/** @type {(value: number, count: number) => number} */
const modulo = (value, count) => ((value % count) + count) % count;

class Swiper extends Component {
  /** @type {HTMLElement} */
  box = /** @type {any} */ (null); // until it is mounted
  /** @type {HTMLElement} the slides stand in it */
  track = /** @type {any} */ (null); // until it is mounted
  /** @type {HTMLElement[]} */
  items = [];
  index = 0;
  /** Where one is: 0.5 between the first and the second. */
  offset = 0;
  /** @type {number | null} what `current` says, while there is no such slide yet */
  wanted = null;
  /** @type {Map<Element, Animation>} */
  animations = new Map();
  isPressed = false;
  /** @type {number | undefined} */
  timer = undefined;
  /** @type {number | undefined} */
  settling = undefined;
  /** @type {(() => void)[]} */
  endings = [];
  state = { count: 0, index: 0 };

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @type {(name: string, attributes?: native.Attributes) => any} */
  read = (name, attributes = this.attributes) => attributes.props[name];
  /** @type {(name: string) => boolean} */
  is = (name) => isOn(this.read(name) ?? false);
  get isVertical() {
    return this.is("vertical");
  }
  get isCircular() {
    return this.is("circular") && this.items.length > 1;
  }
  get size() {
    return (this.isVertical ? this.track.clientHeight : this.track.clientWidth) || 1;
  }
  get hasMargins() {
    return parseFloat(this.read("previous-margin")) > 0 || parseFloat(this.read("next-margin")) > 0;
  }

  componentDidMount() {
    this.wanted = number(this.read("current"), 0);
    const observer = new MutationObserver(() => this.count());
    observer.observe(this.track, { childList: true });
    let from = 0;
    const stop = listenToDrags(this.box, {
      axis: () =>
        this.items.length < 2 || this.is("disable-touch") ? "none" : this.isVertical ? "y" : "x",
      pressed: () => {
        this.isPressed = true;
        clearTimeout(this.timer);
      },
      start: () => {
        clearTimeout(this.settling);
        from = this.offset;
      },
      move: ({ dx, dy }) => {
        const moved = from - (this.isVertical ? dy : dx) / this.size;
        const last = this.items.length - 1;
        // Beyond an end one pulls as on a spring.
        const held = moved < 0 ? moved / 3 : moved > last ? last + (moved - last) / 3 : moved;
        this.place(this.isCircular ? moved : held);
        emit(this.attributes, "transition", this.box, this.isVertical ? { dx: 0, dy: -dy } : { dx: -dx, dy: 0 });
      },
      end: ({ dx, dy, vx, vy }) => {
        const [moved, speed] = this.isVertical ? [-dy, -vy] : [-dx, -vx];
        const far = Math.abs(moved) / this.size > number(this.read("swipe-ratio"), 0.2);
        const fast = Math.abs(speed) > 0.3 && speed * moved > 0;
        const steps = far || fast ? Math.max(1, Math.round(Math.abs(moved) / this.size)) : 0;
        this.go(Math.round(from + steps * Math.sign(moved)), "touch");
      },
      released: () => {
        this.isPressed = false;
        this.schedule();
      },
    });
    const resized = new ResizeObserver(() => this.fit());
    resized.observe(this.box);
    this.endings = [stop, () => observer.disconnect(), () => resized.disconnect()];
    this.count();
    this.schedule();
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: previous }) {
    const current = this.read("current");
    this.count();
    if (current !== undefined && current !== this.read("current", previous)) {
      const index = number(current, 0);
      if (index >= this.items.length) this.wanted = index;
      else if (index !== this.index) this.go(this.nearest(index), "", this.is("disable-programmatic-animation"));
    }
    const isOther = (/** @type {string} */ name) => this.read(name, previous) !== this.read(name);
    if (isOther("autoplay") || isOther("interval")) this.schedule();
    this.fit();
    if (isOther("vertical")) this.place(this.offset);
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
    clearTimeout(this.settling);
    for (const end of this.endings) end();
  }

  /** See which slides there are. */
  count() {
    const items = /** @type {HTMLElement[]} */ ([...this.track.children]);
    const isSame = items.length === this.items.length && items.every((item, i) => item === this.items[i]);
    if (isSame) return;
    const before = this.index;
    this.items = items;
    const { length } = items;
    for (const [i, item] of items.entries()) item.ariaLabel = `${i + 1} / ${length}`;
    const last = Math.max(0, length - 1);
    const isFirst = this.wanted !== null;
    this.index = Math.min(Math.max(0, Math.trunc(this.wanted ?? this.index)), last);
    if (this.wanted !== null && length > this.wanted) this.wanted = null;
    this.place(this.index);
    this.note();
    if (!isFirst && this.index !== before) this.changed("");
    this.schedule();
  }

  note() {
    const [index, count] = [this.index, this.items.length];
    if (index !== this.state.index || count !== this.state.count) this.setState({ index, count });
    this.fit();
  }

  /** Be as high as the slide, if the attribute says so. */
  fit() {
    const wish = this.read("adjust-height");
    const { items, box } = this;
    if (!["current", "highest", "first"].includes(wish) || this.isVertical) return;
    /** @type {(item: HTMLElement | undefined) => number} */
    const height = (item) => item?.scrollHeight ?? 0;
    const measured = wish === "current" ? [items[this.index]] : wish === "first" ? [items[0]] : items;
    const wanted = Math.max(0, ...measured.map(height));
    if (wanted > 0 && box.style.height !== `${wanted}px`) box.style.height = `${wanted}px`;
  }

  /** @type {(index: number) => number} the shortest way to it on a circle, as an offset */
  nearest(index) {
    if (!this.isCircular) return index;
    const { length } = this.items;
    const way = modulo(index - this.offset, length);
    return this.offset + (way > length / 2 ? way - length : way);
  }

  /** @type {(from: number, to: number) => [string, string][]} of each slide, where it is at first and at last */
  places(from, to) {
    const middle = (from + to) / 2;
    const { length } = this.items;
    return this.items.map((_, i) => {
      const away = this.isCircular ? modulo(i - middle + length / 2, length) - length / 2 : i - middle;
      return /** @type {[string, string]} */ (
        [away + middle - from, away + middle - to].map((part) =>
          this.isVertical ? `0 ${part * 100}%` : `${part * 100}% 0`,
        )
      );
    });
  }

  /** @type {(to: number, duration?: number) => void} */
  place(to, duration = 0) {
    const places = this.places(duration ? this.offset : to, to);
    this.offset = to;
    const { length } = this.items;
    const reach = this.hasMargins ? 2 : 1;
    for (const [i, item] of this.items.entries()) {
      const before = this.animations.get(item);
      const [from, translate] = /** @type {[string, string]} */ (places[i]);
      const frames = { translate: duration ? [from, translate] : [translate, translate] };
      const easing = "cubic-bezier(0.25, 0.6, 0.3, 1)";
      this.animations.set(item, item.animate(frames, { duration, easing, fill: "both" }));
      before?.cancel();
      const straight = Math.abs(i - to);
      const away = this.isCircular ? Math.min(modulo(i - to, length), modulo(to - i, length)) : straight;
      // Nobody gets by keys where nobody sees.
      item.inert = away >= reach;
    }
  }

  /** @type {(offset: number, source: string, isAtOnce?: boolean) => void} */
  go(offset, source, isAtOnce = false) {
    const { length } = this.items;
    if (!length) return;
    const goal = this.isCircular ? offset : Math.min(Math.max(0, offset), length - 1);
    const index = modulo(Math.round(goal), length);
    const duration = isAtOnce || isCalm() ? 0 : number(this.read("duration"), 500);
    this.wanted = null;
    clearTimeout(this.settling);
    const isOther = index !== this.index;
    const hasMoved = goal !== this.offset;
    this.index = index;
    this.place(goal, duration);
    this.note();
    if (isOther) this.changed(source);
    const settle = () => {
      this.place(this.index);
      emit(this.attributes, "animationEnd", this.box, { current: this.index, source });
    };
    if (hasMoved) this.settling = setTimeout(settle, duration);
    this.schedule();
  }

  /** @param {string} source */
  changed(source) {
    emit(this.attributes, "change", this.box, { current: this.index, source, isChange: true });
  }

  /** Let the time pass until the next slide, from now. */
  schedule() {
    clearTimeout(this.timer);
    if (!this.is("autoplay") || this.isPressed || this.items.length < 2) return;
    this.timer = setTimeout(() => {
      const isLast = this.index === this.items.length - 1;
      // A page below others stands still.
      if (!this.box.clientWidth) this.schedule();
      else if (this.isCircular || !isLast) this.go(Math.round(this.offset) + 1, "autoplay");
      else this.go(0, "autoplay");
    }, Math.max(100, number(this.read("interval"), 5000)));
  }

  /** @param {any} event */
  pressedKey = (event) => {
    if (event.target !== this.box) return;
    const [back, forth] = this.isVertical ? ["ArrowUp", "ArrowDown"] : ["ArrowLeft", "ArrowRight"];
    if (event.key !== back && event.key !== forth) return;
    event.preventDefault();
    this.go(Math.round(this.offset) + (event.key === forth ? 1 : -1), "touch");
  };

  dots() {
    const { count, index } = this.state;
    if (!this.is("indicator-dots") || !count) return null;
    const plain = this.read("indicator-color") || "rgba(0, 0, 0, .3)";
    const active = this.read("indicator-active-color") || "#000";
    const dots = Array.from({ length: count }, (_, i) =>
      h("i", { style: `background-color:${i === index ? active : plain}` }),
    );
    return h("div", { class: `bridge-dots${this.isVertical ? " vertical" : ""}`, "aria-hidden": "true" }, dots);
  }

  render() {
    const { attributes, inner } = /** @type {any} */ (this.props);
    const [before, after] = [this.read("previous-margin"), this.read("next-margin")].map((margin) =>
      margin === undefined || margin === "" ? "0px" : units(margin),
    );
    const hasMargins = before !== "0px" || after !== "0px";
    const inset = this.isVertical ? `inset:${before} 0 ${after} 0` : `inset:0 ${after} 0 ${before}`;
    const track = h(
      "div",
      {
        class: "bridge-track",
        style: hasMargins ? `position:absolute;width:auto;height:auto;${inset}` : "",
        ref: (/** @type {any} */ it) => it && (this.track = it),
      },
      inner,
    );
    // Its own of this name is none of the browser's.
    const { animationend, ...events } = attributes.events;
    return element("swiper", { ...attributes, events }, [track, this.dots()], {
      style: `touch-action:${this.isVertical ? "pan-x" : "pan-y"}`,
      "adjust-height": this.isVertical ? undefined : this.read("adjust-height"),
      role: "group",
      "aria-roledescription": "carousel",
      tabindex: this.state.count > 1 ? 0 : undefined,
      onkeydown: this.pressedKey,
      ref: (/** @type {any} */ box) => box && (this.box = box),
    });
  }
}

/** @type {(margin: unknown) => string} */
const units = (margin) => (/^[\d.]+$/.test(String(margin)) ? `${margin}px` : toUnits(String(margin)));


export const swiper = {
  /** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
  swiper: (attributes, inner) => h(/** @type {any} */ (Swiper), { key: attributes.key, attributes, inner }),
  /** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
  "swiper-item": (attributes, inner) =>
    element("swiper-item", attributes, inner, { role: "group", "aria-roledescription": "slide" }),
};

// @ts-check
// <scroll-view>: a box that scrolls by itself.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { isCalm, listenToDrags } from "./drag.js";
import { element, isOn, number } from "./element.js";

const THRESHOLD = 50; // pixels from an end

class ScrollView extends Component {
  /** @type {HTMLElement} */
  box = /** @type {any} */ (null); // until it is mounted
  // The beginning is where one is, not where one arrives.
  isUpper = true;
  isLower = false;
  extent = 0;
  /** A number for each movement, so that a new one ends the one before. */
  movement = 0;
  stop = () => {};

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @type {(name: string) => any} */
  read = (name) => this.attributes.props[name];

  componentDidMount() {
    this.apply(null);
    const from = { left: 0, top: 0 };
    // A finger scrolls without help.
    this.stop = listenToDrags(this.box, {
      axis: () => {
        const [x, y] = [isOn(this.read("scroll-x") ?? false), isOn(this.read("scroll-y") ?? false)];
        return x && y ? "all" : x ? "x" : y ? "y" : "none";
      },
      accepts: (event) => event instanceof CustomEvent,
      start: () => Object.assign(from, { left: this.box.scrollLeft, top: this.box.scrollTop }),
      move: ({ dx, dy }) => this.box.scrollTo({ left: from.left - dx, top: from.top - dy, behavior: "instant" }),
    });
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes }) {
    this.apply(attributes);
  }

  componentWillUnmount() {
    this.movement++;
    this.stop();
  }

  /** @param {native.Attributes | null} previous */
  apply(previous) {
    /** @type {(name: string) => any} the attribute, if it is new */
    const fresh = (name) => {
      const value = this.read(name);
      return value !== undefined && value !== "" && value !== (previous && previous.props[name]) ? value : undefined;
    };
    const [top, left, id] = [fresh("scroll-top"), fresh("scroll-left"), fresh("scroll-into-view")];
    const isAtOnce = previous === null || !isOn(this.read("scroll-with-animation") ?? false);
    /** @type {{ top?: number, left?: number }} */
    const goal = {};
    if (!Number.isNaN(parseFloat(top))) goal.top = parseFloat(top);
    if (!Number.isNaN(parseFloat(left))) goal.left = parseFloat(left);
    const target = id === undefined ? null : this.box.querySelector(`#${CSS.escape(String(id))}`);
    if (target) {
      const [inner, outer] = [target.getBoundingClientRect(), this.box.getBoundingClientRect()];
      if (isOn(this.read("scroll-y") ?? false)) goal.top = this.box.scrollTop + inner.top - outer.top;
      if (isOn(this.read("scroll-x") ?? false)) goal.left = this.box.scrollLeft + inner.left - outer.left;
    }
    if ("top" in goal || "left" in goal) this.scroll(goal, isAtOnce);
  }

  /** @type {(goal: { top?: number, left?: number }, isAtOnce: boolean) => void} */
  scroll(goal, isAtOnce) {
    const { box } = this;
    const movement = ++this.movement;
    const duration = number(this.read("scroll-animation-duration"), 0);
    if (isAtOnce || isCalm()) return box.scrollTo({ ...goal, behavior: "instant" });
    if (duration <= 0) return box.scrollTo({ ...goal, behavior: "smooth" });
    const [fromTop, fromLeft, begin] = [box.scrollTop, box.scrollLeft, performance.now()];
    const step = () => {
      if (this.movement !== movement) return;
      const part = Math.min(1, (performance.now() - begin) / duration);
      const eased = 1 - (1 - part) ** 3;
      const top = fromTop + ((goal.top ?? fromTop) - fromTop) * eased;
      const left = fromLeft + ((goal.left ?? fromLeft) - fromLeft) * eased;
      box.scrollTo({ top, left, behavior: "instant" });
      if (part < 1) requestAnimationFrame(step);
    };
    step();
  }

  /** @param {Event} event */
  scrolled = (event) => {
    const { box, attributes } = this;
    if (event.target !== box) return;
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = box;
    emit(attributes, "scroll", box, { scrollTop, scrollLeft, scrollHeight, scrollWidth }, event);
    const isDown = isOn(this.read("scroll-y") ?? false) || !isOn(this.read("scroll-x") ?? false);
    const [place, extent, size] = isDown
      ? [scrollTop, scrollHeight, clientHeight]
      : [scrollLeft, scrollWidth, clientWidth];
    const isUpper = place <= number(this.read("upper-threshold"), THRESHOLD);
    const isLower = place + size >= extent - number(this.read("lower-threshold"), THRESHOLD);
    if (extent !== this.extent) this.isLower = false;
    this.extent = extent;
    const [reachesUpper, reachesLower] = [isUpper && !this.isUpper, isLower && !this.isLower];
    [this.isUpper, this.isLower] = [isUpper, isLower];
    if (reachesUpper) emit(attributes, "scrollToUpper", box, {}, event);
    if (reachesLower) emit(attributes, "scrollToLower", box, {}, event);
  };

  render() {
    const { attributes, inner } = /** @type {any} */ (this.props);
    const styles = [];
    styles.push(`overflow-x:${isOn(this.read("scroll-x") ?? false) ? "auto" : "hidden"}`);
    styles.push(`overflow-y:${isOn(this.read("scroll-y") ?? false) ? "auto" : "hidden"}`);
    if (isOn(this.read("trap-scroll") ?? false)) styles.push("overscroll-behavior:contain");
    return element("scroll-view", attributes, inner, {
      style: styles.join(";"),
      onscroll: this.scrolled,
      ref: (/** @type {any} */ box) => box && (this.box = box),
    });
  }
}

export const scrollView = {
  /** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
  "scroll-view": (attributes, inner) => h(/** @type {any} */ (ScrollView), { key: attributes.key, attributes, inner }),
};

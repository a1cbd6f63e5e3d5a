// @ts-check
// <movable-area> and <movable-view>: what can be dragged within its area.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { isCalm, listenToDrags, listenToPinches } from "./drag.js";
import { element, isOn, number } from "./element.js";

const TIME = 250; // milliseconds that a movement takes
/** @type {Record<string, "x" | "y" | "all" | "none" | undefined>} */
const AXES = { all: "all", horizontal: "x", vertical: "y", none: "none" };

/** @type {(value: number, a: number, b: number) => number} */
const clamp = (value, a, b) => Math.min(Math.max(value, Math.min(a, b)), Math.max(a, b));

class MovableView extends Component {
  /** @type {HTMLElement} */
  box = /** @type {any} */ (null); // until it is mounted
  x = 0;
  y = 0;
  scale = 1;
  stop = () => {};

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  get axis() {
    return AXES[this.attributes.props.direction] ?? "none";
  }

  /** @type {(name: string) => boolean} */
  is = (name) => isOn(this.attributes.props[name] ?? false);

  /** @type {(x: number, y: number) => [number, number]} within the area */
  within(x, y) {
    const area = this.box.closest("movable-area") ?? this.box.parentElement;
    if (!area?.clientWidth) return [x, y];
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.box;
    const spareX = area.clientWidth - offsetWidth * this.scale;
    const spareY = area.clientHeight - offsetHeight * this.scale;
    return [clamp(x, -offsetLeft, spareX - offsetLeft), clamp(y, -offsetTop, spareY - offsetTop)];
  }

  get transform() {
    const scale = this.scale === 1 ? "" : ` scale(${this.scale})`;
    return `translate(${this.x}px,${this.y}px)${scale}`;
  }

  /** @type {(x: number, y: number, source: string, isSlow?: boolean) => void} */
  move(x, y, source, isSlow = false) {
    if (x === this.x && y === this.y) return;
    const before = this.transform;
    [this.x, this.y] = [x, y];
    this.box.style.transform = this.transform;
    const isOurs = isSlow && !isCalm() && !/transition/.test(this.attributes.style || "");
    if (isOurs) this.box.animate({ transform: [before, this.transform] }, { duration: TIME, easing: "ease-out" });
    emit(this.attributes, "change", this.box, { x, y, source });
  }

  constructor(/** @type {any} */ props) {
    super(props);
    const { x, y, "scale-value": scale } = props.attributes.props;
    Object.assign(this, { x: number(x, 0), y: number(y, 0), scale: number(scale, 1) });
  }

  componentDidMount() {
    const [x, y] = this.within(this.x, this.y);
    if (x !== this.x || y !== this.y) {
      [this.x, this.y] = [x, y];
      this.box.style.transform = this.transform;
    }
    const from = { x: 0, y: 0 };
    this.stop = listenToDrags(this.box, {
      axis: () => (this.is("disabled") ? "none" : this.axis),
      start: () => Object.assign(from, { x: this.x, y: this.y }),
      move: ({ dx, dy }) => {
        const { axis } = this;
        const [wantedX, wantedY] = [axis === "y" ? from.x : from.x + dx, axis === "x" ? from.y : from.y + dy];
        const [x, y] = this.within(wantedX, wantedY);
        const isOut = x !== wantedX || y !== wantedY;
        if (!isOut || !this.is("out-of-bounds")) return this.move(x, y, isOut ? "touch-out-of-bounds" : "touch");
        this.move(x + (wantedX - x) / 3, y + (wantedY - y) / 3, "touch-out-of-bounds");
      },
      end: ({ vx, vy }) => {
        const { axis } = this;
        const thrown = this.is("inertia") ? 2 * TIME : 0;
        const [x, y] = this.within(
          this.x + (axis === "y" ? 0 : (vx * thrown) / 2),
          this.y + (axis === "x" ? 0 : (vy * thrown) / 2),
        );
        this.move(x, y, thrown ? "friction" : "out-of-bounds", true);
        emit(this.attributes, "changeEnd", this.box, { x: this.x, y: this.y });
      },
    });
    this.pinch();
  }

  /** Two fingers make it larger and smaller. */
  pinch() {
    let first = 1;
    listenToPinches(this.box, {
      accepts: () => this.is("scale") && !this.is("disabled"),
      start: () => (first = this.scale),
      move: (times) => this.resize(first * times),
    });
  }

  /** @param {number} scale */
  resize(scale) {
    const { "scale-min": min, "scale-max": max } = this.attributes.props;
    this.scale = clamp(scale, number(min, 0.5), number(max, 10));
    this.box.style.transform = this.transform;
    emit(this.attributes, "scale", this.box, { x: this.x, y: this.y, scale: this.scale });
  }

  /** @param {any} previous */
  componentDidUpdate({ attributes: { props: previous } }) {
    const { props } = this.attributes;
    const scale = props["scale-value"];
    if (scale !== undefined && scale !== previous["scale-value"]) this.resize(number(scale, 1));
    if (props.x === previous.x && props.y === previous.y) return;
    const wantedX = props.x === previous.x ? this.x : number(props.x, 0);
    const wantedY = props.y === previous.y ? this.y : number(props.y, 0);
    const [x, y] = this.within(wantedX, wantedY);
    this.move(x, y, "", isOn(props.animation ?? true));
  }

  componentWillUnmount() {
    this.stop();
  }

  render() {
    const { attributes, inner } = /** @type {any} */ (this.props);
    const touch = { all: "none", x: "pan-y", y: "pan-x", none: "auto" };
    return element("movable-view", attributes, inner, {
      style: `transform:${this.transform};touch-action:${touch[this.axis]}`,
      ref: (/** @type {any} */ box) => box && (this.box = box),
    });
  }
}

export const movable = {
  /** @type {import("./index.js").Tag} */
  "movable-area": (attributes, inner) => element("movable-area", attributes, inner),
  /** @type {import("./index.js").Tag} */
  "movable-view": (attributes, inner) =>
    h(/** @type {any} */ (MovableView), { key: attributes.key, attributes, inner }),
};

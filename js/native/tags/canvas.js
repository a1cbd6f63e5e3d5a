// @ts-check
// <canvas>: the browser's. It has as many pixels as it is large, unless the source or the program says how many.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { element, isOn, number } from "./element.js";

const TOUCHES = ["touchstart", "touchmove", "touchend", "touchcancel", "longtap", "tap"];

class Canvas extends Component {
  /** @type {HTMLCanvasElement} */
  box = /** @type {any} */ (null); // until it is mounted
  /** The sizes that were set here. */
  set = { width: 0, height: 0 };
  isFlat = false;
  stop = () => {};

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  componentDidMount() {
    const { box } = this;
    // Asking for a context would choose its kind; so note which one the program has chosen.
    const getContext = /** @type {any} */ (box.getContext);
    box.getContext = (/** @type {any[]} */ ...args) => {
      const context = getContext.apply(box, args);
      if (args[0] === "2d" && context) this.isFlat = true;
      return context;
    };
    this.set = { width: box.width, height: box.height };
    this.fit();
    const observer = new ResizeObserver(() => this.fit());
    observer.observe(box);
    this.stop = () => observer.disconnect();
    emit(this.attributes, "ready", box, {});
  }

  componentDidUpdate() {
    this.fit();
  }

  componentWillUnmount() {
    this.stop();
  }

  fit() {
    const { box, set } = this;
    const { props } = this.attributes;
    // The program has its own mind: pixels as small as those of the screen, say.
    if (box.width !== set.width || box.height !== set.height) return;
    const width = Math.round(number(props.width, box.clientWidth));
    const height = Math.round(number(props.height, box.clientHeight));
    if (!width || !height || (width === box.width && height === box.height)) return;
    const kept = this.isFlat && box.width && box.height ? document.createElement("canvas") : null;
    if (kept) {
      Object.assign(kept, { width: box.width, height: box.height });
      kept.getContext("2d")?.drawImage(box, 0, 0);
    }
    this.set = { width, height };
    Object.assign(box, this.set);
    if (kept) box.getContext("2d")?.drawImage(kept, 0, 0);
  }

  /** @type {(handler: native.EventHandler) => native.EventHandler} touches get their places on the canvas */
  placing = ({ run, catches }) => ({
    catches,
    run: (event) => {
      const { left, top } = this.box.getBoundingClientRect();
      for (const touch of [...(event.touches || []), ...(event.changedTouches || [])]) {
        Object.assign(touch, { x: touch.clientX - left, y: touch.clientY - top });
      }
      const { clientX, clientY } = Object(event.detail);
      if (clientX !== undefined) Object.assign(event.detail, { x: clientX - left, y: clientY - top });
      run(event);
    },
  });

  render() {
    const { attributes } = this;
    const events = { ...attributes.events };
    for (const name of TOUCHES) {
      const handler = events[name];
      if (handler) events[name] = this.placing(handler);
    }
    const isStill = isOn(attributes.props["disable-scroll"] ?? attributes.props.disableScroll ?? false);
    return element("canvas", { ...attributes, events }, null, {
      style: isStill ? "touch-action:none" : "",
      ref: (/** @type {any} */ box) => box && (this.box = box),
    });
  }
}

export const canvas = {
  /** @type {import("./index.js").Tag} */
  canvas: (attributes) => h(/** @type {any} */ (Canvas), { key: attributes.key, attributes }),
};

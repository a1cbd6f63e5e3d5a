// @ts-check
// <image>: an element of a size of its own, with the browser's <img> in it.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { element, isOn } from "./element.js";

/** @typedef {{ attributes: native.Attributes, folder: native.Folder, name: string, inner: native.Children }} Props */

/** @extends {Component<Props, { broken: string }>} */
class Picture extends Component {
  /** The address that could not be loaded. */
  state = { broken: "" };
  /** @type {HTMLElement | null} */
  element = null;

  /** @param {any} element */
  take = (element) => {
    this.element = element;
  };

  /**
   * Whether this is what the source asks for: neither what stands in its place, nor one that it asked for before.
   * @type {(img: Element) => boolean}
   */
  isWanted = (img) => img.getAttribute("src") === this.address(this.props.attributes.props.src);

  /** @param {any} event */
  loaded = ({ currentTarget: img }) => {
    if (!this.element || !this.isWanted(img)) return;
    emit(this.props.attributes, "load", this.element, { width: img.naturalWidth, height: img.naturalHeight });
  };

  /** @param {any} event */
  failed = ({ currentTarget: img }) => {
    const { attributes } = this.props;
    if (!this.element || !this.isWanted(img)) return;
    this.setState({ broken: img.getAttribute("src") });
    emit(attributes, "error", this.element, { errMsg: `${attributes.props.src}: it cannot be loaded` });
  };

  /** @param {Props} previous */
  componentDidUpdate({ attributes }) {
    const isAnother = attributes.props.src !== this.props.attributes.props.src;
    if (isAnother && this.state.broken) this.setState({ broken: "" });
  }

  /** @type {(written: unknown) => string} */
  address = (written) => {
    const text = typeof written === "string" ? written.trim() : "";
    return text && this.props.folder.address(text, ...this.props.attributes.owner.from);
  };

  render() {
    const { attributes, name, inner } = this.props;
    const { props, reference: _, ...rest } = attributes;
    const { role, "aria-label": label, "aria-hidden": hidden, ...others } = props;
    const wanted = this.address(props.src);
    const src = wanted && wanted === this.state.broken ? this.address(props["default-source"]) : wanted;
    const picture =
      src &&
      h("img", {
        key: src,
        alt: String(props.alt ?? label ?? ""),
        loading: isOn(props["lazy-load"] ?? false) ? "lazy" : "eager",
        draggable: false,
        onload: this.loaded,
        onerror: this.failed,
        src,
      });
    const more = { mode: props.mode || "scaleToFill", "aria-hidden": hidden, ref: this.take };
    return element(name, { ...rest, props: others, reference: attributes.reference }, [picture, inner], more);
  }
}

/** @typedef {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} Tag */

/** @type {(folder: native.Folder, name: string) => Tag} */
export const image = (folder, name) => (attributes, inner) =>
  h(/** @type {any} */ (Picture), { key: attributes.key, attributes, folder, name, inner });

// @ts-check
// <web-view>: a web page that fills the place of the program's page, and what the two say to one another. The page's
// side is in parts/system.js.
import { Component, h } from "preact";
import { emit } from "../events.js";
import { CONTEXT } from "./contexts.js";
import { element } from "./element.js";

/** The key of the messages, which others do not have. */
const KEY = "bridge.web-view";

class WebView extends Component {
  /** @type {any} */
  box = null;
  /** @type {HTMLIFrameElement | null} */
  frame = null;

  /** @returns {native.Attributes} */
  get attributes() {
    return /** @type {any} */ (this.props).attributes;
  }

  /** @param {MessageEvent} event */
  hear = ({ source, data }) => {
    if (!this.frame || source !== this.frame.contentWindow) return;
    if (Object(data)[KEY] !== undefined) emit(this.attributes, "message", this.box, data[KEY]);
  };

  componentDidMount() {
    window.addEventListener("message", this.hear);
    this.box[CONTEXT] = {
      postMessage: (/** @type {any} */ message) =>
        this.frame?.contentWindow?.postMessage({ [KEY]: JSON.parse(JSON.stringify(message ?? {})) }, "*"),
    };
  }

  componentWillUnmount() {
    window.removeEventListener("message", this.hear);
  }

  render() {
    const { attributes, folder } = /** @type {any} */ (this.props);
    const written = String(attributes.props.src ?? "");
    const address = written && folder.address(written, ...attributes.owner.from);
    const src = /^(?!https?:|data:|blob:)[a-z][a-z\d+.-]*:/i.test(address) ? "about:blank" : address || "about:blank";
    const frame = h("iframe", {
      src,
      title: attributes.props.title || "Web page",
      allow: "camera; microphone; geolocation; clipboard-read; clipboard-write; fullscreen; payment",
      ref: (/** @type {any} */ it) => (this.frame = it),
      onload: (/** @type {Event} */ event) => emit(attributes, "load", this.box, { url: src, src }, event),
    });
    return element("web-view", attributes, frame, { ref: (/** @type {any} */ box) => box && (this.box = box) });
  }
}

/** @type {(folder: native.Folder) => Record<string, import("./index.js").Tag>} */
export const webView = (folder) => ({
  "web-view": (attributes) => h(/** @type {any} */ (WebView), { key: attributes.key, attributes, folder }),
});

// @ts-check
// The tags that hold others or show something, and those that lead to another page.
import { Component, h } from "preact";
import { button } from "./button.js";
import { element, isOn, number } from "./element.js";
import { form, label } from "./form.js";
import { icon } from "./icon.js";
import { image } from "./image.js";
import { richText } from "./rich-text.js";

/** @typedef {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} Tag */

/** @type {(name: string) => Tag} */
const holder = (name) => (attributes, children) => element(name, attributes, children);

/** Of the wallet's own things around a page: here there is nothing to show. */
/** @type {(name: string) => Tag} */
const quiet = (name) => (attributes) => element(name, attributes, null);

/** @type {(children: any) => any} without the line breaks between the tag and its text */
const trimmed = (children) => {
  const all = Array.isArray(children) ? children : [children];
  const last = all.length - 1;
  return all.map((child, index) => {
    if (typeof child !== "string") return child;
    const text = index === 0 ? child.replace(/^\s*\n\s*/, "") : child;
    return index === last ? text.replace(/\s*\n\s*$/, "") : text;
  });
};

/** @type {Tag} */
const text = (attributes, children) => {
  const { selectable, "number-of-lines": count } = attributes.props;
  const lines = number(count, 0);
  return element("text", attributes, trimmed(children), {
    selectable: isOn(selectable ?? false) ? "" : undefined,
    ...(lines > 0 && { "number-of-lines": lines, style: `--lines:${lines}` }),
  });
};

/** @type {Record<string, string>} */
const MOVES = {
  navigate: "navigateTo",
  redirect: "redirectTo",
  switchtab: "switchTab",
  navigateback: "navigateBack",
  relaunch: "reLaunch",
  exit: "exitMiniProgram",
};

/** @type {(props: Record<string, any>) => void} */
const move = ({ url, delta, target, path, "open-type": type, "app-id": appId, "extra-data": extraData }) => {
  const { my } = /** @type {any} */ (window);
  const fail = () => {}; // The navigation itself reports what is wrong.
  if (target === "miniProgram" && type !== "exit") return my.navigateToMiniProgram?.({ appId, path, extraData, fail });
  const api = MOVES[String(type || "navigate").toLowerCase()] ?? "navigateTo";
  if (api === "navigateBack") my.navigateBack({ delta: number(delta, 1), fail });
  else if (api === "exitMiniProgram") my.exitMiniProgram?.({ fail });
  else if (url) my[api]({ url: String(url), fail });
};

/** @type {Tag} */
const navigator = (attributes, children) => {
  const { props } = attributes;
  return element("navigator", { ...attributes, props: { role: "link", tabindex: 0, ...props } }, children, {
    onclick: () => move(props),
    onkeydown: (/** @type {any} */ event) => {
      if (event.key === "Enter" && event.target === event.currentTarget) event.currentTarget.click();
    },
  });
};

/** The browser's own, which is full only when it has been seen to fill. */
class Progress extends Component {
  state = { percent: /** @type {any} */ (this.props).active ? 0 : /** @type {any} */ (this.props).percent };
  timer = 0;

  componentDidMount() {
    this.show();
  }

  /** @param {any} previous */
  componentDidUpdate({ percent }) {
    if (percent !== /** @type {any} */ (this.props).percent) this.show();
  }

  show() {
    const { percent, active } = /** @type {any} */ (this.props);
    if (!active) return this.setState({ percent });
    window.cancelAnimationFrame(this.timer);
    this.timer = window.requestAnimationFrame(() => this.setState({ percent }));
  }

  componentWillUnmount() {
    window.cancelAnimationFrame(this.timer);
  }

  /** @param {any} props @param {any} state */
  render({ attributes, active, style, info }, { percent }) {
    const more = { max: 100, value: percent, active: active ? "" : undefined, style };
    const bar = element("progress", attributes, null, more);
    return info ? h("span", { class: "bridge-progress" }, bar, h("span", null, `${percent}%`)) : bar;
  }
}

/** @type {Tag} */
const progress = (attributes) => {
  const { props, key } = attributes;
  const percent = Math.min(100, Math.max(0, number(props.percent, 0)));
  const style = [
    ["active-color", "--active"],
    ["background-color", "--inactive"],
  ].flatMap(([name, property]) => (props[String(name)] ? `${property}:${props[String(name)]}` : []));
  if (props["stroke-width"]) style.push(`--stroke:${number(props["stroke-width"], 6)}px`);
  const active = isOn(props.active ?? false);
  const info = isOn(props["show-info"] ?? false);
  return h(/** @type {any} */ (Progress), { key, attributes, percent, active, info, style: style.join(";") });
};

const HOLDERS = ["view", "cover-view"];
const QUIET = `lifestyle contact-button page-meta open-data ad official-account life-follow match-media
  root-portal page-container share-element navigation-bar`.split(/\s+/);

/** @type {(options: { folder: native.Folder }) => Record<string, Tag>} */
export const basic = ({ folder }) => ({
  ...Object.fromEntries(HOLDERS.map((name) => [name, holder(name)])),
  ...Object.fromEntries(QUIET.map((name) => [name, quiet(name)])),
  text,
  button,
  form,
  label,
  icon,
  image: image(folder, "image"),
  "cover-image": image(folder, "cover-image"),
  navigator,
  progress,
  "rich-text": richText(folder),
});

// @ts-check
// <button>: the browser's own, with what the platform lets one ask for: `open-type`.
import { h } from "preact";
import { emit } from "../events.js";
import { element, isOn } from "./element.js";

/** @typedef {(attributes: native.Attributes, event: any) => void} Opened */

/** @type {(api: string, options: object) => Promise<any>} */
const ask = (api, options) => /** @type {any} */ (window).my.call(api, options);

/** @type {(problem: any) => { error?: number, errorMessage: string }} */
const failureOf = (problem) => ({ ...Object(problem), errorMessage: String(problem?.errorMessage ?? problem) });

/**
 * Ask the user, and tell the handler of `name`, or that of onError. `then` asks for what the user has agreed to.
 * @type {(scope: (attributes: native.Attributes) => unknown, name: string, then?: string) => Opened}
 */
const authorizes =
  (scope, name, then) =>
  async (attributes, { currentTarget }) => {
    const scopes = String(scope(attributes) ?? "").split(/[\s,]+/);
    try {
      const granted = await ask("getComponentAuth", { scopeNicks: scopes.filter(Boolean) });
      emit(attributes, name, currentTarget, then ? await ask(then, {}) : granted);
    } catch (problem) {
      emit(attributes, "error", currentTarget, { type: attributes.props["open-type"], ...failureOf(problem) });
    }
  };

/** @type {(api: string, options: (props: Record<string, any>) => object, name?: string) => Opened} */
const calls =
  (api, options, name) =>
  async (attributes, { currentTarget }) => {
    try {
      const result = await ask(api, options(attributes.props));
      if (name) emit(attributes, name, currentTarget, result);
    } catch (problem) {
      emit(attributes, "error", currentTarget, failureOf(problem));
    }
  };

/** @type {Record<string, Opened>} by open-type in lower case; others do nothing */
const OPENED = {
  getauthorize: authorizes(({ props }) => props.scope, "getAuthorize"),
  getphonenumber: authorizes(() => "phoneNumber", "getPhoneNumber", "getPhoneNumber"),
  getuserinfo: authorizes(() => "userInfo", "getUserInfo", "getOpenUserInfo"),
  share: (_attributes, { currentTarget }) =>
    /** @type {any} */ (window)[Symbol.for("bridge.native")]?.share?.(currentTarget),
  opensetting: calls("openSetting", () => ({}), "openSetting"),
  contact: calls("contact", (props) => ({ tntInstId: props["tnt-inst-id"], scene: props.scene })),
  launchapp: calls("launchApp", (props) => ({ appParameter: props["app-parameter"] }), "launchApp"),
};

/** @type {(attributes: native.Attributes, children: native.VNode[]) => native.VNode} */
export const button = (attributes, children) => {
  const { props } = attributes;
  const type = ["submit", "reset"].find((name) => name === props["form-type"]) ?? "button";
  const isLoading = isOn(props.loading ?? false);
  const opened = OPENED[String(props["open-type"] ?? "").toLowerCase()];
  const pressed = {
    "hover-class": "button-hover",
    "hover-start-time": 20,
    "hover-stay-time": 70,
    ...props,
  };
  const look = ["primary", "warn", "ghost"].find((name) => name === props.type) ?? "default";
  const inner = [isLoading && h("i", { "aria-hidden": "true" }), children];
  return element("button", { ...attributes, props: pressed }, inner, {
    type,
    disabled: isOn(props.disabled ?? false),
    look,
    size: props.size === "mini" ? "mini" : undefined,
    plain: isOn(props.plain ?? false) ? "" : undefined,
    loading: isLoading ? "" : undefined,
    "aria-busy": isLoading ? "true" : undefined,
    name: props.name,
    ...(opened && { onclick: (/** @type {any} */ event) => opened(attributes, event) }),
  });
};

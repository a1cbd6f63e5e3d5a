// @ts-check
// The title bar above the pages and the tab bar below them: how they are drawn, and what is pressed in them.
import { colorOf, isDark } from "./colors.js";
import { make } from "./elements.js";

/**
 * How the title bar of a page looks, and what is behind the page.
 * @typedef {object} Look
 * @property {string} title
 * @property {string} image an address, instead of the title
 * @property {string} option the address of the picture on a button of the page's own; "" for none
 * @property {string} color of the bar
 * @property {string} border the color of its lower edge; "" for the usual one
 * @property {string} front the color of title and buttons; "" for what is read best
 * @property {"always" | "auto" | "none"} transparent
 * @property {boolean} penetrable what is pressed in a transparent bar is pressed in the page behind it
 * @property {boolean} loading
 * @property {boolean} home the button that leads to the first page may be shown
 * @property {string} background of the page
 * @property {string} top the color above a page that is pulled down
 * @property {"dark" | "light"} dots the color of the sign there
 * @property {boolean} pulls the user can pull the page down
 */

/** The way on which a bar that is transparent at first becomes opaque. */
const FADE = 120;

/** @param {{ back: () => void, home: () => void, title: () => void, option: () => void }} pressed */
export const makeTitleBar = (pressed) => {
  const backdrop = make("div", { className: "backdrop" });
  const back = make("button", { className: "back", type: "button", ariaLabel: "Back", onclick: pressed.back });
  const home = make("button", { className: "home", type: "button", ariaLabel: "Home", onclick: pressed.home });
  const icon = make("img", { alt: "", draggable: false });
  const option = make("button", { className: "option", type: "button", ariaLabel: "Option", onclick: pressed.option }, icon);
  back.lang = home.lang = option.lang = "en";
  const text = make("span", { dir: "auto" });
  const image = make("img", { draggable: false });
  const loading = make("i", { className: "loading", role: "progressbar", ariaLabel: "Loading", lang: "en" });
  const title = make("div", { className: "title", onclick: pressed.title }, loading, text, image);
  const element = make("header", { className: "bar" }, backdrop, back, home, title, option);

  /** @type {(look: Look, scrollTop: number) => number} */
  const opacity = ({ transparent }, scrollTop) => {
    if (transparent === "none") return 1;
    return transparent === "auto" ? Math.min(1, Math.max(0, scrollTop) / FADE) : 0;
  };

  /** @type {(look: Look, scrollTop: number) => void} */
  const fade = (look, scrollTop) => {
    backdrop.style.opacity = String(opacity(look, scrollTop));
  };

  /** @type {(look: Look, buttons: { back: boolean, home: boolean }) => void} */
  const draw = (look, buttons) => {
    text.textContent = look.title;
    image.alt = look.title;
    if (look.image) image.src = look.image;
    else image.removeAttribute("src");
    text.hidden = look.image !== "";
    image.hidden = look.image === "";
    loading.hidden = !look.loading;
    back.hidden = !buttons.back;
    home.hidden = !buttons.home || !look.home;
    option.hidden = look.option === "";
    if (look.option) icon.src = look.option;
    backdrop.style.backgroundColor = look.color;
    backdrop.style.borderBottomColor = look.border;
    element.classList.toggle("light", isDark(look.color));
    element.style.color = look.front;
    element.classList.toggle("penetrable", look.penetrable && look.transparent !== "none");
  };

  return { element, draw, fade };
};

/**
 * @typedef {object} Tab
 * @property {string} name
 * @property {string} icon an address, or ""
 * @property {string} activeIcon
 * @property {string | null} badge "" is a red dot
 */

/** @typedef {{ color: string, selectedColor: string, backgroundColor: string, borderStyle: string }} TabStyle */

/** @type {(config: native.TabBarConfig, address: (icon: string) => string) => Tab[]} */
const tabsOf = ({ items }, address) =>
  items.map(({ name, icon, activeIcon }) => ({
    name: String(name ?? ""),
    icon: address(icon || activeIcon || ""),
    activeIcon: address(activeIcon || icon || ""),
    badge: null,
  }));

/**
 * @param {native.TabBarConfig | undefined} config
 * @param {(icon: string) => string} address
 * @param {(index: number) => void} pressed
 */
export const makeTabBar = (config, address, pressed) => {
  const element = make("nav", { className: "tabs", ariaLabel: "Tabs", hidden: true });
  element.lang = "en";
  const tabs = config && Array.isArray(config.items) ? tabsOf(config, address) : [];
  /** @type {Partial<TabStyle>} */
  const style = {
    color: colorOf(config?.textColor),
    selectedColor: colorOf(config?.selectedColor),
    backgroundColor: colorOf(config?.backgroundColor),
  };
  /** @type {number | undefined} */
  let selected;
  let isWanted = true; // as hideTabBar and showTabBar have it

  const buttons = tabs.map((_, index) => {
    const parts = {
      image: make("img", { alt: "", draggable: false }),
      badge: make("b", { className: "badge" }),
      name: make("span", { className: "name", dir: "auto", lang: "" }),
    };
    const sign = make("span", { className: "sign" });
    const button = make("button", { type: "button", onclick: () => pressed(index) }, sign);
    return { ...parts, sign, button };
  });
  element.append(...buttons.map(({ button }) => button));

  /** @type {(index: number) => void} */
  const drawTab = (index) => {
    const [tab, parts] = [tabs[index], buttons[index]];
    if (!tab || !parts) return;
    const { button, sign, image, badge, name } = parts;
    const icon = selected === index ? tab.activeIcon : tab.icon;
    name.textContent = tab.name;
    badge.textContent = tab.badge ?? "";
    badge.title = tab.badge === "" ? "New" : "";
    if (icon && image.getAttribute("src") !== icon) image.src = icon;
    sign.replaceChildren(icon ? image : name, ...(tab.badge === null ? [] : [badge]));
    button.replaceChildren(...(icon ? [sign, name] : [sign]));
    button.ariaCurrent = selected === index ? "page" : null;
  };

  const draw = () => {
    element.hidden = !isWanted || selected === undefined || tabs.length === 0 || config?.customize === true;
    element.style.backgroundColor = style.backgroundColor || "";
    element.style.color = style.color || "";
    element.style.setProperty("--selected", style.selectedColor || "");
    element.classList.toggle("white", style.borderStyle === "white");
    tabs.forEach((_, index) => drawTab(index));
  };

  return {
    element,
    /** @param {number | undefined} index the tab of the page that is shown */
    select: (index) => {
      selected = index;
      draw();
    },
    /** @param {boolean} wanted */
    show: (wanted) => {
      isWanted = wanted;
      draw();
    },
    /** @param {Partial<TabStyle>} changes */
    style: (changes) => {
      Object.assign(style, changes);
      draw();
    },
    /** @type {(index: number, changes: Partial<Tab>) => boolean} whether there is such a tab */
    change: (index, changes) => {
      const tab = tabs[index];
      if (tab) Object.assign(tab, changes);
      drawTab(index);
      return tab !== undefined;
    },
  };
};

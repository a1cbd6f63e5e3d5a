// @ts-check
// What is around the pages: the title bar, the place of each page, the tab bar; in a wide window, the edge of a phone.
//
// With "bare" in the query of the address it takes the whole window, as on a phone: for narrow frames, pictures, tests
// of other widths. The bars stay, for they are part of what a program looks like.
import { makeTabBar, makeTitleBar } from "./bars.js";
import { colorOf, isDark } from "./colors.js";
import { make, makeHost, sheetOf } from "./elements.js";
import css from "./frame.css";
import { makeView } from "./view.js";

/** @typedef {import("./bars.js").Look} Look */
/**
 * A view with what the frame alone needs of it.
 * @typedef {object} Shown
 * @property {native.View} view
 * @property {native.PageEvents} heard
 * @property {ReturnType<typeof makeView>} place
 * @property {Partial<Look>} own what calls have changed
 * @property {() => Look} look
 */
/** @typedef {{ back: boolean, tab?: number | undefined, route: string }} State */
/** @typedef {{ back: () => void, tab: (index: number) => void, home?: () => void }} Pressed */

/** @type {(value: unknown) => boolean} as JSON files in the wild have it */
const isYes = (value) => value === true || /^(true|yes)$/i.test(String(value));

/** @type {(config: native.WindowConfig) => Omit<Look, "image" | "option">} */
const lookOf = (config) => {
  const color = colorOf(config.titleBarColor) || "#fff";
  const transparent = config.transparentTitle === "always" || config.transparentTitle === "auto";
  return {
    title: String(config.defaultTitle ?? ""),
    color,
    border: isDark(color) ? color : "",
    front: config.barButtonTheme === "light" ? "#fff" : "",
    transparent: transparent ? /** @type {"always" | "auto"} */ (config.transparentTitle) : "none",
    penetrable: isYes(config.titlePenetrate),
    loading: false,
    home: true,
    background: colorOf(config.backgroundColor),
    top: "",
    dots: "dark",
    pulls: isYes(config.pullRefresh),
  };
};

/**
 * @param {object} options
 * @param {native.Folder} options.folder
 * @param {native.WindowConfig} options.window
 * @param {native.TabBarConfig | undefined} [options.tabBar]
 * @param {Pressed} options.on
 */
export const makeFrame = ({ folder, window: config, tabBar, on }) => {
  const sheet = sheetOf(css);
  /** @type {Map<native.View, Shown>} */
  const all = new Map();
  /** @type {Shown | undefined} */
  let current;
  /** @type {State} */
  let state = { back: false, route: "" };

  const bar = makeTitleBar({
    back: () => on.back(),
    home: () => on.home?.(),
    title: () => current?.heard.titleClicked(),
    option: () => current?.heard.optionClicked(),
  });
  /** @param {string} written of a picture in app.json, or in a call */
  const address = (written) => folder.address(written, "app.json");
  const tabs = makeTabBar(tabBar, address, (index) => on.tab(index));
  const area = make("main", { className: "area" }, make("slot"));
  const device = make("div", { className: "device" }, bar.element, area, tabs.element);
  device.classList.toggle("bare", new URLSearchParams(location.search).has("bare"));
  const element = makeHost("mini-frame", sheet, device);
  document.body.append(element);

  const isHome = () => state.tab !== undefined || state.route === folder.json("app.json").pages?.[0];

  const draw = () => {
    if (!current) return;
    const { place } = current;
    const look = current.look();
    bar.draw(look, { back: state.back, home: !state.back && on.home !== undefined && !isHome() });
    bar.fade(look, place.scroller.scrollTop);
    device.classList.toggle("under", look.transparent !== "none");
    place.scroller.style.backgroundColor = look.background;
    place.dots.style.backgroundColor = look.top;
    place.dots.classList.toggle("light", look.dots === "light");
    document.title = look.title || String(config.defaultTitle ?? "");
  };

  /** @type {native.Frame["add"]} */
  const add = (config, heard) => {
    const look = () => {
      const { titleImage, optionMenu } = view.config;
      return { ...lookOf(view.config), image: picture(titleImage), option: picture(optionMenu?.icon), ...shown.own };
    };
    /** @type {(written: unknown) => string} the address of a picture in the page's configuration */
    const picture = (written) => (written ? folder.address(String(written), `${state.route}.json`, "app.json") : "");
    const place = makeView(sheet, heard, {
      pulls: () => look().pulls,
      distance: () => view.config.onReachBottomDistance,
      scrolled: (scrollTop) => bar.fade(look(), scrollTop),
    });
    /** @type {native.View} */
    const view = {
      root: place.root,
      scroller: place.scroller,
      config,
      remove: () => {
        place.root.remove();
        if (current?.view === view) current = undefined;
        all.delete(view);
      },
    };
    /** @type {Shown} */
    const shown = { view, heard, place, own: {}, look };
    all.set(view, shown);
    element.append(place.root);
    return view;
  };

  /** @type {native.Frame["show"]} */
  const show = (view, next) => {
    state = next;
    if (current?.view !== view) current?.place.keep();
    current = all.get(view);
    // The bars first: a page can only be scrolled as far as before in an area as high as before.
    tabs.select(next.tab);
    draw();
    for (const { place } of all.values()) place.show(place === current?.place);
    if (current) bar.fade(current.look(), current.place.scroller.scrollTop);
  };

  bar.draw({ ...lookOf(config), image: "", option: "" }, { back: false, home: false });

  return {
    element,
    add,
    show,
    /** @returns {native.View | undefined} */
    get current() {
      return current?.view;
    },
    /** In px, of what is seen: the phone, the page's area in it, the title bar above that. */
    size: () => ({
      windowWidth: area.clientWidth,
      windowHeight: area.clientHeight,
      titleBarHeight: bar.element.offsetHeight,
      screenWidth: device.clientWidth,
      screenHeight: device.clientHeight,
    }),
    startPullDown: () => current?.place.refresh(false),
    stopPullDown: () => current?.place.stop(),
    tabs,
    /** How the page that is shown looks. */
    look: () => current?.look() ?? { ...lookOf(config), image: "", option: "" },
    /** @param {{ [Field in keyof Look]?: Look[Field] | undefined }} changes to it; undefined: as it was configured */
    change: (changes) => {
      for (const [field, value] of Object.entries(changes)) {
        if (value === undefined) delete current?.own[/** @type {keyof Look} */ (field)];
        else Object.assign(current?.own ?? {}, { [field]: value });
      }
      draw();
    },
    address,
  };
};

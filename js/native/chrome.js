// @ts-check
// Calls of `my` about the bars and the page as a native program has them: what js/parts/page.js does for web pages.
// They act on the page that is shown.
import { channels, colorOf } from "./colors.js";

/** @typedef {ReturnType<typeof import("./frame.js").makeFrame>} Frame */

/** @type {(color: string) => string} as getTitleColor tells it */
const inDigits = (color) =>
  "#" + channels(color).map((channel) => channel.toString(16).padStart(2, "0")).join("").toUpperCase();

/** @type {(value: unknown) => boolean} */
const isGiven = (value) => value !== undefined && value !== null && value !== "";

/** @type {(frame: Frame) => Record<string, wire.Answerer>} */
const titleBarCalls = (frame) => {
  /** @type {wire.Answerer} */
  const setNavigationBar = ({ title, image, backgroundColor, titleBarColor, borderBottomColor, frontColor, reset }) => {
    if (reset) frame.change({ color: undefined, border: undefined, front: undefined });
    const color = colorOf(backgroundColor ?? titleBarColor); // the latter is Tiki's
    frame.change({
      ...(title !== undefined && title !== null && { title: String(title), image: "" }),
      ...(isGiven(image) && { image: frame.address(String(image)) }),
      // The platform's edge has the bar's color unless it is given one.
      ...(color && { color, border: color }),
      ...(isGiven(borderBottomColor) && { border: colorOf(borderBottomColor) }),
      ...(isGiven(frontColor) && { front: colorOf(frontColor) }),
    });
  };
  return {
    setNavigationBar,
    setTitle: setNavigationBar,
    getTitleColor: () => ({ color: inDigits(frame.look().color) }),
    showNavigationBarLoading: () => frame.change({ loading: true }),
    hideNavigationBarLoading: () => frame.change({ loading: false }),
    hideBackHome: () => frame.change({ home: false }),
  };
};

/** @type {(frame: Frame, invalid: wire.Failure) => Record<string, wire.Answerer>} */
const pageCalls = (frame, invalid) => ({
  setBackgroundColor: ({ backgroundColor, backgroundColorTop }) => {
    const [background, top] = [colorOf(backgroundColor), colorOf(backgroundColorTop)];
    frame.change({ ...(background && { background }), ...(top && { top }) });
  },
  setBackgroundTextStyle: ({ textStyle }) => {
    if (textStyle !== "dark" && textStyle !== "light") throw invalid;
    frame.change({ dots: textStyle });
  },
  startPullDownRefresh: () => frame.startPullDown(),
  stopPullDownRefresh: () => frame.stopPullDown(),
  setCanPullDown: ({ canPullDown }) => frame.change({ pulls: Boolean(canPullDown) }),
});

/** @type {(frame: Frame, invalid: wire.Failure) => Record<string, wire.Answerer>} */
const tabBarCalls = ({ tabs, address }, invalid) => {
  /** @type {(index: unknown, changes: Parameters<typeof tabs.change>[1]) => void} */
  const change = (index, changes) => {
    if (!tabs.change(Number(index), changes)) throw invalid;
  };
  return {
    showTabBar: () => tabs.show(true),
    hideTabBar: () => tabs.show(false),
    setTabBarStyle: ({ color, selectedColor, backgroundColor, borderStyle }) => {
      const written = { color, selectedColor, backgroundColor };
      const given = Object.entries(written).filter(([, value]) => isGiven(value));
      const colors = Object.fromEntries(given.map(([name, value]) => [name, colorOf(value)]));
      tabs.style({ ...colors, ...(isGiven(borderStyle) && { borderStyle: String(borderStyle) }) });
    },
    setTabBarItem: ({ index, text, iconPath, selectedIconPath }) =>
      change(index, {
        ...(isGiven(text) && { name: String(text) }),
        ...(isGiven(iconPath) && { icon: address(String(iconPath)) }),
        ...(isGiven(selectedIconPath) && { activeIcon: address(String(selectedIconPath)) }),
      }),
    setTabBarBadge: ({ index, text }) => change(index, { badge: String(text ?? "") }),
    removeTabBarBadge: ({ index }) => change(index, { badge: null }),
    showTabBarRedDot: ({ index }) => change(index, { badge: "" }),
    hideTabBarRedDot: ({ index }) => change(index, { badge: null }),
  };
};

/** @type {(host: wire.Host, parts: Record<string, any>, frame: Frame) => void} */
export const installChrome = (host, parts, frame) => {
  host.native = () => frame.current;
  host.size = frame.size;
  const { invalid } = host.failures;
  const ours = { ...titleBarCalls(frame), ...pageCalls(frame, invalid), ...tabBarCalls(frame, invalid) };
  // What is not in the frame is as on web pages: scrolling, the keyboard, the menu.
  parts["page.js"] = host.part("page.js").then(
    (web) => ({ ...web, ...ours }),
    () => ours,
  );
};

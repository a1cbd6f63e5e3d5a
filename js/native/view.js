// @ts-check
// One page's place in the frame: how it is scrolled and pulled down, and what the page hears of that.
import { make, makeHost } from "./elements.js";

const { setTimeout, clearTimeout } = window;

const HEIGHT = 56; // of the sign above a page that is being refreshed
const ENOUGH = 44; // to have it refreshed
const FURTHEST = 96;
const REST = 250; // ms without a wheel's turn, after which the next one can begin a pull
const BOTTOM = 50; // px from the bottom, unless the page's configuration says how many

/**
 * A page is pulled down by fingers at its top, or by a wheel that goes on to be turned there.
 * @param {HTMLElement} scroller
 * @param {{ isAllowed: () => boolean, moved: (height: number, isHeld: boolean) => void, released: () => void }} pull
 */
const watchPulls = (scroller, { isAllowed, moved, released }) => {
  /** @type {{ x: number, y: number } | null} where the finger began */
  let begun = null;
  let isPulling = false;

  /** @type {(event: Event) => boolean} nothing in the page can itself be scrolled further up */
  const isAtTop = (event) => {
    const path = event.composedPath();
    const within = path.slice(0, path.indexOf(scroller) + 1);
    return within.every((node) => !(node instanceof Element) || node.scrollTop <= 0);
  };

  /** @type {(distance: number) => number} the further, the harder */
  const height = (distance) => FURTHEST * (1 - Math.exp(-Math.max(0, distance) / (FURTHEST * 1.6)));

  scroller.addEventListener(
    "touchstart",
    (event) => {
      const [touch] = event.touches;
      const isOne = event.touches.length === 1 && touch && isAllowed() && isAtTop(event);
      begun = isOne ? { x: touch.clientX, y: touch.clientY } : null;
    },
    { passive: true },
  );
  scroller.addEventListener(
    "touchmove",
    (event) => {
      const [touch] = event.touches;
      if (!begun || !touch || (event.defaultPrevented && !isPulling)) return;
      const [across, down] = [Math.abs(touch.clientX - begun.x), touch.clientY - begun.y];
      if (!isPulling && (down < 8 || across > down)) {
        if (down < -8 || across > 8) begun = null;
        return;
      }
      isPulling = true;
      if (event.cancelable) event.preventDefault();
      moved(height(down), true);
    },
    { passive: false },
  );
  const end = () => {
    if (isPulling) released();
    isPulling = false;
    begun = null;
  };
  scroller.addEventListener("touchend", end);
  scroller.addEventListener("touchcancel", end);

  let lastTurn = -Infinity;
  let turned = 0;
  /** @type {number | undefined} */
  let rest;
  scroller.addEventListener(
    "wheel",
    (event) => {
      const isFresh = event.timeStamp - lastTurn > REST; // not the end of one that has brought the page to its top
      lastTurn = event.timeStamp;
      if (!isAllowed() || event.deltaY >= 0 || !isAtTop(event)) return;
      if (turned === 0 && !isFresh) return;
      turned -= event.deltaY;
      moved(height(turned), true);
      clearTimeout(rest);
      rest = setTimeout(() => {
        turned = 0;
        released();
      }, REST);
    },
    { passive: true },
  );
};

/**
 * Whether a page has just come to its bottom: once, until it leaves it or becomes longer.
 * @param {() => number} distance
 */
const makeBottom = (distance) => {
  let top = 0;
  let height = 0; // the page had when it came there, 0 when it is not there
  /** @param {HTMLElement} scroller */
  return ({ scrollTop, scrollHeight, clientHeight }) => {
    const isDown = scrollTop > top;
    top = scrollTop;
    const isNear = scrollHeight - clientHeight - scrollTop <= distance();
    if (!isNear) height = 0;
    if (!isNear || !isDown || scrollHeight <= height) return false;
    height = scrollHeight;
    return true;
  };
};

/**
 * @param {CSSStyleSheet} sheet
 * @param {native.PageEvents} heard
 * @param {{ pulls: () => boolean, distance: () => unknown, scrolled: (scrollTop: number) => void }} options
 */
export const makeView = (sheet, heard, { pulls, distance, scrolled }) => {
  const dots = make("div", { className: "pull", lang: "en" });
  dots.append(make("i"), make("i"), make("i"));
  const scroller = make("div", { className: "scroller" }, dots, make("slot"));
  const root = makeHost("mini-view", sheet, scroller);
  root.hidden = true;

  let isRefreshing = false;
  let height = 0;
  /** @type {(next: number, isHeld: boolean) => void} */
  const pull = (next, isHeld) => {
    height = next;
    dots.style.height = `${next}px`;
    dots.classList.toggle("held", isHeld);
    dots.classList.toggle("busy", isRefreshing);
    dots.role = isRefreshing ? "progressbar" : null;
    dots.ariaLabel = isRefreshing ? "Refreshing" : null;
  };

  /** @type {(manually: boolean) => void} */
  const refresh = (manually) => {
    if (isRefreshing) return;
    isRefreshing = true;
    scroller.scrollTop = 0;
    pull(HEIGHT, false);
    heard.pulledDown(manually);
  };

  const stop = () => {
    isRefreshing = false;
    pull(0, false);
  };

  watchPulls(scroller, {
    isAllowed: () => pulls() && !isRefreshing,
    moved: pull,
    released: () => (height >= ENOUGH ? refresh(true) : stop()),
  });

  const wanted = () => {
    const given = distance();
    const number = Number(given);
    return given === undefined || given === null || given === "" || Number.isNaN(number) ? BOTTOM : number;
  };
  const hasReachedBottom = makeBottom(wanted);
  let place = 0; // which a page that is not displayed may lose
  scroller.addEventListener("scroll", () => {
    if (root.hidden || scroller.scrollTop === place) return;
    place = scroller.scrollTop;
    scrolled(place);
    heard.scrolled({ scrollTop: place, scrollHeight: scroller.scrollHeight });
    if (hasReachedBottom(scroller)) heard.reachedBottom();
  });

  /** It is about to be hidden: nobody hears of its last scrolling any more. */
  const keep = () => {
    place = scroller.scrollTop;
  };

  /** @param {boolean} isShown */
  const show = (isShown) => {
    if (root.hidden !== isShown) return;
    root.hidden = !isShown;
    if (isShown && scroller.scrollTop !== place) scroller.scrollTo({ top: place, behavior: "instant" });
  };

  return { root, scroller, dots, keep, show, refresh, stop };
};

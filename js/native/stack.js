// @ts-check
// Which pages are open. The last one is on top; it alone is seen. Pages of tabs stay open below when another tab is
// chosen.

export const MAX_PAGES = 10;

/** @typedef {import("./page.js").Page} Page */
/** @typedef {Parameters<ReturnType<typeof import("./page.js").makePages>["open"]>[1]} Channel */

/**
 * @param {object} options
 * @param {(url: string, channel?: Channel) => Page} options.make
 * @param {native.Frame} options.frame
 * @param {native.Styles} options.styles
 * @param {(route: string) => number | undefined} options.tabOf
 */
export const makeStack = ({ make, frame, styles, tabOf }) => {
  /** @type {Page[]} */
  let pages = [];
  /** @type {Map<string, Page>} the pages of tabs that have been opened, by their routes */
  const tabs = new Map();

  /** Whether the page that is being loaded has asked for another. */
  let isLeft = false;

  const top = () => pages.at(-1);

  /** Show what is on top, as something that has been there or is new. */
  const reveal = () => {
    const page = top();
    if (!page) return;
    page.show();
    if (page !== top()) return; // it has gone on at once
    styles.use(page.sheets);
    frame.show(page.view, { back: pages.length > 1, tab: pages.length > 1 ? undefined : page.tab, route: page.route });
    page.render();
  };

  /** @type {(url: string, isTab: boolean, channel?: Channel) => Page} */
  const push = (url, isTab, channel) => {
    const page = make(url, channel);
    pages.push(page);
    const tab = isTab ? tabOf(page.route) : undefined;
    if (tab !== undefined) {
      page.tab = tab;
      tabs.set(page.route, page);
    }
    page.load();
    return page;
  };

  /** @param {Page} page */
  const close = (page) => {
    if (tabs.get(page.route) === page) tabs.delete(page.route);
    page.close();
  };

  /** @type {(count: number) => void} from the top */
  const drop = (count) => {
    for (let left = count; left > 0; left--) {
      const page = pages.pop();
      if (page) close(page);
    }
  };

  const closeAll = () => {
    drop(pages.length);
    for (const page of [...tabs.values()]) close(page);
  };

  return {
    top,
    get pages() {
      return pages;
    },
    get urls() {
      return pages.map(({ url }) => url);
    },

    /** @type {(url: string, channel?: Channel) => void} */
    open: (url, channel) => {
      top()?.hide();
      push(url, false, channel);
      reveal();
    },

    /** @type {(url: string) => void} put it in the place of what is on top */
    replace: (url) => {
      drop(1);
      push(url, false);
      reveal();
    },

    /** @type {(url: string) => void} */
    toTab: (url) => {
      const there = tabs.get(url.replace(/^\/|\?.*$/g, ""));
      while (pages.length > 1) drop(1);
      const [bottom] = pages;
      if (bottom && bottom !== there) {
        if (bottom.tab === undefined) drop(1);
        else bottom.hide();
      }
      pages = there ? [there] : [];
      if (!there) push(url, true);
      reveal();
    },

    /** @type {(urls: string[]) => void} close all, and open these, from the bottom to the top, until one goes on */
    restart: (urls) => {
      closeAll();
      for (const [index, url] of urls.entries()) {
        isLeft = false;
        const page = push(url, index === 0);
        if (page !== top()) return;
        if (isLeft) break;
        if (index < urls.length - 1) page.render();
      }
      reveal();
    },

    /** Another page has been asked for, and comes in a moment. */
    leave: () => {
      isLeft = true;
    },

    /** @type {(count: number) => void} */
    back: (count) => {
      top()?.fire("onBack");
      drop(Math.min(count, pages.length - 1));
      reveal();
    },
  };
};

// @ts-check
// Elements of what is drawn around the pages. In shadow roots, which the sheets of a program do not reach.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {(Node | string)[]} children
 */
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** @type {(css: string) => CSSStyleSheet} not a style element, which a strict Content-Security-Policy forbids */
export const sheetOf = (css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
};

/** @type {(name: string, sheet: CSSStyleSheet, ...children: Node[]) => HTMLElement} one with a shadow root */
export const makeHost = (name, sheet, ...children) => {
  const element = document.createElement(name);
  const root = element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(...children);
  return element;
};

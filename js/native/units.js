// @ts-check
// Lengths that a browser does not know, or means otherwise: rpx, and vh and vw of the page's area.

/** What must stay as it is (texts, addresses, comments), or a number with one of the units. */
const LENGTH =
  /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\burl\([^)]*\)|\/\*[^]*?\*\/)|(?<![\w#-])([+-]?)(\d*\.?\d+)(rpx|vh|vw)\b/gi;

/** Without one of these there is nothing to do. */
const ANY = /\d(?:rpx|vh|vw)\b/i;

/** @type {(css: string) => string} */
export const units = (css) => {
  if (!ANY.test(css)) return css;
  return css.replace(LENGTH, (all, kept, sign, number, unit) => {
    if (kept !== undefined) return all;
    const minus = sign === "-" ? "-" : "";
    return `calc(${minus}${number}*var(--${unit.toLowerCase()}))`;
  });
};

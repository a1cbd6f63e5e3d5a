// @ts-check
// Colors as programs write them.

/** @type {(color: unknown) => string} "" for what is no color; older code gives numbers, some forget the "#" */
export const colorOf = (color) => {
  if (typeof color === "number") return `#${color.toString(16).padStart(6, "0").slice(-6)}`;
  const text = String(color ?? "").trim();
  return [text, `#${text}`].find((candidate) => CSS.supports("color", candidate)) ?? "";
};

/** @type {(color: string) => number[]} red, green, blue and alpha, of 255 each */
export const channels = (color) => {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
};

/** @type {(color: string) => boolean} white is read better on it than black */
export const isDark = (color) => {
  const [red = 0, green = 0, blue = 0] = channels(color).map((value) => (value / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.36;
};

// @ts-check
// What lies on the ground of a <map>: a grid, lines, areas, circles.
import { pixelsPerMetre, project } from "./mercator.js";

/** @typedef {import("./mercator.js").Place} Place */

const CELL = 64; // pixels

const LAND = "#f1f3f0";
const THIN = "#e3e7e2";
const THICK = "#d5dbd4";

/** @type {(value: any) => Place} */
const placeOf = ({ latitude, longitude }) => ({ latitude: +latitude, longitude: +longitude });

/** @type {(points: any) => Place[]} */
const placesOf = (points) => (Array.isArray(points) ? points.filter(Boolean).map(placeOf) : []);

/** @type {(brush: CanvasRenderingContext2D, size: Size, center: Place, scale: number) => void} */
const grid = (brush, { width, height }, center, scale) => {
  brush.fillStyle = LAND;
  brush.fillRect(0, 0, width, height);
  const whole = Math.floor(scale);
  const cell = CELL * 2 ** (scale - whole);
  const { x, y } = project(center, scale);
  const [left, top] = [x - width / 2, y - height / 2];
  brush.lineWidth = 1;
  /** @type {(from: number, length: number, line: (at: number) => void) => void} */
  const lines = (from, length, line) => {
    for (let i = Math.ceil(from / cell); i * cell < from + length; i++) {
      brush.strokeStyle = i % 4 === 0 ? THICK : THIN;
      brush.beginPath();
      line(Math.round(i * cell - from) + 0.5);
      brush.stroke();
    }
  };
  lines(left, width, (at) => (brush.moveTo(at, 0), brush.lineTo(at, height)));
  lines(top, height, (at) => (brush.moveTo(0, at), brush.lineTo(width, at)));
};

/**
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{ lines: any[], polygons: any[], circles: any[] }} Shapes as attributes have them
 * @type {(canvas: HTMLCanvasElement, size: Size, center: Place, scale: number,
 *   toScreen: (place: Place) => { x: number, y: number }, shapes: Shapes) => void}
 */
export const draw = (canvas, size, center, scale, toScreen, { lines, polygons, circles }) => {
  const ratio = devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(size.width * ratio), height: Math.round(size.height * ratio) });
  const brush = canvas.getContext("2d");
  if (!brush) return;
  brush.scale(ratio, ratio);
  grid(brush, size, center, scale);
  brush.lineJoin = brush.lineCap = "round";

  /** @type {(points: any) => boolean} */
  const trace = (points) => {
    const places = placesOf(points).map(toScreen);
    brush.beginPath();
    for (const { x, y } of places) brush.lineTo(x, y);
    return places.length > 1;
  };

  for (const { points, fillColor, color, strokeColor, width, strokeWidth } of polygons) {
    if (!trace(points)) continue;
    brush.closePath();
    brush.fillStyle = fillColor || "transparent";
    brush.fill();
    brush.strokeStyle = color || strokeColor || "#3370e0";
    brush.lineWidth = Number(width ?? strokeWidth ?? 1);
    brush.stroke();
  }
  for (const circle of circles) {
    const { x, y } = toScreen(placeOf(circle));
    brush.beginPath();
    brush.arc(x, y, Math.max(0, Number(circle.radius) || 0) * pixelsPerMetre(placeOf(circle), scale), 0, 2 * Math.PI);
    brush.fillStyle = circle.fillColor || "transparent";
    brush.fill();
    brush.strokeStyle = circle.color || circle.strokeColor || "#3370e0";
    brush.lineWidth = Number(circle.strokeWidth ?? 1);
    brush.stroke();
  }
  for (const { points, color, width, dottedLine } of lines) {
    if (!trace(points)) continue;
    brush.strokeStyle = color || "#3370e0";
    brush.lineWidth = Number(width) || 3;
    brush.setLineDash(dottedLine ? [brush.lineWidth * 2, brush.lineWidth * 2] : []);
    brush.stroke();
    brush.setLineDash([]);
  }
};

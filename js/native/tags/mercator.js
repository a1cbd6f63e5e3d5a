// @ts-check
// Places on the globe as points of a plane: Web Mercator.

/** @typedef {{ latitude: number, longitude: number }} Place */

const TILE = 256; // pixels of the world at scale 0
const HIGHEST = 85; // degrees, beyond which the plane does not end
const RADIUS = 6378137; // metres of the globe

/** @type {(degrees: number) => number} */
const radians = (degrees) => (degrees * Math.PI) / 180;

/** @type {(scale: number) => number} */
const worldAt = (scale) => TILE * 2 ** scale;

/** @type {(place: Place, scale: number) => { x: number, y: number }} in pixels */
export const project = ({ latitude, longitude }, scale) => {
  const held = Math.min(HIGHEST, Math.max(-HIGHEST, latitude));
  const world = worldAt(scale);
  return {
    x: ((longitude + 180) / 360) * world,
    y: ((1 - Math.asinh(Math.tan(radians(held))) / Math.PI) / 2) * world,
  };
};

/** @type {(point: { x: number, y: number }, scale: number) => Place} */
export const unproject = ({ x, y }, scale) => {
  const world = worldAt(scale);
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / world))) * 180) / Math.PI;
  return { latitude, longitude: (x / world) * 360 - 180 };
};

/** @type {(place: Place, scale: number) => number} pixels of a metre there */
export const pixelsPerMetre = ({ latitude }, scale) =>
  worldAt(scale) / (2 * Math.PI * RADIUS * Math.cos(radians(Math.min(HIGHEST, Math.abs(latitude)))));

/** @type {(places: Place[], width: number, height: number) => { center: Place, scale: number }} that shows them all */
export const fitting = (places, width, height) => {
  const points = places.map((place) => project(place, 0));
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const center = unproject({ x: (left + right) / 2, y: (top + bottom) / 2 }, 0);
  const factor = Math.min(width / (right - left || 1e-9), height / (bottom - top || 1e-9));
  return { center, scale: Math.log2(factor) };
};

/** @type {(places: Place[]) => number} metres along them */
export const distance = (places) => {
  let sum = 0;
  for (const [i, to] of places.entries()) {
    const from = places[i - 1];
    if (!from) continue;
    const [a, b] = [radians(+from.latitude), radians(+to.latitude)];
    const turned = radians(+to.longitude - +from.longitude);
    const cosine = Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(turned);
    sum += RADIUS * Math.acos(Math.min(1, cosine));
  }
  return sum;
};

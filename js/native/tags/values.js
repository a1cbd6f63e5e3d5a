// @ts-check
// What the values of attributes mean.

/** @type {(value: unknown) => boolean} `hidden` and `hidden="{{true}}"` are on, `hidden="false"` is not */
export const isOn = (value) => value === "" || (Boolean(value) && value !== "false");

/** @type {(value: unknown, otherwise: number) => number} */
export const number = (value, otherwise) => {
  const read = parseFloat(String(value));
  return Number.isNaN(read) ? otherwise : read;
};

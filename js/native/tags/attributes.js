// @ts-check
// How a tag reads its attributes, which sources write as "scroll-top" or as scrollTop.

/** @type {(attributes: native.Attributes, name: string) => any} `name` as "scroll-top" */
export const read = ({ props }, name) =>
  props[name] ?? props[name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())];

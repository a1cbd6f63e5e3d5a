// @ts-check
// `my.createAnimation`: a description of an animation, for the `animation` attribute of a mini program's <view>. A web
// page has no such attribute: there the description is data, and moves nothing.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);

  const METHODS = `opacity backgroundColor width height top left bottom right
    rotate rotateX rotateY rotateZ rotate3d scale scaleX scaleY scaleZ scale3d
    translate translateX translateY translateZ translate3d skew skewX skewY matrix matrix3d`;

  const DEFAULTS = { duration: 400, timeFunction: "linear", delay: 0, transformOrigin: "50% 50% 0" };

  /** @typedef {Partial<typeof DEFAULTS>} Config */

  /** @param {Config} [options] */
  const createAnimation = (options) => {
    /** @type {{ config: Config, animation: [method: string, args: unknown[]][] }[]} one after the other */
    let steps = [];
    /** @type {[method: string, args: unknown[]][]} at the same time */
    let current = [];
    /** @type {Record<string, Function>} */
    const animation = {
      /** @param {Config} [config] of this step only */
      step: (config) => {
        steps.push({ config: { ...DEFAULTS, ...options, ...config }, animation: current });
        current = [];
        return animation;
      },
      // The steps so far. The next ones begin anew.
      export: () => {
        const exported = steps;
        [steps, current] = [[], []];
        return exported;
      },
    };
    for (const method of METHODS.split(/\s+/)) {
      animation[method] = (/** @type {unknown[]} */ ...args) => {
        current.push([method, args]);
        return animation;
      };
    }
    return animation;
  };

  script.bridge = { createAnimation };
})();

// @ts-check
// `my.createCanvasContext`: draws on a <canvas> of the page, not before `draw` is called.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host, parts } = script;
  const { setTimeout, console, createImageBitmap } = window;

  const METHODS = `arc arcTo beginPath bezierCurveTo clearRect clip closePath fill fillRect fillText lineTo moveTo
    quadraticCurveTo rect restore rotate save scale setLineDash setTransform stroke strokeRect strokeText transform
    translate`;
  const SETTERS = "fillStyle strokeStyle lineWidth lineCap lineJoin miterLimit textAlign textBaseline globalAlpha";
  const PROPERTIES = `${SETTERS} font globalCompositeOperation lineDashOffset`;

  /**
   * A stroke of the brush, made when all pictures are there.
   * @typedef {(brush: any) => void} Stroke
   * @typedef {{ image: CanvasImageSource | null }} Picture
   */

  /** @type {Map<string, Promise<unknown>>} by canvas: what is to be done before the next, for pictures take time */
  const queues = new Map();

  const said = new Set();
  /** @param {unknown} problem */
  const say = (problem) => {
    const text = `[bridge] my.createCanvasContext: ${problem}`;
    if (!said.has(text)) console.warn(text);
    said.add(text);
  };

  /** @type {(source: any) => Promise<Picture>} */
  const load = async (source) => {
    if (typeof source !== "string") return { image: source };
    // Paths of the page's choice are there if this part is.
    const address = (await parts["files.js"])?.locate(source) ?? source;
    // Without leave of its server a picture would lock the canvas: nothing could be read from it any more.
    const image = Object.assign(new Image(), { crossOrigin: "anonymous", src: address });
    try {
      await image.decode();
      return { image };
    } catch {
      // A wallet asks for no leave, and knows no Content-Security-Policy.
    }
    try {
      const { obtain } = await host.part("files.js");
      return { image: await createImageBitmap(await obtain(address)) };
    } catch (problem) {
      say(`cannot load ${source}${problem ? `: ${problem}` : ""}`);
      return { image: null };
    }
  };

  /** @type {(callback: any, result?: unknown) => void} */
  const run = (callback, result) => typeof callback === "function" && setTimeout(() => callback(result));

  /** @type {(stroke: Stroke, brush: CanvasRenderingContext2D, refuse: (problem: any) => void) => void} */
  const make = (stroke, brush, refuse) => {
    try {
      stroke(brush);
    } catch (problem) {
      refuse(problem); // the others are made all the same
    }
  };

  /** @type {(brush: CanvasRenderingContext2D) => void} nothing less ends a clip, and what was saved once too often */
  const reset = ({ canvas }) => {
    canvas.width += 0;
  };

  /** @param {string} id */
  const createCanvasContext = (id) => {
    /** @type {Stroke[]} */
    let strokes = [];
    /** @type {Promise<unknown>[]} */
    let pictures = [];
    // Knows the state that the next stroke finds, and makes gradients, which fit every canvas.
    const shadow = /** @type {any} */ (document.createElement("canvas").getContext("2d"));
    /** @type {Map<object, { picture: Promise<Picture>, repetition: string }>} */
    const patterns = new Map();

    /** @returns {HTMLCanvasElement} */
    const find = () => {
      const canvas = document.getElementById(id);
      if (canvas instanceof HTMLCanvasElement && canvas.getContext("2d")) return canvas;
      say(`the page has no canvas to draw on with the id ${id}`);
      throw host.failures.unknown;
    };

    /** @type {<T>(work: () => T | Promise<T>) => Promise<T>} */
    const enqueue = (work) => {
      const done = (queues.get(id) || Promise.resolve()).then(work);
      queues.set(id, done.catch(() => {}));
      return done;
    };

    /** @type {(options: any, work: (canvas: HTMLCanvasElement) => any) => Promise<any>} with all callbacks */
    const answer = (options, work) => {
      const { success, fail, complete } = options || {};
      const answered = enqueue(() => work(find())).catch((problem) => {
        if (problem && !problem.error) say(problem);
        throw problem?.error ? problem : host.failures.unknown;
      });
      answered.then(
        (result) => [success, complete].forEach((callback) => run(callback, result)),
        (failure) => [fail, complete].forEach((callback) => run(callback, failure)),
      );
      return answered;
    };

    /** @type {(canvas: HTMLCanvasElement, options: any) => [HTMLCanvasElement, type: string, quality: number]} */
    const cut = (canvas, options) => {
      const { x = 0, y = 0, fileType, quality } = options || {};
      const { width = canvas.width - x, height = canvas.height - y } = options || {};
      const { destWidth = width, destHeight = height } = options || {};
      const piece = Object.assign(document.createElement("canvas"), { width: destWidth, height: destHeight });
      piece.getContext("2d")?.drawImage(canvas, x, y, width, height, 0, 0, destWidth, destHeight);
      return [piece, fileType === "jpg" ? "image/jpeg" : "image/png", quality > 0 && quality <= 1 ? quality : 1];
    };

    /** @param {Stroke} stroke */
    const record = (stroke) => {
      strokes.push(stroke);
      make(stroke, shadow, () => {});
    };

    /** @type {any} */
    const context = {
      // The brush is as new for each drawing.
      draw: (/** @type {any} */ reserve, /** @type {unknown} */ callback) => {
        if (typeof reserve === "function") [reserve, callback] = [false, reserve];
        const [drawn, awaited] = [strokes, pictures];
        [strokes, pictures] = [[], []];
        reset(shadow);
        const paint = async () => {
          await Promise.all(awaited);
          const canvas = find();
          const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
          const before = reserve && cut(canvas, {})[0];
          reset(brush);
          if (before) brush.drawImage(before, 0, 0);
          for (const stroke of drawn) make(stroke, brush, say);
        };
        enqueue(paint)
          .catch((problem) => problem.error || say(problem))
          .then(() => run(callback));
      },

      drawImage: (/** @type {unknown} */ source, /** @type {number[]} */ ...place) => {
        const picture = load(source);
        /** @type {Picture} */
        let loaded = { image: null };
        pictures.push(picture.then((it) => (loaded = it)));
        strokes.push((brush) => loaded.image && brush.drawImage(loaded.image, ...place));
      },
      createPattern: (/** @type {unknown} */ source, /** @type {string} */ repetition) => {
        const pattern = {};
        patterns.set(pattern, { picture: load(source), repetition });
        return pattern;
      },
      createLinearGradient: (/** @type {number[]} */ ...line) => shadow.createLinearGradient(...line),
      createRadialGradient: (/** @type {number[]} */ ...circles) => shadow.createRadialGradient(...circles),
      createCircularGradient: (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ r) =>
        shadow.createRadialGradient(x, y, 0, x, y, r),

      measureText: (/** @type {string} */ text) => ({ width: shadow.measureText(text).width }),
      getLineDash: () => shadow.getLineDash(),
      setShadow: (shadowOffsetX = 0, shadowOffsetY = 0, shadowBlur = 0, shadowColor = "black") =>
        record((brush) => Object.assign(brush, { shadowOffsetX, shadowOffsetY, shadowBlur, shadowColor })),
      setFontSize: (/** @type {number} */ size) =>
        record((brush) => (brush.font = brush.font.replace(/[\d.]+px/, `${size}px`))),

      getImageData: (/** @type {any} */ options) =>
        answer(options, (canvas) => {
          const { x, y, width, height } = options;
          const { data } = /** @type {any} */ (canvas.getContext("2d")).getImageData(x, y, width, height);
          return { width, height, data };
        }),
      putImageData: (/** @type {any} */ options) =>
        answer(options, (canvas) => {
          const { x, y, width, height, data } = options;
          const pixels = new ImageData(Uint8ClampedArray.from(data), width, height);
          canvas.getContext("2d")?.putImageData(pixels, x, y);
          return {};
        }),
      toDataURL: (/** @type {any} */ options) =>
        answer(options, (canvas) => {
          const [piece, type, quality] = cut(canvas, options);
          return piece.toDataURL(type, quality);
        }),
      toTempFilePath: (/** @type {any} */ options) =>
        answer(options, async (canvas) => {
          const [piece, type, quality] = cut(canvas, options);
          const file = await new Promise((resolve) => piece.toBlob(resolve, type, quality));
          const path = (await host.part("files.js")).keep(file);
          return { apFilePath: path, tempFilePath: path };
        }),
    };

    for (const method of METHODS.split(/\s+/)) {
      context[method] = (/** @type {unknown[]} */ ...args) => record((brush) => brush[method](...args));
    }

    /** @type {(property: string, value: any) => void} */
    const set = (property, value) => {
      const pattern = patterns.get(value);
      if (property === "textBaseline" && value === "normal") value = "alphabetic"; // the platform's older name
      if (!pattern) return record((brush) => (brush[property] = value));
      /** @type {Picture} */
      let loaded = { image: null };
      pictures.push(pattern.picture.then((it) => (loaded = it)));
      strokes.push(
        (brush) => loaded.image && (brush[property] = brush.createPattern(loaded.image, pattern.repetition)),
      );
    };
    for (const property of PROPERTIES.split(" ")) {
      Object.defineProperty(context, property, {
        get: () => shadow[property],
        set: (value) => set(property, value),
      });
    }
    for (const property of SETTERS.split(" ")) {
      context["set" + property[0]?.toUpperCase() + property.slice(1)] = (/** @type {unknown} */ value) =>
        set(property, value);
    }
    Object.defineProperty(context, "fontSize", {
      get: () => parseFloat(/[\d.]+px/.exec(shadow.font)?.[0] || ""),
      set: context.setFontSize,
    });
    return context;
  };

  script.bridge = { createCanvasContext };
})();

// @ts-check
// Pictures: choosing, showing, measuring and saving them.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;
  const { Image, ResizeObserver, console, createImageBitmap } = window;

  const files = () => host.part("files.js");
  const frameOf = async () => /** @type {wire.Frame} */ ((await host.part("dialog.js")).frame);

  /** @type {(source: string) => Promise<HTMLImageElement>} one that has its size */
  const loaded = async (source) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    return image;
  };

  /**
   * How large the picture in a file is. A Content-Security-Policy may forbid to show it; and an SVG is no bitmap.
   * @type {(file: Blob, path: string) => Promise<{ width: number, height: number }>}
   */
  const measured = (file, path) => createImageBitmap(file).catch(() => loaded(path));

  // Choosing.

  /**
   * Let the user choose with the browser's own means; none when the user did not.
   * @type {(isMany: boolean, isCamera: boolean) => Promise<File[]>}
   */
  const pick = (isMany, isCamera) =>
    new Promise((resolve) => {
      const input = document.createElement("input");
      input.type = "file";
      input.accept = "image/*";
      input.multiple = isMany;
      if (isCamera) input.setAttribute("capture", "environment");
      input.onchange = input.oncancel = () => resolve([...(input.files ?? [])]);
      input.click();
    });

  /** @type {(count: number) => Promise<boolean>} whether the user wants to choose */
  const invite = async (count) => {
    const { make, open } = await frameOf();
    const title = count > 1 ? `Choose up to ${count} pictures` : "Choose a picture";
    const text = make(
      "div",
      { className: "text" },
      make("h2", { id: "title", textContent: title }),
      make("p", { id: "why", textContent: "The browser waits for your click before it shows your files." }),
    );
    const actions = make(
      "div",
      { className: "actions" },
      make("button", { value: "", textContent: "Cancel" }),
      make("button", { className: "primary", value: "choose", textContent: "Choose", autofocus: true }),
    );
    const dialog = make("dialog", { role: "alertdialog", lang: "en" }, text, actions);
    dialog.setAttribute("aria-labelledby", "title");
    dialog.setAttribute("aria-describedby", "why");
    return (await open(dialog)) === "choose";
  };

  /** @type {wire.Answerer} */
  const chooseImage = async ({ count, sourceType }) => {
    const most = Math.max(1, Math.trunc(Number(count)) || 1);
    const cancelled = { error: 11, errorMessage: "The user cancelled" };
    // A browser shows its files soon after a click only, and this call may have come later, or by itself.
    const mayPick = navigator.userActivation?.isActive ?? true;
    if (!mayPick && !(await invite(most))) throw cancelled;
    const chosen = await pick(most > 1, String(sourceType) === "camera");
    if (!chosen.length) throw cancelled;
    const { keep } = await files();
    const tempFiles = await Promise.all(
      chosen.slice(0, most).map(async (file) => {
        const path = keep(file);
        const { width, height } = await measured(file, path).catch(() => new Image());
        return { path, size: file.size, ...(width && { width, height }) };
      }),
    );
    const paths = tempFiles.map(({ path }) => path);
    return { apFilePaths: paths, tempFilePaths: paths, filePaths: paths, tempFiles };
  };

  // Showing. The pictures are a strip to be scrolled, one at a time, by finger, arrow keys or button. The buttons lie
  // on the strip and not beside it, so that arrow keys scroll it wherever the focus is.

  const css = `
    .viewer {
      --fill: #ffffff24; --fill-hover: #ffffff3d; --ink: #f3f4f7; --muted: #b4bac6; --ring: #8ab6ff;
      inset: 0; width: 100%; height: 100%; max-height: none; margin: 0; border: 0; border-radius: 0;
      background: #0b0c0f; box-shadow: none; color-scheme: dark;
    }
    .strip {
      container-type: size; flex: none; height: 100%; overflow: auto hidden; overscroll-behavior: contain;
      scroll-snap-type: x mandatory; scrollbar-width: none; outline: none;
    }
    .reel { display: flex; width: max-content; height: 100%; }
    .picture {
      display: grid; place-items: center; flex: 0 0 100cqw; height: 100cqh; padding: 4.5em 1em; text-align: center;
      scroll-snap-align: start; scroll-snap-stop: always;
    }
    .picture img { max-width: calc(100cqw - 2em); max-height: calc(100cqh - 9em); }
    .picture small { display: block; max-width: 30em; margin-top: 0.375em; }

    .over {
      position: sticky; z-index: 1; inset-inline-start: 0; flex: 0 0 100cqw; height: 100cqh; margin-inline-end: -100cqw;
      pointer-events: none;
    }
    .over button {
      display: grid; place-items: center; width: 3em; height: 3em; padding: 0; border-radius: 50%;
      scroll-margin-inline: 50cqw; /* to bring it into view is not to turn the page */
    }
    .over button, .steps { pointer-events: auto; }
    .leave { position: absolute; inset-block-start: max(0.75em, env(safe-area-inset-top)); inset-inline-end: 0.75em; }
    .leave::before, .leave::after {
      content: ""; grid-area: 1 / 1; width: 1.125em; border-top: 2px solid; rotate: 45deg;
    }
    .leave::after { rotate: -45deg; }
    .steps {
      position: absolute; inset: auto 0 max(0.75em, env(safe-area-inset-bottom)); width: max-content; margin: 0 auto;
      display: flex; align-items: center; gap: 1em;
    }
    .steps p { min-width: 5em; text-align: center; font-variant-numeric: tabular-nums; }
    .steps button::before { content: ""; width: 0.625em; height: 0.625em; border: solid; border-width: 2px 0 0 2px; }
    .previous::before, [dir=rtl] .next::before { translate: 15%; rotate: -45deg; }
    .next::before, [dir=rtl] .previous::before { translate: -15%; rotate: 135deg; }
  `;

  /** @type {(frame: wire.Frame, addresses: string[], first: number) => Promise<void>} */
  const show = async ({ make, open, styles }, addresses, first) => {
    const many = addresses.length > 1;
    let index = first;

    const pictures = addresses.map((src, place) => {
      const alt = many ? `Picture ${place + 1} of ${addresses.length}` : "Picture";
      const image = make("img", { src, alt, draggable: false });
      const why = make("small", { textContent: src.startsWith("http") ? src : "" });
      image.onerror = () => image.replaceWith(make("p", { dir: "ltr" }, "This picture could not be loaded", why));
      return make("div", { className: "picture" }, image);
    });
    const step = (/** @type {string} */ value, /** @type {string} */ ariaLabel) =>
      make("button", { className: value, value, ariaLabel });
    const previous = step("previous", "Previous picture");
    const next = step("next", "Next picture");
    const counter = make("p", { role: "status", dir: "ltr" });
    const steps = make("div", { className: "steps", hidden: !many }, previous, counter, next);
    const close = make("button", { className: "leave", ariaLabel: "Close" });
    const over = make("div", { className: "over" }, steps, close);
    const reel = make("div", { className: "reel" }, over, ...pictures);
    const strip = make("div", { className: "strip", tabIndex: 0, autofocus: true, ariaLabel: "Pictures" }, reel);
    strip.role = "group";
    const dialog = make("dialog", { className: "viewer", lang: "en", ariaLabel: "Pictures" }, strip);

    const tell = () => {
      counter.textContent = `${index + 1} of ${addresses.length}`;
      previous.ariaDisabled = String(index === 0);
      next.ariaDisabled = String(index === addresses.length - 1);
    };
    const turn = () => {
      const side = dialog.dir === "rtl" ? -1 : 1;
      strip.scrollTo({ left: side * index * strip.clientWidth, behavior: "instant" });
      tell();
    };
    strip.onscroll = () => {
      const seen = Math.round(Math.abs(strip.scrollLeft) / strip.clientWidth);
      if (seen === index) return;
      index = seen;
      tell();
    };
    // Once it is laid out, and whenever the window has another size.
    const observer = new ResizeObserver(turn);
    observer.observe(strip);
    // The frame closes a dialog when a button in it is pressed. Two of these do not mean that.
    dialog.close = (value) => {
      if (value !== "previous" && value !== "next") return HTMLDialogElement.prototype.close.call(dialog, value);
      index += value === "next" ? 1 : -1;
      turn();
    };
    await open(dialog, { sheets: [styles(css)], isBase: true });
    observer.disconnect();
  };

  /** @type {wire.Answerer} */
  const previewImage = async ({ urls, current = 0 }) => {
    if (!Array.isArray(urls) || !urls.length) throw host.failures.invalid;
    const { locate } = await files();
    const addresses = urls.map((url) => {
      const isText = typeof url === "string" && URL.canParse(locate(url), location.href);
      const address = isText && new URL(locate(url), location.href);
      if (address && /^(https?|blob|data):$/.test(address.protocol)) return address.href;
      console.warn(`[bridge] my.previewImage: ${url} is no address of a picture`);
      throw host.failures.invalid;
    });
    const wanted = urls.indexOf(current) + 1 ? urls.indexOf(current) : Math.trunc(Number(current)) || 0;
    // It is done as soon as it shows them.
    show(await frameOf(), addresses, Math.min(Math.max(wanted, 0), urls.length - 1));
  };

  // Measuring and saving.

  const DIRECTIONS = "up up-mirrored down down-mirrored left-mirrored right right-mirrored left".split(" ");

  /**
   * How a camera was held, as its JPEG says it in Exif's tag 0x112.
   * @type {(file: Blob) => Promise<string>}
   */
  const directionOf = async (file) => {
    const view = new DataView(await file.slice(0, 131072).arrayBuffer());
    try {
      if (view.getUint16(0) !== 0xffd8) return "up";
      // One segment after another, to that which begins with "Exif".
      let start = 2;
      while (view.getUint16(start) !== 0xffe1 || view.getUint32(start + 4) !== 0x45786966) {
        if (view.getUint8(start) !== 0xff) return "up";
        start += 2 + view.getUint16(start + 2);
      }
      const tiff = start + 10;
      const isLittle = view.getUint16(tiff) === 0x4949;
      let entry = tiff + view.getUint32(tiff + 4, isLittle) + 2;
      const end = entry + 12 * view.getUint16(entry - 2, isLittle);
      for (; entry < end; entry += 12) {
        if (view.getUint16(entry, isLittle) !== 0x112) continue;
        return DIRECTIONS[view.getUint16(entry + 8, isLittle) - 1] ?? "up";
      }
    } catch {
      // It ends before.
    }
    return "up";
  };

  /** @type {(type: string, source: string) => string} "jpg" */
  const formatOf = (type, source) => {
    const name = /^image\/([a-z]+)/.exec(type)?.[1] ?? /\.(\w+)(?:[?#]|$)/.exec(source)?.[1]?.toLowerCase() ?? "";
    return name.replace("jpeg", "jpg");
  };

  /** @type {(source: string) => boolean} whether it is on another site, from which a browser keeps a page away */
  const isElsewhere = (source) => {
    const { protocol, origin } = new URL(source, location.href);
    return /^http/.test(protocol) && origin !== location.origin;
  };

  /** @type {wire.Answerer} */
  const getImageInfo = async ({ src }) => {
    if (typeof src !== "string" || !src) throw host.failures.invalid;
    const { locate, keep, obtain } = await files();
    const source = locate(src);
    const isLocal = /^(blob|data):/i.test(source);
    try {
      // A browser shows a picture from another site, and tells no more of it than its size.
      const image = isElsewhere(source) && (await loaded(source).catch(() => null));
      const file = image ? null : await obtain(source);
      const path = !file || isLocal ? source : keep(file);
      const { width, height } = image || (await measured(file, path));
      const orientation = file ? await directionOf(file) : "up";
      return { width, height, path: isLocal ? src : path, orientation, type: formatOf(file?.type ?? "", source) };
    } catch (problem) {
      console.warn(`[bridge] my.getImageInfo: cannot read ${src}: ${problem}`);
      throw { error: 12, errorMessage: "The picture could not be read" };
    }
  };

  /** @type {wire.Answerer} */
  const saveImage = async ({ url }) => {
    if (typeof url !== "string" || !url) throw host.failures.invalid;
    const { locate, keep, obtain } = await files();
    try {
      const file = await obtain(locate(url));
      const isLocal = /^(blob|data):/i.test(url);
      const named = !isLocal && /[^/]+$/.exec(url.replace(/[?#].*/, ""))?.[0];
      const name = (file instanceof File && file.name) || named || `picture.${formatOf(file.type, url) || "png"}`;
      Object.assign(document.createElement("a"), { href: keep(file), download: name }).click();
    } catch (problem) {
      console.warn(`[bridge] my.saveImage: cannot read ${url}: ${problem}`);
      throw { error: 17, errorMessage: "The picture could not be saved" };
    }
  };

  script.bridge = { chooseImage, previewImage, getImageInfo, saveImage };
})();

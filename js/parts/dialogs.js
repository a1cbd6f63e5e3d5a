// @ts-check
// The dialogs that a page opens: my.alert, my.tradePay and their like. Loaded by my.js on first need.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;
  const { parse, stringify } = JSON;

  /** @returns {Promise<wire.Frame>} */
  const load = async () => (await host.part("dialog.js")).frame;

  /** @param {unknown} value as the page gave it */
  const words = (value) => {
    if (value === undefined || value === null) return "";
    return typeof value === "object" ? stringify(value) : String(value);
  };

  // A question with a text and a button or two.

  /**
   * @typedef {object} Question
   * @property {unknown} title
   * @property {unknown} [content]
   * @property {string} name for where there is neither
   * @property {unknown} [ok] the words on the buttons
   * @property {unknown} [cancel] where there is this button
   * @property {unknown} [okColor]
   * @property {unknown} [cancelColor]
   * @property {HTMLInputElement | undefined} [field]
   * @property {string} [align] of the content
   */

  /**
   * Fill a button with a colour, and write on it in black or white, whichever can be read.
   * @type {(button: HTMLElement, color: unknown) => void}
   */
  const fill = (button, color) => {
    const [, hex] = /^#((?:[\da-f]{3}){1,2})$/i.exec(words(color)) ?? [];
    if (!hex) return;
    const parts = (hex.length === 3 ? hex.replace(/./g, "$&$&") : hex).match(/../g) ?? [];
    const [red = 0, green = 0, blue = 0] = parts.map((part) => (parseInt(part, 16) / 255) ** 2.2);
    button.style.background = `#${hex}`;
    button.style.color = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
  };

  /** @type {(frame: wire.Frame, question: Question) => Promise<boolean>} whether the answer is not "Cancel" */
  const ask = async ({ make, open, styles }, question) => {
    const { name, field, align } = question;
    const [title, content] = [words(question.title), words(question.content)];
    const text = make("div", { className: "text" });
    if (title) text.append(make("h2", { id: "title", textContent: title, dir: "auto" }));
    if (content) text.append(make("p", { id: "content", textContent: content, dir: "auto" }));
    const ok = make("button", { className: "primary", value: "ok", textContent: words(question.ok) || "OK" });
    const cancel = make("button", { textContent: words(question.cancel) || "Cancel" });
    fill(ok, question.okColor);
    fill(cancel, question.cancelColor);
    cancel.dir = ok.dir = "auto";
    (field ?? ok).autofocus = true;
    const actions = make("div", { className: "actions" }, ...("cancel" in question ? [cancel] : []), ok);
    const dialog = make("dialog", { role: field ? "dialog" : "alertdialog" }, text);
    if (!title && !content) text.hidden = true;
    if (field) {
      dialog.classList.add("form");
      text.style.textAlign = align ?? "";
      field.setAttribute("aria-labelledby", title && content ? "title content" : title ? "title" : "content");
      if (!title && !content) field.ariaLabel = name;
      dialog.append(field);
    }
    dialog.append(actions);
    dialog.setAttribute("aria-labelledby", title ? "title" : "content");
    if (title && content) dialog.setAttribute("aria-describedby", "content");
    if (!title && !content) dialog.ariaLabel = name;
    return (await open(dialog, { sheets: [styles(css)] })) === "ok";
  };

  /** @type {wire.Answerer} `message` and `button` are the names of the raw bridge */
  const alert = async ({ title, content, message, buttonText, button, confirmColor }) => {
    const texts = { title, content: content ?? message, name: "Alert", ok: buttonText ?? button };
    await ask(await load(), { ...texts, okColor: confirmColor });
  };

  /** @type {wire.Answerer} `message`, `okButton` and `cancelButton` are the names of the raw bridge, and so is `ok` */
  const confirm = async ({ title, content, message, ...options }) => {
    const confirm = await ask(await load(), {
      title,
      content: content ?? message,
      name: "Question",
      ok: options.confirmButtonText ?? options.okButton,
      cancel: options.cancelButtonText ?? options.cancelButton,
      okColor: options.confirmColor,
      cancelColor: options.cancelColor,
    });
    return message === undefined ? { confirm } : { confirm, ok: confirm };
  };

  /** @type {wire.Answerer} */
  const prompt = async ({ title, message, placeholder, align, okButtonText, cancelButtonText, ...colors }) => {
    const frame = await load();
    const field = frame.make("input", { className: "field", placeholder: words(placeholder), dir: "auto" });
    const ok = await ask(frame, {
      title,
      content: message,
      name: "Text",
      ok: okButtonText,
      cancel: cancelButtonText,
      okColor: colors.confirmColor,
      cancelColor: colors.cancelColor,
      field,
      align: align === "center" || align === "right" ? align : "start",
    });
    return { ok, inputValue: ok ? field.value : "" };
  };

  /** @type {wire.Answerer} */
  const showModal = async ({ title, content, editable, ...options }) => {
    const frame = await load();
    const placeholder = words(options.placeholderText);
    const field = editable ? frame.make("input", { className: "field", placeholder, dir: "auto" }) : undefined;
    const confirm = await ask(frame, {
      title,
      content,
      name: "Question",
      ok: options.confirmText,
      okColor: options.confirmColor,
      ...(options.showCancel === false ? {} : { cancel: options.cancelText, cancelColor: options.cancelColor }),
      field,
    });
    return field ? { confirm, content: confirm ? field.value : "" } : { confirm };
  };

  /** @type {wire.Answerer} */
  const scan = async ({ type, scanType }) => {
    const frame = await load();
    const kinds = [type ?? scanType ?? []].flat();
    const isBar = kinds.length > 0 && kinds.every((kind) => /^(bar|narrow|pdf)/.test(words(kind)));
    const field = frame.make("input", { className: "field", required: true, dir: "auto", autocomplete: "off" });
    field.spellcheck = false;
    const content = "There is no camera here. Type or paste what the code says.";
    const title = `Scan a ${isBar ? "bar" : "QR"} code`;
    const isDone = await ask(frame, { title, content, name: title, ok: "Done", cancel: "Cancel", field });
    if (!isDone) throw { error: 10, errorMessage: "The user cancelled" };
    const code = field.value;
    const found = { code, [isBar ? "barCode" : "qrCode"]: code };
    if (host.platform !== "alipay-cn") return found;
    const rawData = btoa(String.fromCharCode(...new TextEncoder().encode(code)));
    return { ...found, result: code, scanType: isBar ? "barCode" : "qrCode", imageChannel: "camera", rawData };
  };

  // Dates, in formats of these.

  const FIELDS = /yyyy|MM|dd|HH|mm|ss/g;

  /**
   * Take the numbers out of a text that has a format, or another with the same fields in this order.
   * @type {(text: unknown, format: string) => Record<string, string>}
   */
  const read = (text, format) => {
    const numbers = words(text).match(/\d+/g) ?? [];
    const fields = format.match(FIELDS) ?? [];
    return Object.fromEntries(fields.map((field, at) => [field, (numbers[at] ?? "").padStart(field.length, "0")]));
  };

  /** @type {(fields: Record<string, string>, format: string) => string} */
  const write = (fields, format) => format.replace(FIELDS, (field) => fields[field] ?? "");

  /**
   * What a browser has for the fields of a format: the type of the input, the format of its value, what to ask for,
   * and the least and the greatest of what the browser would not limit itself.
   * @param {string} format
   */
  const input = (format) => {
    const time = format.includes("ss") ? "HH:mm:ss" : "HH:mm";
    if (!format.includes("yyyy") && !format.includes("dd")) return ["time", time, "a time"];
    if (format.includes("HH")) return ["datetime-local", `yyyy-MM-ddT${time}`, "a date and a time"];
    if (format.includes("dd")) return ["date", "yyyy-MM-dd", "a date"];
    return format.includes("MM") ? ["month", "yyyy-MM", "a month"] : ["number", "yyyy", "a year", "1", "9999"];
  };

  /** @type {wire.Answerer} */
  const datePicker = async (options) => {
    const format = words(options.format) || (host.platform === "tiki" ? "dd-MM-yyyy" : "yyyy-MM-dd");
    if (format.search(FIELDS) < 0 || /[a-z]/i.test(write({}, format))) throw host.failures.invalid;
    const frame = await load();
    const [type = "", form = "", what, least = "", greatest = ""] = input(format);
    const native = (/** @type {unknown} */ text) => (text ? write(read(text, format), form) : "");
    const [min, max] = [native(options.startDate) || least, native(options.endDate) || greatest];
    const step = form.endsWith("ss") ? "1" : "";
    // The type first: it says which values there are. A value that is none is left out.
    const field = frame.make("input", { className: "field", type, step, min, max, value: native(options.currentDate) });
    field.required = true;
    if (!field.value) {
      const now = new Date();
      const here = new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString();
      field.value = write(read(here, "yyyy-MM-ddTHH:mm:ss"), form);
    }
    if (field.validity.rangeUnderflow) field.value = min;
    if (field.validity.rangeOverflow) field.value = max;
    const title = `Choose ${what}`;
    if (!(await ask(frame, { title, name: title, cancel: "Cancel", field }))) {
      throw { error: 11, errorMessage: "The user cancelled" };
    }
    // A year may have been typed as 2e3.
    return { date: write(read(type === "number" ? field.valueAsNumber : field.value, form), format) };
  };

  // Sheets.

  const css = `
    .form .text { text-align: start; }
    .form .text > h2 { text-wrap: wrap; }

    .title { padding: 1.375em var(--side) 0; text-align: center; }
    .title h2 { color: var(--muted); font-size: 0.9375em; font-weight: 500; }
    .items { padding-block: 1.125em; }
    .title + .items { padding-top: 1em; }
    .items .row { justify-content: center; text-align: center; }
    .danger { color: var(--danger); }
    .badge {
      flex: none; padding: 0 0.5em; border-radius: 1em; background: #c8232f; color: #fff;
      font-size: 0.75em; font-style: normal; font-weight: 650; line-height: 1.6;
      max-width: 50%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
    }
    .point { width: 0.75em; height: 0.75em; padding: 0; border: 0.375em solid #c8232f; forced-color-adjust: none; }

    .amount { margin-top: 0.25em; font-size: 2em; font-weight: 650; letter-spacing: -0.02em; line-height: 1.25; }
    .order { margin: 0.25em 0 1.25em; padding: 0.25em 0.875em; }
    .order div { display: flex; gap: 1em; padding: 0.5em 0; }
    .order div + div { border-top: 1px solid var(--line); }
    dt { flex: none; color: var(--muted); font-size: 0.875em; line-height: 1.6; }
    dd { display: flex; justify-content: flex-end; flex: 1; min-width: 0; margin: 0; font-size: 0.9375em; }
    dd bdi {
      display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; min-width: 0; overflow: hidden;
      text-align: start;
    }
    dd .id { font: 0.8125em/1.5 ui-monospace, monospace; }
    @media (max-width: 17em) {
      .order div { display: block; }
      dd { justify-content: flex-start; }
    }
  `;

  /** @typedef {{ index?: unknown, type?: unknown, text?: unknown }} Badge */

  /** @type {wire.Answerer} */
  const showActionSheet = async ({ title, items, badges, destructiveBtnIndex, cancelButtonText }) => {
    if (!Array.isArray(items)) throw host.failures.invalid;
    const { make, open, styles } = await load();
    const list = make("div", { className: "card" });
    /** @type {Badge[]} */
    const marks = Array.isArray(badges) ? badges : [];
    items.forEach((item, index) => {
      const button = make("button", { className: "row", value: String(index) });
      button.append(make("span", { textContent: words(item), dir: "auto" }));
      if (index === destructiveBtnIndex) button.classList.add("danger");
      const badge = marks.find((mark) => mark?.index === index);
      const text = badge?.type === "more" ? "\u2026" : words(badge?.text);
      if (badge?.type === "point") {
        button.append(make("i", { className: "badge point", role: "img", ariaLabel: "new" }));
      } else if (badge && badge.type !== "none" && text) {
        button.append(make("i", { className: "badge", textContent: text, dir: "auto" }));
      }
      list.append(button);
    });
    const cancel = make("button", { textContent: words(cancelButtonText) || "Cancel", dir: "auto" });
    const dialog = make("dialog", { className: "sheet", tabIndex: -1, autofocus: true });
    dialog.setAttribute("closedby", "any"); // as a touch beside it does on a phone
    if (title) {
      dialog.setAttribute("aria-labelledby", "title");
      const heading = make("h2", { id: "title", textContent: words(title), dir: "auto" });
      dialog.append(make("div", { className: "title" }, heading));
    } else dialog.ariaLabel = "Actions";
    dialog.append(
      make("div", { className: "scroll items" }, list),
      make("div", { className: "foot" }, make("div", { className: "actions" }, cancel)),
    );
    const pressed = await open(dialog, { sheets: [styles(css)] });
    return { index: pressed ? Number(pressed) : -1 };
  };

  const ENDINGS = [
    ["4000", "Let it fail"],
    ["8000", "Still processing"],
    ["6004", "Result unknown"],
  ];

  /** @type {(charset: string) => (percents: string) => string} percents of bytes in a charset, in UTF-8 */
  const recoder = (charset) => {
    try {
      const decoder = new TextDecoder(charset);
      const decode = (/** @type {string} */ percents) =>
        decoder.decode(Uint8Array.from(percents.slice(1).split("%"), (digits) => parseInt(digits, 16)));
      return (percents) => encodeURIComponent(decode(percents));
    } catch {
      return (percents) => percents; // there is no such charset
    }
  };

  /**
   * What is bought, and for how much, as far as an order says it.
   * @param {string} text
   */
  const order = (text) => {
    const recode = recoder(new URLSearchParams(text).get("charset") || "utf-8");
    const fields = new URLSearchParams(text.replace(/(%[\da-f]{2})+/gi, recode));
    let content = Object.fromEntries(fields);
    try {
      content = { ...content, ...parse(content.biz_content ?? "") };
    } catch {
      // It may be anything.
    }
    const amount = content.total_amount ?? content.amount;
    const currency = content.trans_currency ?? content.currency ?? "CNY";
    return { what: words(content.subject ?? content.order_title), price: amount ? `${words(amount)} ${currency}` : "" };
  };

  /** @type {wire.Answerer} */
  const tradePay = async (options) => {
    const [tradeNO, orderStr, paymentUrl] = [options.tradeNO, options.orderStr, options.paymentUrl].map(words);
    if (!tradeNO && !orderStr && !paymentUrl) throw host.failures.invalid;
    const { make, open, sign, styles } = await load();
    const { what, price } = order(orderStr ?? "");
    const appName = host.name.trim() || document.title.trim() || host.app;

    const close = make("button", { className: "close", ariaLabel: "Close" }, make("i"));
    const badge = make("div", { className: "app", ariaHidden: "true" });
    sign(badge, appName, host.app);
    const title = make("h2", { id: "title", tabIndex: -1, autofocus: true, dir: "auto" });
    title.append(make("bdi", { textContent: appName }), " asks for a payment");
    const head = make("div", { className: "head" }, close, badge, title);
    if (price) head.append(make("p", { id: "amount", className: "amount", textContent: price, dir: "ltr" }));

    const about = make("dl", { className: "card order" });
    for (const [name = "", value, look = ""] of [
      ["What for", what],
      ["Trade", tradeNO, "id"],
      ["Order", orderStr, "id"],
      ["Payment page", paymentUrl, "id"],
      ["User", host.nicknames[host.user]],
    ]) {
      if (!value) continue;
      const shown = make("bdi", { textContent: value, title: value, className: look });
      about.append(make("div", {}, make("dt", { textContent: name }), make("dd", {}, shown)));
    }
    const others = make("div", { className: "card", role: "group" });
    others.setAttribute("aria-labelledby", "others");
    for (const [code = "", name = ""] of ENDINGS) {
      const label = make("span", { textContent: name });
      others.append(make("button", { className: "row", value: code }, label, make("code", { textContent: code })));
    }
    const caption = make("h3", { id: "others", className: "caption", textContent: "Or try how else it can end" });

    const cancel = make("button", { textContent: "Cancel" });
    const pay = make("button", { className: "primary", value: "9000", textContent: "Pay" });
    const small = make("small", { textContent: "Simulated by bridge: no real wallet, no real account.", dir: "auto" });
    const dialog = make(
      "dialog",
      { className: "sheet", lang: "en" },
      head,
      make("div", { className: "scroll" }, about, caption, others),
      make("div", { className: "foot" }, make("div", { className: "actions" }, cancel, pay), small),
    );
    dialog.setAttribute("aria-labelledby", "title");
    if (price) dialog.setAttribute("aria-describedby", "amount");
    return { resultCode: (await open(dialog, { sheets: [styles(css)] })) || "6001" };
  };

  script.bridge = { alert, confirm, prompt, showModal, scan, datePicker, showActionSheet, tradePay };
})();

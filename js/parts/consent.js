// @ts-check
// The sheet on which a user is asked for consent. Loaded by dialog.js when Python asks.
(() => {
  "use strict";

  const { host } = /** @type {wire.Script} */ (document.currentScript);

  const css = `
    .wallet { margin-top: 0.125em; }

    .user {
      position: relative; display: flex; align-items: center; gap: 0.75em; min-height: 3.75em; margin-top: 1.125em;
      padding-block: 0.5em; padding-inline: 0.75em 1em; text-align: start;
    }
    .avatar {
      display: grid; place-items: center; flex: none; width: 2.5em; height: 2.5em; border-radius: 50%;
      background: oklch(var(--tint) var(--hue)); color: oklch(var(--tinted) var(--hue)); font-weight: 650;
    }
    .who { flex: 1; min-width: 0; line-height: 1.3; }
    .who small { display: block; }
    .as { color: var(--muted); }
    .who b { font-weight: 600; }
    .user select {
      position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; border: 0; opacity: 0;
      font: inherit; cursor: pointer;
    }
    .chevron {
      flex: none; width: 0.5em; height: 0.5em; margin: -0.25em 0.25em 0; color: var(--muted);
      border: solid; border-width: 0 2px 2px 0; rotate: 45deg;
    }
    .user:has(select:hover) .chevron { color: var(--ink); }
    .user:has(:focus-visible), .scope:has(:focus-visible) { outline: 2px solid var(--ring); outline-offset: -2px; }

    .asked {
      flex: 0 1 auto; min-height: 0; padding: 1em var(--side) 1.25em; overflow-y: auto; overscroll-behavior: contain;
      scroll-padding: 1.25em; scrollbar-width: thin; scrollbar-color: var(--line) transparent;
      mask: linear-gradient(#0000, #000 1em);
    }
    .asked:has(.scope:nth-child(3)) { min-height: 12em; }
    .caption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1em; padding: 0 0.75em 0.5em; }
    .caption h3 { color: var(--muted); font-size: 0.875em; font-weight: 600; }
    .caption p { color: var(--muted); font-size: 0.875em; font-variant-numeric: tabular-nums; }
    .scope {
      position: relative; display: flex; align-items: flex-start; gap: 0.75em; padding: 0.75em 0.875em; cursor: pointer;
    }
    .scope:first-child { border-radius: 1em 1em 0 0; }
    .scope:last-child { border-radius: 0 0 1em 1em; }
    .scope:only-child { border-radius: 1em; }
    .scope + .scope::before {
      content: ""; position: absolute; inset-block-start: 0; inset-inline: 3em 0.875em;
      border-top: 1px solid var(--line);
    }
    .scope span { flex: 1; min-width: 0; line-height: 1.45; text-wrap: pretty; }
    .what { font-size: 0.9375em; }
    .scope code { display: block; margin-top: 0.125em; color: var(--muted); font: 0.75em/1.4 ui-monospace, monospace; }
    .scope input {
      appearance: none; display: grid; place-items: center; flex: none; width: 1.375em; height: 1.375em; margin: 0;
      border: 2px solid var(--muted); border-radius: 0.4375em; background: none; font: inherit; cursor: inherit;
      outline: none;
    }
    .scope input:checked { border-color: var(--accent); background: var(--accent); }
    .scope input:checked::before {
      content: ""; width: 0.375em; height: 0.6875em; margin-top: -0.1875em;
      border: solid var(--on-accent); border-width: 0 2px 2px 0; rotate: 45deg;
    }
    .done .caption { display: block; padding: 0; }
    .done .caption p {
      padding: 1.25em; border: 1px solid transparent; border-radius: 1em; background: var(--card);
      font-size: 0.9375em; text-align: center; text-wrap: balance;
    }

    @media (max-height: 40em) { .user { margin-top: 0.75em; } }
    @media (max-height: 30em) {
      .asked, .asked:has(.scope:nth-child(3)) { flex: none; min-height: 0; overflow: visible; mask: none; }
    }
    @media (max-width: 17em) { .avatar { display: none; } } /* a phone at 200% */
    @media (forced-colors: active) {
      .scope input { appearance: auto; }
      .scope input::before { display: none; }
      .user:has(:focus-visible), .scope:has(:focus-visible) { outline-color: Highlight; }
    }
  `;

  /** @param {string} user */
  const remember = (user) => {
    host.chosen = host.user = user;
    try {
      sessionStorage.setItem(host.home, user);
    } catch {
      // A sandboxed frame has no storage, and forgets.
    }
  };

  /**
   * The row that says as whom one answers, and `draw`, which writes a user into it.
   * @type {(question: wire.Question, frame: wire.Frame) => { row: HTMLElement, select: HTMLSelectElement,
   *   draw: (user: wire.Person) => void }}
   */
  const chooser = ({ users }, { make, sign }) => {
    const avatar = make("span", { className: "avatar", ariaHidden: "true" });
    const nickname = make("b", { dir: "auto" });
    const loginId = make("bdi");
    const label = make("label", { className: "as", htmlFor: "user", textContent: "Answer as" });
    const who = make("span", { className: "who" }, make("bdi", {}, label, " ", nickname), make("small", {}, loginId));
    // It lies over the row, which shows more than its own face can.
    const select = make("select", { id: "user" });
    for (const { id, nickname, loginId } of users) {
      select.append(make("option", { value: id, textContent: `${nickname} (${loginId})`, dir: "auto" }));
    }
    const row = make("div", { className: "card user" }, avatar, who);
    if (users.length > 1) row.append(make("i", { className: "chevron" }), select);
    const draw = (/** @type {wire.Person} */ user) => {
      sign(avatar, user.nickname, user.id);
      nickname.textContent = user.nickname;
      loginId.textContent = user.loginId;
      select.value = user.id;
    };
    return { row, select, draw };
  };

  /**
   * A scope that can be refused, and the box that says so.
   * @type {(scope: wire.AskedScope, index: number, frame: wire.Frame) => { row: HTMLElement, box: HTMLInputElement }}
   */
  const choice = ({ name, description }, index, { make }) => {
    const box = make("input", { type: "checkbox", value: name });
    // The name of the box is the description alone; for whom the other name is, it describes.
    box.setAttribute("aria-labelledby", `what-${index}`);
    box.setAttribute("aria-describedby", `name-${index}`);
    const what = make("bdi", { id: `what-${index}`, className: "what", textContent: description });
    const code = make("code", {}, make("bdi", { id: `name-${index}`, textContent: name }));
    return { row: make("label", { className: "scope" }, box, make("span", {}, what, code)), box };
  };

  /** @type {wire.Show} */
  const show = async (question, frame, signal) => {
    const { make, sign } = frame;
    const { app, users, scopes } = question;
    const appName = app.name.trim() || document.title.trim() || app.id;
    let user = /** @type {wire.Person} */ (users.find(({ id }) => id === question.user) ?? users[0]);
    /** @type {HTMLInputElement[]} */
    let boxes = [];
    // Scopes that stay unticked whoever answers.
    const refused = new Set();

    const badge = make("div", { className: "app", ariaHidden: "true" });
    sign(badge, appName, app.id);
    const title = make("h2", { id: "title", tabIndex: -1, autofocus: true, dir: "auto" });
    title.append(make("bdi", { textContent: appName }), " asks for your permission");
    const wallet = make("p", { className: "wallet" }, make("small", { textContent: question.wallet, dir: "auto" }));
    const close = make("button", { className: "close", value: "dismiss", ariaLabel: "Close" }, make("i"));
    const answerer = chooser(question, frame);

    const heading = make("h3", { id: "asked", textContent: "What it asks for" });
    const status = make("p", { id: "status", role: "status", dir: "auto" });
    const list = make("div", { className: "card", role: "group" });
    list.setAttribute("aria-labelledby", "asked");
    const asked = make("div", { className: "asked" }, make("div", { className: "caption" }, heading, status), list);

    const deny = make("button", { value: "deny", textContent: "Deny" });
    const allow = make("button", { className: "primary", value: "allow" });
    allow.setAttribute("aria-describedby", "status");
    const small = make("small", { textContent: "Simulated by bridge: no real wallet, no real account.", dir: "auto" });

    const count = () => {
      for (const box of boxes) refused[box.checked ? "delete" : "add"](box.value);
      const ticked = boxes.filter((box) => box.checked).length;
      status.textContent = ticked ? `${ticked} of ${boxes.length} chosen` : "Choose at least one";
      allow.ariaDisabled = String(!ticked);
    };
    const draw = () => {
      answerer.draw(user);
      const theirs = scopes.filter(({ name }) => user.scopes.includes(name));
      const choices = theirs.map((scope, index) => choice(scope, index, frame));
      boxes = choices.map(({ box }) => box);
      for (const box of boxes) box.checked = !refused.has(box.value);
      list.replaceChildren(...choices.map(({ row }) => row));
      const isDone = !boxes.length;
      heading.hidden = list.hidden = deny.hidden = isDone;
      asked.classList.toggle("done", isDone);
      allow.textContent = isDone ? "Continue" : "Allow";
      if (!isDone) return count();
      const who = make("bdi", { textContent: user.nickname });
      status.replaceChildren(who, " has allowed all of this before. There is nothing more to ask.");
      allow.ariaDisabled = "false";
    };
    list.onchange = count;
    answerer.select.onchange = () => {
      user = users.find(({ id }) => id === answerer.select.value) ?? user;
      draw();
    };
    draw();

    const dialog = make(
      "dialog",
      { className: "sheet", lang: "en" },
      make("div", { className: "head" }, close, badge, title, wallet, answerer.row),
      asked,
      make("div", { className: "foot" }, make("div", { className: "actions" }, deny, allow), small),
    );
    dialog.setAttribute("aria-labelledby", "title");
    const pressed = await frame.open(dialog, { sheets: [frame.styles(css)], signal });
    const action = pressed === "allow" || pressed === "deny" ? pressed : "dismiss";
    if (action !== "dismiss" && user.id !== question.user && !signal.aborted) remember(user.id);
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    return { action, user: user.id, scopes: action === "allow" ? ticked : [] };
  };

  Object.assign(/** @type {object} */ (document.currentScript), { bridge: { show } });
})();

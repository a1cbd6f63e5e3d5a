// @ts-check
// Shows the problems: a list beside the pages, opened by the first problem and by each new one after it was closed.
// Where there is no room for it but over the page, only their number is shown until it is pressed. What is fatal is
// shown in place of the pages.
import { make, makeHost, sheetOf } from "./elements.js";
import css from "./panel.css";
import { onProblem } from "./problems.js";

/** @type {Record<native.ProblemKind, string>} */
const KINDS = {
  folder: "Folder",
  template: "Template",
  tag: "Tag",
  api: "API",
  module: "Module",
  style: "Style",
  script: "Script",
};

/** @type {(problem: native.Problem) => string} "pages/index/index.js:12:3" */
const placeOf = ({ file, line, column }) => [file, line, column].filter((part) => part !== undefined).join(":");

/** @type {(message: string) => string} those of the server go on after "app.json:1:2: " in a terminal */
const sentence = (message) => message.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());

/** @type {(problem: native.Problem) => HTMLElement} */
const entry = (problem) => {
  const [message = "", ...more] = problem.message.split(/\n(?=\s+at )/);
  const place = placeOf(problem);
  const head = make("div", { className: "head" }, ...(place ? [make("code", { textContent: place })] : []));
  head.append(make("small", { textContent: KINDS[problem.kind] ?? problem.kind }));
  const item = make("li", {}, head, make("p", { textContent: sentence(message), dir: "auto" }));
  if (more.length > 0) item.append(make("p", { className: "more", textContent: more.join("\n") }));
  if (problem.page && !problem.file?.startsWith(problem.page)) {
    item.append(make("p", { className: "more", textContent: `on ${problem.page}` }));
  }
  return item;
};

const isBare = () => new URLSearchParams(location.search).has("bare");
const hasRoom = () => !isBare() && matchMedia("(width >= 960px)").matches;

/** @type {(count: number) => string} */
const named = (count) => (count === 1 ? "problem" : "problems");

/** Draws what problems.js has, and what comes. */
export const makePanel = () => {
  const number = make("b");
  const word = make("span");
  const pill = make("button", { className: "pill", type: "button" }, number, word);
  const title = make("span", { textContent: "Problems" });
  const close = make("button", { className: "close", type: "button", ariaLabel: "Close" });
  const entries = make("ol", { tabIndex: 0, ariaLabel: "Problems" });
  const list = make("section", { className: "list", role: "region", ariaLabel: "Problems", hidden: true });
  list.append(make("header", {}, title, close), entries);
  const fatalEntries = make("ol");
  const heading = make("h1", { textContent: "This mini program cannot be shown" });
  const told = make("div", { className: "told", role: "alert" }, heading, fatalEntries);
  const fatal = make("main", { className: "fatal", hidden: true }, told);
  const ground = make("div", { className: isBare() ? "bare" : "wide", lang: "en" }, fatal, list, pill);
  let count = 0;

  /** @param {boolean} isOpen */
  const show = (isOpen) => {
    list.hidden = !isOpen;
    pill.ariaExpanded = String(isOpen);
  };

  const drawCount = () => {
    pill.hidden = count === 0;
    number.textContent = String(count);
    word.textContent = named(count);
  };

  pill.onclick = () => show(list.hidden === true);
  close.onclick = () => {
    show(false);
    pill.focus();
  };
  ground.onkeydown = ({ key }) => {
    if (key === "Escape" && !list.hidden) close.click();
  };

  const element = makeHost("mini-problems", sheetOf(css), ground);
  show(false);
  drawCount();
  document.body.append(element);
  onProblem((problem) => {
    if (problem.fatal) {
      fatalEntries.append(entry(problem));
      fatal.hidden = false;
      document.title ||= heading.textContent ?? "";
      return;
    }
    entries.append(entry(problem));
    count++;
    drawCount();
    if (hasRoom()) show(true);
  });
  return { element };
};

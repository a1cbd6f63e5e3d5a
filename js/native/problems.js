// @ts-check
// What is wrong with the mini program: kept here once each, shown by the panel, told to Python.

/** @type {native.Problem[]} */
export const problems = [];

const noted = new Set();
/** @type {((problem: native.Problem) => void)[]} */
const listeners = [];

/** @type {native.Report} */
export const report = (problem) => {
  const { kind, message, file, line } = problem;
  const key = JSON.stringify([kind, message, file, line]);
  if (noted.has(key)) return;
  noted.add(key);
  problems.push(problem);
  for (const listener of listeners) listener(problem);
};

/** @type {(listener: (problem: native.Problem) => void) => void} hear of those that were and those that come */
export const onProblem = (listener) => {
  listeners.push(listener);
  problems.forEach(listener);
};

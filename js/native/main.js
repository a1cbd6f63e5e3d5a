// @ts-check
// Shows a mini program: the entry of the runtime.
//
//   folder, problems              the sources as the server has them; what is wrong with them
//   modules, sjs                  run scripts
//   places, faults                where in them something was; what they throw
//   axml, expressions, templates/ make of a template what Preact draws
//   tags/, events                 the built-in tags, and what handlers get
//   data, owner, component, page  what Page and Component make
//   app, stack, navigation        what App makes; which pages there are
//   styles, units, frame, chrome  how it looks, and what is around it
//   panel                         shows the problems
import { giveUp, prepare, start } from "./app.js";
import { makeFolder } from "./folder.js";

const { host, parts, nonce } = /** @type {wire.Script} */ (document.currentScript);
const { fetch } = host.real;

const read = async () => {
  const response = await fetch(`${host.home}sources.json`);
  return makeFolder(await response.json(), new URL("..", host.home).href);
};

const begin = async () => {
  // By then the document has a body.
  const folder = await read().finally(() => prepare(host));
  start(host, parts, nonce, folder);
};

begin().catch(giveUp);

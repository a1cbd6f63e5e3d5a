// @ts-check
// The folder as the server had it when the page was loaded. Paths have no slash at their beginning.

/** @type {(path: string) => string} without the file's name; "" for the root */
export const folderOf = (path) => path.replace(/[^/]*$/, "").replace(/\/$/, "");

/** @type {(path: string) => string} without "." and ".." */
export const normal = (path) => {
  /** @type {string[]} */
  const names = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "." && name !== "") names.push(name);
  }
  return names.join("/");
};

/** An address that needs no resolving: https:, data:, blob:, //host, or a fragment alone. */
const WHOLE = /^(?:[a-z][a-z\d+.-]*:|\/\/|#)/i;

/** @type {(sources: native.Sources, root: string) => native.Folder} `root` is the address of the folder */
export const makeFolder = (sources, root) => {
  const texts = new Map(Object.entries(sources.files));
  const assets = new Set(sources.assets);

  /** @type {native.Folder["has"]} */
  const has = (path) => texts.has(path) || assets.has(path);

  /** @type {Map<string, any>} */
  const read = new Map();

  /** @type {native.Folder["json"]} */
  const json = (path) => {
    if (!read.has(path)) {
      let value = {};
      try {
        value = JSON.parse(texts.get(path)?.replace(/^\ufeff/, "") || "{}");
      } catch {
        // The server has said where it is wrong.
      }
      read.set(path, Object(value));
    }
    return read.get(path);
  };

  /** @type {native.Folder["resolve"]} */
  const resolve = (path, from) => {
    if (path.startsWith("/")) return normal(path);
    const near = normal(`${folderOf(from)}/${path}`);
    if (path.startsWith(".") || has(near)) return near;
    const far = normal(path);
    return has(far) ? far : near;
  };

  /** @type {native.Folder["address"]} */
  const address = (written, ...from) => {
    const text = String(written ?? "").trim();
    if (text === "" || WHOLE.test(text)) return text;
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(text) || [];
    const paths = from.map((file) => resolve(path, file));
    const found = paths.find(has) ?? paths[0] ?? normal(path);
    return root + found.split("/").map(encodeURIComponent).join("/") + rest;
  };

  const { problems } = sources;
  return { problems, has, text: (path) => texts.get(path), json, resolve, address };
};

// @ts-check
// The files that the page has: chosen by the user, or fetched from a server. A path is the address of a blob, or stands
// for one.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;

  // Pages put others in their place, for their tests.
  const { fetch } = host.real;
  const { FileReader } = window;

  const PIECE = 180000; // bytes: as base64 they fit into one frame

  /** @type {Map<string, Blob>} by address */
  const files = new Map();
  /** @type {Map<string, Blob>} by address: those that Python has read a part of */
  const begun = new Map();
  /** @type {Map<string, string>} the addresses of those that have paths of the page's choice */
  const addresses = new Map();

  /**
   * Keep a file for as long as the page lives.
   * @param {Blob} file
   */
  const keep = (file) => {
    const path = URL.createObjectURL(file);
    files.set(path, file);
    return path;
  };

  /** @type {(path: unknown) => string} under which a browser has it */
  const locate = (path) => addresses.get(String(path)) ?? String(path);

  /**
   * The file at a path. Throw the reason when there is none.
   * @type {(path: unknown) => Promise<Blob>}
   */
  const open = async (path) => {
    const address = locate(path);
    const kept = files.get(address) ?? begun.get(address);
    if (kept) return kept;
    if (!/^(blob|data):/i.test(address)) throw "the page knows no such file";
    try {
      return await (await fetch(address)).blob();
    } catch {
      throw "it is no longer there, or the page's Content-Security-Policy does not let it be read";
    }
  };

  /**
   * What is at an address of any kind. What a browser keeps from a page is fetched as a wallet does it: from the hosts
   * that may be reached. Throw the reason when there is none.
   * @type {(address: string) => Promise<Blob>}
   */
  const obtain = async (address) => {
    if (/^(blob|data):/i.test(address)) return open(address);
    const { href: url, origin } = new URL(address, location.href);
    try {
      const response = await fetch(url);
      if (response.ok) return await response.blob();
      throw `${address} has the status ${response.status}`;
    } catch (problem) {
      if (origin === location.origin) throw problem;
    }
    /** @type {any} */
    const got = await host.call("downloadFile", { url }).catch(({ errorMessage }) => {
      throw errorMessage;
    });
    return open(got.apFilePath);
  };

  /** @type {(piece: Blob) => Promise<string>} */
  const toBase64 = (piece) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).replace(/^.*?,/, ""));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(piece);
    });

  /** @param {string} base64 */
  const toBytes = (base64) => {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
    return bytes;
  };

  /**
   * A piece of a file, for Python.
   * @param {{ path: string, start: number }} where
   */
  const read = async ({ path, start }) => {
    const file = await open(path);
    const end = start + PIECE;
    // To fetch it for each piece would take many times as long as to send it.
    if (end < file.size) begun.set(locate(path), file);
    else begun.delete(locate(path));
    const data = await toBase64(file.slice(start, end));
    return { data, size: file.size, type: file.type, name: file instanceof File ? file.name : "" };
  };

  /**
   * The payload from Python, with bytes where JSON has base64.
   * @type {wire.Answerer}
   */
  const request = (_options, payload) => ({ ...payload, data: toBytes(payload.data.$arraybuffer).buffer });

  /**
   * The name that a file has at an address, or "".
   * @param {string} address
   */
  const nameAt = (address) => {
    const { protocol, pathname } = new URL(address, location.href);
    if (protocol === "data:") return "";
    const name = pathname.replace(/^.*\//, "");
    try {
      return decodeURIComponent(name);
    } catch {
      return name;
    }
  };

  /** @type {wire.Answerer} */
  const downloadFile = ({ url, filePath }, { content, type }) => {
    const file = new File([toBytes(content)], nameAt(String(url)), { type });
    const path = keep(file);
    if (!filePath) return { apFilePath: path, tempFilePath: path };
    addresses.set(String(filePath), path);
    return { apFilePath: path, tempFilePath: path, filePath };
  };

  script.bridge = { keep, locate, open, obtain, read, toBytes, toBase64, request, httpRequest: request, downloadFile };
})();

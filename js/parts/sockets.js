// @ts-check
// The page's own WebSocket: one at a time.
(() => {
  "use strict";

  const script = /** @type {wire.Script} */ (document.currentScript);
  const { host } = script;

  // Pages put others in their place, for their tests.
  const { WebSocket, console } = window;

  /** @type {WebSocket | null} */
  let socket = null;
  let isSaid = false;

  /** @type {(error: number, errorMessage: string) => wire.Failure} */
  const failure = (error, errorMessage) => ({ error, errorMessage });

  /** @type {(url: unknown, data: unknown) => URL} */
  const addressOf = (url, data) => {
    if (typeof url !== "string") throw host.failures.invalid;
    if (!url) throw failure(3, "The URL is empty");
    let address;
    try {
      address = new URL(url);
    } catch {
      throw failure(4, "The format of the URL is not known");
    }
    if (!/^wss?:$/.test(address.protocol)) throw failure(5, "The URL must begin with ws or wss");
    for (const [name, value] of Object.entries(data ?? {})) address.searchParams.append(name, String(value));
    return address;
  };

  /** @type {(bytes: ArrayBuffer) => Promise<string>} */
  const toBase64 = async (bytes) => (await host.part("files.js")).toBase64(new Blob([bytes]));

  /** @type {wire.Answerer} */
  const connectSocket = ({ url, data, header, protocols, multiple }) => {
    const address = addressOf(url, data);
    if (multiple && !isSaid) {
      isSaid = true;
      console.warn("[bridge] my.connectSocket: sockets are one at a time here, and multiple: true changes nothing");
    }
    const unsent = Object.keys(header ?? {});
    if (unsent.length) {
      console.warn(`[bridge] my.connectSocket: a browser does not send ${unsent.join(", ")}; the URL can say the same`);
    }
    let opening;
    try {
      opening = new WebSocket(address, /** @type {string[]} */ (protocols ?? []));
    } catch (/** @type {any} */ error) {
      if (error.name === "SecurityError") throw failure(20, "Use wss: in place of ws:");
      throw host.failures.invalid;
    }
    // The earlier one goes without a word: who connects anew whenever a socket closes would not come to an end.
    socket?.close();
    socket = opening;
    opening.binaryType = "arraybuffer";
    const isCurrent = () => socket === opening;
    let last = Promise.resolve(); // bytes take longer than texts
    opening.onopen = () => isCurrent() && host.emit("socketOpen", {});
    opening.onmessage = ({ data }) => {
      last = last.then(async () => {
        const isBuffer = typeof data !== "string";
        const text = isBuffer ? await toBase64(data) : data;
        if (isCurrent()) host.emit("socketMessage", { data: text, isBuffer });
      });
    };
    opening.onerror = () => isCurrent() && host.emit("socketError", failure(1, "Error Unknown"));
    opening.onclose = ({ reason }) => {
      last.then(() => {
        if (!isCurrent()) return;
        socket = null;
        host.emit("socketClose", { reason });
      });
    };
  };

  /** @type {wire.Answerer} */
  const sendSocketMessage = async ({ data, isBuffer }) => {
    const isBytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data);
    if (data === undefined || (typeof data === "object" && !isBytes)) throw host.failures.invalid;
    if (socket?.readyState !== WebSocket.OPEN) throw failure(10, "The WebSocket is not open");
    if (isBytes || !isBuffer) return void socket.send(isBytes ? /** @type {ArrayBuffer} */ (data) : String(data));
    const { toBytes } = await host.part("files.js");
    let bytes;
    try {
      bytes = toBytes(String(data));
    } catch {
      throw host.failures.invalid; // no base64
    }
    socket.send(bytes);
  };

  /** @type {wire.Answerer} */
  const closeSocket = ({ code, reason }) => {
    try {
      socket?.close(/** @type {number} */ (code ?? 1000), String(reason ?? ""));
    } catch {
      throw host.failures.invalid; // a code that is not the page's to give, or a long reason
    }
  };

  script.bridge = { connectSocket, sendSocketMessage, closeSocket };
})();

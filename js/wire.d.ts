// Types for the comments in my.js. The second half mirrors bridge/messages.py, as far as the shim reads it.

declare namespace wire {
  /** What a page may pass for a callback. */
  type Callback = (payload: any) => void;

  /** What a page may pass for options; whether a callback in it is a function shows when its turn comes. */
  interface Options {
    success?: unknown;
    fail?: unknown;
    complete?: unknown;
    [field: string]: unknown;
  }

  /** `my.call`. */
  type Call = (api: string, options?: Options | Callback | null, callback?: unknown) => Promise<unknown>;

  /** `my.getAuthCode` and the like. */
  type Api = (options?: Options | null, callback?: unknown) => Promise<unknown>;

  /** `AlipayJSBridge.call`. */
  type RawCall = (api: string, options?: Options | Callback | null, callback?: Callback) => void;

  type Outcome = "success" | "fail";

  /** A call without an outcome: what each would run, in this order. */
  interface Pending extends Record<Outcome, readonly unknown[]> {
    api: string;
    options: Options;
    /** Its text until that has gone out, then "". Absent when it has no need to. */
    unsent?: string | undefined;
    /** The same, for as long as there is an outcome to wait for. */
    text?: string;
    /** The page answers it itself, or has begun to. */
    isOurs?: boolean;
  }

  /** Let a part answer a call; `data` is what Python says about it. */
  type Perform = (id: unknown, pending: Pending, name?: string, data?: unknown) => void;

  /**
   * What a part offers for the calls that it answers, by their APIs: what `success` gets, {} for nothing. It throws what
   * `fail` gets, a `Failure`; whatever else it throws becomes "unknown error".
   */
  type Answerer = (options: Options, data?: any) => unknown;

  /**
   * Give a call its outcome. Without effect when there is no such call, or none any more.
   * With `again` the call stays, for one more outcome.
   */
  type Settle = (id: unknown, outcome: Outcome, payload: unknown, again?: boolean) => void;

  /** Put members on a global object that may exist already. */
  type Install = (name: "my" | "AlipayJSBridge", members: object) => void;

  /** The element of this script, or of a part of it. */
  interface Script extends HTMLScriptElement {
    host: Host;
    /** What a part offers. */
    bridge?: unknown;
    /** The parts that are there already, or on their way. */
    parts: Record<string, any>;
  }

  /** What all files of js/ share: what bridge/manifest.py says, and what my.js adds. */
  interface Host {
    platform: "alipay-plus" | "alipay-cn" | "tiki" | "emas";
    /** The id of the mini program. */
    app: string;
    /** What its users call it, or "". */
    name: string;
    /** Of the users, by their ids. */
    nicknames: Record<string, string>;
    /** The id of the user who is logged in. */
    user: string;
    /**
     * Who is logged in on some pages only; the first counts. Expressions for the end of the address, or for a part of it:
     * null where only Python can read it.
     */
    logIns: { end: string; part?: string | null; flags?: string; user: string }[];
    /** The id of the user who was chosen in this tab. */
    chosen?: string | undefined;
    /** For `my.SDKVersion`. */
    version: string;
    clientVersion: string;
    failures: Failures;
    /** The asynchronous APIs, separated by spaces, by who answers: "server", "handler", or a part. */
    apis: [place: string, names: string][];
    /** The synchronous ones. */
    sync: [part: string, names: string][];
    /** The events, each with the names on `my` of what begins and what ends listening to it. */
    events: [event: string, start: string, stop?: string][];
    /** For `canIUse`: the parameters and results of each API, in the notation "url;method|GET|POST". */
    uses: Record<string, [params: string, results: string]>;
    /** `my.env`. */
    env: object;
    /** What the promise of an HTTP call has beside `abort`. */
    task: object;

    /** As they were before the page could put others in their place. */
    real: Pick<Window & typeof globalThis, "setTimeout" | "clearTimeout" | "fetch"> & { now: () => number };

    /** By APIs: what must not wait for Python, done at once; and the options with which the call goes on. */
    begin: Record<string, (options: Options) => Options>;
    /** Take back what was begun: the call with these options fails. */
    undo: (options: Options) => void;

    /** The address of the parts and of the socket, with a slash at its end. */
    home: string;
    call: Call;
    emit: Emit;
    part: Part;
    /** Tell Python: `bridge.problem`, `bridge.moved`. */
    tell: Tell;
    /** Encode a JSON-RPC message. */
    message: (fields: object) => string;
    /** In a native program: the place of the page that is shown. */
    native?: () => native.View | undefined;
    /** There, too: what getSystemInfo tells of the phone, the page's area and the title bar. */
    size?: () => Record<"windowWidth" | "windowHeight" | "titleBarHeight" | "screenWidth" | "screenHeight", number>;
  }

  /** Do what is left for a call without a connection; one that is late has waited long enough. */
  type Lose = (id: unknown, pending: Pending, isLate?: boolean) => void;

  /** Run a callback, if it is one; what the page reports of it: "", what it threw, or null where it is none. */
  type Run = (callback: unknown, payload: unknown) => string | null;

  /** Send a notification. */
  type Tell = (method: string, params: object) => void;

  /** `my.on`. */
  type On = (event: string, listener: unknown) => { remove: () => void };
  /** `my.off`: without a listener, all of them. */
  type Off = (event: string, listener?: unknown) => void;
  /** Run the listeners to an event. */
  type Emit = (event: string, data?: unknown) => void;

  interface Failure {
    error: number;
    errorMessage: string;
  }

  /** What `fail` gets when the server cannot be asked, or does not know better. */
  interface Failures {
    lost: Failure;
    /** The arguments of a call cannot be sent. */
    unsent: Failure;
    invalid: Failure;
    unknown: Failure;
  }

  /** `Welcome`: the result of `bridge.hello`. */
  interface Welcome {
    protocol: number;
    user: string;
  }

  /** `Answer`: the result of a call. */
  interface Answer {
    callback: Outcome | "page";
    payload: unknown;
    /** The file that is to answer. */
    part?: string;
    remark?: string;
    /** One more outcome follows: the fault of a wallet that answers twice. */
    again?: boolean;
  }

  /** `Response`. The id is null when the server could not tell which request was wrong. */
  interface Response {
    id: string | number | null;
    method?: undefined;
    params?: undefined;
    result?: any;
    error?: { code: number; message: string };
  }

  /** `Notification`. */
  interface Notification {
    id?: undefined;
    method: string;
    params?: any;
    result?: undefined;
    error?: undefined;
  }

  /** One message from the server. */
  type Incoming = Response | Notification;

  // What my.js and the parts have to do with each other.

  /** A message from the server that is for dialog.js: `bridge.ask`, `bridge.withdraw` or `bridge.read`. */
  interface Order {
    id?: string | number | null;
    method: string;
    params?: any;
  }

  /** `Ask`: answered with one response, unless it is withdrawn or the socket closes. */
  interface Ask extends Order {
    /** The sheet's file is `${sheet}.js`. */
    params: { sheet: string };
  }

  /** Take in one message, and the socket that it came over, which may not be the one that is open now. */
  type Take = (incoming: Incoming, from: WebSocket) => void;

  /** Load another file of js/, once; what it offers. */
  type Part = (name: string) => Promise<any>;

  /** Take an order of the server that has come over a socket, which may not be the one that is open now. */
  type Receive = (order: Order, socket: WebSocket) => void;

  /** Make an element with these properties and children. Texts are texts, whatever is in them. */
  type Make = <T extends keyof HTMLElementTagNameMap>(
    tag: T,
    properties?: Partial<HTMLElementTagNameMap[T]>,
    ...children: (Node | string)[]
  ) => HTMLElementTagNameMap[T];

  /** What every sheet gets. */
  interface Frame {
    make: Make;
    /** Write a name's initials on a disc whose hue is always the same for an id, and far from that of the next id. */
    sign: (disc: HTMLElement, name: string, id: string) => void;
    /** Show a layer over everything, dialogs included; what takes it away. `onLost` runs when its page has lost it. */
    float: (layer: HTMLElement, sheets: CSSStyleSheet[], press: () => void, onLost: () => void) => () => void;
    /** What a dialog that opens later hides until it is closed. */
    below: Set<HTMLElement>;
    styles: (css: string) => CSSStyleSheet;
    /**
     * Show a dialog over the page, after those that are there already, until one of its buttons is pressed, Escape is,
     * or the signal takes it away. Return the button's value; "" for the other two.
     *
     * The buttons need no listeners, and get none to work: in a dialog, keys and clicks end before they reach it. What
     * does reach it is `change`. A button that is `aria-disabled` does nothing.
     *
     * Those that come after one that `isBase` do not wait for it, but lie above it.
     */
    open: (
      dialog: HTMLDialogElement,
      options?: { sheets?: CSSStyleSheet[]; signal?: AbortSignal; isBase?: boolean },
    ) => Promise<string>;
  }

  /** What a sheet offers: show it, and return the user's answer. Nobody hears that of one which `signal` took away. */
  type Show = (question: Question, frame: Frame, signal: AbortSignal) => Promise<Choice>;

  /** `Person`. */
  interface Person {
    id: string;
    nickname: string;
    loginId: string;
    /** The names of what this user has still to be asked for; may be none. */
    scopes: string[];
  }

  /** `AskedScope`. */
  interface AskedScope {
    name: string;
    description: string;
  }

  /** What the consent sheet asks. */
  interface Question {
    app: { id: string; name: string };
    /** Whose sheet it is. */
    wallet: string;
    user: string;
    users: Person[];
    /** What any of the users has to be asked for. */
    scopes: AskedScope[];
  }

  /** `Choice`: what the user has answered. */
  interface Choice {
    action: "allow" | "deny" | "dismiss";
    user: string;
    scopes: string[];
  }
}

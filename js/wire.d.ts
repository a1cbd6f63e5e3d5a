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
    /** Its text until that has gone out, then "". Absent when it has no need to. */
    unsent?: string;
  }

  /**
   * Give a call its outcome. Without effect when there is no such call, or none any more.
   * With `again` the call stays, for one more outcome.
   */
  type Settle = (id: unknown, outcome: Outcome, payload: unknown, again?: boolean) => void;

  /** Put members on a global object that may exist already. */
  type Install = (name: "my" | "AlipayJSBridge", members: object) => void;

  /** The element of this script, or of a part of it. */
  interface Script extends HTMLScriptElement {
    /** What a part offers. */
    bridge?: unknown;
    /** What of `PARTS` in bridge/shim.py is there already: where the shim is injected into a page. */
    parts?: Parts;
  }

  /** What files offer, by their names. */
  type Parts = Record<string, Promise<any>>;

  interface Failure {
    error: number;
    errorMessage: string;
  }

  /** `Failures`: what `fail` gets when the server cannot be asked. */
  interface Failures {
    lost: Failure;
    invalid: Failure;
  }

  /** `Welcome`: the result of `bridge.hello`. */
  interface Welcome {
    protocol: number;
    failures: Failures;
  }

  /** `Answer`: the result of a call. */
  interface Answer {
    callback: Outcome;
    payload: unknown;
    remark?: string;
    /** One more outcome follows: the fault of a wallet that answers twice. */
    again?: boolean;
    failures?: undefined;
  }

  /** `Response`. The id is null when the server could not tell which request was wrong. */
  interface Response {
    id: string | number | null;
    method?: undefined;
    result?: Welcome | Answer;
    error?: { code: number; message: string };
  }

  /** `Notification`. */
  interface Notification {
    id?: undefined;
    method: string;
    result?: undefined;
    error?: undefined;
  }

  /** One message from the server. */
  type Incoming = Response | Notification;

  // What dialog.js, the sheets that it loads, and my.js have to do with each other.

  /** A message from the server that is for dialog.js: `bridge.ask` or `bridge.withdraw`. */
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

  /**
   * What my.js hands over with an order: the socket that it came over, how another file is loaded, where the server is,
   * and how a message is encoded, with what the page has not been able to replace.
   */
  type FromShim = [socket: WebSocket, part: Part, home: string, encode: (fields: object) => string];

  /** Take an order of the server. */
  type Receive = (order: Order, ...rest: FromShim) => void;

  /** Make an element with these properties and children. Texts are texts, whatever is in them. */
  type Make = <T extends keyof HTMLElementTagNameMap>(
    tag: T,
    properties?: Partial<HTMLElementTagNameMap[T]>,
    ...children: (Node | string)[]
  ) => HTMLElementTagNameMap[T];

  /** What every sheet gets. */
  interface Frame {
    make: Make;
    styles: (css: string) => CSSStyleSheet;
    /**
     * Show a dialog over the page, after those that are there already, until one of its buttons is pressed, Escape is,
     * or the signal takes it away. Return the button's value; "" for the other two.
     *
     * The buttons need no listeners, and get none to work: in a dialog, keys and clicks end before they reach it. What
     * does reach it is `change`. A button that is `aria-disabled` does nothing.
     */
    open: (
      dialog: HTMLDialogElement,
      options?: { sheets?: CSSStyleSheet[]; signal?: AbortSignal },
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
    /** Where sessionStorage keeps the user who was chosen. */
    store?: string;
  }

  /** `Choice`: what the user has answered. */
  interface Choice {
    action: "allow" | "deny" | "dismiss";
    user: string;
    scopes: string[];
  }
}

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

  /** The APIs that the shim answers itself. The null is the prototype's: to tsc, `__proto__` in a literal is a field. */
  type InPage = Record<string, ((options: any) => Promise<object>) | null>;

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
    parts?: Record<string, Promise<any>>;
  }

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
}

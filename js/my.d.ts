// Types of what my.js puts on a page. They need no module system: name this file in "types" or "files" of a
// tsconfig.json, or write /// <reference path="my.d.ts" /> on top of a script.
//
// The namespace `bridge` exists in types only. Its interfaces are open: who gives `my` more members, or has a wallet
// that takes more options, merges them in (from a module, inside `declare global`):
//
//   declare namespace bridge {
//     interface My { onAppShow(listener: () => void): void }
//     interface AuthCodeOptions { authClientId?: string }
//   }

declare namespace bridge {
  /** Exactly one of `success` and `fail` runs, then `complete`, and never inside the call itself. */
  interface Callbacks<Result, Failed, Either> {
    success?(res: Result): void;
    fail?(res: Failed): void;
    complete?(res: Either): void;
  }

  /** One of the two. What only the other one has can be asked for, and is undefined. */
  type Either<A, B> =
    | (A & { [Name in Exclude<keyof B, keyof A>]?: undefined })
    | (B & { [Name in Exclude<keyof A, keyof B>]?: undefined });

  /** What `fail` gets and the promise is rejected with. */
  interface Failure {
    error: number;
    errorMessage: string;
  }

  /** At least one of the scopes was granted. */
  interface AuthCode {
    /** For the server, which exchanges it for an access token. */
    authCode: string;
    authSuccessScopes: string[];
    /** The refused scopes, each with its code such as "10001"; often empty. */
    authErrorScopes: Record<string, string>;
  }

  /** None of the scopes was granted, or nobody could be asked. */
  interface AuthCodeFailure extends Failure {
    /** Absent when it was not about scopes. */
    authErrorScopes?: Record<string, string>;
  }

  type AuthCodeOutcome = Either<AuthCode, AuthCodeFailure>;

  interface AuthCodeOptions extends Callbacks<AuthCode, AuthCodeFailure, AuthCodeOutcome> {
    /** What to ask the user for, several names in one string separated by commas. Some platforms insist on it. */
    scopes?: string | readonly string[] | null;
  }

  type AlertOutcome = Either<{}, Failure>;

  interface AlertOptions extends Callbacks<{}, Failure, AlertOutcome> {
    title?: string;
    content?: string;
    /** By default "OK". */
    buttonText?: string;
  }

  /** Fields that the handler chose. */
  type Fields = Record<string, any>;

  type ForwardedFailure = Failure & Fields;

  /** The callbacks, and whatever the handler understands. */
  interface ForwardedOptions<Result> extends Callbacks<Result, ForwardedFailure, Result | ForwardedFailure> {
    [field: string]: any;
  }

  /** An API of which only the handler knows the fields; say what it answers with: `my.scan<{ code: string }>()`. */
  type Forwarded = <Result = Fields>(
    options?: ForwardedOptions<Result> | null,
    callback?: (res: Result | ForwardedFailure) => void,
  ) => Promise<Result>;

  /** The APIs of that kind. */
  type ForwardedName =
    | "chooseCity" | "chooseImage" | "choosePhoneContact" | "clearStorage" | "closeSocket" | "compressImage"
    | "confirm" | "connectSocket" | "datePicker" | "downloadFile" | "getAuthUserInfo" | "getBatteryInfo"
    | "getClipboard" | "getFileInfo" | "getImageInfo" | "getLocation" | "getNetworkType" | "getOpenUserInfo"
    | "getPhoneNumber" | "getSavedFileInfo" | "getSavedFileList" | "getScreenBrightness" | "getServerTime"
    | "getSetting" | "getSiteInfo" | "getStorage" | "getStorageInfo" | "getSystemInfo" | "getTitleColor"
    | "hideBackHome" | "hideKeyboard" | "hideLoading" | "hideNavigationBarLoading" | "hideShareMenu" | "hideTabBar"
    | "hideToast" | "httpRequest" | "makePhoneCall" | "multiLevelSelect" | "navigateBack" | "navigateBackMiniProgram"
    | "navigateTo" | "navigateToMiniProgram" | "openDocument" | "openLocation" | "openSetting" | "optionsSelect"
    | "pageScrollTo" | "paySignCenter" | "previewImage" | "prompt" | "reLaunch" | "redirectTo" | "removeSavedFile"
    | "removeStorage" | "removeTabBarBadge" | "request" | "rsa" | "saveFile" | "saveImage" | "scan"
    | "sendSocketMessage" | "setBackgroundColor" | "setBackgroundTextStyle" | "setCanPullDown" | "setClipboard"
    | "setKeepScreenOn" | "setNavigationBar" | "setScreenBrightness" | "setStorage" | "setTabBarBadge"
    | "setTabBarItem" | "setTabBarStyle" | "showActionSheet" | "showAuthGuide" | "showLoading"
    | "showNavigationBarLoading" | "showSharePanel" | "showTabBar" | "showToast" | "startAPVerify"
    | "startPullDownRefresh" | "stopPullDownRefresh" | "switchTab" | "tradePay" | "uploadFile" | "vibrate"
    | "vibrateLong" | "vibrateShort" | "watchShake";

  type ForwardedApis = { [Name in ForwardedName]: Forwarded };

  interface Env {
    USER_DATA_PATH: string;
    /** "ap", the short name of the wallet. */
    clientName: string;
    clientVersion: string;
    /** The browser's, such as "en-US". */
    language: string;
    platform: "Android" | "iOS" | "unknown";
  }

  interface My extends ForwardedApis {
    /**
     * Ask the user to authorize, and get a code for the server.
     * @param callback runs after `complete`, with the same
     */
    getAuthCode: (options?: AuthCodeOptions | null, callback?: (res: AuthCodeOutcome) => void) => Promise<AuthCode>;
    /** Show a message with one button. Done when the user has dismissed it. */
    alert: (options?: AlertOptions | null, callback?: (res: AlertOutcome) => void) => Promise<{}>;
    /** Call any API by its name, also one that is no member of `my`. */
    call: {
      <Result = Fields>(
        name: string,
        options?: ForwardedOptions<Result> | null,
        callback?: (res: Result | ForwardedFailure) => void,
      ): Promise<Result>;
      <Result = Fields>(name: string, callback: (res: Result | ForwardedFailure) => void): Promise<Result>;
    };
    /** Whether there is such an API, or such a detail of one: "alert", "getAuthCode.object.scopes". */
    canIUse: (query: string) => boolean;
    /** The version of the platform's library that `my` stands in for. */
    SDKVersion: string;
    env: Env;
  }

  /** The bridge below `my`. There is no promise, and its one callback gets successes and failures alike. */
  interface RawBridge {
    call: {
      (name: string, options?: Fields | null, callback?: (res: Fields) => void): void;
      (name: string, callback: (res: Fields) => void): void;
    };
  }
}

declare var my: bridge.My;
declare var AlipayJSBridge: bridge.RawBridge;

interface Window {
  my: bridge.My;
  AlipayJSBridge: bridge.RawBridge;
}

interface DocumentEventMap {
  /** From now on there is `AlipayJSBridge`. */
  AlipayJSBridgeReady: Event;
}

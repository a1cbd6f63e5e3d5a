// Types of what my.js puts on a page. They need no module system: name this file in "types" or "files" of a
// tsconfig.json, or write /// <reference path="my.d.ts" /> on top of a script.
//
// The namespace `bridge` exists in types only. Its interfaces are open: who gives `my` more members, or has a wallet
// that takes more options, merges them in (from a module, inside `declare global`):
//
//   declare namespace bridge {
//     interface My { mallSale(price: number): void }
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

  /** Fields that the handler chose. */
  type Fields = Record<string, any>;

  /** What `fail` gets of an API whose handler may say more. */
  type AnyFailure = Failure & Fields;

  /** The documented parameters, the callbacks, and whatever else a handler understands. */
  type Options<Params, Result> = Params & Callbacks<Result, AnyFailure, Result | AnyFailure> & Fields;

  /** An API; if its handler answers with something else, say so: `my.scan<{ code: string }>()`. */
  type Api<Params, Documented> = <Result = Documented>(
    ...given: {} extends Params
      ?
          | [options?: Options<Params, Result> | null | undefined, callback?: (res: Result | AnyFailure) => void]
          | [callback: (res: Result | AnyFailure) => void]
      : [options: Options<Params, Result>, callback?: (res: Result | AnyFailure) => void]
  ) => Promise<Result>;

  /** One that can be given up: `fail` runs with error 9. */
  type Task<Params, Documented> = <Result = Documented>(
    options: Options<Params, Result>,
    callback?: (res: Result | AnyFailure) => void,
  ) => Promise<Result> & TaskMembers;

  interface TaskMembers {
    abort(): void;
    /** Without effect, as the three that follow. */
    onProgressUpdate(listener: (res: Fields) => void): void;
    offProgressUpdate(listener?: (res: Fields) => void): void;
    onHeadersReceived(listener: (res: Fields) => void): void;
    offHeadersReceived(listener?: (res: Fields) => void): void;
  }

  /** @param callback runs after `complete`, with the same */
  type Authorize = (options?: AuthCodeOptions | null, callback?: (res: AuthCodeOutcome) => void) => Promise<AuthCode>;

  /** Begin to listen to an event. */
  type Listen<Result> = (listener: (res: Result) => void) => { remove(): void };

  /** Stop: with a listener, that one; without, all of them. */
  type Unlisten<Result> = (listener?: (res: Result) => void) => void;

  /** What tells of a newer version of the app. There is none here. */
  interface UpdateManager {
    onCheckForUpdate(listener: (res: { hasUpdate: boolean }) => void): void;
    onUpdateReady(listener: (res: {}) => void): void;
    onUpdateFailed(listener: (res: {}) => void): void;
    applyUpdate(): void;
  }

  /** What finds elements, and tells about them when `exec` is called. */
  interface SelectorQuery {
    select(selector: string): SelectorQuery;
    selectAll(selector: string): SelectorQuery;
    selectViewport(): SelectorQuery;
    in(component: unknown): SelectorQuery;
    boundingClientRect(callback?: (found: any) => void): SelectorQuery;
    scrollOffset(callback?: (found: any) => void): SelectorQuery;
    fields(wanted: Fields, callback?: (found: any) => void): SelectorQuery;
    node(callback?: (found: any) => void): SelectorQuery;
    context(callback?: (found: any) => void): SelectorQuery;
    exec(callback?: (found: any[]) => void): void;
  }

  interface AnimationConfig {
    duration?: number;
    timeFunction?: string;
    delay?: number;
    transformOrigin?: string;
  }

  type Move = (...values: (number | string)[]) => Animation;

  /** What describes an animation, step by step. */
  interface Animation extends Record<AnimationMove, Move> {
    step(config?: AnimationConfig): Animation;
    /** The steps so far; the next begin anew. */
    export(): { config: Required<AnimationConfig>; animation: [move: string, values: unknown[]][] }[];
  }

  type AnimationMove =
    | "opacity" | "backgroundColor" | "width" | "height" | "top" | "left" | "bottom" | "right" | "rotate" | "rotateX"
    | "rotateY" | "rotateZ" | "rotate3d" | "scale" | "scaleX" | "scaleY" | "scaleZ" | "scale3d" | "translate"
    | "translateX" | "translateY" | "translateZ" | "translate3d" | "skew" | "skewX" | "skewY" | "matrix" | "matrix3d";

  type Brush =
    | "arc" | "arcTo" | "beginPath" | "bezierCurveTo" | "clearRect" | "clip" | "closePath" | "fill" | "fillRect"
    | "fillText" | "lineTo" | "moveTo" | "quadraticCurveTo" | "rect" | "restore" | "rotate" | "save" | "scale"
    | "setLineDash" | "setTransform" | "stroke" | "strokeRect" | "strokeText" | "transform" | "translate";

  /** What draws on a canvas, once `draw` is called. The rest is as the platform documents it. */
  interface CanvasContext extends Pick<CanvasRenderingContext2D, Brush> {
    draw(reserve?: boolean | (() => void), callback?: () => void): void;
    measureText(text: string): { width: number };
    [name: string]: any;
  }

  interface Env {
    USER_DATA_PATH: string;
    /** "ap", the short name of the wallet. */
    clientName: string;
    clientVersion: string;
    /** The browser's, such as "en-US"; that of Chinese is "zh-Hans", "zh-Hant" or "zh-HK". */
    language: string;
    platform: "Android" | "iOS" | "unknown";
  }

  interface My extends Declared {
    /** Call any API by its name, also one that is no member of `my`. */
    call: {
      <Result = Fields>(
        name: string,
        options?: Options<Fields, Result> | null,
        callback?: (res: Result | AnyFailure) => void,
      ): Promise<Result>;
      <Result = Fields>(name: string, callback: (res: Result | AnyFailure) => void): Promise<Result>;
    };
    /** Listen to any event by its name, such as "accelerometerChange". */
    on: (event: string, listener: (res: any) => void) => { remove(): void };
    /** Stop listening to it. */
    off: (event: string, listener?: (res: any) => void) => void;
    /** The version of the platform's library that `my` stands in for. */
    SDKVersion: string;
    env: Env;
  }

  /** The APIs of all wallets; each wallet has its own choice of them. */
  interface Declared {
    // From bridge/apis, by `make declared`:
    /** Tell whether there is such an API, option, result, component or attribute. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_caniuse_caniuse} */
    canIUse: (query: string) => boolean;
    /** Tell the ID of this app. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_basic_getappidsync} */
    getAppIdSync: () => { appId: string };
    /** Get the object that tells of a newer version of this app. {@link https://opendocs.alipay.com/mini/api/zdblqg} */
    getUpdateManager: () => bridge.UpdateManager;
    /** Tell whether the page runs inside a mini program. {@link https://opendocs.alipay.com/mini/component/web-view} */
    getEnv: Api<{}, { miniprogram: boolean }>;
    /** Send a message from a page in a web-view to the mini program around it. {@link https://opendocs.alipay.com/mini/component/web-view} */
    postMessage: Api<{}, {}>;
    /** Hear what the mini program sends to a page in its web-view. {@link https://opendocs.alipay.com/mini/component/web-view} */
    get onMessage(): Listen<Fields>;
    set onMessage(listener: (res: Fields) => void);
    /** Tell which site, which is to say which wallet, runs this app. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_alipay-connect_getsiteinfo} */
    getSiteInfo: Api<{}, { siteName: string }>;
    /** Tell the time of the wallet's server, in milliseconds since 1970. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_server_getservertime} */
    getServerTime: Api<{}, { time: number }>;
    /** Tell whether this version is released, on trial, or in development. {@link https://opendocs.alipay.com/mini/api/runscene} */
    getRunScene: Api<{}, { envVersion: 'develop' | 'trial' | 'release' | 'gray' }>;
    /** Get an object that finds elements, and tells where they are. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_selector-query_createselectorquery} */
    createSelectorQuery: () => bridge.SelectorQuery;
    /** Get an object that describes an animation. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_animation_createanimation} */
    createAnimation: (options?: { duration?: number; timeFunction?: 'linear' | 'ease' | 'ease-in' | 'ease-in-out' | 'ease-out' | 'step-start' | 'step-end'; delay?: number; transformOrigin?: string }) => bridge.Animation;
    /** Get an object that draws on a canvas. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_canvas_createcanvascontext} */
    createCanvasContext: (id: string) => bridge.CanvasContext;
    /** Tell the phone's model, screen and language, and the wallet's version. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_system_getsysteminfo} */
    getSystemInfo: Api<{}, { app: string; brand: string; currentBattery: string; fontSizeSetting: number; language: string; model: string; pixelRatio: number; platform: string; screen?: { width: number; height: number }; screenHeight: number; screenWidth: number; statusBarHeight: number; storage: string; system: string; titleBarHeight: number; version: string; windowHeight: number; windowWidth: number }>;
    /** Tell at once the phone's model, screen and language, and the wallet's version. {@link https://opendocs.alipay.com/mini/api/gawhvz} */
    getSystemInfoSync: () => { app: string; brand: string; currentBattery: string; fontSizeSetting: number; language: string; model: string; pixelRatio: number; platform: string; screen?: { width: number; height: number }; screenHeight: number; screenWidth: number; statusBarHeight: number; storage: string; system: string; titleBarHeight: number; version: string; windowHeight: number; windowWidth: number };
    /** Tell whether there is a network, and of which kind. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_network_getnetworktype} */
    getNetworkType: Api<{}, { networkAvailable: boolean; networkType: 'UNKNOWN' | 'NOTREACHABLE' | 'WIFI' | '2G' | '3G' | '4G' | '5G' | 'WWAN' }>;
    /** Hear that the network has come, gone or changed. {@link https://opendocs.alipay.com/mini/api/ympi0l} */
    onNetworkStatusChange: Listen<{ isConnected: boolean; networkAvailable?: boolean; networkType: 'UNKNOWN' | 'NOTREACHABLE' | 'WIFI' | '2G' | '3G' | '4G' | '5G' | 'WWAN' }>;
    offNetworkStatusChange: Unlisten<{ isConnected: boolean; networkAvailable?: boolean; networkType: 'UNKNOWN' | 'NOTREACHABLE' | 'WIFI' | '2G' | '3G' | '4G' | '5G' | 'WWAN' }>;
    /** Read the text on the clipboard. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_clipboard_getclipboard} */
    getClipboard: Api<{}, { text: string }>;
    /** Put a text on the clipboard. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_clipboard_setclipboard} */
    setClipboard: Api<{ text: string }, { success: boolean }>;
    /** Call a phone number. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_call_makephonecall} */
    makePhoneCall: Api<{ number: string }, {}>;
    /** Let the phone vibrate. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_vibrate_vibrate} */
    vibrate: Api<{}, {}>;
    /** Let the phone vibrate for a moment. {@link https://opendocs.alipay.com/mini/api/ad6c10} */
    vibrateShort: Api<{}, {}>;
    /** Let the phone vibrate for almost half a second. {@link https://opendocs.alipay.com/mini/api/ucm2he} */
    vibrateLong: Api<{}, {}>;
    /** Let the user scan a QR code or a bar code. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_scan_scan} */
    scan: Api<{ type?: 'qr' | 'bar'; scanType?: ('qrCode' | 'barCode' | 'dmCode' | 'pdf417Code' | 'narrowCode' | 'hmCode')[]; hideAlbum?: boolean }, { code: string; qrCode?: string; barCode?: string; result?: string; scanType?: string; imageChannel?: 'album' | 'camera'; rawData?: string }>;
    /** Tell how full the battery is, in percent, and whether it is being charged. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_battery_getbatteryinfo} */
    getBatteryInfo: Api<{}, { level: number; isCharging: boolean }>;
    /** Tell how bright the screen is, from 0 to 1. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_screen_getscreenbrightness} */
    getScreenBrightness: Api<{}, { brightness: number }>;
    /** Make the screen brighter or darker. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_screen_setscreenbrightness} */
    setScreenBrightness: Api<{ brightness: number }, {}>;
    /** Keep the screen from going dark, or let it. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_screen_setkeepscreenon} */
    setKeepScreenOn: Api<{ keepScreenOn?: boolean }, {}>;
    /** Hide the app in pictures of the screen, or show it. {@link https://opendocs.alipay.com/mini/api/setVisualEffectOnCapture} */
    setVisualEffectOnCapture: Api<{ visualEffect?: 'none' | 'hidden' }, {}>;
    /** Tell whether the phone reads the screen to the user. {@link https://opendocs.alipay.com/mini/api/device/isscreenreaderenabled} */
    isScreenReaderEnabled: Api<{}, { screenReaderEnabled: boolean }>;
    /** Hear that the user has taken a picture of the screen. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_capture_onusercapturescreen} */
    onUserCaptureScreen: Listen<{}>;
    offUserCaptureScreen: Unlisten<{}>;
    /** Hear that memory is short. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_memory-warning_onmemorywarning} */
    onMemoryWarning: Listen<{ level?: number }>;
    offMemoryWarning: Unlisten<{ level?: number }>;
    /** Wait until the user shakes the phone. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_watch-shake_watchshake} */
    watchShake: Api<{}, {}>;
    /** Hear how the phone is being moved. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_accelerometer_onaccelerometerchange} */
    onAccelerometerChange: Listen<{ x: number; y: number; z: number; timestamp?: number }>;
    offAccelerometerChange: Unlisten<{ x: number; y: number; z: number; timestamp?: number }>;
    /** Begin to measure how the phone is being moved. {@link https://opendocs.alipay.com/mini/022hgl} */
    startAccelerometer: Api<{ interval?: 'game' | 'ui' | 'normal' }, {}>;
    /** Stop measuring how the phone is being moved. {@link https://opendocs.alipay.com/mini/022hgm} */
    stopAccelerometer: Api<{}, {}>;
    /** Hear where the phone points to, in degrees from north. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_compass_oncompasschange} */
    onCompassChange: Listen<{ direction: number; timestamp?: number }>;
    offCompassChange: Unlisten<{ direction: number; timestamp?: number }>;
    /** Begin to measure where the phone points to. {@link https://opendocs.alipay.com/mini/022kkk} */
    startCompass: Api<{ interval?: 'game' | 'ui' | 'normal' }, {}>;
    /** Stop measuring where the phone points to. {@link https://opendocs.alipay.com/mini/022kkl} */
    stopCompass: Api<{}, {}>;
    /** Hear how fast the phone is being turned. {@link https://opendocs.alipay.com/mini/api/gyroscope} */
    onGyroscopeChange: Listen<{ x: number; y: number; z: number; timestamp?: number }>;
    offGyroscopeChange: Unlisten<{ x: number; y: number; z: number; timestamp?: number }>;
    /** Begin to measure how fast the phone is being turned. {@link https://opendocs.alipay.com/mini/022kkm} */
    startGyroscope: Api<{ interval?: 'game' | 'ui' | 'normal' }, {}>;
    /** Stop measuring how fast the phone is being turned. {@link https://opendocs.alipay.com/mini/022hgn} */
    stopGyroscope: Api<{}, {}>;
    /** Hear how the phone is held. {@link https://opendocs.alipay.com/mini/api/my.ondevicemotionchange} */
    onDeviceMotionChange: Listen<{ alpha: number; beta: number; gamma: number }>;
    offDeviceMotionChange: Unlisten<{ alpha: number; beta: number; gamma: number }>;
    /** Let the user choose a name and number from the phone's contacts. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_contact_choosephonecontact} */
    choosePhoneContact: Api<{}, { name: string; mobile: string }>;
    /** Let the user add somebody to the phone's contacts. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_add-contact_addphonecontact} */
    addPhoneContact: Api<{ photoFilePath?: string; nickName?: string; lastName?: string; middleName?: string; firstName?: string; remark?: string; mobilePhoneNumber?: string; organization?: string; title?: string; workFaxNumber?: string; workPhoneNumber?: string; hostNumber?: string; email?: string; url?: string; homeFaxNumber?: string; homePhoneNumber?: string }, {}>;
    /** Show a message with one button. Done when the user has dismissed it. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_alert} */
    alert: Api<{ title?: string; content?: string; buttonText?: string; confirmColor?: string }, {}>;
    /** Ask the user a question with two answers. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_confirm} */
    confirm: Api<{ title?: string; content?: string; confirmButtonText?: string; cancelButtonText?: string; confirmColor?: string; cancelColor?: string }, { confirm: boolean }>;
    /** Ask the user for a line of text. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_prompt} */
    prompt: Api<{ title?: string; message?: string; placeholder?: string; align?: 'left' | 'center' | 'right'; okButtonText?: string; cancelButtonText?: string; confirmColor?: string; cancelColor?: string }, { ok: boolean; inputValue: string }>;
    /** Show a short message that goes away by itself. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_showtoast} */
    showToast: Api<{ content?: string; type?: 'none' | 'success' | 'fail' | 'exception' | 'loading'; duration?: number; buttonText?: string }, {}>;
    /** Take the message of showToast away. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_hidetoast} */
    hideToast: Api<{}, {}>;
    /** Show that something is being loaded. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_showloading} */
    showLoading: Api<{ content?: string; delay?: number; mask?: boolean }, {}>;
    /** Take the sign of showLoading away. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_hideloading} */
    hideLoading: Api<{ page?: any }, {}>;
    /** Let the user choose one of several actions. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_feedback_showactionsheet} */
    showActionSheet: Api<{ title?: string; items: string[]; cancelButtonText?: string; destructiveBtnIndex?: number; badges?: { index: number; type: 'none' | 'point' | 'num' | 'text' | 'more'; text?: string }[] }, { index: number }>;
    /** Ask the user a question with two answers, or for a line of text, as WeChat does. {@link https://github.com/ant-mini-program/api-typings} */
    showModal: Api<{ title?: string; content?: string; showCancel?: boolean; cancelText?: string; cancelColor?: string; confirmText?: string; confirmColor?: string; editable?: boolean; placeholderText?: string }, { confirm: boolean; content?: string }>;
    /** Let the user choose a date, a time, or both. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_choose-date_datepicker} */
    datePicker: Api<{ format?: 'yyyy-MM-dd' | 'HH:mm' | 'yyyy-MM-dd HH:mm' | 'yyyy-MM' | 'yyyy' | 'HH:mm:ss' | 'yyyy-MM-dd HH:mm:ss' | 'dd-MM-yyyy' | 'dd-MM-yyyy HH:mm'; currentDate?: string; startDate?: string; endDate?: string }, { date: string }>;
    /** Let the user choose from one list, or from two. {@link https://opendocs.alipay.com/mini/api/options-select} */
    optionsSelect: Api<{ title?: string; optionsOne: string[]; optionsTwo?: string[]; selectedOneIndex?: number; selectedTwoIndex?: number; positiveString?: string; negativeString?: string }, { selectedOneIndex: number | string; selectedOneOption: string; selectedTwoIndex?: number | string; selectedTwoOption?: string }>;
    /** Let the user choose step by step from lists within lists. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_multi-level-select_multilevelselect} */
    multiLevelSelect: Api<{ title?: string; list: { name: string; subList?: any[] }[]; suggest?: string }, { success: boolean; result?: { name: string }[] }>;
    /** Ask the user before the page is left. {@link https://opendocs.alipay.com/mini/api/my.enableAlertBeforeUnload} */
    enableAlertBeforeUnload: Api<{ message?: string }, {}>;
    /** Let the page be left without asking the user. {@link https://opendocs.alipay.com/mini/api/my.disableAlertBeforeUnload} */
    disableAlertBeforeUnload: Api<{}, {}>;
    /** Tell where the user is. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_location_getlocation} */
    getLocation: Api<{ type?: 0 | 1 | 2 | 3; cacheTimeout?: number }, { longitude: string | number; latitude: string | number; accuracy: string | number; horizontalAccuracy?: string; country?: string; countryCode?: string; province?: string; provinceAdcode?: string; city?: string; cityAdcode?: string; district?: string; districtAdcode?: string; streetNumber?: { street: string; number: string }; pois?: { name: string; address: string }[] }>;
    /** Show a place on a map. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_location_openlocation} */
    openLocation: Api<{ longitude: number | string; latitude: number | string; name: string; address: string; scale?: number }, {}>;
    /** Let the user choose a place on a map. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_location_chooselocation} */
    chooseLocation: Api<{ longitude?: number; latitude?: number }, { name: string; address: string; longitude: number | string; latitude: number | string; provinceName: string; cityName: string }>;
    /** Let the user choose a city. {@link https://opendocs.alipay.com/mini/api/ui-city} */
    chooseCity: Api<{ showLocatedCity?: boolean; showHotCities?: boolean; setLocatedCity?: boolean; cities?: { city: string; adCode: string; spell: string }[]; hotCities?: { city: string; adCode: string; spell: string }[]; customHistoryCities?: { city: string; adCode: string; spell: string }[] }, { city: string; adCode: string; longitude?: number; latitude?: number }>;
    /** Hear where the user is, while a city is being chosen. {@link https://opendocs.alipay.com/mini/api/krzyo1} */
    onLocatedComplete: Listen<{ longitude: number; latitude: number; locatedCityId: string }>;
    offLocatedComplete: Unlisten<{ longitude: number; latitude: number; locatedCityId: string }>;
    /** Change the city that is shown as the one that the user is in. {@link https://opendocs.alipay.com/mini/api/yw382g} */
    setLocatedCity: Api<{ locatedCityId: string; locatedCityName: string; locatedCityAdCode?: string; locatedCityPinyin?: string }, { locatedCityName: string }>;
    /** Let the user choose a province, a city and a district. {@link https://opendocs.alipay.com/mini/00nd0d} */
    regionPicker: Api<{ title?: string; selectedItem?: string[]; mergeOptions?: { add?: any[]; remove?: any[]; update?: any[] } }, { data: string[]; code: string[] }>;
    /** Ask the user to authorize, and get a code for the server. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_getauthcode} */
    getAuthCode: Authorize;
    /** Get the nickname and the picture of a user who has agreed to it through getAuthCode. {@link https://docs.alipay.com/mini/api/userinfo} */
    getAuthUserInfo: Api<{}, { nickName: string; avatar: string }>;
    /** Get what is known of a user who has agreed to it with a button. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_getopenuserinfo} */
    getOpenUserInfo: Api<{}, { response: string }>;
    /** Get the phone number, encrypted, of a user who has agreed to it with a button. {@link https://opendocs.alipay.com/mini/api/getphonenumber} */
    getPhoneNumber: Api<{}, { response: string }>;
    /** Get the name, the picture and, where agreed, the addresses of the user. {@link https://developers.tiki.vn/docs/api/open/get-user-info} */
    getUserInfo: Api<{}, { customerId: string; name: string; avatar: string; email?: string; phone?: string }>;
    /** Tell which permissions the user has given to this app. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_setting_getsetting} */
    getSetting: Api<{}, { authSetting: Record<string, boolean> }>;
    /** Show the user the page on which permissions are given and taken. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_setting_opensetting} */
    openSetting: Api<{}, { authSetting: Record<string, boolean> }>;
    /** Show the user how to give the wallet a permission of the phone. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_device_permission_showauthguide} */
    showAuthGuide: Api<{ authType: 'CAMERA' | 'PHOTO' | 'LBS' | 'BLUETOOTH' | 'MICROPHONE' | 'ADDRESSBOOK' | 'NOTIFICATION' | 'BACKGROUNDER' | 'SHORTCUT' | 'SELFSTARTING' | 'STORAGE' | 'LBSSERVICE' | (string & {}) }, { shown: boolean }>;
    /** Let the user choose an address from those kept in the wallet. {@link https://opendocs.alipay.com/mini/api/lymgfk} */
    getAddress: Api<{}, { resultStatus?: string; result: any }>;
    /** Ask the user to agree to messages from this app. {@link https://opendocs.alipay.com/mini/api/requestSubscribeMessage} */
    requestSubscribeMessage: Api<{ entityIds: string[]; thirdTypeAppId?: string }, { behavior: 'subscribe' | 'cancel' | ''; keep: boolean; refuse: boolean; show: boolean; result?: { subscribeEntityIds?: string[]; subscribedEntityIds?: string[]; unsubscribedEntityIds?: string[] } }>;
    /** Get the steps, encrypted, that the user walked on a day. {@link https://opendocs.alipay.com/mini/api/gxuu7v} */
    getRunData: Api<{ countDate: string }, { response: string }>;
    /** Verify the identity of the user. {@link https://github.com/ant-mini-program/api-typings} */
    startAPVerify: Api<{ url: string; certifyId: string }, { resultStatus: string; result?: { certifyId?: string } }>;
    /** Encrypt or decrypt a text with an RSA key. {@link https://opendocs.alipay.com/mini/api/data-safe} */
    rsa: Api<{ action: 'encrypt' | 'decrypt'; text: string; key: string }, { text: string }>;
    /** Let the user choose pictures, or take one. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_media_image_chooseimage} */
    chooseImage: Api<{ count?: number; sizeType?: ('original' | 'compressed')[]; sourceType?: 'camera' | 'album' | ('camera' | 'album')[] }, { apFilePaths: string[]; tempFilePaths?: string[]; tempFiles?: { path: string; size: number; width?: number; height?: number }[]; filePaths?: string[] }>;
    /** Show pictures on the whole screen. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_media_image_previewimage} */
    previewImage: Api<{ urls: string[]; current?: number | string; enablesavephoto?: boolean; enableShowPhotoDownload?: boolean }, {}>;
    /** Save a picture from the network among the pictures of the phone. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_media_image_saveimage} */
    saveImage: Api<{ url: string; showActionSheet?: boolean }, {}>;
    /** Save a picture among the pictures of the phone. {@link https://opendocs.alipay.com/mini/api/media/image/my.saveImagetophotosalbum} */
    saveImageToPhotosAlbum: Api<{ filePath: string }, {}>;
    /** Tell the size, the direction and the format of a picture. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_media_image_getimageinfo} */
    getImageInfo: Api<{ src: string }, { width: number; height: number; path: string; orientation: 'up' | 'down' | 'left' | 'right' | 'up-mirrored' | 'down-mirrored' | 'left-mirrored' | 'right-mirrored'; type: string }>;
    /** Make pictures smaller. {@link https://opendocs.alipay.com/mini/api/media/image/my.compressimage} */
    compressImage: Api<{ apFilePaths?: string[]; filePaths?: string[]; compressLevel?: 0 | 1 | 2 | 3 | 4 }, { apFilePaths: string[]; filePaths?: string[] }>;
    /** Draw a QR code. {@link https://opendocs.alipay.com/mini/api/media/image/my.generateimagefromcode} */
    generateImageFromCode: Api<{ code: string; format: 'QRCODE'; width: number; correctLevel?: 'L' | 'M' | 'Q' | 'H'; codeColor?: string }, { image: string }>;
    /** Let the user choose a video, or take one. {@link https://opendocs.alipay.com/mini/api/media/video/my.choosevideo} */
    chooseVideo: Api<{ sourceType?: 'album' | 'camera' | ('album' | 'camera')[]; compressed?: boolean; maxDuration?: number; camera?: 'back' | 'front' | ('back' | 'front')[] }, { filePath?: string; tempFilePath?: string; duration: number; size: number; height: number; width: number }>;
    /** Save a video among the pictures of the phone. {@link https://opendocs.alipay.com/mini/api/media/video/my.savevideotophotosalbum} */
    saveVideoToPhotosAlbum: Api<{ filePath?: string; src?: string }, {}>;
    /** Keep a file that would be removed otherwise. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_savefile} */
    saveFile: Api<{ apFilePath?: string; filePath?: string }, { apFilePath: string; filePath?: string }>;
    /** Tell the size, in bytes, and the digest of a file. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_getfileinfo} */
    getFileInfo: Api<{ apFilePath?: string; filePath?: string; digestAlgorithm?: 'md5' | 'sha1' }, { size: number; digest: string }>;
    /** Tell the size, in bytes, of a file that is kept, and since when it is. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_getsavedfileinfo} */
    getSavedFileInfo: Api<{ apFilePath?: string; filePath?: string }, { size: number; createTime: number | string }>;
    /** List the files that are kept. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_getsavedfilelist} */
    getSavedFileList: Api<{}, { fileList: { size: number; createTime: number | string; apFilePath?: string; filePath?: string }[] }>;
    /** Remove a file that is kept. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_removesavedfile} */
    removeSavedFile: Api<{ apFilePath?: string; filePath?: string }, {}>;
    /** Show a PDF file. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_file_myopendocument} */
    openDocument: Api<{ filePath: string; fileType?: 'pdf' | (string & {}) }, {}>;
    /** Open a page, and keep this one below. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_route_navigateto} */
    navigateTo: Api<{ url: string; events?: Record<string, any> }, {}>;
    /** Open a page in place of this one. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_route_redirectto} */
    redirectTo: Api<{ url: string }, {}>;
    /** Close this page, or several, and show the one below. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_route_navigateback} */
    navigateBack: Api<{ delta?: number | string }, {}>;
    /** Show a page of the tab bar, and close the others. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_route_switchtab} */
    switchTab: Api<{ url: string }, {}>;
    /** Close all pages, and open one. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_route_relaunch} */
    reLaunch: Api<{ url: string }, {}>;
    /** Open another app. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_navigatetominiprogram} */
    navigateToMiniProgram: Api<{ appId: string; path?: string; query?: Record<string, any>; extraData?: Record<string, any> }, {}>;
    /** Go back to the app that opened this one. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_navigatebackminiprogram} */
    navigateBackMiniProgram: Api<{ extraData?: Record<string, any> }, {}>;
    /** Close this app. {@link https://opendocs.alipay.com/mini/api/my.exitMiniProgram} */
    exitMiniProgram: Api<{}, {}>;
    /** Open another app. {@link https://developers.tiki.vn/docs/api/ui/route/navigate-to-miniapp} */
    navigateToMiniApp: Api<{ appId: string; path?: string; extraData?: Record<string, any> }, {}>;
    /** Go back to the app that opened this one, or to another. {@link https://developers.tiki.vn/docs/api/ui/route/navigate-back-miniapp} */
    navigateBackMiniApp: Api<{ appId?: string; extraData?: Record<string, any> }, {}>;
    /** Close this app. {@link https://developers.tiki.vn/docs/api/basic/exit-miniapp} */
    exitMiniApp: Api<{}, {}>;
    /** Send an HTTP request. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_request} */
    request: Task<{ url: string; method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'HEAD' | 'TRACE' | 'CONNECT' | 'PATCH'; data?: any; headers?: Record<string, string>; header?: Record<string, string>; timeout?: number; dataType?: 'json' | 'text' | 'base64' | 'arraybuffer' | 'json_or_text'; enableCookie?: boolean; includeHeader?: boolean }, { data: any; status: number; headers: Record<string, string>; statusCode?: number; header?: Record<string, string> }>;
    /** Send an HTTP request. An older name of request. {@link https://opendocs.alipay.com/mini/api/owycmh} */
    httpRequest: Task<{ url: string; method?: 'GET' | 'POST' | 'DELETE'; data?: any; headers?: Record<string, string>; timeout?: number; dataType?: 'json' | 'text' | 'base64' }, { data: any; status: number; headers: Record<string, string>; statusCode?: number; header?: Record<string, string> }>;
    /** Send a file to a server, as a form with one file does. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_uploadfile} */
    uploadFile: Task<{ url: string; filePath: string; fileName?: string; name?: string; fileType?: 'image' | 'video' | 'audio' | (string & {}); header?: Record<string, unknown>; headers?: Record<string, unknown>; formData?: Record<string, any>; timeout?: number; hideLoading?: boolean }, { data: string; statusCode: number | string; header: Record<string, string>; status?: number; headers?: Record<string, string> }>;
    /** Fetch a file from a server, and keep it for a while. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_downloadfile} */
    downloadFile: Task<{ url: string; header?: Record<string, string>; headers?: Record<string, string>; filePath?: string; timeout?: number }, { apFilePath: string; tempFilePath?: string; filePath?: string }>;
    /** Open a WebSocket. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_connectsocket} */
    connectSocket: Api<{ url: string; data?: Record<string, any>; header?: Record<string, string>; protocols?: string[] }, {}>;
    /** Send a text, or bytes as base64, through the open WebSocket. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_sendsocketmessage} */
    sendSocketMessage: Api<{ data: string | ArrayBuffer; isBuffer?: boolean }, {}>;
    /** Close the open WebSocket. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_closesocket} */
    closeSocket: Api<{ code?: number; reason?: string }, {}>;
    /** Hear that the WebSocket is open. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_onsocketopen} */
    onSocketOpen: Listen<{}>;
    offSocketOpen: Unlisten<{}>;
    /** Hear what the server says through the WebSocket. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_onsocketmessage} */
    onSocketMessage: Listen<{ data: string; isBuffer: boolean }>;
    offSocketMessage: Unlisten<{ data: string; isBuffer: boolean }>;
    /** Hear that the WebSocket failed. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_onsocketerror} */
    onSocketError: Listen<{ error: number; errorMessage: string }>;
    offSocketError: Unlisten<{ error: number; errorMessage: string }>;
    /** Hear that the WebSocket is closed. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_network_onsocketclose} */
    onSocketClose: Listen<{ reason?: string }>;
    offSocketClose: Unlisten<{ reason?: string }>;
    /** Change the title, the picture and the colors of the navigation bar. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_navigationbar_setnavigationbar} */
    setNavigationBar: Api<{ title?: string; image?: string; backgroundColor?: string; titleBarColor?: string; borderBottomColor?: string; frontColor?: '#ffffff' | '#000000' | (string & {}); reset?: boolean }, {}>;
    /** Tell the color of the navigation bar. {@link https://opendocs.alipay.com/mini/api/dplf2s} */
    getTitleColor: Api<{}, { color: string }>;
    /** Show in the navigation bar that something is being loaded. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_navigationbar_shownavigationbarloading} */
    showNavigationBarLoading: Api<{}, {}>;
    /** Take the sign of showNavigationBarLoading away. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_navigationbar_hidenavigationbarloading} */
    hideNavigationBarLoading: Api<{}, {}>;
    /** Hide the button that leads to the first page. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_navigationbar_hidebackhome} */
    hideBackHome: Api<{}, {}>;
    /** Show the tab bar. {@link https://opendocs.alipay.com/mini/api/dpq5dh} */
    showTabBar: Api<{ animation?: boolean }, {}>;
    /** Hide the tab bar. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_tabbar_hidetabbar} */
    hideTabBar: Api<{ animation?: boolean }, {}>;
    /** Change the colors of the tab bar. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_tabbar_settabbarstyle} */
    setTabBarStyle: Api<{ color: string; selectedColor: string; backgroundColor: string; borderStyle: string }, {}>;
    /** Change the text and the icons of one tab. {@link https://opendocs.alipay.com/mini/api/zu37bk} */
    setTabBarItem: Api<{ index: number; text: string; iconPath?: string; selectedIconPath?: string }, {}>;
    /** Put a short text on the corner of one tab. {@link https://opendocs.alipay.com/mini/api/qm7t3v} */
    setTabBarBadge: Api<{ index: number; text: string }, {}>;
    /** Take the text from the corner of one tab. {@link https://opendocs.alipay.com/mini/api/lpbp5g} */
    removeTabBarBadge: Api<{ index: number }, {}>;
    /** Put a red dot on the corner of one tab. {@link https://opendocs.alipay.com/mini/api/dquxiq} */
    showTabBarRedDot: Api<{ index: number }, {}>;
    /** Take the red dot from the corner of one tab. {@link https://opendocs.alipay.com/mini/api/mg428a} */
    hideTabBarRedDot: Api<{ index: number }, {}>;
    /** Show the page as if the user had pulled it down to refresh it. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_pulldown_startpulldownrefresh} */
    startPullDownRefresh: Api<{}, {}>;
    /** Let the page that was pulled down go up again. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_pulldown_stoppulldownrefresh} */
    stopPullDownRefresh: Api<{}, {}>;
    /** Let the user pull the page down, or not. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_set-pulldown_setcanpulldown} */
    setCanPullDown: Api<{ canPullDown: boolean }, {}>;
    /** Scroll the page to a place or to an element. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_scroll_pagescrollto} */
    pageScrollTo: Api<{ scrollTop?: number; scrollTo?: number; selector?: string; duration?: number; offsetTop?: number }, {}>;
    /** Change the color behind the page. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_set-background_setbackgroundcolor} */
    setBackgroundColor: Api<{ backgroundColor?: string; backgroundColorTop?: string; backgroundColorBottom?: string }, {}>;
    /** Make the sign that shows above a page that is pulled down dark or light. {@link https://opendocs.alipay.com/mini/api/aamqae} */
    setBackgroundTextStyle: Api<{ textStyle: 'dark' | 'light' }, {}>;
    /** Hide the keyboard. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_ui_keyboard_hidekeyboard} */
    hideKeyboard: Api<{}, {}>;
    /** Hear that the keyboard has come, gone or changed its height. {@link https://opendocs.alipay.com/mini/framework/page-detail} */
    onKeyboardHeightChange: Listen<{ height: number }>;
    offKeyboardHeightChange: Unlisten<{ height: number }>;
    /** Load a font from the network. {@link https://opendocs.alipay.com/mini/api/ggawf0} */
    loadFontFace: Api<{ family: string; source: string; desc?: { style?: string; weight?: string; variant?: string } }, { status: 'loaded' }>;
    /** Leave sharing out of the menu. {@link https://opendocs.alipay.com/mini/api/share_app} */
    hideShareMenu: Api<{}, {}>;
    /** Let the user share this page. {@link https://opendocs.alipay.com/mini/api/omg2ye} */
    showSharePanel: Api<{}, {}>;
    /** Let the user share the page that a web-view shows. {@link https://opendocs.alipay.com/mini/component/web-view} */
    startShare: Api<{}, {}>;
    /** Hear that the app has come to the front. {@link https://opendocs.alipay.com/mini/api/nn7do1} */
    onAppShow: Listen<{ path?: string; query?: Record<string, any>; referrerInfo?: { appId?: string; extraData?: any }; scene?: string }>;
    offAppShow: Unlisten<{ path?: string; query?: Record<string, any>; referrerInfo?: { appId?: string; extraData?: any }; scene?: string }>;
    /** Hear that the app has gone to the back. {@link https://opendocs.alipay.com/mini/api/tv6qvi} */
    onAppHide: Listen<{}>;
    offAppHide: Unlisten<{}>;
    /** Hear of promises that were rejected and that nobody looked after. {@link https://opendocs.alipay.com/mini/00nd0f} */
    onUnhandledRejection: Listen<{ reason: any; promise?: Promise<any> }>;
    offUnhandledRejection: Unlisten<{ reason: any; promise?: Promise<any> }>;
    /** Hear that a page was opened that is not there. {@link https://opendocs.alipay.com/mini/01zdng} */
    onPageNotFound: Listen<{ path: string; query: Record<string, any>; isEntryPage: boolean }>;
    offPageNotFound: Unlisten<{ path: string; query: Record<string, any>; isEntryPage: boolean }>;
    /** Let the user pay. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_tradepay} */
    tradePay: Api<{ tradeNO?: string; orderStr?: string; paymentUrl?: string }, { resultCode: string }>;
    /** Let the user agree to be charged regularly. {@link https://opendocs.alipay.com/mini/006v6d} */
    paySignCenter: Api<{ signStr: string }, { resultStatus: string; result: string }>;
    /** Let the user agree to be charged without being asked each time. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_openapi_signcontract} */
    signContract: Api<{ signStr: string }, { authState: string; authCode: string }>;
    /** Let the user pay an order. {@link https://developers.tiki.vn/docs/api/open/make-payment} */
    makePayment: Api<{ orderId: string; paymentMethod?: string }, {}>;
    /** Read a value from the storage of this app and user. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_getstorage} */
    getStorage: Api<{ key: string }, { data: any }>;
    /** Read a value from the storage at once. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_getstoragesync} */
    getStorageSync: (options: { key: string } | string) => { data: any; error?: number; errorMessage?: string };
    /** Keep a value in the storage of this app and user. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_setstorage} */
    setStorage: Api<{ key: string; data: any }, {}>;
    /** Keep a value in the storage at once. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_setstoragesync} */
    setStorageSync: (options: { key: string; data: any } | string, data?: any) => { success: boolean; error?: number; errorMessage?: string };
    /** Remove a key and its value from the storage. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_removestorage} */
    removeStorage: Api<{ key: string }, {}>;
    /** Remove a key and its value from the storage at once. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_removestoragesync} */
    removeStorageSync: (options: { key: string } | string) => { success: boolean; error?: number; errorMessage?: string };
    /** Remove everything that this app keeps in its storage. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_clearstorage} */
    clearStorage: Api<{}, {}>;
    /** Remove everything from the storage at once. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_clearstoragesync} */
    clearStorageSync: () => { success: boolean };
    /** Tell which keys the storage has, and how full it is. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_getstorageinfo} */
    getStorageInfo: Api<{}, { keys: string[]; currentSize: number; limitSize: number }>;
    /** Tell at once which keys the storage has, and how full it is. {@link https://miniprogram.alipay.com/docs/miniprogram/mpdev/api_storage_getstorageinfosync} */
    getStorageInfoSync: () => { keys: string[]; currentSize: number; limitSize: number };
    // Until here.
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

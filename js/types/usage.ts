// How pages use `my`. A script without imports, as pages have them. tsc checks it; nothing runs it.
/// <reference path="../my.d.ts" />

/** True when the types are one and the same, not merely assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(...equal: Same<A, B> extends true ? [] : ["these types differ", A, B]): void;

// The sample of the API's documentation.
my.getAuthCode({
scopes: ['auth_base'],
success: (res) => {
my.alert({
content: res.authCode,
});
},
fail: (res) => {
console.log(res.authErrorScopes)
},
});

async function authorizing() {
  my.getAuthCode();
  my.getAuthCode(null);
  my.getAuthCode({});
  my.getAuthCode({ scopes: null });
  my.getAuthCode({ scopes: null as null | string | string[] });
  my.getAuthCode({ scopes: "auth_base,auth_user" });
  my.getAuthCode({ scopes: ["auth_base", "auth_user"] as const });

  const { getAuthCode } = my; // the functions work without `my`
  const result = await getAuthCode({ scopes: "auth_user" });
  same<typeof result, bridge.AuthCode>();
  same<typeof result.authCode, string>();
  same<typeof result.authSuccessScopes, string[]>();
  same<typeof result.authErrorScopes, Record<string, string>>();

  my.getAuthCode({
    success: (res) => same<typeof res, bridge.AuthCode>(),
    fail(res) {
      same<typeof res.error, number>();
      same<typeof res.errorMessage, string>();
      same<typeof res.authErrorScopes, Record<string, string> | undefined>();
    },
    complete(res) {
      same<typeof res.authCode, string | undefined>();
      if (res.error !== undefined) same<typeof res.authCode, undefined>();
      else same<typeof res.authCode, string>();
      if (res.authCode) same<typeof res.errorMessage, undefined>();
    },
  });
  my.getAuthCode({ scopes: ["auth_base"] }, (res) => same<typeof res.error, number | undefined>());
  my.getAuthCode(undefined, (res) => res.authErrorScopes?.["auth_user"]?.length);

  // @ts-expect-error: there is no such option
  my.getAuthCode({ scope: ["auth_base"] });
  // @ts-expect-error: names, not numbers
  my.getAuthCode({ scopes: [1] });
  // @ts-expect-error: not a function
  my.getAuthCode({ success: "done" });
  // @ts-expect-error: not a field of the result
  my.getAuthCode({ success: (res) => res.authcode });
  // @ts-expect-error: a success has no error code
  my.getAuthCode({ success: (res) => res.error });
  // @ts-expect-error: a failure has no code
  my.getAuthCode({ fail: (res) => res.authCode });
  // @ts-expect-error: the map may be absent from a failure
  my.getAuthCode({ fail: (res) => res.authErrorScopes["auth_user"] });
  // @ts-expect-error: options, then one callback
  my.getAuthCode({}, () => {}, () => {});
  // @ts-expect-error: a promise
  my.getAuthCode().authCode;
}

async function alerting() {
  my.alert();
  my.alert({ title: "Hello", content: "World", buttonText: "Close", success() {}, fail() {}, complete() {} });
  my.alert({ content: "Bye" }, (res) => "error" in res && console.log(res.errorMessage));
  await my.alert({ content: "World" }).then(() => my.alert({ content: "again" }));

  my.alert({ button: "Close" }); // the raw bridge's name: a handler may understand anything
  // @ts-expect-error: not a string
  my.alert({ content: {} });
}

interface Place {
  latitude: number;
}

async function declared() {
  const answer = await my.confirm({ title: "Really?" });
  same<typeof answer.confirm, boolean>();
  const task = my.request({ url: "/login" });
  task.abort();
  same<typeof task extends Promise<infer R> ? keyof R & "status" : never, "status">();
  // @ts-expect-error: the url is required
  my.request({ method: "GET" });
  // @ts-expect-error: there is no such method
  my.request({ url: "/", method: "FLY" });
  same<ReturnType<typeof my.getAppIdSync>["appId"], string>();
  my.getStorageSync({ key: "cart" }).data;
  my.getStorageSync("cart").data;
  my.setStorageSync("cart", []);
  my.createSelectorQuery().select("#list").boundingClientRect().exec((found) => found.length);
  my.createAnimation({ duration: 300 }).rotate(45).step().export();
  my.createCanvasContext("board").fillRect(0, 0, 1, 1);
  my.onAccelerometerChange((res) => same<typeof res.x, number>()).remove();
  my.offAccelerometerChange();
  my.on("mall.sale", (res) => res.price);
  my.getEnv((res) => console.log(res));
}

async function forwarding() {
  my.hideLoading();
  my.request({ url: "/login", method: "POST", data: { code: "2810" }, success: (res) => console.log(res.data.token) });
  my.getLocation({ fail: (res) => same<typeof res.error, number>(), complete: (res) => console.log(res.latitude) });
  my.confirm({ content: "Really?" }, (res) => console.log(res.confirm));

  const place = await my.getLocation<Place>({ type: 1, success: (res) => same<typeof res, Place>() });
  same<typeof place, Place>();
  const inferred: Place = await my.getLocation();
  console.log(inferred);
  const options: { success(res: Place): void } = { success() {} };
  my.getLocation(options);

  // @ts-expect-error: no such API
  my.getAuthcode();
  // @ts-expect-error: one argument with options
  my.navigateTo("/pages/index");
  // @ts-expect-error: not a function
  my.scan({ success: true });
}

async function callingByName() {
  my.call("getLocation");
  my.call("getLocation", (res) => console.log(res.latitude));
  my.call("getLocation", { type: 1 }, (res) => console.log(res.latitude));
  my.call("getLocation", null);
  const code = await my.call<bridge.AuthCode>("getAuthCode", { success: (res) => same<typeof res, bridge.AuthCode>() });
  same<typeof code, bridge.AuthCode>();

  // @ts-expect-error: the name comes first
  my.call({ type: 1 });
}

function theRest() {
  same<typeof my.SDKVersion, string>();
  same<ReturnType<typeof my.canIUse>, boolean>();
  same<typeof my.env.platform, "Android" | "iOS" | "unknown">();
  my.canIUse("getAuthCode.object.scopes");
  my.env.language.startsWith("en");
  // @ts-expect-error: one query
  my.canIUse();

  AlipayJSBridge.call("getAuthCode", { scopeNicks: ["auth_base"] }, (res) => console.log(res.error, res.authCode));
  AlipayJSBridge.call("hideLoading", () => {});
  AlipayJSBridge.call("hideLoading");
  document.addEventListener("AlipayJSBridgeReady", (event) => same<typeof event, Event>());
  // @ts-expect-error: it returns nothing to wait for
  AlipayJSBridge.call("hideLoading").then(() => {});
}

// The same object from every side, and a page may replace what is in it.
function globals(frame: HTMLIFrameElement) {
  same<typeof window.my, bridge.My>();
  same<typeof globalThis.my, bridge.My>();
  frame.contentWindow?.my.getAuthCode();
  window.AlipayJSBridge.call("hideLoading");
  my.getAuthCode = async () => ({ authCode: "2810", authSuccessScopes: ["auth_base"], authErrorScopes: {} });
  // @ts-expect-error: without a code
  my.getAuthCode = async () => ({ authSuccessScopes: ["auth_base"], authErrorScopes: {} });
}

// More members and more options, as my.d.ts shows it.
declare namespace bridge {
  interface My {
    mallSale(price: number): void;
  }
  interface AuthCodeOptions {
    authClientId?: string;
  }
}
my.mallSale(5);
my.getAuthCode({ authClientId: "2102", scopes: ["auth_base"] });
// @ts-expect-error: nobody declared this one
my.mallSales(5);

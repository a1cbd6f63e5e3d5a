// my.d.ts beside the official declaration for Alipay in China: they agree where they can.
//
// Each of the two makes `my` global. skipLibCheck keeps that from being an error, and the one that comes first in
// tsconfig.mini-types.json is `my`: the official one, or else `isIDE` below is an error. Ours is `bridge.My`.
//
// Where they cannot agree:
// - `authSuccessScopes` is a union of the twelve scopes of China there. Other wallets have other scopes, hence strings.
// - `scopes: null` is wrong there. The documentation that this project follows has it mean "auth_base".
// - A failure has no `authErrorScopes` there. The sample of that documentation reads it.
// - `alert` is a promise of nothing there, and of the object that `success` gets here, as at run time.
// - A handler may answer with anything, so the results of ours are those of the documentation unless a program says
//   otherwise.

export {}; // keeps the names of this file apart from those of the page

type Official = typeof my;
my.isIDE satisfies boolean;

declare const ours: bridge.My;

// The same to their callers.
ours.canIUse satisfies Official["canIUse"];
ours.call satisfies Official["call"];
ours.SDKVersion satisfies Official["SDKVersion"];
ours.env satisfies Official["env"];

// Options that are right there are right here, whatever the API.
type Api = (...args: any) => Promise<any>;
type Options<Member> = Member extends Api ? Parameters<Member>[0] : never;
type Shared = keyof Official & keyof bridge.My;
type Refused = { [Name in Shared]: Options<Official[Name]> extends Options<bridge.My[Name]> ? never : Name }[Shared];
null! as Refused satisfies never;
"getAuthCode" satisfies Shared;
"getLocation" satisfies Shared;

// Names that are ours alone: other wallets document them.
null! as Exclude<keyof bridge.My, Shared> satisfies
  | "exitMiniApp" | "getAuthUserInfo" | "getEnv" | "getSiteInfo" | "getUserInfo" | "httpRequest" | "makePayment"
  | "navigateBackMiniApp" | "navigateToMiniApp" | "offKeyboardHeightChange" | "onKeyboardHeightChange" | "onMessage"
  | "postMessage" | "signContract" | "startShare";

// getAuthCode, but for its scopes.
type AuthCode = Awaited<ReturnType<Official["getAuthCode"]>>;
type AuthCodeOptions = NonNullable<Options<Official["getAuthCode"]>>;
type Failure = Parameters<NonNullable<AuthCodeOptions["fail"]>>[0];
null! as AuthCode satisfies bridge.AuthCode;
null! as Omit<bridge.AuthCode, "authSuccessScopes"> satisfies Omit<AuthCode, "authSuccessScopes">;
null! as bridge.AuthCodeFailure satisfies Failure;
// @ts-expect-error: any scope here, twelve there
null! as bridge.AuthCode satisfies AuthCode;
// @ts-expect-error: null here, not there
null satisfies AuthCodeOptions["scopes"];
null satisfies bridge.AuthCodeOptions["scopes"];

// alert, but for what the promise is of.
ours.alert satisfies (...args: Parameters<Official["alert"]>) => Promise<unknown>;
// @ts-expect-error: {} here, void there
ours.alert satisfies Official["alert"];

// An API, once it is said what it answers with.
type Location = Awaited<ReturnType<Official["getLocation"]>>;
ours.getLocation<Location> satisfies Official["getLocation"];

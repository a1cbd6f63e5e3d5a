import { request, use } from "./request";

/** Ask the wallet for a code that allows the bakery to know this much. Rejected with `error: 11` if the user refuses. */
const authorize = (scopes) =>
  new Promise((resolve, reject) => {
    my.getAuthCode({ scopes, success: (res) => resolve(res.authCode), fail: reject });
  });

/** Who the customer is, as far as the scopes go. Only the bakery's server can exchange a code for that. */
const logIn = async (scopes) => {
  const authCode = await authorize(scopes);
  const { token, customer } = await request("/sessions", { method: "POST", data: { authCode } });
  use(token);
  getApp().globalData.customer = customer;
  return customer;
};

/** Find out, without a question, whether this customer has been here before. */
export const recognise = () => {
  if (!recognising) recognising = logIn(["auth_base"]).finally(() => (recognising = null));
  return recognising;
};

let recognising = null;

/** Ask for the name and for how to reach them. The user may share one, and not the other. */
export const introduce = () => logIn(["USER_NAME", "USER_CONTACTINFO"]);

/** Ask for one more thing. */
export const share = (scope) => logIn([scope]);

/** Have the bakery forget all that was shared. */
export const forget = async () => {
  const customer = await request("/forget", { method: "POST" });
  getApp().globalData.customer = customer;
  return customer;
};

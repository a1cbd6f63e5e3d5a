import { forget, introduce, recognise, share } from "../../utils/customer";
import * as basket from "../../utils/basket";

const app = getApp();

// What `my.getAuthCode` fails with when the user does not want to.
const REFUSED = 11;

Page({
  data: {
    customer: null,
    // The nickname and the picture that the wallet itself gives.
    user: null,
    asking: false,
    told: "",
    stamps: [1, 2, 3, 4, 5, 6, 7, 8],
    facts: [
      { field: "name", label: "name", scope: "USER_NAME" },
      { field: "phone", label: "phone", scope: "USER_CONTACTINFO" },
      { field: "email", label: "e-mail", scope: "USER_CONTACTINFO" },
    ],
  },

  onShow() {
    basket.showCount();
    this.setData({ customer: app.globalData.customer, told: "" });
    // The first try, when the app was launched, may be under way still, or have failed.
    if (!app.globalData.customer) this.ask(recognise);
  },

  logIn() {
    return this.ask(introduce);
  },

  share(e) {
    const { scope } = e.currentTarget.dataset;
    return this.ask(() => share(scope));
  },

  /** Get to know the customer better, in one of the ways of utils/customer. */
  async ask(way) {
    this.setData({ asking: true, told: "" });
    try {
      this.setData({ customer: await way() });
    } catch (res) {
      this.refused(res);
    }
    this.setData({ asking: false });
  },

  refused(res) {
    const { error } = res.detail || res;
    const { customer } = this.data;
    const guest = customer && customer.introduced ? "That is fine. We keep what we have." : "That is fine. You stay a guest.";
    this.setData({ told: error === undefined || error === REFUSED ? guest : "We could not reach the bakery. Try again." });
  },

  showUser() {
    my.getOpenUserInfo({
      success: (res) => {
        const { nickName, avatar } = JSON.parse(res.response).response;
        this.setData({ user: { nickName, avatar }, told: "" });
      },
      fail: () => this.setData({ told: "The wallet does not tell. Try again." }),
    });
  },

  async forget() {
    const { confirm } = await my.confirm({
      title: "Shall we forget you?",
      content: "Your stamps stay on your card.",
      confirmButtonText: "Forget me",
      cancelButtonText: "Stay",
    });
    if (!confirm) return;
    this.setData({ user: null });
    await this.ask(forget);
  },
});

import { request } from "../../utils/request";
import * as basket from "../../utils/basket";

Page({
  data: {
    loaf: null,
    quantity: 1,
    most: basket.MOST,
    failed: false,
    missing: false,
  },

  onLoad(query) {
    this.id = query.id;
    this.load();
  },

  async load() {
    this.setData({ failed: false });
    try {
      const loaf = await request(`/loaves/${this.id}`);
      my.setNavigationBar({ title: loaf.name });
      this.setData({ loaf });
    } catch (res) {
      // 19: the bakery has answered, and knows no such loaf.
      this.setData(res.error === 19 ? { missing: true } : { failed: true });
    }
  },

  choose(quantity) {
    this.setData({ quantity });
  },

  add() {
    const { loaf, quantity } = this.data;
    if (basket.add(loaf, quantity)) {
      my.showToast({ type: "success", content: `${loaf.name} is in your basket`, duration: 1500 });
      this.leave();
    } else {
      my.alert({ title: "That is a lot of bread", content: `${basket.MOST} of a kind are the most we bake for you.` });
    }
  },

  leave() {
    // Who came by a link has nothing to go back to.
    if (getCurrentPages().length > 1) my.navigateBack();
    else my.switchTab({ url: "/pages/shop/shop" });
  },

  onShareAppMessage() {
    const { loaf } = this.data;
    return { title: loaf ? loaf.name : "Crumb", path: `pages/loaf/loaf?id=${this.id}` };
  },
});

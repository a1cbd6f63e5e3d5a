import { request } from "/utils/request";
import * as basket from "/utils/basket";

Page({
  data: {
    posters: [
      { look: "rye", image: "rye", title: "The rye is back", text: "Three days in the making" },
      { look: "early", image: "croissant", title: "Early birds", text: "Croissants from half past six" },
    ],
    loaves: [],
    all: 0,
    more: true,
    loading: false,
    failed: false,
  },

  onLoad() {
    return this.load();
  },

  onShow() {
    basket.showCount();
  },

  /** Load the first loaves, in place of those that are shown. */
  load() {
    this.setData({ failed: false });
    return this.loadPage(1);
  },

  loadMore() {
    if (this.data.more && this.data.loaves.length) this.loadPage(this.page + 1);
  },

  async loadPage(page) {
    if (this.data.loading) return;
    this.setData({ loading: true });
    try {
      const { loaves, all } = await request("/loaves", { data: { page } });
      this.page = page;
      const shown = page === 1 ? loaves : [...this.data.loaves, ...loaves];
      this.setData({ loaves: shown, all, more: shown.length < all });
    } catch (res) {
      // What is on the screen already stays there.
      if (this.data.loaves.length) my.showToast({ type: "fail", content: "The bakery does not answer" });
      else this.setData({ failed: true });
    }
    this.setData({ loading: false });
  },

  async onPullDownRefresh() {
    await this.load();
    my.stopPullDownRefresh();
  },

  onReachBottom() {
    this.loadMore();
  },

  add(loaf) {
    const added = basket.add(loaf);
    my.showToast(
      added
        ? { type: "success", content: `${loaf.name} is in your basket`, duration: 1500 }
        : { content: `${basket.MOST} of a kind are the most we bake for you` },
    );
    basket.showCount();
  },

  onShareAppMessage() {
    return { title: "Crumb, the bakery around the corner", path: "pages/shop/shop" };
  },
});

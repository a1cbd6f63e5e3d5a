Page({
  data: {
    receipt: null,
  },

  onLoad() {
    this.setData({ receipt: getApp().globalData.receipt || null });
  },

  onUnload() {
    getApp().globalData.receipt = null;
  },

  shop() {
    my.switchTab({ url: "/pages/shop/shop" });
  },
});

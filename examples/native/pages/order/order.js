import { request } from "/utils/request";
import * as basket from "/utils/basket";

const app = getApp();

Page({
  data: {
    lines: [],
    total: 0,
    name: "",
    days: [
      { value: "tomorrow", name: "Tomorrow" },
      { value: "later", name: "The day after" },
    ],
    times: ["07:00", "08:00", "12:00", "17:00"],
    time: -1,
    noteLength: 80,
    noteUsed: 0,
    problems: {},
    sending: false,
  },

  onShow() {
    this.showBasket();
    const { customer } = app.globalData;
    if (customer && customer.name && !this.data.name) this.setData({ name: customer.name });
  },

  showBasket() {
    this.setData({ lines: basket.lines(), total: basket.total() });
    basket.showCount();
  },

  put(line, quantity) {
    basket.put(line, quantity);
    this.showBasket();
  },

  pickTime(e) {
    this.setData({ time: Number(e.detail.value), "problems.time": "" });
  },

  /** A field that is being filled is no problem any more. */
  mend(e) {
    const { field } = e.currentTarget.dataset;
    if (field) this.setData({ [`problems.${field}`]: "" });
  },

  count(e) {
    this.setData({ noteUsed: e.detail.value.length });
  },

  async submit(e) {
    const { name, day, sliced, note } = e.detail.value;
    const { lines, total, times, time } = this.data;
    const problems = {};
    if (!name.trim()) problems.name = "We need a name to call.";
    if (time < 0) problems.time = "We need a time to bake for.";
    this.setData({ problems });
    if (Object.keys(problems).length) return;

    const when = `${day === "later" ? "The day after tomorrow" : "Tomorrow"} at ${times[time]}`;
    const { confirm } = await my.confirm({
      title: `Order for €${(total / 100).toFixed(2)}?`,
      content: `${when}, for ${name.trim()}.`,
      confirmButtonText: "Order",
      cancelButtonText: "Not yet",
    });
    if (!confirm) return;

    const items = lines.map(({ id, quantity }) => ({ id, quantity }));
    await this.send({ items, name: name.trim(), day, time: times[time], sliced: Boolean(sliced), note });
  },

  async send(data) {
    this.setData({ sending: true });
    my.showLoading({ content: "One moment…", delay: 300 });
    try {
      const { receipt, customer } = await request("/orders", { method: "POST", data });
      Object.assign(app.globalData, { receipt, customer });
      basket.empty();
      my.showToast({ type: "success", content: "Your bread is reserved", duration: 1500 });
      my.navigateTo({ url: "../receipt/receipt" });
    } catch (res) {
      my.alert({ title: "The order did not get through", content: "Nothing is lost. Try again in a moment." });
    }
    my.hideLoading();
    this.setData({ sending: false });
  },

  shop() {
    my.switchTab({ url: "/pages/shop/shop" });
  },
});

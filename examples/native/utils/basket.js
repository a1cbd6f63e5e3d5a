import { clamp } from "@crumb/ui";

/** How many of one kind a customer can have. */
export const MOST = 9;

/** What is in the basket: loaves, each with its `quantity`. */
export const lines = () => my.getStorageSync({ key: "basket" }).data || [];

export const count = () => lines().reduce((sum, line) => sum + line.quantity, 0);

export const total = () => lines().reduce((sum, line) => sum + line.quantity * line.price, 0);

/** Have this many of a kind; with none it leaves the basket. */
export const put = (loaf, quantity) => {
  const basket = lines();
  const at = basket.findIndex((line) => line.id === loaf.id);
  const line = { ...loaf, quantity: clamp(quantity, 0, MOST) };
  if (at < 0) basket.push(line);
  else basket[at] = line;
  save(basket.filter((line) => line.quantity > 0));
};

/** Have some more of a kind, and tell whether there is room for them. */
export const add = (loaf, more = 1) => {
  const { quantity = 0 } = lines().find((line) => line.id === loaf.id) || {};
  if (quantity + more > MOST) return false;
  put(loaf, quantity + more);
  return true;
};

export const empty = () => save([]);

/** Show on the tab how much there is. */
export const showCount = () => {
  const text = count();
  if (text) my.setTabBarBadge({ index: 1, text: `${text}` });
  else my.removeTabBarBadge({ index: 1 });
};

const save = (basket) => my.setStorageSync({ key: "basket", data: basket });

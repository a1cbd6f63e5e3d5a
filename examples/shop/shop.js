// What all pages of the shop share: the way to the back end, the customer, and the cart.

const money = (cents) => `$${(cents / 100).toFixed(2)}`;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A bag of coffee, drawn by style.css.
const picture = (product) => make("div", { className: `picture ${product.tint}` });

// The back end.

async function login() {
  const { authCode } = await my.getAuthCode({ scopes: ["auth_user"] });
  const res = await my.request({ url: `${BACKEND}/login`, method: "POST", data: { authCode } });
  my.setStorageSync({ key: "token", data: res.data.token });
}

const isLoggedIn = () => Boolean(my.getStorageSync({ key: "token" }).data);

async function request(path, method = "GET", data = {}) {
  const token = my.getStorageSync({ key: "token" }).data;
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  my.showLoading({ content: "One moment..." });
  try {
    const res = await my.request({ url: BACKEND + path, method, data, headers });
    return res.data;
  } finally {
    my.hideLoading();
  }
}

// Do what only a customer can do. Who is not logged in, or not any more, logs in and it is done again.
async function asCustomer(work) {
  try {
    return await work();
  } catch (res) {
    if (res.status !== 401) throw res;
    await login();
    return work();
  }
}

// The cart: a list of products, each with its quantity.

const MOST = 99; // of each product; the back end takes no more

const readCart = () => my.getStorageSync({ key: "cart" }).data || [];

function setQuantity(product, quantity) {
  const cart = readCart();
  const line = cart.find((line) => line.id === product.id);
  if (line) line.quantity = quantity;
  else cart.push({ ...product, quantity });
  my.setStorageSync({ key: "cart", data: cart.filter((line) => line.quantity > 0) });
}

const sum = (lines, value) => lines.reduce((total, line) => total + value(line), 0);

const lines = document.getElementById("lines");
const pay = document.getElementById("pay");
const back = document.getElementById("back");

let shown; // the cart as the customer sees it

function step(text, label, properties) {
  return make("button", { className: "step", type: "button", ariaLabel: label, ...properties }, text);
}

async function change(line, quantity) {
  if (quantity === 0) {
    const { confirm } = await my.confirm({
      title: `Remove ${line.name}?`,
      content: "It leaves your cart.",
      confirmButtonText: "Remove",
      cancelButtonText: "Keep",
    });
    if (!confirm) return;
  }
  setQuantity(line, Math.min(quantity, MOST));
  showCart();
}

function row(line) {
  return make(
    "li",
    { className: "card line" },
    picture(line),
    make("h2", {}, line.name),
    make("p", { className: "note" }, `${money(line.price)} each`),
    make(
      "div",
      { className: "quantity" },
      step("\u2212", `One less ${line.name}`, {
        id: `less-${line.id}`,
        onclick: () => change(line, line.quantity - 1),
      }),
      make("output", {}, String(line.quantity)),
      step("+", `One more ${line.name}`, {
        id: `more-${line.id}`,
        ariaDisabled: line.quantity >= MOST,
        onclick: () => change(line, line.quantity + 1),
      }),
    ),
    make("strong", {}, money(line.price * line.quantity)),
  );
}

function showCart() {
  const cart = readCart();
  const focused = document.activeElement.id;
  lines.replaceChildren(...cart.map(row));
  document.getElementById("empty").hidden = cart.length > 0;
  document.getElementById("checkout").hidden = cart.length === 0;
  document.getElementById("total").textContent = money(sum(cart, (line) => line.price * line.quantity));
  shown = JSON.stringify(cart);
  // The button that was pressed is a new one now, or gone.
  const again = cart.length > 0 && document.getElementById(focused);
  if (focused) (again || back).focus();
}

async function createOrder() {
  const cart = readCart();
  // Another tab may have changed it, and who has just logged in may be another user, with a cart of their own.
  if (JSON.stringify(cart) !== shown) return null;
  const items = Object.fromEntries(cart.map((line) => [line.id, line.quantity]));
  return request("/orders", "POST", { items });
}

async function order() {
  const created = await asCustomer(createOrder);
  if (!created) {
    showCart();
    return my.alert({ title: "Your cart has changed", content: "Look at it again before you pay." });
  }
  const { id, tradeNO } = created;
  const { resultCode } = await my.tradePay({ tradeNO });
  if (resultCode === "6001") {
    my.showToast({ content: "You have not paid" }); // which nobody has to wait for
    return;
  }
  if (resultCode === "4000") return my.alert({ title: "The payment failed", content: "Your cart is as it was." });
  // Even 9000 is only what the page was told. What counts is what the wallet tells the back end, if that answers now.
  const { status } = await request(`/orders/${id}`).catch(() => ({}));
  if (status === "paid") {
    my.removeStorageSync({ key: "cart" });
    return my.redirectTo({ url: `receipt.html?order=${id}` });
  }
  const { confirm } = await my.confirm({
    title: "The payment is not confirmed yet",
    content: `Look at order ${id} before you pay again.`,
    confirmButtonText: "Show order",
    cancelButtonText: "Not now",
  });
  if (confirm) my.navigateTo({ url: `receipt.html?order=${id}` });
}

function explain(res) {
  if (res.error === 11) return "Log in to pay."; // the user did not want to
  if (res.status >= 400 && res.status < 500) return "The shop cannot take this order. Look at your cart again.";
  return "The shop does not answer. Try again.";
}

pay.onclick = async () => {
  // `disabled` would take the focus from it.
  if (pay.ariaDisabled) return;
  pay.ariaDisabled = true;
  try {
    await order();
  } catch (res) {
    console.log(res);
    my.alert({ title: "That did not work", content: explain(res) });
  }
  pay.ariaDisabled = null;
};

back.onclick = () => {
  // Who came here by the address has no page to go back to.
  my.navigateBack({ fail: () => my.redirectTo({ url: "index.html" }) });
};

window.onpageshow = showCart;

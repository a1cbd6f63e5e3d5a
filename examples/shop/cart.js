const pay = document.getElementById("pay");

function step(text, label, onclick) {
  return make("button", { className: "step", type: "button", ariaLabel: label, onclick }, text);
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
  setQuantity(line, quantity);
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
      step("\u2212", `One less ${line.name}`, () => change(line, line.quantity - 1)),
      make("output", {}, String(line.quantity)),
      step("+", `One more ${line.name}`, () => change(line, line.quantity + 1)),
    ),
    make("strong", {}, money(line.price * line.quantity)),
  );
}

function showCart() {
  const cart = readCart();
  document.getElementById("lines").replaceChildren(...cart.map(row));
  document.getElementById("empty").hidden = cart.length > 0;
  document.getElementById("checkout").hidden = cart.length === 0;
  document.getElementById("total").textContent = money(sum(cart, (line) => line.price * line.quantity));
}

async function order() {
  const items = Object.fromEntries(readCart().map((line) => [line.id, line.quantity]));
  const { id, tradeNO } = await request("/orders", "POST", { items });
  const { resultCode } = await my.tradePay({ tradeNO });
  if (resultCode === "6001") return my.showToast({ content: "You have not paid" });
  if (resultCode === "4000") return my.alert({ title: "The payment failed", content: "Your cart is as it was." });
  // Even 9000 is only what the page was told. What counts is what the wallet tells the back end, if that answers now.
  const { status } = await request(`/orders/${id}`).catch(() => ({}));
  if (status !== "paid") {
    return my.alert({
      title: "The payment is not confirmed yet",
      content: `Look at order ${id} later, before you pay again.`,
    });
  }
  my.removeStorageSync({ key: "cart" });
  return my.redirectTo({ url: `receipt.html?order=${id}` });
}

pay.onclick = async () => {
  pay.disabled = true;
  try {
    await order();
  } catch (res) {
    console.log(res);
    // 11: the user did not want to log in.
    const content = res.error === 11 ? "Log in to pay." : "The shop does not answer. Try again.";
    my.alert({ title: "That did not work", content });
  }
  pay.disabled = false;
};

document.getElementById("back").onclick = () => {
  // Who came here by the address has no page to go back to.
  my.navigateBack({ fail: () => my.redirectTo({ url: "index.html" }) });
};

window.onpageshow = showCart;

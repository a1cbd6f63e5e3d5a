const products = document.getElementById("products");
const problem = document.getElementById("problem");
const again = document.getElementById("again");
const avatar = document.getElementById("avatar");
const greeting = document.getElementById("greeting");
const loginButton = document.getElementById("login");
const cartButton = document.getElementById("cart");

function showCount() {
  const count = sum(readCart(), (line) => line.quantity);
  cartButton.textContent = count ? `Cart (${count})` : "Cart";
}

function card(product) {
  const add = make("button", { type: "button", ariaLabel: `Add ${product.name}` }, "Add");
  add.onclick = () => {
    const quantity = readCart().find((line) => line.id === product.id)?.quantity ?? 0;
    if (quantity >= MOST) {
      my.showToast({ content: `${MOST} bags are the most we send` });
      return;
    }
    setQuantity(product, quantity + 1);
    showCount();
    my.showToast({ type: "success", content: `${product.name} is in the cart` });
  };
  return make(
    "li",
    { className: "card" },
    picture(product),
    make("h2", {}, product.name),
    make("p", { className: "note" }, product.note),
    make("div", { className: "buy" }, make("strong", {}, money(product.price)), add),
  );
}

async function showProducts() {
  problem.textContent = "";
  again.hidden = true;
  try {
    products.replaceChildren(...(await request("/products")).map(card));
  } catch (res) {
    console.log(res);
    problem.textContent = "The shop does not answer. Nothing is wrong with your cart.";
    again.hidden = false;
  }
}

// Whom the shop knows already. Nobody is asked for anything before they press "Log in" or "Pay".
async function showCustomer() {
  // It fails for a user who has taken the permission back.
  const customer = isLoggedIn() ? await my.getAuthUserInfo().catch(() => null) : null;
  greeting.textContent = `Hello, ${customer?.nickName ?? "guest"}`;
  avatar.src = customer?.avatar ?? "";
  avatar.hidden = !customer?.avatar;
  loginButton.hidden = customer !== null;
}

loginButton.onclick = async () => {
  try {
    await login();
  } catch (res) {
    console.log(res);
    // 11: the user did not want to.
    if (res.error !== 11) my.alert({ title: "You are not logged in", content: "Try again in a moment." });
  }
  showCustomer();
  showCount(); // each user has a storage of their own
  if (products.children.length === 0) showProducts();
};
cartButton.onclick = () => my.navigateTo({ url: "cart.html" });
again.onclick = showProducts;

// Also when the browser shows a page again that was left.
window.onpageshow = () => {
  showCustomer();
  showCount();
};

showProducts();

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
    const line = readCart().find((line) => line.id === product.id);
    setQuantity(product, (line ? line.quantity : 0) + 1);
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

async function showCustomer() {
  try {
    if (!isLoggedIn()) await login();
    const { nickName, avatar: address } = await my.getAuthUserInfo().catch(async () => {
      // The user has taken the permission back, and may give it again.
      await login();
      return my.getAuthUserInfo();
    });
    greeting.textContent = `Hello, ${nickName}`;
    avatar.src = address;
    avatar.hidden = !address;
    loginButton.hidden = true;
  } catch {
    greeting.textContent = "Hello, guest";
    loginButton.hidden = false;
  }
}

loginButton.onclick = async () => {
  await showCustomer();
  showCount(); // each user has a storage of their own
};
cartButton.onclick = () => my.navigateTo({ url: "cart.html" });
again.onclick = async () => {
  await showProducts();
  if (!isLoggedIn()) await showCustomer();
};

// Also when the browser shows a page again that was left.
window.onpageshow = showCount;

showCustomer().then(showProducts);

const id = new URLSearchParams(location.search).get("order");
const heading = document.getElementById("heading");
const about = document.getElementById("about");
const lines = document.getElementById("lines");

function entry(text, cents) {
  return make("li", {}, make("span", {}, text), make("strong", {}, money(cents)));
}

async function showOrder() {
  try {
    const order = await asCustomer(() => request(`/orders/${id}`));
    const isPaid = order.status === "paid";
    if (isPaid) heading.textContent = "Thank you";
    about.textContent = `Order ${order.id} is ${isPaid ? "paid, and on its way" : "not paid yet"}.`;
    lines.replaceChildren(
      ...order.lines.map((line) => entry(`${line.quantity} \u00d7 ${line.name}`, line.price * line.quantity)),
      entry("Total", order.total),
    );
    lines.hidden = false;
  } catch (res) {
    console.log(res);
    about.textContent = res.status === 404 ? "There is no such order." : `Order ${id} cannot be shown now.`;
  }
}

document.getElementById("home").onclick = () => my.reLaunch({ url: "index.html" });

if (id) showOrder();
else about.textContent = "There is no order to show.";

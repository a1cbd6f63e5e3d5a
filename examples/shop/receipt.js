const about = document.getElementById("about");
const lines = document.getElementById("lines");

function entry(text, cents) {
  return make("li", {}, make("span", {}, text), make("strong", {}, money(cents)));
}

async function showOrder() {
  const id = new URLSearchParams(location.search).get("order");
  try {
    const order = await request(`/orders/${id}`);
    about.textContent = `Order ${order.id} is ${order.status === "paid" ? "paid, and on its way" : "not paid yet"}.`;
    lines.replaceChildren(
      ...order.lines.map((line) => entry(`${line.quantity} \u00d7 ${line.name}`, line.price * line.quantity)),
      entry("Total", order.total),
    );
    lines.hidden = false;
  } catch (res) {
    console.log(res);
    about.textContent = `Order ${id} cannot be shown now.`;
  }
}

document.getElementById("home").onclick = () => my.reLaunch({ url: "index.html" });

showOrder();

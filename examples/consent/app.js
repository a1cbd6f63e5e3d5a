const list = document.querySelector("ol");

function show(callback, payload) {
  const line = document.createElement("li");
  line.className = callback;
  line.append(callback);
  const code = document.createElement("code");
  code.textContent = JSON.stringify(payload, null, 1);
  line.append(code);
  list.prepend(line);
}

for (const button of document.querySelectorAll("button")) {
  button.onclick = () =>
    my.getAuthCode({
      scopes: button.dataset.scopes.split(" "),
      success: (res) => show("success", res),
      fail: (res) => show("fail", res),
    });
}

const received = document.getElementById("received");
let calls = 0;

function show(call, event, payload) {
  const line = document.createElement("li");
  line.className = event;
  line.append(`#${call} ${event}`);
  if (payload !== undefined) {
    const code = document.createElement("code");
    code.textContent = JSON.stringify(payload, null, 1);
    line.append(code);
  }
  received.prepend(line);
}

document.getElementById("buttons").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const call = ++calls;
  show(call, `asked for: ${button.textContent}`);
  my.getAuthCode({
    scopes: ["auth_base", "USER_NAME", "USER_ADDRESS"],
    outcome: button.textContent,
    success: (res) => show(call, "success", res),
    fail: (res) => show(call, "fail", res),
    complete: () => show(call, "complete"),
  });
});

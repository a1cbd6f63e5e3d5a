const button = document.querySelector("button");
const status = document.querySelector("[role=status]");

button.onclick = () => {
  button.disabled = true;
  status.textContent = "One moment...";
  my.getAuthCode({
    scopes: ["auth_base", "USER_NAME"],
    success: ({ authCode }) => {
      // A real page sends the code to its back end, which exchanges it for the user.
      status.textContent = "Welcome";
    },
    fail: ({ error }) => {
      status.textContent = error === 11 ? "You stay a guest." : "No connection. Try again.";
    },
    complete: () => {
      button.disabled = false;
    },
  });
};

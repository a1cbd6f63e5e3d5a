const SCOPES = ["auth_base", "USER_NICKNAME", "USER_AVATAR", "USER_NAME", "USER_CONTACTINFO"];

const guest = document.getElementById("guest");
const profile = document.getElementById("profile");
const avatar = document.getElementById("avatar");
const greeting = document.getElementById("greeting");
const details = document.getElementById("details");
const message = document.getElementById("message");
const loginButton = document.getElementById("login");
const logoutButton = document.getElementById("logout");

function make(tag, className, text) {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function showGuest() {
  profile.hidden = true;
  guest.hidden = false;
}

function showProfile(user) {
  greeting.textContent = `Hello, ${user.nickname || user.name || "stranger"}`;
  avatar.src = user.avatar;
  avatar.hidden = !user.avatar;
  const rows = { Name: user.name, Email: user.email, Phone: user.phone };
  details.replaceChildren(
    ...Object.entries(rows).flatMap(([term, value]) => [
      make("dt", "", term),
      make("dd", value ? "" : "withheld", value || "not shared"),
    ]),
  );
  guest.hidden = true;
  profile.hidden = false;
}

// The back end's answer; where none comes that can be read, one that says so.
async function request(path, method = "GET", data = undefined) {
  try {
    const answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(data),
    });
    return { status: answer.status, data: answer.status === 204 ? null : await answer.json() };
  } catch {
    return { status: 0, data: { detail: "The shop does not answer. Try again." } };
  }
}

// `disabled` would take the focus from the button.
function setWaiting(waiting) {
  loginButton.ariaDisabled = waiting || null;
}

async function exchange(authCode) {
  const { status, data } = await request("/login", "POST", { authCode });
  setWaiting(false);
  message.textContent = "";
  if (status === 200) {
    showProfile(data);
    greeting.focus();
  } else {
    message.textContent = data.detail;
  }
}

// Each time with a new code. The last one may have been spent even if the back end could not tell (503): the wallet's
// answer was lost, or its outcome unknown. A code is good once; if it comes again, the wallet may revoke what it gave.
loginButton.onclick = () => {
  if (loginButton.ariaDisabled) return;
  setWaiting(true);
  message.textContent = "One moment...";
  my.getAuthCode({
    scopes: SCOPES,
    success: ({ authCode }) => exchange(authCode),
    fail: ({ error }) => {
      setWaiting(false);
      // 11: the user did not want to.
      message.textContent = error === 11 ? "You stay a guest." : "Your wallet does not answer. Try again.";
    },
  });
};

logoutButton.onclick = async () => {
  const { status, data } = await request("/logout", "POST");
  message.textContent = status === 204 ? "You are logged out." : data.detail;
  if (status !== 204) return;
  showGuest();
  loginButton.focus();
};

request("/me").then(({ status, data }) => {
  if (status === 200) return showProfile(data);
  showGuest();
  if (status !== 401) message.textContent = data.detail;
});

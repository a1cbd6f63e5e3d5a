"""A FastAPI application of one's own, with the bridge mounted under /bridge.

uvicorn --app-dir examples/mounted main:app
"""

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from bridge import Bridge, CodeError

APP_ID = "2021000000000000"

bridge = Bridge(app_id=APP_ID)
app = FastAPI()
app.mount("/bridge", bridge.app)

PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Mounted</title>
    <link rel="icon" href="data:," />
    <script src="/bridge/my.js"></script>
    <style>
      :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
      body { max-width: 24rem; margin: 4rem auto; padding: 0 1.5rem; text-align: center; }
      button { font: inherit; padding: 0.75rem 2rem; border: 0; border-radius: 2rem; background: #0b62e4; color: #fff; }
    </style>
  </head>
  <body>
    <button type="button">Log in</button>
    <p role="status"></p>
    <script>
      document.querySelector("button").onclick = async () => {
        const { authCode } = await my.getAuthCode({ scopes: ["auth_base", "USER_NAME"] });
        const answer = await fetch("/login", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ authCode }),
        });
        const { user, scopes } = await answer.json();
        document.querySelector("p").textContent = `Logged in as ${user} with ${scopes.join(", ")}`;
      };
    </script>
  </body>
</html>
"""


class Login(BaseModel):
    authCode: str


@app.get("/")
def page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@app.post("/login")
def login(body: Login) -> dict[str, object]:
    """Exchange the code, as a back end does at the wallet's token endpoint."""
    try:
        grant = bridge.authority.redeem(body.authCode, app_id=APP_ID)
    except CodeError as error:
        raise HTTPException(401, str(error)) from error
    return {"user": grant.user_id, "scopes": grant.scopes}

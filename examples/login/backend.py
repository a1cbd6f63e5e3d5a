"""The back end: exchanges the code of a page for the user, who is known by a cookie from then on.

Of the wallet it knows its settings and its API, and so runs in production as it is.
"""

import json
import logging
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, fields
from http.client import HTTPException as LostAnswer
from typing import Annotated, Any

from com.alipay.ams.api.default_alipay_client import DefaultAlipayClient
from com.alipay.ams.api.exception.exception import AlipayApiException
from com.alipay.ams.api.request.alipay_request import AlipayRequest
from fastapi import Cookie, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

logger = logging.getLogger("backend")


@dataclass(frozen=True, kw_only=True)
class Settings:
    gateway_url: str
    client_id: str
    app_id: str
    merchant_private_key: str
    alipay_public_key: str

    @classmethod
    def from_environment(cls) -> "Settings":
        return cls(**{field.name: os.environ[field.name.upper()] for field in fields(cls)})


class ApiRequest(AlipayRequest):
    """Any request of the mini-program API: the SDK's own classes are for Antom's, which has other parameters."""

    def __init__(self, path: str, parameters: dict[str, str]) -> None:
        super().__init__(f"/api/open/v2/{path}")  # what is before the version differs from wallet to wallet
        self.parameters = parameters

    def to_ams_json(self) -> str:
        return json.dumps(self.parameters)


class Wallet:
    """The wallet's API, whose failures become answers to the page."""

    # A new login puts these right. Any other failure is a mistake of ours, such as a wrong key.
    OVER = ("INVALID_AUTHCODE", "EXPIRED_AUTHCODE", "USED_AUTHCODE", "INVALID_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN")
    BUSY = ("REQUEST_TRAFFIC_EXCEED_LIMIT",)

    def __init__(self, settings: Settings) -> None:
        self.merchant = {"appId": settings.app_id, "authClientId": settings.client_id}
        self.client = DefaultAlipayClient(
            settings.gateway_url, settings.client_id, settings.merchant_private_key, settings.alipay_public_key
        )

    def ask(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = self.send(ApiRequest(path, {**self.merchant, **parameters}))
        code, status = answer["result"]["resultCode"], answer["result"]["resultStatus"]
        if status == "S":
            return answer
        logger.warning("%s: %s, %s", path, code, answer["result"].get("resultMessage"))
        if code in self.OVER:
            raise HTTPException(401, "This login is no longer valid. Log in again.")
        if status == "U" or code in self.BUSY:
            raise HTTPException(503, "The wallet is busy. Try again.")
        raise HTTPException(502, "The wallet does not accept this app. Try again later.")

    def send(self, request: ApiRequest) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(self.client.execute(request))
            return answer
        except (OSError, LostAnswer, AlipayApiException) as error:
            logger.warning("%s: %r", request.path, error)
            # The SDK has one exception for everything. Of an answer that is not signed as it should be, it says so.
            if isinstance(error, AlipayApiException) and str(error).startswith("response"):
                raise HTTPException(502, "The wallet's answer cannot be trusted. Try again later.") from error
            # Not sent again: the wallet may have done what was asked for, and a code is good only once.
            raise HTTPException(503, "The wallet does not answer. Try again.") from error


class Profile(BaseModel):
    """The user, for the page. What they did not allow is empty."""

    nickname: str
    name: str
    avatar: str
    email: str
    phone: str

    @classmethod
    def of(cls, user: dict[str, Any]) -> "Profile":
        contacts = {contact["contactType"]: contact["contactNo"] for contact in user.get("contactInfos", [])}
        return cls(
            nickname=user.get("nickName", ""),
            name=user.get("userName", {}).get("fullName", ""),
            avatar=user.get("avatar", ""),
            email=contacts.get("EMAIL", ""),
            phone=contacts.get("MOBILE_PHONE", ""),
        )


class Login(BaseModel):
    authCode: str


@dataclass(frozen=True)
class Session:
    access_token: str  # which the page never gets
    profile: Profile


SessionId = Annotated[str, Cookie(alias="session")]


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI()
    wallet = Wallet(settings)
    # Of this process. In production: a store that all processes share, and that forgets old ones.
    sessions: dict[str, Session] = {}

    # No `async def`: the SDK blocks, so each request gets a thread of its own.
    @app.post("/login")
    def login(body: Login, request: Request, response: Response) -> Profile:
        tokens = wallet.ask("authorizations/applyToken", grantType="AUTHORIZATION_CODE", authCode=body.authCode)
        user = wallet.ask("users/inquiryUserInfo", accessToken=tokens["accessToken"])
        session = Session(tokens["accessToken"], Profile.of(user.get("userInfo", {})))
        session_id = secrets.token_urlsafe()
        sessions[session_id] = session
        is_https = request.url.scheme == "https"
        response.set_cookie("session", session_id, httponly=True, samesite="lax", secure=is_https)
        return session.profile

    @app.get("/me")
    def me(session_id: SessionId = "") -> Profile:
        session = sessions.get(session_id)
        if session is None:
            raise HTTPException(401, "Log in first.")
        return session.profile

    @app.post("/logout", status_code=204)
    def logout(response: Response, session_id: SessionId = "") -> None:
        response.delete_cookie("session")
        if session := sessions.pop(session_id, None):
            # If this fails it is in the log, and the token expires by itself. The user is logged out here.
            with suppress(HTTPException):
                wallet.ask("authorizations/revoke", accessToken=session.access_token)

    return app

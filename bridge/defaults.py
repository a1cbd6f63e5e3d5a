"""What the wallet answers where no handler of the user's own does.

Most of it the declarations say. Here is what needs code: login, the user's data, the network, what is left to the page.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial

from bridge.apis import declared
from bridge.calls import Call, PageFile
from bridge.errors import HandlerError
from bridge.network import Download, Network
from bridge.outcomes import InPage, Outcome, Succeed, error, succeed
from bridge.page_request import data_type_of
from bridge.user_data import auth_user_info, open_user_info, phone_number

__all__ = ["Defaults"]

logger = logging.getLogger("bridge.defaults")

_NO_SUCH_FILE = 11
"""Of uploadFile."""

_READ_SECONDS = 60
"""How long a page may take to send a file to here, which is its own disk's time and no network's."""

_FILES = "files.js"
"""What makes of an answer in base64 that for which JSON has no word."""


class Defaults:
    """The wallet's own handlers.

    Args:
        aes_key: With which phone numbers are encrypted: see `user_data.read_aes_key`.
        network: What pages reach through the wallet.
        clock: Gives the time in seconds since the epoch.
    """

    def __init__(
        self,
        aes_key: bytes = b"",
        network: Network | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._network = network or Network()
        self._by_api: dict[str, Callable[[Call], Awaitable[Outcome]]] = {
            **{name: self._authorize for name, api in declared().items() if api.scopes},
            "downloadFile": self._download,
            "getAuthUserInfo": auth_user_info,
            "getOpenUserInfo": open_user_info,
            "getPhoneNumber": partial(phone_number, aes_key=aes_key),
            "getServerTime": self._server_time,
            "getSetting": self._setting,
            "getSiteInfo": self._site_info,
            "httpRequest": self._request,
            "openSetting": self._setting,
            "request": self._request,
            "uploadFile": self._upload,
        }

    @property
    def names(self) -> frozenset[str]:
        """The APIs that it answers in code; the declarations say how to answer others."""
        return frozenset(self._by_api)

    def find(self, call: Call) -> Callable[[Call], Awaitable[Outcome]] | None:
        """Return the wallet's handler of a call, or None, as for an API that the platform does not have."""
        api = declared().get(call.api)
        if api is None or not call.profile.has(api):
            return None
        if handler := self._by_api.get(api.name):
            return handler
        if api.at == "page":
            return _answer(InPage(part=api.part))
        return None if api.answer is None else _answer(succeed(api.answer))

    async def _authorize(self, call: Call) -> Outcome:
        """Ask for the scopes that need consent, and grant what the user grants."""
        return await call.ask()

    async def _server_time(self, call: Call) -> Outcome:
        return succeed({"time": int(self._clock() * 1000)})

    async def _site_info(self, call: Call) -> Outcome:
        return succeed({"siteName": call.profile.id.upper().replace("-", "_")})

    async def _setting(self, call: Call) -> Outcome:
        buttons = call.profile.user_info.buttons
        return succeed({"authSetting": {name: scope in call.granted for name, scope in buttons.items()}})

    async def _request(self, call: Call) -> Outcome:
        outcome = await self._network.request(call)
        if isinstance(outcome, Succeed) and data_type_of(call) == "arraybuffer":
            return InPage(part=_FILES, payload=outcome.payload)
        return outcome

    async def _download(self, call: Call) -> Outcome:
        found = await self._network.download(call)
        if not isinstance(found, Download):
            return found
        content = base64.b64encode(found.content).decode()
        payload = {"content": content, "type": found.media_type, "status": found.status, "headers": found.headers}
        return InPage(part=_FILES, payload=payload)

    async def _upload(self, call: Call) -> Outcome:
        assert call.desk is not None, "a handler runs"
        file = PageFile(content=b"", media_type="", name="")
        path = call.params.get("filePath")
        # The network says what is wrong with one that is no path.
        if isinstance(path, str):
            try:
                async with asyncio.timeout(_READ_SECONDS):
                    file = await call.desk.read(path)
            except (HandlerError, TimeoutError) as problem:
                logger.warning("uploadFile: %s", str(problem) or f"the page did not send the file {path}")
                return error(_NO_SUCH_FILE)
        return await self._network.upload(call, file)


def _answer(outcome: Outcome) -> Callable[[Call], Awaitable[Outcome]]:
    async def wallet(call: Call) -> Outcome:
        return outcome

    return wallet

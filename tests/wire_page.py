"""A page without a browser: says what `my.js` says, over a real socket. For what hundreds of pages do at once."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from bridge.messages import PROTOCOL_VERSION

__all__ = ["WirePage", "open_wire_page"]

_pages = itertools.count(1)


@contextmanager
def open_wire_page(bridge_url: str, path: str = "/", *, user: str | None = None) -> Iterator[WirePage]:
    """Load a document of a bridge, for as long as the block runs; in a tab in which this user was chosen before."""
    with connect(f"{bridge_url.replace('http', 'ws', 1)}/_bridge/socket", compression=None) as socket:
        page = WirePage(socket)
        page.introduce(f"{bridge_url}{path}", user=user)
        yield page


class WirePage:
    """One loaded document."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        # What has come before what was waited for.
        self._inbox: list[dict[str, Any]] = []
        self._question: dict[str, Any] = {}

    def introduce(self, url: str, *, user: str | None = None) -> None:
        params = {"protocol": PROTOCOL_VERSION, "page": f"wire-{next(_pages)}", "url": url, "user": user}
        self._send({"id": 0, "method": "bridge.hello", "params": params})
        self._receive()

    def ask(self, api: str = "getAuthCode", **params: Any) -> tuple[str, Any]:
        """Call an API; return which of `success` and `fail` runs, and with what."""
        self.send(api, **params)
        return self.answer()

    def send(self, api: str = "getAuthCode", **params: Any) -> None:
        """Call an API, and leave its answer for later."""
        self._send({"id": next(self._ids), "method": api, "params": params})

    def answer(self) -> tuple[str, Any]:
        """Take the next answer: which of `success` and `fail` runs, and with what."""
        message = self._next(None)
        callback, payload = message["result"]["callback"], message["result"]["payload"]
        ran = {"id": message["id"], "callback": callback, "ran": ["", "", None, ""]}
        self._send({"method": "bridge.ran", "params": ran})
        return callback, payload

    def sheet(self) -> dict[str, Any]:
        """Draw the next sheet: return what it asks."""
        self._question = self._next("bridge.ask")
        question: dict[str, Any] = self._question["params"]
        return question

    def withdrawn(self) -> bool:
        """Wait until a sheet is taken away; tell whether it is the one that was drawn last."""
        return bool(self._next("bridge.withdraw")["params"]["id"] == self._question["id"])

    def choose(self, action: str, scopes: list[str] | None = None, *, user: str | None = None) -> None:
        """Press a button of the sheet that was drawn last.

        Args:
            action: "allow", "deny" or "dismiss".
            scopes: What is ticked; by default all.
            user: The nickname of whom the sheet was switched to.
        """
        question = self._question["params"]
        by = {"nickname": user} if user else {"id": question["user"]}
        (person,) = (person for person in question["users"] if by.items() <= person.items())
        result = {"action": action, "user": person["id"], "scopes": person["scopes"] if scopes is None else scopes}
        self._send({"id": self._question["id"], "result": result})

    def cannot_draw(self, why: str) -> None:
        """Say that the sheet that is to be drawn cannot be."""
        self._send({"id": self._question["id"], "error": {"code": -32000, "message": why}})

    def _next(self, method: str | None) -> dict[str, Any]:
        """Return the next message with this method, or the next answer, and leave others for later."""
        while True:
            for message in self._inbox:
                if message.get("method") == method:
                    self._inbox.remove(message)
                    return message
            self._inbox.append(self._receive())

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps({"jsonrpc": "2.0", **message}))

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(10))
        return message

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
def open_wire_page(bridge_url: str) -> Iterator[WirePage]:
    """Load a document of a bridge, for as long as the block runs."""
    with connect(f"{bridge_url.replace('http', 'ws', 1)}/_bridge/socket", compression=None) as socket:
        page = WirePage(socket)
        page.introduce(f"{bridge_url}/")
        yield page


class WirePage:
    """One loaded document."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    def introduce(self, url: str) -> None:
        params = {"protocol": PROTOCOL_VERSION, "page": f"wire-{next(_pages)}", "url": url}
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
        message = self._receive()
        callback, payload = message["result"]["callback"], message["result"]["payload"]
        ran = {"id": message["id"], "callback": callback, "ran": ["", "", None, ""]}
        self._send({"method": "bridge.ran", "params": ran})
        return callback, payload

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.send(json.dumps({"jsonrpc": "2.0", **message}))

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv(10))
        return message

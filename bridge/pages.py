"""A folder of pages, served with the shim first in the head of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["Pages", "with_script_first"]

_ATTRIBUTES = rb"""(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?"""
_HEAD = re.compile(rb"<head%s>" % _ATTRIBUTES, re.IGNORECASE)
# What may stand before the head: a byte order mark, space, comments, the doctype, and the start of the root element.
_COMMENT = rb"<!--(?:-?>|.*?--!?>)"
_PROLOGUE = re.compile(
    rb"\xef\xbb\xbf|\s+|%s|<[!?][^>]*>|<html%s>" % (_COMMENT, _ATTRIBUTES), re.IGNORECASE | re.DOTALL
)


def with_script_first(html: bytes, script_url: str) -> bytes:
    """Return the page with a script element put before everything else in its head.

    Bytes, so that a page in any encoding that contains ASCII passes unharmed. UTF-16 does not: such a page is
    translated to UTF-8.
    """
    if html.startswith((b"\xff\xfe", b"\xfe\xff")):
        html = b"\xef\xbb\xbf" + html.decode("utf-16", "replace").encode()
    place = 0
    while prologue := _PROLOGUE.match(html, place):
        place = prologue.end()
    if head := _HEAD.match(html, place):
        place = head.end()
    tag = f'<script src="{script_url}"></script>'.encode()
    return html[:place] + tag + html[place:]


class Pages(StaticFiles):
    """Static files, with `my.js` added to the HTML ones and dot-files kept back.

    Args:
        folder: Where they are.
        private: Files and folders that may lie there, and are kept back, too.
        packages: Folders elsewhere for what is looked for in node_modules and not found.
    """

    def __init__(self, folder: Path, *, private: Iterable[Path] = (), packages: Iterable[Path] = ()) -> None:
        super().__init__(directory=folder, html=True)
        self._packages = [StaticFiles(directory=path, check_dir=False) for path in packages]
        self._private = tuple(path.resolve() for path in private)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file, unless it is one that holds secrets: dot-files (.env, .git), and handlers beside the pages."""
        names = path.replace("\\", "/").split("/")
        hidden = any(name.startswith(".") and name not in (".", ".well-known") for name in names)
        if hidden or ":" in path or path.endswith(".py"):
            return "", None
        found, status = super().lookup_path(path)
        if status is None and names[0] == "node_modules":
            others = (packages.lookup_path("/".join(names[1:])) for packages in self._packages)
            found, status = next((other for other in others if other[1] is not None), (found, status))
        if any(Path(found).resolve().is_relative_to(private) for private in self._private):
            return "", None
        return found, status

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, or say in words that there is none."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404:
                raise
            raise HTTPException(404, f"there is no file {scope['path']} in the served folder") from error
        if isinstance(response, FileResponse) and response.media_type == "text/html":
            html = await anyio.to_thread.run_sync(Path(response.path).read_bytes)
            html = with_script_first(html, f"{scope['root_path']}/my.js")
            response = Response(html, response.status_code, {"Content-Type": _content_type(html)})
        response.headers["Cache-Control"] = "no-store"
        # The pages' files are for the pages: another site's <script> or <img> does not get them.
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def _content_type(html: bytes) -> str:
    """Name the encoding where it is UTF-8; otherwise the page says it itself, in a meta element."""
    try:
        html.decode()
    except UnicodeDecodeError:
        return "text/html"
    return "text/html; charset=utf-8"

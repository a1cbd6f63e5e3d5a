"""Servers of this machine, for tests of what goes out over the network: one of HTTP, and one that says any bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bridge.calls import PageFile

__all__ = ["APP", "PICTURE", "PNG", "Streams", "certificate", "form_parts", "speaking"]

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
PICTURE = PageFile(content=PNG, media_type="image/png", name="")

Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(request: Request) -> JSONResponse:
    """Answer with what was asked."""
    return JSONResponse(
        {
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "headers": {name: request.headers.getlist(name) for name in request.headers},
            "body": (await request.body()).decode("utf-8"),
        }
    )


async def answer(request: Request) -> Response:
    """Answer with the status, the body and the headers that the query says."""
    query = request.query_params
    headers = {name.removeprefix("h-"): value for name, value in query.items() if name.startswith("h-")}
    return Response(query.get("body", ""), int(query.get("status", 200)), headers)


async def redirect(request: Request) -> RedirectResponse:
    return RedirectResponse(request.query_params["to"], int(request.query_params.get("status", 302)))


async def set_cookies(request: Request) -> Response:
    response = Response("{}")
    response.set_cookie("session", "s1")
    response.set_cookie("theme", "dark", secure=True)
    return response


async def picture(request: Request) -> Response:
    return Response(PNG, media_type="image/png")


async def received_form(request: Request) -> JSONResponse:
    """Answer with the parts of a multipart form, and a status that is no success."""
    parts = form_parts(request.headers["content-type"], await request.body())
    return JSONResponse({"parts": parts, "token": request.headers.get("token")}, 413)


def form_parts(content_type: str, body: bytes) -> list[list[Any]]:
    """Return the parts of a multipart form: name, file name, media type, content as Latin-1 reads it."""
    parts = []
    for part in message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            name = part.get_param("name", header="content-disposition")
            parts.append([name, part.get_filename(), part.get("content-type"), content.decode("latin-1")])
    return parts


METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]
APP = Starlette(
    routes=[
        Route("/answer", answer, methods=METHODS),
        Route("/redirect", redirect, methods=METHODS),
        Route("/cookies", set_cookies),
        Route("/picture.png", picture),
        Route("/form", received_form, methods=["POST"]),
        Route("/{path:path}", echo, methods=METHODS),
    ]
)
"""Has no CORS headers."""


@asynccontextmanager
async def speaking(answer: bytes | Streams, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a server that says any bytes to whoever asks, and closes the connection; yield its address."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(answer, bytes):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://localhost:{port}/"


def certificate(folder: Path) -> ssl.SSLContext:
    """Return what a server needs that has a certificate from nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context

"""Measures what the README and the design promise: `make measure`.

Size of `my.js` as sent, memory of one idle connection, time from the start of the process to the first page, what the
fixture `bridge` costs a test, and how long a back end waits for the exchange of a code. All but the first are taken
side by side with a bare equivalent in the same run, because machines differ and share their cores.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
from websockets.asyncio.client import connect

from bridge.bridge import DEFAULT_CLIENT_ID
from bridge.keys import Keys, PrivateKey
from bridge.messages import PROTOCOL_VERSION
from bridge.server import listen
from bridge.shim import file

CONNECTIONS = 500
ROUNDS = 5
TESTS = 500
EXCHANGES = 300
OTHER_PLUGINS = ["playwright", "playwright-asyncio", "asyncio", "hypothesispytest", "xdist", "cacheprovider"]

QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart"

# The first start makes keys; all others find them.
HOME = Path(tempfile.mkdtemp(prefix="mybridge-"))

BARE_WEBSOCKETS = """
import asyncio, sys
from websockets.asyncio.server import serve
async def echo(socket):
    async for message in socket:
        await socket.send(message)
async def main():
    async with serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None) as server:
        await server.serve_forever()
asyncio.run(main())
"""

# What any server has to do that takes the same signed request and signs its answer.
BARE_STARLETTE = """
import sys
import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
proof = key.sign(b"request", padding.PKCS1v15(), hashes.SHA256())
async def answer(request):
    body = await request.body()
    if body:
        key.public_key().verify(proof, b"request", padding.PKCS1v15(), hashes.SHA256())
        key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    return Response(body, media_type="application/json")
app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off")
"""

HELLO = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "bridge.hello",
        "params": {"protocol": PROTOCOL_VERSION, "page": "measure", "url": "http://localhost/"},
    }
)


def bridge_command(port: int) -> list[str]:
    return [sys.executable, "-m", "bridge", "serve", str(QUICKSTART), "--port", str(port), "--keys", str(HOME / "keys")]


def http_server_command(port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(QUICKSTART), str(port)]


def websockets_command(port: int) -> list[str]:
    return [sys.executable, "-c", BARE_WEBSOCKETS, str(port)]


def starlette_command(port: int) -> list[str]:
    return [sys.executable, "-c", BARE_STARLETTE, str(port)]


@contextmanager
def running(command: Callable[[int], list[str]]) -> Iterator[tuple[int, int]]:
    """Run a server on a free port; give its process id and port as soon as it answers."""
    with listen(port=0) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                break
            except httpx.TransportError:
                # Between two tries: a script that measures may wait, and finer steps would take the server's own time.
                time.sleep(0.002)
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def size_as_sent(encoding: str) -> int:
    with running(bridge_command) as (_, port):
        url = f"http://127.0.0.1:{port}/my.js"
        with httpx.stream("GET", url, headers={"Accept-Encoding": encoding}, trust_env=False) as response:
            return sum(map(len, response.iter_raw()))


def seconds_to_first_page(command: Callable[[int], list[str]]) -> float:
    began = time.perf_counter()
    with running(command):
        return time.perf_counter() - began


def resident_kib(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True))


def kib_for_each_connection(command: Callable[[int], list[str]], path: str) -> float:
    async def grown(pid: int, url: str) -> float:
        async def introduced() -> object:
            socket = await connect(url, compression=None)
            await socket.send(HELLO)
            await socket.recv()
            return socket

        # The first connections pay for what all share.
        warm = [await introduced() for _ in range(50)]
        before = resident_kib(pid)
        sockets = [await introduced() for _ in range(CONNECTIONS)]
        after = resident_kib(pid)
        del warm, sockets
        return (after - before) / CONNECTIONS

    with running(command) as (pid, port):
        return asyncio.run(grown(pid, f"ws://127.0.0.1:{port}{path}"))


def milliseconds_of_an_exchange(command: Callable[[int], list[str]]) -> float:
    """Return what a back end waits for, in the middle, when it sends a signed applyToken; its own work left out."""
    with running(command) as (_, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        path, key = "/v1/authorizations/applyToken", Keys.load(HOME / "keys").merchant
        assert isinstance(key, PrivateKey)
        body = b'{"grantType":"AUTHORIZATION_CODE","authCode":"28100000000000000000000000000000"}'
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        signature = key.sign(f"POST {path}\n{DEFAULT_CLIENT_ID}.{moment}.".encode() + body)
        headers = {
            "Content-Type": "application/json",
            "Client-Id": DEFAULT_CLIENT_ID,
            "Request-Time": moment,
            "Signature": f"algorithm=RSA256, keyVersion=1, signature={quote(base64.b64encode(signature), safe='')}",
        }
        took = []
        for _ in range(EXCHANGES):
            began = time.perf_counter()
            answer = client.post(path, content=body, headers=headers)
            took.append(time.perf_counter() - began)
        # Unless it is wrong before it gets to the code.
        assert b"INVALID_CODE" in answer.content or command is starlette_command, answer.text
        return statistics.median(took) * 1000


def milliseconds_of_a_test(fixture: str) -> float:
    """Return what one of many empty tests that use a fixture takes, all the session's own time included."""
    with tempfile.TemporaryDirectory() as folder:
        source = f"import pytest\n@pytest.mark.parametrize('n', range({TESTS}))\ndef test({fixture}, n): pass\n"
        Path(folder, "test_empty.py").write_text(source)
        command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{plugin}" for plugin in OTHER_PLUGINS), folder]
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - began) * 1000 / TESTS


def medians(*measures: Callable[[], float]) -> list[float]:
    """Take measures in turns, so that what else the machine does touches all of them alike."""
    rounds = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    try:
        measure()
    finally:
        shutil.rmtree(HOME)


def measure() -> None:
    Keys.load(HOME / "keys")
    core = len(gzip.compress(file("my.js").read_bytes(), 9))
    print(f"my.js, the core: {core} bytes gzipped (budget 4000)")
    gzipped, plain = size_as_sent("gzip"), size_as_sent("identity")
    print(f"with what the wallet has and what answers at once, as sent: {gzipped} bytes gzipped, {plain} plain")

    ours, bare = medians(
        lambda: seconds_to_first_page(bridge_command), lambda: seconds_to_first_page(http_server_command)
    )
    print(f"start to first page: {ours * 1000:.0f} ms, {ours / bare:.1f} times http.server's ({bare * 1000:.0f} ms)")

    ours, bare = medians(
        lambda: kib_for_each_connection(bridge_command, "/_bridge/socket"),
        lambda: kib_for_each_connection(websockets_command, "/"),
    )
    print(f"one idle connection: {ours:.1f} KiB, {ours / bare:.1f} times bare websockets' ({bare:.1f} KiB)")
    ours, bare, nothing = medians(
        lambda: milliseconds_of_a_test("bridge"),
        lambda: milliseconds_of_a_test("tmp_path"),
        lambda: milliseconds_of_a_test("request"),
    )
    print(
        f"fixture `bridge`: {ours - nothing:.2f} ms a test beside an empty one (aim 5); "
        f"pytest's own `tmp_path`: {bare - nothing:.2f} ms"
    )
    ours, bare = medians(
        lambda: milliseconds_of_an_exchange(bridge_command), lambda: milliseconds_of_an_exchange(starlette_command)
    )
    print(
        f"exchange of a code, signed both ways: {ours:.2f} ms, {ours / bare:.1f} times what a bare Starlette takes "
        f"that verifies and signs as much ({bare:.2f} ms)"
    )
    print(f"medians of {ROUNDS} rounds on {os.cpu_count()} cores, Python {re.sub(' .*', '', sys.version)}")


if __name__ == "__main__":
    main()

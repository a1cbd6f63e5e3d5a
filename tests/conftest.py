"""What the browser tests share: one browser, one server, and for each test a bridge under a path of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bridge import Bridge, Call, Outcome
from bridge.server import run_in_thread
from bridge.site import Site
from tests import browser as browsers

if TYPE_CHECKING:
    from tests.programs import Program

pytest_plugins = ["pytester"]

Handler = Callable[[Call], Any]


def pytest_configure(config: pytest.Config) -> None:
    # Said also where another thread used `random`: a server does that for each of its pings. It stands here since
    # pyproject.toml counts for the examples, too, which run without hypothesis.
    warning = "Do not use the `random` module inside strategies:hypothesis.errors.HypothesisDeprecationWarning"
    config.addinivalue_line("filterwarnings", f"ignore:{warning}")


@pytest.fixture(scope="session", autouse=True)
def mybridge_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what the command keeps from one start to the next, so that it is not the developer's own."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("MYBRIDGE_HOME", str(home))
        yield home


@pytest.fixture(scope="session")
def site(bridge_server: Site) -> Site:
    """The server of the run, for tests that bring bridges of their own."""
    return bridge_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_page(browser: Browser) -> Page:
    """The tab of all tests that need no other: a new one for each costs more than the test itself."""
    page = browser.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture(scope="module")
def without_motion(shared_page: Page) -> Iterator[None]:
    """Let what is drawn over the shared tab be there at once."""
    shared_page.emulate_media(reduced_motion="reduce")
    yield
    shared_page.emulate_media(reduced_motion="null")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context of the test's own, for what would leave traces in the shared tab."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


class Elsewhere:
    """A server of somebody else, on another origin, whose pages get `my` from a bridge."""

    def __init__(self, url: str, app: Starlette) -> None:
        self.url = url
        self._app = app

    def serve(self, content: str | bytes, headers: dict[str, str] | None = None) -> str:
        """Return the address of a page, or of whatever the headers say."""
        path = f"/{len(self._app.router.routes)}"
        self._app.router.routes.append(Route(path, lambda request: HTMLResponse(content, headers=headers)))
        return self.url + path


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    """One such server for the whole run."""
    app = Starlette()
    with run_in_thread(app) as server:
        yield Elsewhere(server.url.replace("127.0.0.1", "localhost"), app)


class Opened:
    """A page of a bridge, and what it has said."""

    def __init__(self, page: Page, bridge: Bridge, url: str, folder: Path) -> None:
        self.page = page
        self.bridge = bridge
        self.url = url
        self.folder = folder
        self.console: list[str] = []
        self.errors: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)

    def leave(self) -> None:
        """Leave the tab to the next test, which is to hear nothing of what this document says when its bridge goes."""
        if not self.page.is_closed():
            self.page.goto("about:blank")
        self.page.remove_listener("console", self._note_message)
        self.page.remove_listener("pageerror", self._note_error)

    def _note_message(self, message: ConsoleMessage) -> None:
        self.console.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.errors.append(str(error))

    def ask(self, options: dict[str, Any] | None = None, api: str = "getAuthCode") -> list[list[Any]]:
        """Call an API with all three callbacks; return what ran: [["success", payload], ["complete", payload]]."""
        ran: list[list[Any]] = self.page.evaluate(ASK, [api, options or {}])
        return ran

    def success(self, options: dict[str, Any] | None = None, api: str = "getAuthCode") -> Any:
        """Call an API that must succeed; return the payload."""
        return _only("success", self.ask(options, api))

    def fail(self, options: dict[str, Any] | None = None, api: str = "getAuthCode") -> Any:
        """Call an API that must fail; return the payload."""
        return _only("fail", self.ask(options, api))


ASK = """([api, options]) => new Promise((resolve) => {
  const ran = [];
  const note = (name) => (payload) => ran.push([name, payload]);
  my.call(api, {
    ...options,
    success: note("success"),
    fail: note("fail"),
    complete: (payload) => { note("complete")(payload); setTimeout(() => resolve(ran)); },
  });
})"""


def _only(callback: str, ran: list[list[Any]]) -> Any:
    payload = ran[0][1]
    assert ran == [[callback, payload], ["complete", payload]]
    return payload


OpenPage = Callable[..., Opened]

BLANK = "<!doctype html><html><head><link rel='icon' href='data:,'><title>Test</title></head><body></body></html>"


@pytest.fixture
def open_page(bridge: Bridge, shared_page: Page, tmp_path: Path) -> Iterator[OpenPage]:
    """Open a page of this test's bridge: `open_page(handler, html, **options of Bridge)`.

    `handler` answers getAuthCode, or maps each API to its handler. `files` are written beside the page. `tab` is the
    tab to open it in, instead of the shared one.
    """
    pages: list[Opened] = []

    def open_page(
        handler: Handler | Outcome | dict[str, Handler | Outcome] | None = None,
        html: str = BLANK,
        *,
        files: dict[str, str] | None = None,
        tab: Page | None = None,
        **options: Any,
    ) -> Opened:
        for name, text in {"index.html": html, **(files or {})}.items():
            (tmp_path / name).write_text(text)
        bridge.configure(pages=tmp_path, **options)
        for api, answer in (handler if isinstance(handler, dict) else {"getAuthCode": handler}).items():
            if answer is not None:
                bridge.always(api, answer, custom=True)
        opened = Opened(tab or shared_page, bridge, bridge.url, tmp_path)
        pages.append(opened)
        opened.page.goto(bridge.url)
        return opened

    yield open_page
    for opened in pages:
        opened.leave()


OpenProgram = Callable[..., "Program"]


@pytest.fixture
def open_program(bridge: Bridge, shared_page: Page, tmp_path: Path) -> Iterator[OpenProgram]:
    """Open a mini program of this test's bridge: `open_program({"index.axml": ..., "index.js": ...}, **options)`.

    The files are as `tests.programs.write` takes them. `at` is the page to open, as "/pages/list/list?id=1"; `tab` the
    tab to open it in, instead of the shared one; `query` goes before the hash.
    """
    from tests.programs import Program, write

    programs: list[Program] = []

    def open_program(
        files: dict[str, Any], *, at: str = "", query: str = "", tab: Page | None = None, **options: Any
    ) -> Program:
        write(tmp_path, files)
        bridge.configure(pages=tmp_path, **options)
        program = Program(tab or shared_page, bridge, bridge.url, tmp_path)
        programs.append(program)
        program.page.goto(f"{bridge.url}/{query}" + (f"#{at}" if at else ""))
        bridge.current_page(program.page)
        return program

    yield open_program
    for program in programs:
        program.leave()

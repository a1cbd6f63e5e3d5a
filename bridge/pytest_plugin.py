"""The pytest plugin: a bridge for each test, under an address of its own, that fails the test which should fail.

Fixtures: `bridge`; beneath it `bridge_server`, which the tests of a process share, and `bridge_options`, to override.
Marks: `bridge(**options)` and `bridge_checks(**checks)`.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Collection, Generator, Iterator
from typing import Any

import pytest

from bridge.bridge import Bridge
from bridge.checks import CHECKS, DEFAULT_CHECKS, Finding, findings
from bridge.errors import BridgeError, SetupError, nearest
from bridge.report import happened
from bridge.site import Site
from bridge.trace import trace

__all__ = ["bridge", "bridge_options", "bridge_server"]

PAGES_SECONDS = 1.0
"""How long a test that has passed waits for its pages to run the callbacks of what they were answered."""

TRACE_FOLDER = "bridge-trace"

_OPTIONS = [name for name in inspect.signature(Bridge).parameters]
_BRIDGE = pytest.StashKey[Bridge]()
_CHECKS = pytest.StashKey[Collection[str]]()
_FOUND = pytest.StashKey[BaseException]()
_REPORTED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("bridge", "bridge: my.* calls of pages, answered by the test")
    group.addoption(
        "--bridge-trace",
        action="store_true",
        help=f"leave the timeline of each failing test's calls in {TRACE_FOLDER}/, one HTML file each",
    )
    parser.addini("bridge_pages", "the folder that the fixture `bridge` serves, relative to the root of the project")
    parser.addini(
        "bridge_profile", "the platform dialect of the fixture `bridge`: an id, or a TOML file relative to it"
    )
    for check, what in CHECKS.items():
        parser.addini(f"bridge_check_{check}", f"fail a test when {what}", type="bool", default=check in DEFAULT_CHECKS)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    config.addinivalue_line("markers", "bridge(**options): options of the fixture `bridge`, as Bridge takes them")
    checks = ", ".join(f"{check}={check in DEFAULT_CHECKS}" for check in CHECKS)
    config.addinivalue_line("markers", f"bridge_checks({checks}): what of the fixture `bridge` fails a test")


@pytest.fixture(scope="session")
def bridge_server() -> Iterator[Site]:
    """The server that all tests of this process share, on a free port."""
    with Site().run() as site:
        yield site


@pytest.fixture
def bridge_options() -> dict[str, Any]:
    """Options for `bridge`, as `Bridge` takes them. Override it; marks on a test count more."""
    return {}


@pytest.fixture
def bridge(request: pytest.FixtureRequest, bridge_server: Site, bridge_options: dict[str, Any]) -> Iterator[Bridge]:
    """A bridge of this test alone: pages opened under `bridge.url` are answered by it, and by no other."""
    problem = None
    try:
        bridge = Bridge(**_options(request.node, bridge_options))
        request.node.stash[_CHECKS] = _checks(request.node)
    except SetupError as error:
        problem = str(error)
    if problem is not None:
        pytest.fail(problem, pytrace=False)
    bridge.let_go_on(lambda: request.node.funcargs.values())
    bridge_server.mount(bridge)
    request.node.stash[_BRIDGE] = bridge
    request.node.stash[_REPORTED] = False
    yield bridge
    bridge.detach()
    bridge_server.unmount(bridge)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that has passed although it should not have."""
    result = yield
    bridge = item.stash.get(_BRIDGE, None)
    if bridge is not None:
        bridge.wait_for_pages(PAGES_SECONDS)
        if found := findings(bridge, item.stash[_CHECKS]):
            failure = item.stash[_FOUND] = pytest.fail.Exception(_words(found, bridge), pytrace=False)
            raise failure
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the pages did to the report of a test that failed."""
    report = yield
    bridge = item.stash.get(_BRIDGE, None)
    if bridge is None:
        return report
    try:
        _report(item, bridge, call, report)
    except Exception as problem:
        # An error here would end the whole session.
        report.sections.append(("bridge", f"cannot be reported: {type(problem).__name__}: {problem}"))
    if report.when == "teardown":
        # Items live as long as the session.
        del item.stash[_BRIDGE]
    return report


def _report(item: pytest.Item, bridge: Bridge, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Say what the pages did, and leave their timeline where it is wanted."""
    error = call.excinfo.value if call.excinfo is not None else None
    if report.failed and not item.stash[_REPORTED]:
        item.stash[_REPORTED] = True
        # Our own failure and our own errors say all that there is to say.
        ours = error is not None and error is item.stash.get(_FOUND, None)
        paragraphs = [] if ours else list(map(str, findings(bridge, item.stash[_CHECKS])))
        if not (ours or isinstance(error, BridgeError)):
            paragraphs.insert(0, happened(bridge.log))
        if paragraphs:
            report.sections.append(("bridge", "\n\n".join(paragraphs)))
    if item.config.getoption("--bridge-trace"):
        _trace(item, bridge, report)


def _options(item: pytest.Item, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options for `Bridge`: what stands closer to the test counts more."""
    options: dict[str, Any] = {"seed": item.nodeid, "consent": "allow"}
    root = item.config.rootpath
    if pages := item.config.getini("bridge_pages"):
        options["pages"] = root / pages
    if profile := item.config.getini("bridge_profile"):
        options["profile"] = root / profile if profile.endswith(".toml") else profile
    if not isinstance(given, dict):
        raise SetupError(f"the fixture bridge_options returns a dictionary, not {given!r}")
    options |= given
    for mark in reversed(list(item.iter_markers("bridge"))):
        if mark.args:
            raise SetupError(f"the mark bridge takes options by name, such as pages='my-app', not {mark.args[0]!r}")
        options |= mark.kwargs
        if "pages" in mark.kwargs and mark.kwargs["pages"] is not None:
            options["pages"] = item.path.parent / mark.kwargs["pages"]
    for name in options:
        if name not in _OPTIONS:
            raise SetupError(f"bridge has no option {name!r}{nearest(name, _OPTIONS)}")
    return options


def _checks(item: pytest.Item) -> set[str]:
    """Return the checks that count for a test."""
    checks = {check: item.config.getini(f"bridge_check_{check}") for check in CHECKS}
    for mark in reversed(list(item.iter_markers("bridge_checks"))):
        if mark.args:
            raise SetupError(f"the mark bridge_checks takes checks by name, such as {next(iter(CHECKS))}=False")
        for check, on in mark.kwargs.items():
            if check not in CHECKS:
                raise SetupError(f"there is no check {check!r}{nearest(check, CHECKS)}")
            checks[check] = on
    return {check for check, on in checks.items() if on}


def _words(found: list[Finding], bridge: Bridge) -> str:
    """Return the message of a test that has passed although it should not have."""
    # The first line is what pytest's summary shows.
    rest = f", and {len(found) - 1} more" if len(found) > 1 else ""
    first = f"bridge: {found[0].headline}{rest}"
    checks = sorted({finding.check for finding in found}, key=list(CHECKS).index)
    advice = (
        "The test itself has passed. If all is as it should be:\n"
        f"  @pytest.mark.bridge_checks({', '.join(f'{check}=False' for check in checks)})\n"
        "or, for every test, in the configuration of pytest:\n"
    ) + "\n".join(f"  bridge_check_{check} = false" for check in checks)
    details = [str(finding) if len(found) > 1 else finding.details for finding in found]
    return "\n\n".join([first, *details, happened(bridge.log), advice])


def _trace(item: pytest.Item, bridge: Bridge, report: pytest.TestReport) -> None:
    """Leave the timeline of a test that failed, and none of one that did not."""
    name = re.sub(r"[^\w.]+", "-", item.nodeid).strip("-")[:120]
    # Other tests may be left with the same name.
    digest = hashlib.sha256(item.nodeid.encode()).hexdigest()[:6]
    file = item.config.rootpath / TRACE_FOLDER / f"{name}-{digest}.html"
    if report.failed:
        html = trace(bridge, title=item.nodeid, failure=report.longreprtext, checks=item.stash[_CHECKS])
        file.parent.mkdir(exist_ok=True)
        file.write_text(html, "utf-8")
        report.sections.append(("bridge trace", str(file.relative_to(item.config.rootpath))))
    elif report.when == "setup":
        # Left by an earlier run.
        file.unlink(missing_ok=True)

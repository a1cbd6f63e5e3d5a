"""The pytest plugin, in sessions of pytest's own: what passes, what fails, and what is said then."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bridge.checks import CHECKS

ROOT = Path(__file__).parent.parent
SESSIONS = Path(__file__).parent / "sessions"

PLAIN = ["-Werror", "-pno:playwright", "-pno:playwright-asyncio", "-pno:asyncio"]
"""Without the plugins that some sessions want, and that exclude each other."""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a file of tests/sessions in a process of its own: `run(name, conftest, *arguments, plugins=PLAIN)`."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(name: str, conftest: str | None, *arguments: str, plugins: Sequence[str] = PLAIN) -> pytest.RunResult:
        shutil.copy(SESSIONS / f"{name}.py", pytester.path / f"test_{name}.py")
        shutil.copy(SESSIONS / "app.html", pytester.path)
        if conftest is not None:
            shutil.copy(SESSIONS / f"{conftest}.py", pytester.path / "conftest.py")
        return pytester.runpytest_subprocess(*plugins, *arguments, timeout=120)

    return run


def test_what_is_said_of_each_test_that_should_fail(run: Run) -> None:
    # Without the log's section, which shows line numbers of our own.
    result = run("failing", "conftest_plain", "-q", "--tb=short", "-pno:logging")
    said = normal(result.outlines)
    golden = SESSIONS / "failing.txt"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(said, "utf-8")
    assert said == golden.read_text("utf-8")


def normal(lines: list[str]) -> str:
    """Return what pytest said of failures, without what differs from run to run."""
    text = "\n".join(lines)
    text = text[text.index("= ERRORS =") :].partition("\n")[2].partition("= short test summary")[0].rpartition("\n")[0]
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"at \+\d+\.\d{3} s", "at +0.000 s", text)
    return re.sub(r'File "[^"]*/', 'File "', text) + "\n"


def test_two_hundred_tests_in_four_workers_share_nothing(run: Run) -> None:
    run("parallel", None, "-n4", "-q").assert_outcomes(passed=200)


def test_workers_with_a_browser_each_share_nothing(run: Run) -> None:
    run("parallel_browsers", "conftest_plain", "-n2", "-q").assert_outcomes(passed=6)


def test_checks_can_be_turned_off_and_options_come_from_where_they_are_closest(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeini(
        """
        [pytest]
        bridge_pages = .
        bridge_profile = alipay-plus-legacy
        bridge_check_unhandled_api = false
        """
    )
    (pytester.path / "elsewhere").mkdir()
    for _ in range(2):
        run("passing", "conftest_plain", "-q", "--bridge-trace").assert_outcomes(passed=9, xfailed=1)
    # Nobody is left a timeline of a test that passed.
    assert list(pytester.path.glob("bridge-trace/*")) == []
    first, second = (pytester.path / "codes.txt").read_text().split()
    assert first == second


def test_the_readmes_login_runs_with_pytest_playwright(run: Run, pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "examples" / "pytest_login", pytester.path, dirs_exist_ok=True)
    shutil.copy(SESSIONS / "conftest_playwright.py", pytester.path / "conftest.py")
    arguments = ["-pno:playwright-asyncio", "-pno:asyncio"]
    pytester.runpytest_subprocess(*arguments, "-q", timeout=120).assert_outcomes(passed=3)


def test_the_readmes_login_starts_in_a_checkout_without_what_only_development_needs(tmp_path: Path) -> None:
    (tmp_path / "hypothesis.py").write_text("raise ModuleNotFoundError('it is not installed')")
    command = [sys.executable, "-m", "pytest", "-pno:hypothesispytest", "-p", "playwright", "--collect-only", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*command, "examples/pytest_login"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert "3 tests collected" in done.stdout, done.stdout + done.stderr


def test_it_works_beside_pytest_playwright_asyncio(pytester: pytest.Pytester, run: Run) -> None:
    run("async_api", "conftest_playwright", plugins=["-pno:playwright"]).assert_outcomes(passed=3)


def test_each_failing_test_leaves_one_timeline_until_it_passes(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest
        from tests.wire_page import open_wire_page

        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_it(bridge, number):
            with open_wire_page(bridge.url) as page:
                page.ask()
            with open("fails.txt") as file:
                assert str(number) not in file.read()
        """
    )
    pytester.path.joinpath("fails.txt").write_text("1 3")
    pytester.runpytest_subprocess(*PLAIN, "--bridge-trace", "-n2").assert_outcomes(passed=1, failed=2)
    traces = sorted(path.name for path in pytester.path.glob("bridge-trace/*"))
    assert [re.sub("-[0-9a-f]{6}.html", "", name) for name in traces] == [
        "test_each_failing_test_leaves_one_timeline_until_it_passes.py-test_it-1",
        "test_each_failing_test_leaves_one_timeline_until_it_passes.py-test_it-3",
    ]
    assert "getAuthCode" in pytester.path.joinpath("bridge-trace", traces[0]).read_text("utf-8")

    pytester.path.joinpath("fails.txt").write_text("1")
    result = pytester.runpytest_subprocess(*PLAIN, "--bridge-trace")
    result.assert_outcomes(passed=2, failed=1)
    assert [path.name for path in pytester.path.glob("bridge-trace/*")] == traces[:1]
    result.stdout.fnmatch_lines([f"*bridge-trace*{traces[0]}"])


def test_who_does_not_use_it_gets_no_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import threading\ndef test_it(): assert threading.active_count() == 1")
    pytester.runpytest_subprocess(*PLAIN).assert_outcomes(passed=1)


def test_its_options_and_marks_are_in_the_help_of_pytest(pytester: pytest.Pytester) -> None:
    helped = pytester.runpytest_subprocess(*PLAIN, "--help").stdout.str()
    marks = pytester.runpytest_subprocess(*PLAIN, "--markers").stdout.str()
    for option in ("--bridge-trace", "bridge_pages", "bridge_profile", *(f"bridge_check_{check}" for check in CHECKS)):
        assert option in helped
    assert "@pytest.mark.bridge(" in marks
    assert "@pytest.mark.bridge_checks(handler_raised=True" in marks

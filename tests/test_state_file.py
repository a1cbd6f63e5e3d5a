"""A store in a file: what outlives a process, however it ends, and what several processes share."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bridge import Bridge, ExpiredCode, StateFile, UsedCode
from bridge.errors import SetupError, StateError
from bridge.state_file import VERSION
from tests.wire_page import open_wire_page

ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@contextmanager
def opened(path: Path) -> Iterator[StateFile]:
    with closing(StateFile(path)) as store:
        yield store


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as SQLite's own shell does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


# What outlives a process.


def test_a_restarted_bridge_knows_what_was_granted_and_which_codes_are_spent(path: Path) -> None:
    with opened(path) as store:
        bridge = Bridge(store=store, consent="allow")
        with bridge.run() as server, open_wire_page(server.url) as page:
            spent, good, old = (page.ask(scopes=["auth_base", "USER_NAME"])[1]["authCode"] for _ in range(3))
        bridge.redeem(spent)
        bridge.allow("USER_ADDRESS", user="Bayu")

    with opened(path) as store:
        # Whoever is asked for anything now, denies it.
        bridge = Bridge(store=store, consent="deny")
        assert bridge.granted() == {"auth_base", "USER_NAME"}
        assert bridge.granted("Bayu") == {"USER_ADDRESS"}
        with bridge.run() as server, open_wire_page(server.url) as page:
            assert page.ask(scopes=["USER_NAME"])[0] == "success"
            assert page.ask(scopes=["USER_ADDRESS"])[0] == "fail"
        with pytest.raises(UsedCode):
            bridge.redeem(spent)
        assert bridge.redeem(good).scopes == ("auth_base", "USER_NAME")
        bridge.clock.advance(bridge.settings.profile.code.lifetime)
        with pytest.raises(ExpiredCode):
            bridge.redeem(old)
        bridge.revoke("USER_NAME", user="Amara")

    with opened(path) as store:
        bridge = Bridge(store=store)
        assert bridge.granted("Amara") == {"auth_base"}
        assert bridge.granted("Bayu") == {"USER_ADDRESS"}
        bridge.revoke()

    with opened(path) as store:
        assert Bridge(store=store).granted("Bayu") == set()


def test_a_seed_makes_the_same_codes_after_a_restart_and_they_are_good(path: Path) -> None:
    codes = []
    for _ in range(2):
        with opened(path) as store:
            bridge = Bridge(store=store, seed=1)
            with bridge.run() as server, open_wire_page(server.url) as page:
                codes.append(page.ask()[1]["authCode"])
            assert bridge.redeem(codes[-1])
    assert codes[0] == codes[1]


def test_it_is_known_which_files_there_may_be(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    seen: set[Path] = set()
    with opened(Path(path.name)) as store:
        store.allow("app", "user", ["a"])
        with raw(path) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("DELETE FROM granted")
            seen.update(path.parent.iterdir())
            database.execute("ROLLBACK")
        assert store.files == seen == {path, path.with_name("state.db-journal")}


def test_the_file_holds_no_code(path: Path) -> None:
    with opened(path) as store:
        bridge = Bridge(store=store)
        code = bridge.authority.issue(app_id="app", user_id="user", scopes=())
        assert code.encode() not in path.read_bytes()
        assert bridge.authority.redeem(code, app_id="app")


# What is no such file.


def another_database(path: Path) -> None:
    with raw(path) as database:
        database.execute("CREATE TABLE note (text)")


def of_a_newer_version(path: Path) -> None:
    StateFile(path).close()
    with raw(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (another_database, "{path} is a database of another program; name another file"),
        (of_a_newer_version, "{path} was written by a newer mybridge; update this one, or name another file"),
        (lambda path: path.write_text("Dear diary, " * 100), "cannot keep state in {path}: file is not a database"),
        (lambda path: path.write_bytes(bytes(5000)), "cannot keep state in {path}: file is not a database"),
    ],
    ids=["another database", "a newer version", "text", "zeros"],
)
def test_what_is_something_else_is_refused_and_left_as_it_is(
    path: Path, make: Callable[[Path], object], problem: str
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(SetupError) as refused:
        StateFile(path)
    assert str(refused.value) == problem.format(path=path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("place", ["no/such/folder/state.db", "", "file/state.db"])
def test_where_nothing_can_be_written_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=f"cannot keep state in {tmp_path / place}: unable to open database file"):
        StateFile(tmp_path / place)


def test_a_file_has_a_name() -> None:
    with pytest.raises(SetupError, match="name the file that is to keep the state"):
        StateFile("")


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.touch()
    with opened(path) as store:
        store.allow("app", "user", [])
        store.allow("app", "user", ["a"])
        assert store.granted("app", "user") == {"a"}


def test_a_file_that_breaks_later_is_named_by_what_cannot_be_kept_in_it(path: Path) -> None:
    with opened(path) as store:
        with raw(path) as database:
            database.execute("DROP TABLE granted")
        with pytest.raises(StateError, match=f"cannot keep state in {path}: no such table: granted"):
            store.granted("app", "user")
        with pytest.raises(StateError, match=f"cannot keep state in {path}: no such table: granted"):
            store.allow("app", "user", ["a"])


def test_a_call_fails_and_the_page_lives_when_the_file_breaks(path: Path) -> None:
    with opened(path) as store:
        bridge = Bridge(store=store, consent="allow")
        with bridge.run() as server, open_wire_page(server.url) as page:
            assert page.ask(scopes=["USER_NAME"])[0] == "success"
            with raw(path) as database:
                database.execute("DROP TABLE code")
            assert page.ask(scopes=["USER_NAME"])[1]["error"] == 3
            assert page.ask(scopes=7)[1]["error"] == 2
    assert isinstance(bridge.calls[1].error, StateError)


# Several processes.


class Process:
    """Python in a process of its own, which is told and tells line by line."""

    def __init__(self, code: str) -> None:
        command = [sys.executable, "-c", code]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        # Whoever waits for a line is told then that there is none.
        self._watchdog = threading.Timer(60, self._process.kill)
        self._watchdog.start()

    def tell(self, line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process has ended"
        return line.rstrip("\n")

    def end(self) -> None:
        self._watchdog.cancel()
        self._process.kill()
        # Closes the pipes, so that a child that is left cannot go on, and waits.
        with self._process:
            pass


@contextmanager
def running(code: str, count: int = 1) -> Iterator[list[Process]]:
    processes = [Process(code) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.end()


COMMON = """
import os, sys
from bridge import CodeRecord, StateFile

def record(digest):
    return CodeRecord(
        digest=str(digest), app_id="app", user_id="user", scopes=("a",), issued_at=0.0, expires_at=1e12
    )

def say(*words):
    # In one piece or not at all.
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""

SPENDER = f"""{COMMON}
path, name = input(), input()
# Both find no file, and make one.
store = StateFile(path)
for digest in range(name == "second", 50, 2):
    store.add(record(digest))
store.allow("app", "user", [name])
say("ready")
input()
say(*(digest for digest in range(50) if store.spend(str(digest))))
say(*sorted(store.granted("app", "user")))
store.close()
"""


def test_of_two_processes_that_share_a_file_exactly_one_spends_each_code(path: Path) -> None:
    with running(SPENDER, count=2) as processes:
        for process, name in zip(processes, ("first", "second"), strict=True):
            process.tell(path)
            process.tell(name)
        assert [process.hear() for process in processes] == ["ready", "ready"]
        for process in processes:
            process.tell("go")
        spent = [process.hear().split() for process in processes]
        assert sorted(int(digest) for digests in spent for digest in digests) == list(range(50))
        assert [process.hear() for process in processes] == ["first second"] * 2


# What a process leaves that is killed.

WORKER = f"""{COMMON}
def work(path):
    store = StateFile(path)
    say(os.getpid())
    number = 0
    while True:
        store.add(record(number))
        say("issued", number)
        store.spend(str(number))
        say("spent", number)
        store.allow("app", "user", [f"{{scope}}-{{number}}" for scope in range(9)])
        say("granted", number)
        number += 1

for line in sys.stdin:
    child = os.fork()
    if not child:
        work(line.rstrip())
    os.waitpid(child, 0)
    say("killed")
"""


def state_after(steps: int) -> tuple[dict[str, bool], frozenset[str]]:
    """Return the codes, with whether they are spent, and the grants after so many steps of the worker."""
    issued, spent, granted = ((steps + left) // 3 for left in (2, 1, 0))
    scopes = frozenset(f"{scope}-{number}" for number in range(granted) for scope in range(9))
    return {str(number): number < spent for number in range(issued)}, scopes


def test_a_process_that_is_killed_at_any_moment_leaves_all_that_it_has_done_and_no_half_of_anything(
    tmp_path: Path,
) -> None:
    with running(WORKER) as (worker,):
        for moment in range(60):
            path = tmp_path / f"{moment}.db"
            worker.tell(path)
            child = int(worker.hear())
            for _ in range(moment % 10):
                worker.hear()
            # In the midst of one of the next steps, each time a little later.
            for _ in range(moment * 4000):
                pass
            os.kill(child, signal.SIGKILL)
            # It may have been faster than this.
            more = len(list(iter(worker.hear, "killed")))
            done = moment % 10 + more

            with raw(path) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            with opened(path) as store:
                granted = store.granted("app", "user")
                codes = {
                    digest: store.is_spent(digest)
                    for digest in map(str, range(done + 2))
                    if store.get(digest) is not None
                }
            assert (codes, granted) in (state_after(done), state_after(done + 1))

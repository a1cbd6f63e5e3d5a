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
from bridge.authority import Authority
from bridge.errors import ExpiredToken, SetupError, StateError, UnknownToken, UsedToken
from bridge.profiles import CodeFormat
from bridge.state_file import VERSION
from bridge.store import CodeRecord, TokenRecord
from tests.wire_page import open_wire_page

ROOT = Path(__file__).parent.parent

FORMAT = CodeFormat(alphabet="0123456789abcdef", length=32, lifetime=600)


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


def test_tokens_and_their_revocation_outlive_the_process(path: Path) -> None:
    def issue(authority: Authority) -> str:
        return authority.issue(app_id="app", user_id="user", scopes=("auth_base", "用户"))

    with opened(path) as store:
        authority = Authority(FORMAT, store=store)
        code, revoked_code = issue(authority), issue(authority)
        first = authority.exchange(code, app_id="app", client_id="client")
        second = authority.refresh(first.refresh_token, client_id="client")
        revoked = authority.exchange(revoked_code, app_id="app", client_id="client")
        authority.revoke_tokens(revoked.access_token, client_id="client")
        expired = authority.exchange(issue(authority), app_id="app", client_id="client")
        authority.expire(expired.access_token)

    with opened(path) as store:
        authority = Authority(FORMAT, store=store)
        assert authority.look_up(second.access_token, client_id="client") == second.record
        assert authority.look_up(first.access_token, client_id="client").refreshed
        with pytest.raises(UnknownToken):
            authority.look_up(revoked.access_token, client_id="client")
        with pytest.raises(UnknownToken):
            authority.refresh(revoked.refresh_token, client_id="client")
        with pytest.raises(ExpiredToken):
            authority.look_up(expired.access_token, client_id="client")
        with pytest.raises(UsedToken):
            authority.refresh(first.refresh_token, client_id="client")

    with opened(path) as store:
        authority = Authority(FORMAT, store=store)
        with pytest.raises(UnknownToken):
            authority.refresh(second.refresh_token, client_id="client")
        assert authority.refresh(expired.refresh_token, client_id="client")
        with pytest.raises(UsedCode):
            authority.exchange(code, app_id="app", client_id="client")


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


def test_the_file_holds_no_code_and_no_token(path: Path) -> None:
    with opened(path) as store:
        authority = Bridge(store=store).authority
        code = authority.issue(app_id="app", user_id="user", scopes=())
        first = authority.exchange(code, app_id="app", client_id="client")
        second = authority.refresh(first.refresh_token, client_id="client")
        kept = path.read_bytes()
        for secret in (code, first.access_token, first.refresh_token, second.access_token, second.refresh_token):
            assert secret.encode() not in kept
        assert second.record.access.encode() in kept


# What an older version has written.

VERSION_1 = """
CREATE TABLE code (
    digest TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    issued_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    spent INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX code_expires_at ON code (expires_at);
CREATE TABLE granted (
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (app_id, user_id, scope)
) WITHOUT ROWID;
INSERT INTO code VALUES ('spent', 'app', 'user', '["a","b"]', 1.5, 1e12, 1), ('good', 'app', 'user', '[]', 2.0, 3.0, 0);
INSERT INTO granted VALUES ('app', 'user', 'a'), ('app', 'other', 'b');
PRAGMA application_id = 0x62726467;
PRAGMA user_version = 1;
"""


def of_version_1(path: Path) -> None:
    with raw(path) as database:
        database.executescript(VERSION_1)


def record(digest: str) -> CodeRecord:
    return CodeRecord(digest=digest, app_id="app", user_id="user", scopes=("a",), issued_at=0.0, expires_at=1e12)


def tokens(access: str, code: str) -> TokenRecord:
    return TokenRecord(
        access=access,
        refresh=f"{access}-refresh",
        code=code,
        client_id="client",
        app_id="app",
        user_id="user",
        scopes=("a",),
        access_expires_at=1e12,
        refresh_expires_at=1e12,
    )


def test_a_file_of_the_first_version_keeps_its_codes_and_grants_and_learns_tokens(path: Path) -> None:
    of_version_1(path)
    for attempt in range(2):
        with opened(path) as store:
            assert store.get("spent") == CodeRecord(
                digest="spent", app_id="app", user_id="user", scopes=("a", "b"), issued_at=1.5, expires_at=1e12
            )
            good = store.get("good")
            assert good is not None
            assert (good.scopes, good.expires_at) == ((), 3.0)
            assert [store.granted("app", user) for user in ("user", "other")] == [{"a"}, {"b"}]
            assert not store.spend("spent", tokens("never", "spent"))
            assert store.spend("good", tokens("first", "good")) == (attempt == 0)
            assert store.tokens("first-refresh") == tokens("first", "good")
            assert store.tokens("never") is None


def test_a_file_of_the_first_version_becomes_one_of_this(path: Path) -> None:
    def schema(path: Path) -> list[object]:
        StateFile(path).close()
        with raw(path) as database:
            tables = database.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
            return [
                tables,
                *(database.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")),
            ]

    of_version_1(path)
    assert schema(path) == schema(path.with_name("new.db"))


def test_of_several_that_find_a_file_of_the_first_version_one_brings_it_up_to_date(path: Path) -> None:
    of_version_1(path)
    start, ready = threading.Barrier(4), []

    def open_it() -> None:
        start.wait()
        with opened(path) as store:
            ready.append(store.is_spent("spent"))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ready == [True] * 4


# What is no such file.


def another_database(path: Path) -> None:
    with raw(path) as database:
        database.execute("CREATE TABLE note (text)")


def of_a_newer_version(path: Path) -> None:
    StateFile(path).close()
    with raw(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


def of_a_first_version_with_something_else(path: Path) -> None:
    of_version_1(path)
    with raw(path) as database:
        database.execute("CREATE INDEX token_code ON granted (scope)")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (another_database, "{path} is a database of another program; name another file"),
        (of_a_newer_version, "{path} was written by a newer mybridge; update this one, or name another file"),
        (of_a_first_version_with_something_else, "cannot keep state in {path}: index token_code already exists"),
        (lambda path: path.write_text("Dear diary, " * 100), "cannot keep state in {path}: file is not a database"),
        (lambda path: path.write_bytes(bytes(5000)), "cannot keep state in {path}: file is not a database"),
    ],
    ids=["another database", "a newer version", "an odd first version", "text", "zeros"],
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


def test_a_store_that_was_closed_says_so(path: Path) -> None:
    store = StateFile(path)
    store.close()
    store.close()
    for _ in range(2):
        with pytest.raises(StateError, match=f"cannot keep state in {path}: Cannot operate on a closed database"):
            store.spend("a")


# What fails in the midst of a change.

# "ABORT" is what a broken rule says; "ROLLBACK" what a full disk does: it has undone all that came before by itself.
FAILURES = ["ABORT", "ROLLBACK"]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("change", "fails_at"),
    [
        (lambda store: store.spend("new", tokens("third", "new")), "INSERT ON token"),
        (lambda store: store.rotate("second-refresh", tokens("third", "old")), "INSERT ON token"),
        (lambda store: store.add(record("old")), "DELETE ON token"),
        (lambda store: store.expire("second", at=0), "UPDATE ON token"),
        (lambda store: store.forget(before=1e13), "DELETE ON token"),
        (lambda store: store.revoke_tokens("old"), "UPDATE ON token"),
    ],
    ids=["spend", "rotate", "add", "expire", "forget", "revoke"],
)
def test_a_change_that_fails_leaves_nothing_of_itself_and_the_store_goes_on(
    path: Path, change: Callable[[StateFile], object], fails_at: str, failure: str
) -> None:
    def state() -> list[object]:
        with raw(path) as database:
            return [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("code", "token", "granted")]

    with opened(path) as store:
        for digest in ("old", "new"):
            store.add(record(digest))
        store.spend("old", tokens("first", "old"))
        store.rotate("first-refresh", tokens("second", "old"))
        before = state()
        with raw(path) as database:
            # Once one of the two is changed, so that there is something to undo.
            database.execute(f"CREATE TRIGGER broken AFTER {fails_at} BEGIN SELECT RAISE({failure}, 'no room'); END")
        for _ in range(2):
            with pytest.raises(StateError, match=f"cannot keep state in {path}: no room"):
                change(store)
            assert state() == before
        # Others can write, too, and so can this store.
        with raw(path) as database:
            database.execute("DROP TRIGGER broken")
        store.allow("app", "user", ["a"])
        assert change(store) in (True, None)
        after = state()
    assert after[:2] != before[:2]
    with opened(path) as store:
        assert state() == after
        assert store.granted("app", "user") == {"a"}


FULL = """
import resource

path = input()
store = StateFile(path)
for digest in range(300):
    store.add(record(digest))
size = os.path.getsize(path)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
# The file cannot grow any more.
resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
for digest in range(300):
    try:
        assert store.spend(str(digest), tokens(f"{digest}-access", digest))
    except StateError:
        break
say("full", digest)
say(*(number for number in range(300) if store.is_spent(str(number))))
say(*(number for number in range(300) if store.tokens(f"{number}-access")))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
say(*(number for number in range(digest, 300) if store.spend(str(number), tokens(f"{number}-access", number))))
"""


def test_when_the_disk_is_full_no_code_is_spent_without_its_tokens_and_all_goes_on_when_there_is_room(
    path: Path,
) -> None:
    pytest.importorskip("resource")
    with running(COMMON + FULL) as (process,):
        process.tell(path)
        word, number = process.hear().split()
        assert word == "full"
        full = int(number)
        assert 0 < full < 299
        numbers = [[int(digest) for digest in process.hear().split()] for _ in range(3)]
    assert numbers == [[*range(full)], [*range(full)], [*range(full, 300)]]
    with opened(path) as store:
        assert all(store.tokens(f"{number}-access") for number in range(300))


# Several processes.


class Process:
    """Python in a process of its own, which is told and tells line by line."""

    def __init__(self, code: str) -> None:
        command = [sys.executable, "-c", code]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def tell(self, line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def hear(self) -> str:
        assert self._process.stdout is not None
        # For each line anew: how long all of them take is up to the disk.
        watchdog = threading.Timer(60, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, "the process has ended"
        return line.rstrip("\n")

    def end(self) -> None:
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
from bridge.authority import Authority
from bridge.errors import StateError, UnknownToken, UsedCode, UsedToken
from bridge.profiles import CodeFormat
from bridge.store import TokenRecord

def record(digest):
    return CodeRecord(
        digest=str(digest), app_id="app", user_id="user", scopes=("a",), issued_at=0.0, expires_at=1e12
    )

def tokens(access, code):
    return TokenRecord(
        access=access, refresh=f"{access}-refresh", code=str(code), client_id="client", app_id="app", user_id="user",
        scopes=("a",), access_expires_at=1e12, refresh_expires_at=1e12,
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


RACER = f"""{COMMON}
class Meeting(StateFile):
    # Nobody spends before all are about to, so that each has seen by then that nobody had, however it looks.
    def spend(self, digest, tokens=None):
        say("there")
        input()
        return super().spend(digest, tokens)

    def rotate(self, refresh, tokens):
        say("there")
        input()
        return super().rotate(refresh, tokens)

store, kind = Meeting(input()), input()
authority = Authority(CodeFormat(alphabet="0123456789abcdef", length=32, lifetime=600), store=store)
won = []
for secret in input().split():
    try:
        if kind == "code":
            tokens = authority.exchange(secret, app_id="app", client_id="client")
        else:
            tokens = authority.refresh(secret, client_id="client")
    except (UsedCode, UsedToken, UnknownToken):
        continue
    won.append((secret, tokens.access_token, tokens.refresh_token))
for each in won:
    say(*each)
say("done")
input()
"""


@pytest.mark.parametrize(("kind", "count"), [("code", 1000), ("refresh token", 400)])
def test_of_four_processes_that_race_for_a_code_or_refresh_token_one_wins_and_the_others_end_what_it_got(
    path: Path, kind: str, count: int
) -> None:
    with opened(path) as store, running(RACER, count=4) as processes:
        authority = Authority(FORMAT, store=store)
        secrets = [authority.issue(app_id="app", user_id="user", scopes=()) for _ in range(count)]
        if kind == "refresh token":
            secrets = [authority.exchange(code, app_id="app", client_id="client").refresh_token for code in secrets]
        for process in processes:
            process.tell(path)
            process.tell(kind)
            process.tell(" ".join(secrets))
        assert [process.hear() for process in processes] == ["there"] * 4
        for number in range(1, count):
            # All at once, where they wait for each other for long; in between, which is faster, one after the other.
            together = number % 20 == 0
            for group in [processes] if together else [[process] for process in processes]:
                for process in group:
                    process.tell("go")
                assert [process.hear() for process in group] == ["there"] * len(group)
        for process in processes:
            process.tell("go")
        won = [line.split() for process in processes for line in iter(process.hear, "done")]
        assert sorted(secret for secret, _, _ in won) == sorted(secrets)
        for _, access, refresh in won:
            with pytest.raises(UnknownToken):
                authority.look_up(access, client_id="client")
            with pytest.raises(UnknownToken):
                authority.refresh(refresh, client_id="client")


# What a process leaves that is killed.

WORKER = f"""{COMMON}
def work(path):
    store = StateFile(path)
    say(os.getpid())
    number = 0
    while True:
        store.add(record(number))
        say("issued", number)
        store.spend(str(number), tokens(f"{{number}}-first", number))
        say("spent", number)
        store.rotate(f"{{number}}-first-refresh", tokens(f"{{number}}-second", number))
        say("refreshed", number)
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


def state_after(steps: int) -> tuple[dict[str, list[bool]], frozenset[str]]:
    """Return the codes, with whether they are spent, have tokens and newer ones, and the grants after so many steps."""
    issued, spent, refreshed, granted = ((steps + left) // 4 for left in (3, 2, 1, 0))
    scopes = frozenset(f"{scope}-{number}" for number in range(granted) for scope in range(9))
    return {
        str(number): [number < spent, number < spent, number < refreshed, number < refreshed]
        for number in range(issued)
    }, scopes


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
                    digest: [
                        store.is_spent(digest),
                        (first := store.tokens(f"{digest}-first")) is not None,
                        first is not None and first.refreshed,
                        store.tokens(f"{digest}-second-refresh") is not None,
                    ]
                    for digest in map(str, range(done + 2))
                    if store.get(digest) is not None
                }
            assert (codes, granted) in (state_after(done), state_after(done + 1))

"""A store in a file, an SQLite database: grants, codes and tokens outlive the process, however it ends."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bridge.errors import SetupError, StateError
from bridge.store import CodeRecord, TokenRecord

__all__ = ["StateFile"]

# "brdg". By this a file is known for one of ours.
APPLICATION_ID = 0x62726467

# What each version added, so that a file of an older one is brought up to date. The last is this one's.
TABLES = {
    1: """
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
""",
    2: """
CREATE TABLE token (
    access TEXT PRIMARY KEY,
    refresh TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    client_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    access_expires_at REAL NOT NULL,
    refresh_expires_at REAL NOT NULL,
    refreshed INTEGER NOT NULL,
    revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_code ON token (code);
CREATE INDEX token_expires_at ON token (max(access_expires_at, refresh_expires_at));
ALTER TABLE code ADD COLUMN tokens_until REAL NOT NULL DEFAULT 0;
DROP INDEX code_expires_at;
CREATE INDEX code_ends_at ON code (max(expires_at, tokens_until));
""",
}
VERSION = max(TABLES)

Record = TypeVar("Record", CodeRecord, TokenRecord)

BUSY_SECONDS = 5.0
"""How long to wait for another process that writes to the same file."""


class StateFile:
    """Keeps the records of a wallet in a file, which several processes may share.

    Args:
        path: The file; made where there is none.

    Raises:
        SetupError: It cannot be read or written, or it is something else.

    Its methods raise StateError when the file cannot be read or written later.
    """

    def __init__(self, path: str | Path) -> None:
        if not str(path):
            raise SetupError("name the file that is to keep the state")
        self.path = Path(path)
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._open()
            except BaseException:
                self.close()
                raise
        except sqlite3.Error as error:
            raise SetupError(f"cannot keep state in {path}: {error}") from error

    @property
    def files(self) -> frozenset[Path]:
        """The file by its whole path, and the journal that is beside it at times."""
        path = self.path.resolve()
        return frozenset({path, path.with_name(f"{path.name}-journal")})

    def _open(self) -> None:
        """Make the tables in a new file, and those that an old one lacks; make sure that it is ours."""
        database = self._database
        # A code that was spent must not come back, not even when the machine loses power.
        database.execute("PRAGMA synchronous = FULL")
        with database:
            # Of several processes that find no file, one makes the tables.
            database.execute("BEGIN IMMEDIATE")
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (version,) = database.execute("PRAGMA user_version").fetchone()
            (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if application != APPLICATION_ID and tables:
                raise SetupError(f"{self.path} is a database of another program; name another file")
            if version > VERSION:
                raise SetupError(f"{self.path} was written by a newer mybridge; update this one, or name another file")
            missing = range(version + 1 if tables else 1, VERSION + 1)
            for statement in ";".join(TABLES[number] for number in missing).split(";"):
                database.execute(statement)
            if missing:
                database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                database.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def add(self, record: CodeRecord) -> None:
        with self._transaction():
            self._change("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?, ?, ?, 0, 0)", _row(record))
            self._change("DELETE FROM token WHERE code = ?", [record.digest])

    def get(self, digest: str) -> CodeRecord | None:
        rows = self._rows(
            "SELECT digest, app_id, user_id, scopes, issued_at, expires_at FROM code WHERE digest = ?", digest
        )
        return _record(CodeRecord, rows[0]) if rows else None

    def spend(self, digest: str, tokens: TokenRecord | None = None) -> bool:
        return self._once("UPDATE code SET spent = 1 WHERE digest = ? AND spent = 0", digest, tokens)

    def is_spent(self, digest: str) -> bool:
        return bool(self._rows("SELECT 1 FROM code WHERE digest = ? AND spent = 1", digest))

    def tokens(self, digest: str) -> TokenRecord | None:
        rows = self._rows("SELECT * FROM token WHERE access = ? OR refresh = ?", digest, digest)
        return _record(TokenRecord, rows[0]) if rows else None

    def rotate(self, refresh: str, tokens: TokenRecord) -> bool:
        return self._once(
            "UPDATE token SET refreshed = 1 WHERE refresh = ? AND refreshed = 0 AND revoked = 0", refresh, tokens
        )

    def revoke_tokens(self, code: str) -> None:
        self._change("UPDATE token SET revoked = 1 WHERE code = ? AND revoked = 0", [code])

    def expire(self, digest: str, at: float) -> None:
        with self._transaction():
            for table, name, moment in (
                ("code", "digest", "expires_at"),
                ("token", "access", "access_expires_at"),
                ("token", "refresh", "refresh_expires_at"),
            ):
                self._change(f"UPDATE {table} SET {moment} = min({moment}, ?) WHERE {name} = ?", [at, digest])

    def forget(self, before: float) -> None:
        with self._transaction():
            self._change("DELETE FROM code WHERE max(expires_at, tokens_until) < ?", [before])
            self._change("DELETE FROM token WHERE max(access_expires_at, refresh_expires_at) < ?", [before])

    def allow(self, app_id: str, user_id: str, scopes: Iterable[str]) -> None:
        # One statement, so that of several scopes all are kept or none.
        if rows := [(app_id, user_id, scope) for scope in scopes]:
            values = ", ".join(["(?, ?, ?)"] * len(rows))
            self._change(f"INSERT OR IGNORE INTO granted VALUES {values}", [value for row in rows for value in row])

    def granted(self, app_id: str, user_id: str) -> frozenset[str]:
        rows = self._rows("SELECT scope FROM granted WHERE app_id = ? AND user_id = ?", app_id, user_id)
        return frozenset(scope for (scope,) in rows)

    def revoke(self, app_id: str, user_id: str | None = None, scopes: Iterable[str] | None = None) -> None:
        conditions, values = ["app_id = ?"], [app_id]
        if user_id is not None:
            conditions.append("user_id = ?")
            values.append(user_id)
        if scopes is not None:
            names = list(scopes)
            conditions.append(f"scope IN ({', '.join('?' * len(names))})")
            values += names
        self._change(f"DELETE FROM granted WHERE {' AND '.join(conditions)}", values)

    def _once(self, spend: str, digest: str, tokens: TokenRecord | None) -> bool:
        """Spend what has a digest, and keep what it is spent for; False where another process was the first."""
        with self._transaction():
            first = self._change(spend, [digest]) == 1
            if first and tokens is not None:
                for name in ("access", "refresh"):
                    self._change(f"DELETE FROM token WHERE {name} IN (?, ?)", [tokens.access, tokens.refresh])
                row = _row(tokens)
                self._change(f"INSERT INTO token VALUES ({', '.join('?' * len(row))})", row)
                until = max(tokens.access_expires_at, tokens.refresh_expires_at)
                self._change(
                    "UPDATE code SET tokens_until = max(tokens_until, ?) WHERE digest = ?", [until, tokens.code]
                )
        return first

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return self._execute(query, values)[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Do all of the block, on the disk when it ends, or nothing of it."""
        with self._lock:
            try:
                self._execute("BEGIN IMMEDIATE")
                yield
                self._execute("COMMIT")
            except BaseException:
                # What could not be begun or was undone already is nothing to undo.
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise

    def _change(self, statement: str, values: Sequence[str | float]) -> int:
        """Do it, on the disk when this returns or the transaction ends; return how many rows it concerned."""
        return self._execute(statement, values)[1]

    def _execute(self, statement: str, values: Sequence[str | float] = ()) -> tuple[list[tuple[Any, ...]], int]:
        with self._lock:
            try:
                cursor = self._database.execute(statement, values)
                return cursor.fetchall(), cursor.rowcount
            except sqlite3.Error as error:
                raise StateError(f"cannot keep state in {self.path}: {error}") from error


def _row(record: CodeRecord | TokenRecord) -> list[str | float]:
    fields = msgspec.structs.asdict(record)
    return [msgspec.json.encode(value).decode() if name == "scopes" else value for name, value in fields.items()]


def _record(type: type[Record], row: Sequence[Any]) -> Record:
    fields = dict(zip(type.__struct_fields__, row, strict=True))
    return msgspec.convert({**fields, "scopes": msgspec.json.decode(fields["scopes"])}, type, strict=False)

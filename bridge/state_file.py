"""A store in a file, an SQLite database: grants and codes outlive the process, however it ends."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bridge.errors import SetupError, StateError
from bridge.store import CodeRecord

__all__ = ["StateFile"]

# "brdg". By this a file is known for one of ours.
APPLICATION_ID = 0x62726467

# Raised by every change of the tables.
VERSION = 1

TABLES = """
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
"""

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
        self._lock = threading.Lock()
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
        """Make the tables in a new file, and make sure of an old one."""
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
            if not tables:
                for statement in TABLES.split(";"):
                    database.execute(statement)
                database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                database.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def add(self, record: CodeRecord) -> None:
        self._change("INSERT OR REPLACE INTO code VALUES (?, ?, ?, ?, ?, ?, 0)", _row(record))

    def get(self, digest: str) -> CodeRecord | None:
        rows = self._rows(
            "SELECT digest, app_id, user_id, scopes, issued_at, expires_at FROM code WHERE digest = ?", digest
        )
        return _record(*rows[0]) if rows else None

    def spend(self, digest: str) -> bool:
        # One statement, so that of several processes, too, one is told that it was the first.
        return self._change("UPDATE code SET spent = 1 WHERE digest = ? AND spent = 0", [digest]) == 1

    def is_spent(self, digest: str) -> bool:
        return bool(self._rows("SELECT 1 FROM code WHERE digest = ? AND spent = 1", digest))

    def forget(self, before: float) -> None:
        self._change("DELETE FROM code WHERE expires_at < ?", [before])

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

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        return self._execute(query, values)[0]

    def _change(self, statement: str, values: Sequence[str | float]) -> int:
        """Do it, on the disk when this returns; return how many rows it concerned."""
        return self._execute(statement, values)[1]

    def _execute(self, statement: str, values: Sequence[str | float]) -> tuple[list[tuple[Any, ...]], int]:
        with self._lock:
            try:
                cursor = self._database.execute(statement, values)
                return cursor.fetchall(), cursor.rowcount
            except sqlite3.Error as error:
                raise StateError(f"cannot keep state in {self.path}: {error}") from error


def _row(record: CodeRecord) -> tuple[str, str, str, str, float, float]:
    scopes = msgspec.json.encode(record.scopes).decode()
    return record.digest, record.app_id, record.user_id, scopes, record.issued_at, record.expires_at


def _record(digest: str, app_id: str, user_id: str, scopes: str, issued_at: float, expires_at: float) -> CodeRecord:
    return CodeRecord(
        digest=digest,
        app_id=app_id,
        user_id=user_id,
        scopes=msgspec.json.decode(scopes, type=tuple[str, ...]),
        issued_at=issued_at,
        expires_at=expires_at,
    )

"""Runs `mybridge` as a user does: as a process, read line by line."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Running", "run", "serving"]

MYBRIDGE = [sys.executable, "-m", "bridge"]


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*MYBRIDGE, *arguments], cwd=cwd, capture_output=True, text=True, timeout=30, check=False)


class Running:
    """A server process, and the lines that it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.banner = self.read_until("Ctrl-C stops it.")
        address = re.search(r"page +(http://\S+)", self.banner)
        assert address is not None, self.banner
        self.page_url = address[1]

    def _read(self) -> None:
        assert self._process.stdout is not None
        # Closed here, where nobody reads it any more.
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def read_until(self, pattern: str) -> str:
        """Return what is printed up to the first line that matches."""
        read = ""
        while True:
            try:
                line = self._lines.get(timeout=15)
            except queue.Empty:
                raise AssertionError(f"no line matched {pattern!r} in:\n{read}") from None
            read += line
            if re.search(pattern, line):
                return read

    def interrupt(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=15)


@contextmanager
def serving(*arguments: str, cwd: Path | None = None) -> Iterator[Running]:
    """Run `mybridge serve` on a free port."""
    process = subprocess.Popen(
        [*MYBRIDGE, "serve", "--port", "0", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()

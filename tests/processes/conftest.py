"""Programs that go on until somebody stops them: servers and workers, each in a process group of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60.0
"""Seconds that something may take on a machine that is busy; nothing waits longer than it must."""


class Running:
    """A program that is running; its output goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def until(self, what: Callable[[], Any]) -> Any:
        """Wait until ``what`` gives something true; what it gave."""
        give_up = time.monotonic() + PATIENCE
        while True:
            found = what()
            if found:
                return found
            if self.process.poll() is not None:
                pytest.fail(f"it has ended with {self.process.returncode}:\n{self.output()}")
            if time.monotonic() > give_up:
                pytest.fail(f"in vain for {PATIENCE} s\n{self.output()}")
            time.sleep(0.02)

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until the output has something that matches."""
        found: re.Match[str] = self.until(lambda: re.search(pattern, self.output()))
        return found

    def get(self, address: str) -> str:
        """What is answered at an address, once somebody does."""

        def answer() -> str:
            try:
                with urllib.request.urlopen(address, timeout=PATIENCE) as response:
                    text: str = response.read().decode()
                    return text
            except urllib.error.HTTPError as error:
                pytest.fail(f"{error}\n{self.output()}")
            except OSError:
                return ""

        text: str = self.until(answer)
        return text

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the process that was started a signal; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts ``python COMMAND...`` in a program's folder; whatever is left of it goes with the test."""
    started: list[Running] = []

    def start(program: Any, *command: str, env: dict[str, str] | None = None) -> Running:
        log = tmp_path / f"log{len(started)}"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=program.folder,
                env=program.environment(env),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(Running(process, log))
        return started[-1]

    yield start
    for running in started:
        if os.name == "posix":
            try:
                os.killpg(running.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # nothing is left
        else:
            running.process.kill()
        running.process.wait()

"""A harness of real programs: each is a folder of files, run as a subprocess, bare or under Pytead."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

from pytead.storage.opening import open_for_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytead.records import CallRecord


# Tests edit modules that they have imported: bytecode of the same second and size would hide the edit.
sys.dont_write_bytecode = True


# A shell that starts a command in the background has it ignore Ctrl-C, and with it all programs that it starts.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)


ENGINES = ("wrap", "monitoring") if hasattr(sys, "monitoring") else ("wrap",)


class Program:
    """A program in a folder of its own.

    Args:
        folder: the folder, which exists.
        files: its files, by name.
        engine: what it is recorded with.
    """

    def __init__(self, folder: Path, files: Mapping[str, str], engine: str = "wrap") -> None:
        self.folder = folder
        self.engine = engine
        for name, text in files.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def run(
        self, *command: str, stdin: str = "", env: Mapping[str, str] | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run the interpreter under test with ``command``."""
        return self.command(sys.executable, *command, stdin=stdin, env=env, timeout=timeout)

    def command(
        self, *command: str, stdin: str = "", env: Mapping[str, str] | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run any command; the interpreter under test and its scripts come first on ``PATH``."""
        clean = self.environment(env)
        return subprocess.run(
            [shutil.which(command[0], path=clean["PATH"]) or command[0], *command[1:]],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=clean,
            timeout=timeout,
            check=False,
        )

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the program's processes find in their environment."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEAD", "PYTEST"))}
        clean |= {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "COLUMNS": "120", "HOME": str(self.folder)}
        clean["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), clean.get("PATH", os.defpath)])
        return clean | dict(env or {})

    def pytead(
        self, *command: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        chosen = {} if self.engine == "wrap" else {"PYTEAD_ENGINE": self.engine}
        return self.run("-m", "pytead", *command, stdin=stdin, env={**chosen, **(env or {})})

    def calls(self, storage: str = "call_logs") -> list[CallRecord]:
        """All that was recorded, in the order of the functions' names."""
        return list(open_for_read(self.folder / storage).read())

    def recorded(self, storage: str = "call_logs") -> dict[str, int]:
        """How many calls were recorded of each function."""
        counts: dict[str, int] = {}
        for call in self.calls(storage):
            counts[call.function.dotted] = counts.get(call.function.dotted, 0) + 1
        return counts

    def assert_unchanged(
        self, *program: str, targets: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``program`` bare and recorded, and demand the same output, errors and exit code."""
        bare = self.run(*program, stdin=stdin, env=env)
        recorded = self.pytead("--quiet", "-t", targets, *program, stdin=stdin, env=env)
        assert recorded.stdout == bare.stdout
        assert recorded.stderr == bare.stderr
        assert recorded.returncode == bare.returncode
        return recorded


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of files that say ``EVERY_ENGINE = True`` run with each engine that this Python has."""
    if getattr(metafunc.module, "EVERY_ENGINE", False) and "engine" in metafunc.fixturenames:
        engines = ["wrap", "monitoring"] if hasattr(sys, "monitoring") else ["wrap"]
        metafunc.parametrize("engine", engines)


@pytest.fixture
def engine() -> str:
    """What programs are recorded with."""
    return "wrap"


@pytest.fixture
def make_program(tmp_path: Path, engine: str) -> Callable[[Mapping[str, str]], Program]:
    """Makes programs: ``make_program({"main.py": "..."})``."""
    made: list[Program] = []

    def make(files: Mapping[str, str]) -> Program:
        folder = tmp_path / f"program{len(made) or ''}"
        folder.mkdir()
        program = Program(folder, files, engine)
        made.append(program)
        return program

    return make


@pytest.fixture(scope="session")
def program_class() -> type[Program]:
    """``Program`` itself, for fixtures of another scope."""
    return Program

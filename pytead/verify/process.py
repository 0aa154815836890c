"""One verification process: start it, follow its events, end it when it hangs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytead.verify.environment import Surroundings, command
from pytead.verify.plan import Plan, PlannedModule, Prelude

if TYPE_CHECKING:
    from threading import Event as Flag

START_LIMIT = 120.0
"""Seconds that pytest, its plugins and the project's conftest.py may take to start."""

_IMPORT_FACTOR = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Attributes:
        events: what the plugin reported, in order.
        cause: empty if it went through all it had to do, else ``timeout`` or ``crash``.
        detail: ``took more than 30 s``, ``ended with signal SIGSEGV``, ``exited with code 3``.
        output: what it printed; only worth reading if it never began.
    """

    events: list[dict[str, Any]]
    cause: str
    detail: str
    output: str


@dataclass(frozen=True, slots=True)
class Launcher:
    """What the processes of one pass have in common.

    Attributes:
        python: interpreter.
        project: absolute path of the user's project.
        timeout: seconds a test may take.
        hash_seed: for ``PYTHONHASHSEED``.
        preludes: conftest files to run as if they were in place.
        names: names that modules have for now, to those that they will have when they are delivered.
        cancelled: set by whoever wants all processes to end.
        options: further options of pytest.
        measured: files of which it is told what each test reaches.
    """

    python: str
    project: Path
    timeout: float
    hash_seed: int
    preludes: list[Prelude]
    names: dict[str, str]
    cancelled: Flag
    options: tuple[str, ...] = ()
    measured: list[str] = field(default_factory=list)

    def run(self, modules: list[PlannedModule], folder: Path) -> Ended:
        """Run some modules in a fresh process.

        Args:
            modules: what to run.
            folder: an empty temporary folder of its own.
        """
        surroundings = Surroundings.make(folder)
        plan = Plan(
            events=str(folder / "events.jsonl"),
            log=str(folder / "hang.txt"),
            writable=[str(surroundings.scratch)],
            writable_on_import=[str(surroundings.home)],
            project=str(self.project),
            hang=self.timeout + 30,
            modules=modules,
            preludes=self.preludes,
            names=self.names,
            measured=self.measured,
        )
        plan_file = folder / "plan.json"
        plan.write(plan_file)
        files = [module.file for module in modules]
        with open(folder / "output.txt", "w+b") as output:
            process = subprocess.Popen(
                command(self.python, self.project, plan_file, [*self.options, *files], surroundings.scratch),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=surroundings.cwd,
                env=surroundings.variables(os.environ, self.hash_seed),
                start_new_session=sys.platform != "win32",
            )
            try:
                return self._follow(process, Path(plan.events), folder / "output.txt")
            finally:
                _end(process)

    def _follow(self, process: subprocess.Popen[bytes], file: Path, output: Path) -> Ended:
        events = _EventFile(file)
        last = time.monotonic()
        pause = _FIRST_PAUSE
        while True:
            over = process.poll() is not None
            if events.read_more():
                last, pause = time.monotonic(), _FIRST_PAUSE
            if over:
                break
            if self.cancelled.is_set():
                return Ended(events.seen, "cancelled", "", "")
            limit = self._limit(events.seen)
            if time.monotonic() - last > limit:
                return Ended(events.seen, "timeout", f"took more than {limit:g} s", _tail(output))
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        cause = "" if events.seen and events.seen[-1]["event"] == "end" else "crash"
        return Ended(events.seen, cause, _exit_text(process.returncode), _tail(output))

    def _limit(self, events: list[dict[str, Any]]) -> float:
        kind = next((event["event"] for event in reversed(events) if event["event"] != "stop"), "")
        if kind in ("", "session"):
            return START_LIMIT
        if kind in ("test", "tested", "end"):
            return self.timeout
        return self.timeout * _IMPORT_FACTOR


class _EventFile:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._position = 0
        self.seen: list[dict[str, Any]] = []

    def read_more(self) -> bool:
        """Read the lines that are new; whether there were any."""
        try:
            if self._file.stat().st_size == self._position:
                return False
            with open(self._file, "rb") as stream:
                stream.seek(self._position)
                data = stream.read()
        except FileNotFoundError:
            return False
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        self.seen += [json.loads(line) for line in whole.splitlines()]
        return bool(whole)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with everything that it started, if it still lives."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return  # it ended between the two lines
        process.wait()


def _exit_text(code: int) -> str:
    if code < 0:
        try:
            return f"ended with signal {signal.Signals(-code).name}"
        except ValueError:
            return f"ended with signal {-code}"
    return f"exited with code {code}"


def _tail(output: Path) -> str:
    try:
        return output.read_bytes()[-4000:].decode(errors="replace").strip()
    except OSError:
        return ""

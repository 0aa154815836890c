"""One verification process: start it, follow its events, end it when it hangs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytead.verify import progress
from pytead.verify.environment import Surroundings, command
from pytead.verify.forks import exit_text
from pytead.verify.plan import Plan, PlannedModule, PlannedRun, Prelude

if TYPE_CHECKING:
    from pytead.verify.conditions import Conditions

START_LIMIT = 120.0
"""Seconds that pytest, its plugins and the project's conftest.py may take to start."""

MEMORY = 4 << 30
"""Bytes that a process may take on top of what pytest takes, where the system has a limit."""

_IMPORT_FACTOR = 4
_FORK_GRACE = 10.0
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
class Job:
    """One process to run, as builtins and paths: it may be run in another process, too.

    Attributes:
        python: interpreter.
        project: absolute path of the user's project.
        timeout: seconds a test may take.
        conditions: what it finds around it.
        modules: candidates, those of ``runs``.
        runs: what it runs.
        groups: as in ``Plan``.
        preludes: conftest files to run as if they were in place.
        names: names that modules have for now, to those that they will have when they are delivered.
        cancelled: a file that appears when all processes are to end.
        options: further options of pytest.
        measured: files of which it is told what each test reaches.
    """

    python: str
    project: Path
    timeout: float
    conditions: Conditions
    modules: list[PlannedModule]
    runs: list[PlannedRun]
    groups: list[list[int]]
    preludes: list[Prelude]
    names: dict[str, str]
    cancelled: Path
    options: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()


def run(job: Job) -> Ended:
    """Run a job in a fresh process, with a temporary folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pytead-")).resolve()
    try:
        return _run_in(folder, job)
    finally:
        _remove_tree(folder)


def _personal_folders() -> list[str]:
    """Where files lie that other machines lack: temporary ones, and the user's own."""
    folders = [tempfile.gettempdir(), os.path.expanduser("~")]
    if os.name == "posix":
        folders += ["/tmp", "/var/tmp"]
    return [each for each in folders if os.path.isdir(each) and os.path.dirname(each) != each]


def _run_in(folder: Path, job: Job) -> Ended:
    surroundings = Surroundings.make(folder)
    plan = Plan(
        events=str(folder / "events.jsonl"),
        log=str(folder / "hang.txt"),
        writable=[str(surroundings.scratch)],
        writable_on_import=[str(surroundings.home)],
        project=str(job.project),
        personal=_personal_folders(),
        kept=[str(folder), *sorted({os.path.dirname(module.file) for module in job.modules})],
        timeout=job.timeout,
        memory=MEMORY,
        modules=job.modules,
        runs=job.runs,
        groups=job.groups,
        conditions=job.conditions,
        preludes=job.preludes,
        names=job.names,
        measured=list(job.measured),
    )
    cwd = job.project if job.conditions.cwd == "project" else surroundings.cwd
    plan_file = folder / "plan.json"
    plan.write(plan_file)
    with open(folder / "output.txt", "w+b") as output:
        process = subprocess.Popen(
            command(
                job.python,
                job.project,
                plan_file,
                [*job.options, job.modules[0].file],
                surroundings.scratch,
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=surroundings.variables(os.environ, job.conditions, cwd),
            start_new_session=sys.platform != "win32",
        )
        try:
            ended = _follow(process, Path(plan.events), folder / "output.txt", job)
        finally:
            _end(process)
    shown = {**surroundings.shown(), **job.names}
    return replace(ended, events=[_tidied(event, shown) for event in ended.events])


def _tidied(event: dict[str, Any], shown: dict[str, str]) -> dict[str, Any]:
    """An event without the names of temporary folders."""
    told = {key: event[key] for key in ("reason", "mark", "broken") if key in event}
    if not told:
        return event
    text = json.dumps(told)
    for temporary, name in shown.items():
        text = text.replace(json.dumps(temporary)[1:-1], name)
    return {**event, **json.loads(text)}


def _follow(process: subprocess.Popen[bytes], file: Path, output: Path, job: Job) -> Ended:
    events = _EventFile(file)
    last = time.monotonic()
    pause = _FIRST_PAUSE
    while True:
        over = process.poll() is not None
        if events.read_more():
            last, pause = time.monotonic(), _FIRST_PAUSE
        if over:
            break
        if job.cancelled.exists():
            return Ended(events.seen, "cancelled", "", "")
        limit = _limit(events.seen, job)
        if time.monotonic() - last > limit:
            return Ended(events.seen, "timeout", f"took more than {limit:g} s", _tail(output))
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    cause = "" if events.seen and events.seen[-1]["event"] == "end" else "crash"
    return Ended(events.seen, cause, exit_text(process.returncode), _tail(output))


def _limit(events: list[dict[str, Any]], job: Job) -> float:
    kind = next((event["event"] for event in reversed(events) if event["event"] != "stop"), "")
    if kind in ("", "session"):
        return START_LIMIT
    if kind in ("test", "tested", "end"):
        return job.timeout + (_FORK_GRACE if job.groups else 0)
    return job.timeout * _IMPORT_FACTOR


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
        events = [json.loads(line) for line in whole.splitlines()]
        self.seen += events
        progress.ran(sum(event["event"] == "tested" for event in events))
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


def _tail(output: Path) -> str:
    try:
        return output.read_bytes()[-4000:].decode(errors="replace").strip()
    except OSError:
        return ""


def _remove_tree(root: Path) -> None:
    """Remove a temporary folder, also where code under test took rights away."""
    shutil.rmtree(root, ignore_errors=True)
    if root.exists():
        for folder, _, _ in os.walk(root):
            os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(root, ignore_errors=True)

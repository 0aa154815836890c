"""Snapshots of tests that have none yet: made by a first run behind the wall, and held against a second one."""

from __future__ import annotations

import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytead.verify.conditions import TOGETHER, everything_else
from pytead.verify.placing import placed
from pytead.verify.plan import PlannedRun
from pytead.verify.trials import Bench, Trial, run_all
from pytead.verify.verdict import Verdict, rejection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from pytead.codegen.generated import GeneratedModule, SupportFile
    from pytead.errors import Rejection
    from pytead.verify.trials import TestName

FOLDER = "__snapshots__"
_ENTRY = re.compile(r"^# name: (?P<test>.+?)(?:\.\d+)?\n(?P<text>.*?)\n# ---\n", re.MULTILINE | re.DOTALL)


class Pinned(NamedTuple):
    """What came of it.

    Attributes:
        verdicts: one for each test.
        snapshots: the text of each module's file of snapshots, with those of the tests that may be delivered.
        entries: of each module and test, the snapshot itself.
    """

    verdicts: tuple[Verdict, ...]
    snapshots: dict[PurePosixPath, str]
    entries: dict[tuple[PurePosixPath, str], str]


def pin(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    *,
    folder: Path,
    project: Path,
    python: str = sys.executable,
    timeout: float = 30,
) -> Pinned:
    """Run tests that compare with syrupy's snapshots twice: to take the snapshots, and to see that they are stable.

    The second time they run in reverse, with everything changed that they must not depend on. Arguments and errors are
    those of ``verify``.
    """
    order = [(index, test) for index, module in enumerate(modules) for test in module.tests]
    texts: dict[PurePosixPath, str] = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pytead-")))
        copies = stack.enter_context(placed(modules, support, folder, project, 2))
        executor = stack.enter_context(ThreadPoolExecutor(1))
        for file in [file for copy in copies for file in copy.files]:
            stack.callback(_remove, _files(file))
        bench = Bench(modules, python, project, timeout, 1, scratch / "cancelled")
        update = ("--snapshot-update",)
        taken = Trial(bench, copies[0], TOGETHER, [PlannedRun(order)] if order else [], options=update)
        run_all([taken], executor)
        for module, own, wanted in zip(modules, copies[0].files, copies[1].files, strict=True):
            texts[module.path] = _hand_on(_files(own), _files(wanted))
        held = Trial(bench, copies[1], everything_else(), [PlannedRun(order[::-1])] if order else [])
        run_all([held], executor)
    verdicts = tuple(
        Verdict(module.path, test, case, _judge(taken, held, (index, test)))
        for index, module in enumerate(modules)
        for test, case in module.tests.items()
    )
    return _result(verdicts, texts)


def _judge(taken: Trial, held: Trial, name: TestName) -> Rejection | None:
    first, second = taken.outcome(name), held.outcome(name)
    if first.slug:
        return rejection(first.slug, first.reason)
    if second.slug == "mismatch":
        reason = f"another flow in reverse order, at another time or under another hash seed: {second.reason}"
        return rejection("unstable", reason)
    return rejection(second.slug, second.reason) if second.slug else None


def entries_of(text: str) -> dict[str, str]:
    """The snapshots of a file by the names of their tests."""
    return {found["test"]: found["text"] for found in _ENTRY.finditer(text)}


def _result(verdicts: tuple[Verdict, ...], texts: dict[PurePosixPath, str]) -> Pinned:
    pinned = Pinned(verdicts, {}, {})
    for path, text in texts.items():
        delivered = {each.test for each in verdicts if each.module == path and each.rejection is None}
        pinned.entries.update({(path, test): entry for test, entry in entries_of(text).items()})
        kept = _ENTRY.sub(lambda found, keep=delivered: found[0] if found["test"] in keep else "", text)  # type: ignore[misc]
        if delivered:
            pinned.snapshots[path.parent / FOLDER / f"{path.stem}.ambr"] = kept
    return pinned


def _files(module: Path) -> Path:
    return module.parent / FOLDER / f"{module.stem}.ambr"


def _hand_on(taken: Path, wanted: Path) -> str:
    if not taken.exists():
        return ""
    text = taken.read_text("utf-8")
    wanted.parent.mkdir(exist_ok=True)
    wanted.write_text(text, "utf-8", newline="\n")
    return text


def _remove(place: Path) -> None:
    try:
        place.unlink(missing_ok=True)
        place.parent.rmdir()
    except OSError:
        return  # others' snapshots are there, or it never was

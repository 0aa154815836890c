"""Snapshots of tests that have none yet: made by a first run behind the wall, and held against a second one."""

from __future__ import annotations

import re
import sys
from threading import Event as Flag
from typing import TYPE_CHECKING, NamedTuple

from pytead.verify.placing import placed
from pytead.verify.process import Launcher
from pytead.verify.runner import HASH_SEEDS, Pass, merge
from pytead.verify.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

    from pytead.codegen.generated import GeneratedModule, SupportFile

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

    Arguments and errors are those of ``verify``.
    """
    cancelled = Flag()
    passes: list[Pass] = []
    texts: dict[PurePosixPath, str] = {}
    with placed(modules, support, folder, project, len(HASH_SEEDS)) as copies:
        places = [_files(file) for copy in copies for file in copy.files]
        try:
            for copy, seed, reverse in zip(copies, HASH_SEEDS, (False, True), strict=True):
                options = ("--snapshot-update",) if not passes else ()
                launcher = Launcher(
                    python, project, timeout, seed, copy.preludes, copy.names, cancelled, options
                )
                passes.append(Pass(modules, copy, launcher, reverse))
                passes[-1].run()
                if len(passes) == 1:
                    for module, taken, wanted in zip(modules, copy.files, copies[1].files, strict=True):
                        texts[module.path] = _hand_on(_files(taken), _files(wanted))
        finally:
            for place in places:
                _remove(place)
    forward, backward = passes
    verdicts = tuple(
        Verdict(
            module.path,
            test,
            case,
            merge(forward.found.get((index, test)), backward.found.get((index, test))),
        )
        for index, module in enumerate(modules)
        for test, case in module.tests.items()
    )
    return _result(verdicts, texts)


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

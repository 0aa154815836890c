"""What a program did bare and recorded, side by side."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, NamedTuple, TextIO

from pytead.report.table import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_LINES = 40


class Behaviour(NamedTuple):
    """What could be seen of one run.

    Attributes:
        stdout: as bytes.
        stderr: likewise.
        exit_code: negative for a signal.
        files: each file in the working folder afterwards, and a hash of its contents.
        seconds: from start to end.
    """

    stdout: bytes
    stderr: bytes
    exit_code: int
    files: Mapping[str, str]
    seconds: float


class Comparison(NamedTuple):
    """What recording changed.

    Attributes:
        differences: ``stdout``, ``stderr``, ``exit code`` or ``files`` to lines that show what differs.
        left_out: what differs between two bare runs already and wasn't compared.
        bare_seconds: time of the faster bare run.
        recorded_seconds: time of the recorded run.
    """

    differences: dict[str, list[str]]
    left_out: list[str]
    bare_seconds: float
    recorded_seconds: float


def compare(bare: Behaviour, again: Behaviour, recorded: Behaviour) -> Comparison:
    """Compare a recorded run with two bare ones."""
    differences: dict[str, list[str]] = {}
    left_out: list[str] = []
    for name in ("stdout", "stderr"):
        one, two, three = (_lines(getattr(run, name)) for run in (bare, again, recorded))
        loose = _loose(one, two)
        if loose:
            left_out.append(f"{counted(len(loose), 'line')} of {name}")
        if loose:
            three = _as_one(one, three, loose)
        if one != three:
            differences[name] = list(difflib.unified_diff(one, three, "bare", "recorded", n=2, lineterm=""))
    if bare.exit_code != again.exit_code:
        left_out.append("the exit code")
    elif bare.exit_code != recorded.exit_code:
        differences["exit code"] = [f"{bare.exit_code} bare, {recorded.exit_code} recorded"]
    files = []
    for path in sorted({*bare.files, *again.files, *recorded.files}):
        contents = bare.files.get(path)
        if contents != again.files.get(path):
            left_out.append(path)
        elif contents != recorded.files.get(path):
            how = "only bare" if path not in recorded.files else "differs" if contents else "only recorded"
            files.append(f"{path}: {how}")
    if files:
        differences["files"] = files
    return Comparison(differences, left_out, min(bare.seconds, again.seconds), recorded.seconds)


def show(found: Comparison, files: int, size: int, stream: TextIO | None = None) -> None:
    """Print it.

    Args:
        found: the comparison.
        files: how many files were copied for each run.
        size: their bytes.
        stream: where to; standard output unless given.
    """
    stream = stream or sys.stdout
    stream.write(
        "selfcheck: run bare, bare again and recorded, each in a fresh copy of the working folder"
        f" ({counted(files, 'file')}, {size / 1e6:.1f} MB)\n"
    )
    for name in ("stdout", "stderr", "exit code", "files"):
        lines = found.differences.get(name)
        stream.write(f"{name:<10} {'differs' if lines else 'same'}\n")
        for line in (lines or ())[:_MOST_LINES]:
            stream.write(f"  {line}\n")
        if lines and len(lines) > _MOST_LINES:
            stream.write(f"  and {len(lines) - _MOST_LINES} more lines\n")
    stream.write(f"{'time':<10} {found.bare_seconds:.2f} s bare, {found.recorded_seconds:.2f} s recorded\n")
    if found.left_out:
        stream.write(f"left out, as two bare runs differ there too: {', '.join(found.left_out)}\n")
    stream.flush()


def as_json(found: Comparison) -> dict[str, object]:
    """The comparison as builtins."""
    return {
        "differences": found.differences,
        "left_out": found.left_out,
        "bare_seconds": round(found.bare_seconds, 3),
        "recorded_seconds": round(found.recorded_seconds, 3),
    }


def _lines(output: bytes) -> list[str]:
    return output.decode("utf-8", "backslashreplace").split("\n")


def _loose(one: list[str], two: list[str]) -> set[int]:
    """Lines of ``one``, by number, that differ in ``two``, and those beside what ``two`` has besides."""
    loose: set[int] = set()
    if one == two:
        return loose
    for tag, start, end, *_ in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag != "equal":
            loose.update(range(start, end) if end > start else (start,))
    return loose


def _as_one(one: list[str], other: list[str], loose: set[int]) -> list[str]:
    """``other`` with the lines of ``one`` where those are loose."""
    result: list[str] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        is_loose = tag != "equal" and loose.issuperset(range(start, end) if end > start else (start,))
        result += one[start:end] if is_loose else other[other_start:other_end]
    return result

"""What changes on disk, for people: diffs of files, and lines about single cases."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytead.codegen.changes import Change
    from pytead.codegen.writer import Step

_MOST_LINES = 40


def diff_of(step: Step, folder: Path, cwd: str) -> str:
    """A unified diff of what a step does to its file, or of what it would do to one that is left alone."""
    if step.action == "unchanged":
        return ""
    path = shown(folder / step.path, cwd).replace(os.sep, "/")
    before, after = _lines(step.before), _lines(step.after)
    return "".join(
        difflib.unified_diff(
            before,
            after,
            f"a/{path}" if step.before is not None else "/dev/null",
            f"b/{path}" if step.after is not None else "/dev/null",
        )
    )


def lost_lines(step: Step) -> list[str]:
    """The lines of a file that are in it no more when the step is done."""
    found = difflib.ndiff(_lines(step.before), _lines(step.after))
    return [line[2:].rstrip("\n") for line in found if line.startswith("- ") and line[2:].strip()]


def lines_of_change(change: Change, file: Path, cwd: str) -> list[str]:
    """A case with what becomes of it: ``changed  tests/generated/test_m.py::test_f[2-3]`` and lines of a diff."""
    name = node_id(file, change.test, cwd)
    if change.kind == "same":
        return [f"same     {name}"]
    lines = change.lines
    more = len(lines) - _MOST_LINES
    shown_lines = [f"  {line}" for line in lines[:_MOST_LINES]]
    return [f"{change.kind:<8} {name}", *shown_lines, *([f"  ... and {more} lines more"] if more > 0 else [])]


def node_id(file: Path, test: str, cwd: str) -> str:
    """What pytest calls a test: ``tests/generated/test_m.py::test_f[2-3]``."""
    return f"{shown(file, cwd).replace(os.sep, '/')}::{test}"


def shown(path: os.PathLike[str] | str, cwd: str) -> str:
    """A path as a person in the working folder would write it."""
    text = os.fspath(path)
    return os.path.relpath(text, cwd) if text == cwd or text.startswith(cwd + os.sep) else text


def _lines(data: bytes | None) -> list[str]:
    text = (data or b"").decode("utf-8", "replace").replace("\r\n", "\n")
    return [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in text.splitlines(True)
    ]

"""Findings as annotations that GitHub shows beside the lines of a pull request."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, TextIO

from pytead.report.changes import shown

if TYPE_CHECKING:
    from pytead.report.generation import Report


def annotate(report: Report, cwd: str, stream: TextIO | None = None, *, is_check: bool = False) -> None:
    """Write what a generation found: files that are out of date, if it was to check that, and rejected cases."""
    stream = stream or sys.stdout
    if is_check and report.plan is not None:
        for step in report.plan.steps:
            if step.is_change:
                file = shown(report.plan.folder / step.path, cwd)
                what = "isn't there" if step.action == "create" else "is not what the recorded calls give"
                stream.write(annotation("error", f"{file} {what}; make it again with: pytead gen", file))
    for (function, rejection), count in sorted(report.rejected.items()):
        times = f" ({count} times)" if count > 1 else ""
        message = f"{function.dotted}: {rejection.reason}{times}"
        file = report.sources.get(function.module, "")
        stream.write(annotation("warning", message, file, title=f"pytead: {rejection.slug}"))
    stream.flush()


def annotation(
    level: Literal["error", "warning", "notice"],
    message: str,
    file: str = "",
    line: int = 0,
    title: str = "pytead",
) -> str:
    """One annotation, a line of text.

    Args:
        level: how bad it is.
        message: what it is; may have several lines.
        file: the file that it is about, relative to the repository.
        line: the line in it.
        title: what stands above it.
    """
    properties = {"file": file.replace(os.sep, "/"), "line": str(line or ""), "title": title}
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items() if value)
    return f"::{level} {told}::{_escaped(message)}\n"


def _escaped(text: str, more: str = "") -> str:
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text

"""What commands write besides tests."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytead.errors import FINDING, PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.storage.reading.found import StoreProblem


def write_json(stream: str, value: object) -> None:
    """Write a value as one JSON document.

    Args:
        stream: where to, as in ``Settings.json``: a path, the digits of a file descriptor, or ``-``.
        value: what to write.

    Raises:
        PyteadError: ``json-unwritable``.
    """
    import json

    text = json.dumps(value, indent=2, ensure_ascii=True) + "\n"
    if stream == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    target: int | str = int(stream) if stream.isdecimal() else stream
    try:
        with open(target, "w", encoding="utf-8", closefd=isinstance(target, str)) as file:
            file.write(text)
    except (OSError, OverflowError) as error:
        what = f"file descriptor {stream}" if stream.isdecimal() else stream
        reason = getattr(error, "strerror", None) or error
        raise PyteadError(
            "json-unwritable", f"can't write JSON to {what}: {reason}", exit_code=FINDING
        ) from None


def complain(error: PyteadError) -> None:
    """Show an error on stderr: a line that says what is wrong, and one with the way out if there is one."""
    text = f"pytead: error: {error.message} [{error.slug}]"
    if error.hint:
        text += f"\n  {error.hint}"
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def warn(problems: Iterable[StoreProblem]) -> None:
    """Name what a store couldn't give, one line each, on stderr."""
    for problem in problems:
        place = f"{problem.file}, {problem.place}" if problem.place else problem.file
        print(f"pytead: warning: {place}: {problem.reason} [{problem.slug}]", file=sys.stderr)


def shown(path: str | os.PathLike[str], cwd: str) -> str:
    """A path as a person in the working folder would write it: relative where it lies inside."""
    text = os.fspath(path)
    return os.path.relpath(text, cwd) if text == cwd or text.startswith(cwd + os.sep) else text

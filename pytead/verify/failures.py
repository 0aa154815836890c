"""Why a test failed or its module couldn't be imported, as a slug and a reason, in the process where it happened."""

from __future__ import annotations

import ast
import os
import re
from importlib import import_module
from types import BuiltinMethodType, MethodType
from typing import TYPE_CHECKING, Any

from pytead.values.permitted import is_standard
from pytead.verify.values import describe
from pytead.verify.wall import Stopped
from pytead.verify.wording import described

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

    from pytead.verify.plan import PlannedModule

_WHERE = re.compile(r"\s*\+\s+(where|and) ")
"""Where pytest tells what a value was the result of, with the addresses of functions."""

_SHOWN_OBJECT = re.compile(
    r"(?:^|(?<=[\[({=])|(?<=assert )|(?<=[=!]= )|(?<=[,:] ))<[^<>\n]* at 0x[0-9a-fA-F]+>"
)
"""An object as its default repr shows it, outside of a string: its address is no part of the result."""


class NotAClassError(Exception):
    """A value names something as its class that is none."""


UNCHANGEABLE = (tuple, str, int, float, bytes, frozenset, complex)
"""What a constant that another one is reached through holds, beside its attributes."""


def find_false_class(module: PlannedModule) -> NotAClassError | None:
    """The first of a module's classes that is importable and none."""
    for module_name, qualname in module.classes:
        try:
            found: Any = import_module(module_name)
            for part in qualname.split("."):
                found = getattr(found, part)
        except BaseException:
            continue  # be it an exit or the wall: the test module's own import says it better
        if isinstance(found, UNCHANGEABLE) and type(found) not in UNCHANGEABLE:
            continue  # a constant that leads to others of its class
        if isinstance(found, (MethodType, BuiltinMethodType)) and isinstance(found.__self__, type):
            found = found.__self__  # one of its class methods makes the value
        if not isinstance(found, type):
            return NotAClassError(f"{module_name}.{qualname} is not a class")
        if is_standard(found.__module__) and not is_standard(module_name):
            # The recorder would have named it by its own module, where an allow-list says what may be called.
            return NotAClassError(f"{module_name}.{qualname} is {found.__module__}.{found.__qualname__}")
    return None


def failed(call: pytest.CallInfo[None]) -> dict[str, Any]:
    if call.excinfo is None:
        return {"slug": "mismatch", "reason": "failed"}
    error = call.excinfo.value
    if isinstance(error, MemoryError):
        return {"slug": "crash", "reason": "took all the memory that a test may take"}
    innermost = _innermost(error.__traceback__)
    slug = (
        "value-rebuild"
        if innermost.replace(os.sep, "/").endswith("pytead/replay/rebuilding.py")
        else "mismatch"
    )
    when = "" if call.when == "call" else f"in {call.when}: "
    lacks = isinstance(error, OSError) and bool(error.filename)
    return {"slug": slug, "reason": f"{when}{described(error)}", "mark": _mark(error), "lacks": lacks}


def _mark(error: BaseException) -> str:
    """All that tells one failure from another, addresses included."""
    try:
        lines = f"{type(error).__name__}: {error}".splitlines()
    except Exception:
        return type(error).__name__
    return _SHOWN_OBJECT.sub("<object>", "\n".join(line for line in lines if not _WHERE.match(line)))


def _innermost(traceback: TracebackType | None) -> str:
    path = ""
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
    return path


def classify(error: BaseException, path: str) -> dict[str, str]:
    """Why a candidate could not be imported."""
    if isinstance(error, NotAClassError):
        return {"slug": "value-forbidden", "reason": str(error)}
    line = _line_in(error.__traceback__, path)
    if isinstance(error, SyntaxError):
        slug = "invalid-source" if error.filename == path else "unreachable"
    elif line is None or _is_import(path, line):
        slug = error.slug if isinstance(error, Stopped) else "unreachable"
    else:
        slug = "value-rebuild"
    return {"slug": slug, "reason": error.what if isinstance(error, Stopped) else describe(error)}


def _line_in(traceback: TracebackType | None, path: str) -> int | None:
    line = None
    wanted = os.path.realpath(path)
    while traceback is not None:
        if os.path.realpath(traceback.tb_frame.f_code.co_filename) == wanted:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _is_import(path: str, line: int) -> bool:
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    for statement in ast.parse(text).body:
        if statement.lineno <= line <= (statement.end_lineno or line):
            return isinstance(statement, (ast.Import, ast.ImportFrom))
    return False

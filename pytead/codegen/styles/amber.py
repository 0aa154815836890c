"""Snapshot files as syrupy writes them, for values that a test could hold as literals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

FOLDER = "__snapshots__"
"""Where syrupy looks for them, beside the tests."""

_HEAD = "# serializer version: 1\n"
_NAME, _END, _INDENT = "# name: ", "# ---", "  "
_DEEPEST = 40
_BREAKS = re.compile("[\\r\\x0b\\x0c\\x1c-\\x1e\\x85\\u2028\\u2029]")
"""Ends of lines besides the newline, which versions of syrupy take differently."""


def serialized(value: Any) -> str | None:
    """What syrupy stores for a value of builtins; None for one that its text would not be a faithful check of."""
    if not _is_faithful(value, 0):
        return None
    from syrupy.extensions.amber.serializer import AmberDataSerializer

    return str(AmberDataSerializer.serialize(value))


def path_of(module: PurePosixPath) -> PurePosixPath:
    """Where the snapshots of a test module lie."""
    return module.parent / FOLDER / f"{module.stem}.ambr"


def file_of(snapshots: Mapping[str, str]) -> bytes:
    """A snapshot file, byte for byte as syrupy would leave it."""
    parts = [_HEAD]
    for name in sorted(snapshots):
        lines = "".join(f"{_INDENT}{line}\n" for line in snapshots[name].split("\n"))
        parts.append(f"{_NAME}{name}\n{lines}{_END}\n")
    return "".join(parts).encode("utf-8")


def read(data: bytes | None) -> dict[str, str]:
    """The snapshots of a file: name to text; none where it isn't one."""
    try:
        lines = (data or b"").decode("utf-8").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        return {}
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith(_NAME):
            name = line[len(_NAME) :].strip()
            found[name] = []
        elif line.startswith(_END):
            name = ""
        elif name and line.startswith(_INDENT):
            found[name].append(line[len(_INDENT) :])
    return {name: "\n".join(held) for name, held in found.items()}


def _is_faithful(value: Any, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    kind = type(value)
    if kind is str:
        return _is_text(value)
    if kind in (list, tuple, set, frozenset):
        return all(_is_faithful(each, depth + 1) for each in value)
    if kind is dict:
        return all(_is_faithful(each, depth + 1) for pair in value.items() for each in pair)
    return kind in (bool, int, float, bytes, type(None))


def _is_text(value: str) -> bool:
    if "\n" not in value and "\r" not in value:
        return True  # as its repr
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return _BREAKS.search(value) is None

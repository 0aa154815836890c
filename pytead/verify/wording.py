"""What a failed test shows, in one line that says where the two values differ."""

from __future__ import annotations

from pytead.verify.values import describe

_LONG = 120
_LONGEST_PART = 80
_TELLING = ("At index ", "Left contains ", "Right contains ", "Extra items ")


def described(error: BaseException) -> str:
    """What an error says; of a failed comparison what was found, what was recorded, and where they part."""
    first = describe(error)
    if not isinstance(error, AssertionError) or not first.startswith("assert "):
        return first
    if len(first) <= _LONG and "..." not in first:
        return first
    difference = _difference([line.strip() for line in str(error).splitlines()[1:]])
    if not difference:
        return first
    shown = first if len(first) <= _LONG else f"{first[: _LONG - 3]}..."
    return f"{shown} ({difference})"


def _difference(lines: list[str]) -> str:
    """The part of pytest's explanation that shows the first difference; empty if there is none."""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(_TELLING):
            items = f" {following}" if line.endswith(":") else ""
            return _short(line + items)
        if line.startswith("Differing items:"):
            return _short(following)
    removed = next((line[1:].strip() for line in lines if line.startswith("- ")), "")
    added = next((line[1:].strip() for line in lines if line.startswith("+ ")), "")
    return f"{_short(added)} != {_short(removed)}" if removed and added else ""


def _short(text: str) -> str:
    return text if len(text) <= 2 * _LONGEST_PART else f"{text[: 2 * _LONGEST_PART - 3]}..."

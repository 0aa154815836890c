"""Values as text: the same on every interpreter and in every run, and of a bounded length."""

from __future__ import annotations

import os
import re
from typing import Any

from pytead.flow.standins import StandIn

LONGEST = 200
"""Characters of one value in a tree, beyond which its middle is left out."""

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_MOST_DIGITS = 4000


def show(value: Any) -> str:
    """A value that ``standins`` made, as text: sets are sorted, what holds itself is shown once."""
    return _show(value, ())


def shorten(text: str, longest: int | None = LONGEST) -> str:
    """Some ``longest`` characters of a text, its beginning and its end, and a checksum of all of it: a change in what
    isn't shown shows."""
    if longest is None or len(text) <= longest:
        return text
    front = longest * 2 // 3
    from zlib import crc32

    left_out, checksum = len(text) - longest, crc32(text.encode("utf-8", "surrogatepass"))
    return f"{text[:front]}...{left_out:,} more, #{checksum:08x}...{text[front - longest :]}"


def stable(text: str) -> str:
    """A text without what differs from one run to the next: addresses in memory and the working folder."""
    text = _ADDRESS.sub("0x...", text)
    folder = os.getcwd()
    return text.replace(folder + os.sep, "") if len(folder) > 1 and folder in text else text


def _show(value: Any, above: tuple[int, ...]) -> str:
    cls = type(value)
    if cls is int and value.bit_length() > _MOST_DIGITS:
        return f"<int of {value.bit_length():,} bits>"
    if cls in (list, tuple, dict, set, frozenset):
        if id(value) in above:
            return "[...]" if cls is list else "{...}" if cls is dict else "..."
        return _container(value, (*above, id(value)))
    return str(value.text) if cls is StandIn else repr(value)


def _container(value: Any, above: tuple[int, ...]) -> str:
    cls = type(value)
    if cls is dict:
        return (
            "{" + ", ".join(f"{_show(key, above)}: {_show(each, above)}" for key, each in value.items()) + "}"
        )
    parts = [_show(each, above) for each in value]
    if cls is list:
        return f"[{', '.join(parts)}]"
    if cls is tuple:
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    parts.sort(key=lambda part: (len(part), part) if part.lstrip("-").isdigit() else (1 << 30, part))
    if cls is set:
        return "{" + ", ".join(parts) + "}" if parts else "set()"
    return "frozenset({" + ", ".join(parts) + "})" if parts else "frozenset()"

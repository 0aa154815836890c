"""Saying that two values differ, and how they are shown."""

from __future__ import annotations

import reprlib


class UnlikeError(Exception):
    """Why two objects are not the same."""


def check(holds: bool, one: object, other: object, reason: str = "") -> None:
    if not holds:
        raise UnlikeError(reason or f"{shown(one)} != {shown(other)}")


def type_name(value: object) -> str:
    return type(value).__qualname__


def shown(value: object) -> str:
    try:
        return _REPR.repr(value)
    except Exception:
        return f"<{type_name(value)} object>"  # its own repr fails


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 80

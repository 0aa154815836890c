"""What a search for secrets gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = 3
_LEAST = 8


class Finding(NamedTuple):
    """One secret in one place.

    Attributes:
        file: where it stands.
        function: dotted name of the function whose call or test it is; empty where that isn't known.
        place: where in the file or call: a line, or a path of attributes and keys.
        why: what gives it away: the name that it has, or the shape.
        shown: its first characters and its length.
    """

    file: Path
    function: str
    place: str
    why: str
    shown: str


def masked(secret: str) -> str:
    """Enough of a secret to know it by, and too little to use it."""
    start = ascii(secret[:_SHOWN])[1:-1] if len(secret) >= _LEAST else ""
    return f"{start}... ({len(secret)} characters)"

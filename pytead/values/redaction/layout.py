"""What calls have in common that differ in numbers alone."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Layout = tuple["Callable[[bytes], tuple[bytes, ...]]", tuple[bytes, ...]]
"""What gives the bytes around the numbers of a frozen value of one length, and what these are."""


def layout_of(data: bytes, numbers: Iterable[tuple[int, int]]) -> Layout:
    """The layout of a frozen value.

    Args:
        data: the value.
        numbers: where numbers stand that may be others, each with its size.
    """
    parts, at = [], 0
    for start, size in sorted(numbers):
        if start > at:
            parts.append(f"{start - at}s")
        parts.append(f"{size}x")
        at = start + size
    unpack = Struct(f"<{''.join(parts)}{len(data) - at}s").unpack
    return unpack, unpack(data)

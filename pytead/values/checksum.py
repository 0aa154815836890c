"""A checksum of what a code object does: what tells the versions of one function apart."""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING
from zlib import adler32, crc32

if TYPE_CHECKING:
    from collections.abc import Callable


def checksum(code: CodeType) -> str:
    """16 hex digits, which moving the code to another line or file doesn't change.

    Two checksums, since hashlib takes 8 ms to import: it only has to tell versions of one function apart.
    """
    parts: list[bytes] = []
    _feed(parts.append, code)
    whole = b"".join(parts)
    return f"{crc32(whole):08x}{adler32(whole):08x}"


def _feed(update: Callable[[bytes], None], code: CodeType) -> None:
    update(code.co_code)
    update(
        repr((code.co_names, code.co_varnames, code.co_freevars, code.co_flags)).encode("utf-8", "replace")
    )
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _feed(update, constant)
        elif isinstance(constant, frozenset):
            update(repr(sorted(map(repr, constant))).encode("utf-8", "replace"))
        else:
            update(repr(constant).encode("utf-8", "replace"))

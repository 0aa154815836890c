"""The search that nearly all records end with: one of these pieces stands in whatever holds a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytead.values.redaction import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Search = Callable[[bytes], Any]

_NAMES = (
    rb"pass|pw|secret|token|key|cred|auth|ookie|sess|sid[^a-z]|jwt|srf|phrase|curity|covery|ackup|verific|mfa"
    rb"|pin(?:[^a-z]|[schv])|otp|cv[cvn]|ssn|card|cc[_-]?n|bearer"
)
"""In lower case, as all. Each begins with a letter of its own: only then is the search a fast one."""

_SHAPES = rb"eyj|a[ks]ia|gh[pousr]_|b_pat|glpat|xox|k\.com|k_[lt]|whsec|aiza|ya29|gocsp|sk-|npm_|pypi-|sg\.|://|bearer|basic|--beg"
_CARDS = b"|".join(rb"%d[0-9]{3}[ -]?(?:[0-9]{4}[ -]?[0-9]{3}|[0-9]{6})" % first for first in (3, 4, 5, 6))
_LOOKS = _SHAPES + b"|" + _CARDS
_LONGEST = 12
_SMALL = 100
_LARGE = 4096
"""Bytes from which on what is found is looked for once more, in the texts alone."""


def name_search(more: Iterable[str]) -> Search:
    """A search over bytes in lower case that finds something wherever there could be the name of a secret.

    Args:
        more: names that a person added.
    """
    return re.compile(_names(more)).search


def shape_search() -> Search:
    """The same for what looks like a secret."""
    return re.compile(_LOOKS).search


def text_search() -> Callable[[str], Any]:
    """The same in a text."""
    return re.compile(_LOOKS.decode()).search


def search(more: Iterable[str], values: Iterable[str]) -> Callable[[bytes], bool]:
    """Tells of a frozen value whether there could be a secret in it.

    Args:
        more: names that a person added.
        values: regular expressions that they added; what these find can't be said beforehand.
    """
    if tuple(values):
        return lambda data: True
    names, looks = name_search(more), shape_search()
    names_and_looks = re.compile(_names(more) + b"|" + _LOOKS).search
    long_text, long_bytes = re.compile(rb"\x8c[\x0d-\xff]").search, re.compile(rb"C[\x0d-\xff]").search

    def may_hold(data: bytes) -> bool:
        size = len(data)
        if size < _SMALL:
            return names_and_looks(data.lower()) is not None
        if not may_be_in(data, size):
            return False
        if size < _LARGE:
            return True
        texts = plain.texts_of(data)
        return texts is None or may_be_in(texts, len(texts))

    def may_be_in(data: bytes, size: int) -> bool:
        lower = data.lower()
        if names(lower) is not None:
            return True
        # Most hold no text that is long enough to look like a secret.
        has_long = long_text(data) or long_bytes(data) or 0x96 in data or (size > 255 and 0x58 in data)
        return bool(has_long or (size > 255 and 0x42 in data)) and looks(lower) is not None

    return may_hold


def _names(more: Iterable[str]) -> bytes:
    pieces = [_NAMES]
    for name in more:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
        pieces.append(re.escape(max(words, key=len, default="").lower().encode()[:_LONGEST]))
    return b"|".join(pieces)

"""The search that nearly all records end with: one of these pieces stands in whatever holds a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Search = Callable[[bytes], Any]

_NAMES = (
    rb"pass|pw|secret|token|key|cred|auth|ookie|sess|sid(?![a-z])|jwt|srf|phrase|curity|covery|ackup|verific|mfa"
    rb"|pin(?![abd-gi-rtuw-z])|otp|cv[cvn]|ssn|card|cc[_-]?n|bearer"
)
"""In lower case, as all. Each begins with a letter of its own: only then is the search a fast one."""

_SHAPES = rb"eyj|a[ks]ia|gh[pousr]_|b_pat|glpat|xox|k\.com|k_[lt]|whsec|aiza|ya29|gocsp|sk-|npm_|pypi-|sg\.|://|bearer|basic|--beg"
_CARDS = b"|".join(rb"%d[0-9]{3}[ -]?(?:[0-9]{4}[ -]?[0-9]{3}|[0-9]{6})" % first for first in (3, 4, 5, 6))
_LOOKS = _SHAPES + b"|" + _CARDS
_LONGEST = 12
_SMALL = 100
"""Bytes up to which one search for everything is the fastest."""

_LARGE = 400
"""Bytes from which on a text is no name, and tells the name of a secret only with ``=`` or ``:``."""

_IN_PIECES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-./+~=")
_IN_NUMBERS = frozenset(b"0123456789 -")
_PIECES = bytes(120 if each in _IN_PIECES else 32 for each in range(256))
_NUMBERS = bytes(48 if each in _IN_NUMBERS else 32 for each in range(256))
_LONG_PIECE = b"x" * 13
_LONG_NUMBER = b"0" * 13


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


def search(more: Iterable[str], values: Iterable[str]) -> Search:
    """Tells of a frozen value whether there could be a secret in it.

    Args:
        more: names that a person added.
        values: regular expressions that they added; what these find can't be said beforehand.
    """
    if tuple(values):
        return lambda data: True
    names, looks = name_search(more), shape_search()
    names_and_looks = re.compile(_names(more) + b"|" + _LOOKS).search

    def may_hold(data: bytes) -> bool:
        lower = data.lower()
        if len(data) < _SMALL:
            return names_and_looks(lower) is not None
        return bool(names(lower) or (_may_have_shape(lower) and looks(lower)))

    return may_hold


def search_text(more: Iterable[str], values: Iterable[str]) -> Search:
    """The same of a text, in UTF-8 or of bytes."""
    if tuple(values):
        return lambda text: True
    names, may_hold = name_search(more), search(more, ())
    looks = shape_search()

    def may_be(text: bytes) -> bool:
        if len(text) < _LARGE:
            return bool(may_hold(text))
        lower = text.lower()
        if (b"=" in lower or b":" in lower) and names(lower) is not None:
            return True
        return bool(_may_have_shape(lower) and looks(lower))

    return may_be


def _may_have_shape(lower: bytes) -> bool:
    """Whether one of the shapes could be in it, at a tenth of the price of looking for them.

    Whatever looks like a secret is a long piece without a space, unless one of a few others tells of it.
    """
    return (
        _LONG_PIECE in lower.translate(_PIECES)
        or _LONG_NUMBER in lower.translate(_NUMBERS)
        or b"://" in lower
        or b"--beg" in lower
        or b"earer" in lower
        or b"asic" in lower
    )


def _names(more: Iterable[str]) -> bytes:
    pieces = [_NAMES]
    for name in more:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
        pieces.append(re.escape(max(words, key=len, default="").lower().encode()[:_LONGEST]))
    return b"|".join(pieces)

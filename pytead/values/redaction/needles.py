"""The search that nearly all records end with: one of these pieces stands in whatever holds a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NAMES = (
    rb"pass|pw|secret|token|key|cred|auth|ookie|sess|sid[^a-z]|jwt|srf|phrase|curity|covery|ackup|verific|mfa"
    rb"|pin(?:[^a-z]|[schv])|otp|cv[cvn]|ssn|card|cc[_-]?n"
)
"""In lower case, as all."""

_SHAPES = (
    rb"eyj|a[ks]ia|gh[pousr]_|b_pat|glpat|xox|k\.com|k_[lt]|whsec|aiza|ya29|gocsp|sk-|npm_|pypi-|sg\.|://|bearer|basic"
    rb"|[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3}|[0-9]{4}[ -][0-9]{6}"
)
_LONGEST = 12


def searcher(more: Iterable[str], values: Iterable[str]) -> Callable[[bytes], Any]:
    """A search over bytes in lower case that finds something wherever there could be a secret.

    Args:
        more: names that a person added.
        values: regular expressions that they added; what these find can't be said beforehand.
    """
    if tuple(values):
        return lambda data: data
    pieces = [_NAMES, _SHAPES]
    for name in more:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
        pieces.append(re.escape(max(words, key=len, default="").lower().encode()[:_LONGEST]))
    return re.compile(b"|".join(pieces)).search

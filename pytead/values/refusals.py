"""Which classes' objects could not be frozen as a whole, so that the next ones are refused without being tried.

A program hands its largest objects to many functions, and each would find out for itself, at full cost.
"""

from __future__ import annotations

from _weakref import ref
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import HEAP_TYPE, flags_of, type_name

if TYPE_CHECKING:
    from collections.abc import Callable

_ENOUGH = 3
"""Objects of a class in a row that were refused."""

_RETRY_EVERY = 50
"""Objects of such a class of which one is tried again."""

_REASONS = {"value-too-large": "were too large", "value-unpicklable": "held too much that can't be rebuilt"}

_LOOKED_AT = 4
"""Arguments of a call that are looked at; the receiver is the first."""


class _Class:
    __slots__ = ("before", "guard", "name", "passed", "slug", "strikes")

    def __init__(self, cls: type) -> None:
        ident = id(cls)

        def forget(dead: object) -> None:
            refused_classes.pop(ident, None)

        self.guard = ref(cls, forget)
        self.name = type_name(cls)
        self.slug = ""
        self.strikes = self.before = self.passed = 0


refused_classes: dict[int, _Class] = {}
"""By identity of the class. Empty in most programs, which is all that freezing asks then."""


def why_refused(args: tuple[Any, ...]) -> tuple[str, str] | None:
    """Slug and reason for which the arguments of a call need no try; None if they may be tried."""
    for each in args[:_LOOKED_AT]:
        known = refused_classes.get(id(type(each)))
        if known is None:
            continue
        if known.strikes >= _ENOUGH:
            known.passed += 1
            if known.passed % _RETRY_EVERY:
                return known.slug, f"objects of {known.name} {_REASONS[known.slug]} before"
            known.strikes = _ENOUGH - 1
        # taken back now, and given again if it fails: success says nothing
        known.before, known.strikes = known.strikes, 0
    return None


def blame(args: tuple[Any, ...], slug: str, is_refused: Callable[[object], bool]) -> None:
    """Remember the class of the argument that alone was too much."""
    if slug not in _REASONS:
        return
    for each in args[:_LOOKED_AT]:
        cls = type(each)
        known = refused_classes.get(id(cls))
        if (known is None or known.before == 0) and not (flags_of(cls) & HEAP_TYPE and is_refused(each)):
            continue
        if known is None:
            known = refused_classes[id(cls)] = _Class(cls)
        known.slug, known.strikes, known.before = slug, known.before + 1, 0
        return

"""Values of calls in the form in which a buffer keeps them: inert, and at a bounded cost.

A kept value is one of:

- None, a bool, int, float or a string that isn't too long: itself, as nothing can change it;
- ``bytes``: a frozen value;
- an ``Outline``: what kind of value it was, where keeping the value itself would cost too much again and again.

Arguments are kept together: ``bytes`` for a frozen tuple, or a tuple of kept values, or ``Alone`` for a single one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.freezer import LONG_TEXT, FreezeRefused, freeze
from pytead.values.marks import opaque
from pytead.values.reducers import handlers
from pytead.values.reducers.introspect import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.flow.sites import CodeSite

LARGE = 2048
"""Bytes of a frozen value from which on others like it are only outlined."""

MOST_ITEMS = 1000
"""Length from which on a container or a text is only outlined."""

VALUE_LARGE = "value-large"

_CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset, bytes, bytearray, str)))


class Outline:
    """Stands for a value that isn't kept.

    Attributes:
        kind: dotted name of its type.
        slug: why it isn't kept: ``value-large``, or what freezing refused it for.
        size: how many items it had; None for what is no builtin container.
    """

    __slots__ = ("kind", "size", "slug")

    def __init__(self, kind: str, slug: str, size: int | None = None) -> None:
        self.kind = kind
        self.slug = slug
        self.size = size


def _reduce_outline(outline: Outline) -> Any:
    size = "" if outline.size is None else str(outline.size)
    return opaque, (outline.kind, outline.slug, size)


handlers[id(Outline)] = _reduce_outline

CLOSED = Outline("GeneratorExit", "closed")
"""The exception that closing a generator throws into it."""

UNKNOWN = Outline("", "unknown")
"""What the engine couldn't see."""


class Keeper:
    """Keeps values for one tracer, which remembers what turned out to be large."""

    def __init__(self) -> None:
        self.large_classes: dict[int, Outline] = {}
        self.outlined = 0

    def value_keeper(self) -> Callable[[CodeSite, Any], Any]:
        """What keeps a single value of a site: a returned or yielded one, or an exception."""
        large_classes, keep_other = self.large_classes, self.keep_other

        def keep(site: CodeSite, value: Any) -> Any:
            cls = type(value)
            if value is None or cls is int or cls is bool or cls is float:
                return value
            if cls is str and len(value) <= LONG_TEXT:
                return value
            if large_classes and (outline := large_classes.get(id(cls))) is not None:
                return outline
            return keep_other(site, value, -1)

        return keep

    def keep_other(self, site: CodeSite, value: Any, place: int) -> Any:
        """Keep a value that can't be kept as it is. ``place`` tells the arguments of a site apart."""
        cls = type(value)
        is_builtin = id(cls) in _CONTAINERS
        if is_builtin and (place in site.large or len(value) > MOST_ITEMS):
            self.outlined += 1
            return Outline(cls.__name__, VALUE_LARGE, len(value))
        outline: Outline | None
        try:
            data = freeze(value)
        except FreezeRefused as refusal:
            outline = Outline(type_name(cls), refusal.slug, len(value) if is_builtin else None)
            if not is_builtin:
                self.large_classes[id(cls)] = outline
            else:
                site.large.add(place)
            return outline
        if len(data) > LARGE:
            if is_builtin:
                site.large.add(place)
            else:
                self.large_classes[id(cls)] = Outline(type_name(cls), VALUE_LARGE)
        return data

    def keep_arguments(self, site: CodeSite, values: list[Any]) -> Any:
        """Keep the arguments of a call."""
        large_classes = self.large_classes
        kept: list[Any] = []
        has_live = False
        for place, value in enumerate(values):
            cls = type(value)
            if (
                value is None
                or cls is int
                or cls is bool
                or cls is float
                or (cls is str and len(value) <= LONG_TEXT)
            ):
                kept.append(value)
            elif (outline := large_classes.get(id(cls))) is not None:
                kept.append(outline)
            elif id(cls) in _CONTAINERS and (place in site.large or len(value) > MOST_ITEMS):
                self.outlined += 1
                kept.append(Outline(cls.__name__, VALUE_LARGE, len(value)))
            else:
                has_live = True
                kept.append(value)
        if not has_live:
            return tuple(kept)
        try:
            data = freeze(tuple(kept))
        except FreezeRefused:
            data = b""
        if data and len(data) <= LARGE:
            return data
        # Which of them it was, so that it isn't tried again with every call.
        parts = tuple(
            value if value is None or type(value) is Outline else self._keep_one(site, value, place)
            for place, value in enumerate(kept)
        )
        return data or parts

    def _keep_one(self, site: CodeSite, value: Any, place: int) -> Any:
        cls = type(value)
        if cls is int or cls is bool or cls is float or (cls is str and len(value) <= LONG_TEXT):
            return value
        return self.keep_other(site, value, place)

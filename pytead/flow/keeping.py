"""Values of calls in the form in which a buffer keeps them: inert, and at a bounded cost.

A kept value is one of:

- None, a bool, int, float or a string that isn't too long: itself, as nothing can change it;
- ``bytes``: a frozen value;
- an ``Outline``: what kind of value it was, where keeping the value itself would cost too much again and again.

Arguments are kept together: ``bytes`` for a frozen tuple, or a tuple of kept values, or the value of a single one.

What costs much is outlined by rules that depend on the program alone, so that its flow is the same in every run: a
value of more than ``LARGE`` bytes is kept once, and no value is kept where values of its class, or of the same
argument of the same function, have taken ``BUDGET`` bytes before. Members of enumerations are always kept: each is
frozen once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.freezer import LONG_TEXT, FreezeRefused, freeze
from pytead.values.marks import opaque
from pytead.values.reducers import handlers
from pytead.values.reducers.enums import is_enum
from pytead.values.reducers.introspect import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.flow.sites import CodeSite

LARGE = 2048
"""Bytes of a frozen value from which on others like it are only outlined."""

BUDGET = 4_096
"""Bytes of frozen values of one class, or at one place, from which on others are only outlined."""

MOST_ITEMS = 1000
"""Length from which on a container or a text is only outlined."""

VALUE_LARGE = "value-large"

_CONTAINERS = {id(cls): freeze(cls()) for cls in (list, tuple, dict, set, frozenset, bytes, bytearray, str)}
"""By identity of a builtin class, how what is empty is kept."""


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
    """Keeps values for one tracer, which remembers what turned out to cost much."""

    def __init__(self) -> None:
        self.outlines: dict[int, Outline] = {}
        """By identity of a class: how its objects are outlined from now on."""
        self._spent: dict[int, int] = {}
        self._classes: list[type] = []
        self._members: dict[int, tuple[Any, bytes]] = {}

    def value_keeper(self) -> Callable[[CodeSite, Any], Any]:
        """What keeps a single value of a site: a returned or yielded one, or an exception."""
        outline_of, keep_other = self.outlines.get, self._keep_other

        def keep(site: CodeSite, value: Any) -> Any:
            cls = type(value)
            if value is None or cls is int or cls is bool or cls is float:
                return value
            if cls is str and len(value) <= LONG_TEXT:
                return value
            return outline_of(id(cls)) or keep_other(site, value, -1)

        return keep

    def keep_arguments(self, site: CodeSite, values: list[Any]) -> Any:
        """Keep the arguments of a call."""
        place = 0
        live: list[int] | None = None
        outline_of, members = self.outlines.get, self._members
        for value in values:
            cls = type(value)
            if cls is int or value is None or cls is bool:
                pass
            elif (outline := outline_of(id(cls))) is not None:
                values[place] = outline
            elif cls is float or (cls is str and len(value) <= LONG_TEXT):
                pass
            elif (member := members.get(id(value))) is not None and member[0] is value:
                values[place] = member[1]
            elif (empty := _CONTAINERS.get(id(cls))) is not None and not value:
                values[place] = empty
            elif empty is not None and (outline := _outline_at(site, value, place)) is not None:
                values[place] = outline
            elif live is None:
                live = [place]
            else:
                live.append(place)
            place += 1  # noqa: SIM113 - enumerate makes a tuple for each
        if live is None:
            return tuple(values)
        if len(live) == 1:
            at = live[0]
            values[at] = self._keep_other(site, values[at], at)
            return tuple(values)
        # Frozen together, so that what they share is seen to be shared.
        try:
            data = freeze(tuple(values)) if not any(type(value) is bytes for value in values) else b""
        except FreezeRefused:
            data = b""
        if data and len(data) <= LARGE:
            share = len(data) // len(live)
            for at in live:
                self._spend(site, values[at], at, share)
            return data
        for at in live:  # which of them it is, so that it isn't tried again with every call
            values[at] = self._keep_other(site, values[at], at)
        return tuple(values)

    def _keep_other(self, site: CodeSite, value: Any, place: int) -> Any:
        """Keep a value that can't be kept as it is."""
        member = self._members.get(id(value))
        if member is not None and member[0] is value:
            return member[1]
        empty = _CONTAINERS.get(id(type(value)))
        if empty is not None:
            if not value:
                return empty
            outline = _outline_at(site, value, place)
            if outline is not None:
                return outline
        try:
            data = freeze(value)
        except FreezeRefused as refusal:
            self._spend(site, value, place, BUDGET, refusal.slug)
            size = len(value) if id(type(value)) in _CONTAINERS else None
            return Outline(type_name(type(value)), refusal.slug, size)
        if is_enum(type(value)):
            self._members[id(value)] = value, data
        else:
            self._spend(site, value, place, len(data) if len(data) <= LARGE else BUDGET)
        return data

    def _spend(self, site: CodeSite, value: Any, place: int, size: int, slug: str = VALUE_LARGE) -> None:
        cls = type(value)
        if is_enum(cls):
            return
        if id(cls) in _CONTAINERS:
            site.spent[place] = site.spent.get(place, 0) + size
            return
        spent = self._spent.get(id(cls), 0)
        if not spent:
            self._classes.append(cls)  # held, so that its identity stays its own
        self._spent[id(cls)] = spent = spent + size
        if spent >= BUDGET:
            self.outlines[id(cls)] = Outline(type_name(cls), slug)


def _outline_at(site: CodeSite, value: Any, place: int) -> Outline | None:
    """The outline of a builtin container where it is to be outlined."""
    size = len(value)
    if size > MOST_ITEMS or (site.spent and site.spent.get(place, 0) >= BUDGET):
        return Outline(type(value).__name__, VALUE_LARGE, size)
    return None

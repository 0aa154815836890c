"""What else than its name holds a wrapper: a registry, a table of handlers, a module that imported it.

A wrapper that a program reaches through one of these takes stack in each recursive call, of which C has little: on
3.12 some 500 calls, on others as much as the operating system gives. So the original takes its place there as well,
for the time of a deep recursion, and for good when the function has all it needs.
"""

from __future__ import annotations

import gc
import sys
from _weakref import getweakrefs
from time import perf_counter
from types import CellType, FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import Guard, has_readable_dict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Place = tuple[Any, Any, Any, Any]
    """Holder, key, what is there, and what is to be there instead."""

_FREE_LOOKS = 2
_SHARE = 0.01
"""The first looks cost what they cost; all later ones together no more of the time than this."""

_HAS_LOCK = getattr(sys, "_is_gil_enabled", lambda: sys.implementation.name == "cpython")

_IN_PYTHON = {FunctionType, MethodType}
"""Types of trace functions for whose calls, before 3.13, local variables stand in a dict that is read back."""


class Held:
    """A wrapper, and what is to take its place.

    Args:
        traced: the wrapper.
        original: its function.
        owners: objects that hold it and are seen to in another way: the site, the class or module of its name.
    """

    __slots__ = ("_original", "_owners", "_traced")

    def __init__(self, traced: Any, original: Any, *owners: Any) -> None:
        self._traced = Guard(traced)
        self._original = original
        self._owners = owners

    def replacement(self) -> tuple[Any, Any, tuple[Any, ...]] | None:
        """The wrapper, its function and the owners; None if it is gone, or somebody may know it by its identity."""
        traced = self._traced()
        if traced is None or any(type(each) is not Guard for each in getweakrefs(traced)):
            return None
        return traced, self._original, self._owners


class Holdings:
    """Finds what holds wrappers. That goes through every object that the collector knows, so it isn't done often."""

    __slots__ = ("_began", "_looks", "_retired", "_spent")

    def __init__(self) -> None:
        self._began = perf_counter()
        self._spent = 0.0
        self._looks = 0
        self._retired: list[Held] = []

    def retire(self, held: Held) -> None:
        """Put the original of a finished function wherever its wrapper is held, now or when there is time for it."""
        self._retired.append(held)
        if self._looks < _FREE_LOOKS or self._spent < _SHARE * (perf_counter() - self._began):
            retired, self._retired = self._retired, []
            put(self.places(retired))

    def places(self, helds: Sequence[Held]) -> list[Place]:
        """Every place that holds one of the wrappers, alone or in a bound method.

        One that is held where nothing else can be put, as in a tuple, has no places: its holders must stay agreed.
        """
        started = perf_counter()
        try:
            if not _HAS_LOCK() or _IN_PYTHON & {type(sys.gettrace()), type(sys.getprofile())}:
                return []
            return _places(helds)
        finally:
            self._looks += 1
            self._spent += perf_counter() - started


def put(places: Sequence[Place], *, back: bool = False) -> None:
    """Put what is to be there, or what was there ``back``. What holds something else by now is left."""
    for holder, key, old, new in places:
        if back:
            old, new = new, old
        cls = type(holder)
        # No call between the look and the change: other threads wait for one.
        if cls is list:
            if key < len(holder) and holder[key] is old:
                holder[key] = new
        elif cls is CellType:
            try:
                if holder.cell_contents is old:
                    holder.cell_contents = new
            except ValueError:  # it is empty by now
                pass
        elif dict.get(holder, key) is old:
            dict.__setitem__(holder, key, new)


def _places(helds: Sequence[Held]) -> list[Place]:
    wanted = {id(each[0]): each for each in (held.replacement() for held in helds) if each is not None}
    found: dict[int, list[Place]] = {ident: [] for ident in wanted}
    ours: list[Any] = [wanted, *wanted.values()]
    for _, _, owners in wanted.values():
        ours += owners
        for owner in owners:
            if issubclass(type(owner), type):  # its dict is to be changed by the class alone
                ours += [each for each in gc.get_referents(owner) if type(each) is dict]
    bound: list[tuple[int, Any, Any]] = []
    for holder, ident, key in _holders([each[0] for each in wanted.values()], ours):
        traced, original, _ = wanted[ident]
        if type(holder) is MethodType:
            bound.append((ident, holder, MethodType(original, holder.__self__)))
        elif ident in found and key is _NOWHERE:
            del found[ident]
        elif ident in found:
            found[ident].append((holder, key, traced, original))
    by_method = {id(method): (ident, method, new) for ident, method, new in bound}
    ours = [by_method, bound, *bound, *by_method.values()]
    for holder, method_ident, key in _holders([method for _, method, _ in bound], ours):
        ident, method, new = by_method[method_ident]
        if ident in found and key is _NOWHERE:
            del found[ident]
        elif ident in found:
            found[ident].append((holder, key, method, new))
    return [place for places in found.values() for place in places]


_NOWHERE = object()
"""Stands for the key in a holder that can't hold anything else, and ends the arguments of a look."""


def _holders(sought: list[Any], ours: Sequence[Any]) -> Iterator[tuple[Any, int, Any]]:
    """What holds the objects: the holder, the ``id`` of what it holds, and its key there."""
    if not sought:
        return
    idents = set(map(id, sought))
    ignored = {id(sought), *map(id, ours)}
    for holder in gc.get_referrers(*sought, _NOWHERE):
        cls = type(holder)
        # The last is the call's own arguments, which 3.13 doesn't leave out.
        if cls is FrameType or id(holder) in ignored or (cls is tuple and holder[-1] is _NOWHERE):
            continue
        pairs: Any = ()
        if cls is list:
            pairs = enumerate(holder)
        elif cls is CellType:
            pairs = [(None, holder.cell_contents)]
        elif cls is MethodType:
            pairs = [(None, holder.__func__)]
        elif issubclass(cls, dict):
            pairs = _pairs(holder)
        elif has_readable_dict(cls):
            try:
                namespace = object.__getattribute__(holder, "__dict__")
            except AttributeError:
                namespace = {}
            pairs = _pairs(namespace)
            holder = namespace
        is_known = False
        for key, each in pairs:
            if id(each) in idents:
                is_known = True
                yield holder, id(each), key
        if not is_known:
            for each in gc.get_referents(holder):
                if id(each) in idents:
                    yield holder, id(each), _NOWHERE


def _pairs(namespace: dict[Any, Any]) -> list[tuple[Any, Any]]:
    is_of_class = "__doc__" in namespace and "__module__" in namespace and "__name__" not in namespace
    return [] if is_of_class else list(dict.items(namespace))

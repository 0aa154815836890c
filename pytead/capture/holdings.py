"""What else than its name holds a wrapper: a registry, a table of handlers, a module that imported it.

A wrapper that a program reaches through one of these takes stack in each recursive call, of which C has little: on
3.12 some 500 calls, on others as much as the operating system gives. So the original takes its place there as well,
for the time of a deep recursion, and for good when the function has all it needs, if all that holds it can be given the
original: what compares functions by identity must find them agreed.
"""

from __future__ import annotations

import gc
import sys
from _weakref import getweakrefs
from time import perf_counter
from types import CellType, FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytead.capture.immutable import key_in
from pytead.values.reducers.introspect import MANAGED_DICT, Guard, flags_of, has_readable_dict, namespace_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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

    def parts(self) -> tuple[Any, Any, tuple[Any, ...]]:
        """The wrapper, or None if it is gone, its function and the owners."""
        return self._traced(), self._original, self._owners


class Holdings:
    """Finds what holds wrappers. That goes through every object that the collector knows, so it isn't done often."""

    __slots__ = ("_began", "_looks", "_retired", "_spent")

    def __init__(self) -> None:
        self._began = perf_counter()
        self._spent = 0.0
        self._looks = 0
        self._retired: list[Held] = []

    def retire(self, held: Held) -> list[Any]:
        """Put the original of a finished function wherever its wrapper is held, now or when there is time for it.

        Returns:
            the wrappers, this one or others, in whose place the originals are now.
        """
        self._retired.append(held)
        if self._looks >= _FREE_LOOKS and self._spent >= _SHARE * (perf_counter() - self._began):
            return []
        retired, self._retired = self._retired, []
        places = self._look(lambda: _places_for_good(retired))
        put(places)
        return [old for _, _, old, _ in places]

    def leave(self, held: Held) -> None:
        """Put the original of a finished function wherever that can be, unless somebody may know the wrapper."""
        if _has_no_references(held.parts()[0]):
            put(self.places(held))

    def places(self, held: Held) -> list[Place]:
        """Every place that holds the wrapper and can hold its function."""
        return self._look(lambda: places_within(held, None))

    def _look(self, find: Callable[[], list[Place]]) -> list[Place]:
        started = perf_counter()
        try:
            return find()
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
        elif not issubclass(cls, dict):
            key.put(holder, old, new)
        elif dict.get(holder, key) is old:
            dict.__setitem__(holder, key, new)


def places_within(held: Held, within: Sequence[Any] | None) -> list[Place]:
    """Every place that can hold the wrapper's function instead, among objects, or all of them."""
    traced, original, owners = held.parts()
    places = _places({id(traced): (traced, original)}, owners, within)
    return [place for _, found in places for place in found]


def _places_for_good(helds: Sequence[Held]) -> list[Place]:
    """Every place of each wrapper; none of one that somebody may know by its identity, or that is held elsewhere."""
    parts = [held.parts() for held in helds]
    wanted = {id(traced): (traced, original) for traced, original, _ in parts if _has_no_references(traced)}
    found: dict[int, list[Place]] = {ident: [] for ident in wanted}
    for ident, places in _places(
        wanted, [parts, *parts, *(each for _, _, owners in parts for each in owners)]
    ):
        if ident in found and places:
            found[ident] += places
        else:
            found.pop(ident, None)
    return [place for places in found.values() for place in places]


def _places(
    wanted: dict[int, tuple[Any, Any]], ours: Sequence[Any], within: Sequence[Any] | None = None
) -> list[tuple[int, list[Place]]]:
    """For each holder of a wrapper the wrapper's ``id``, and the places there; none where it can't be changed."""
    if not _HAS_LOCK() or _IN_PYTHON & {type(sys.gettrace()), type(sys.getprofile())}:
        return [(ident, []) for ident in wanted]
    ours = [*ours, wanted, *wanted.values()]
    holders = list(_holders([traced for traced, _ in wanted.values()], ours, within))
    namespaces = [holder for holder, _, key in holders if key is _NOWHERE and type(holder) is dict]
    classes = [each for each in _referrers(namespaces) if issubclass(type(each), type)]
    found: list[tuple[int, list[Place]]] = []
    for holder, ident, key in holders:
        places: list[Place] = []
        if key is not _NOWHERE:
            places = [(holder, key, *wanted[ident])]
        elif type(holder) is dict:
            owners = [cls for cls in classes if any(each is holder for each in gc.get_referents(cls))]
            names = [name for name, value in dict.items(holder) if id(value) == ident]
            places = [(cls, OfClass(name), *wanted[ident]) for cls in owners for name in names]
        else:
            own = key_in(holder, wanted[ident][0])
            if own is not None:
                places = [(holder, own, *wanted[ident])]
        found.append((ident, places))
    return found


def _has_no_references(traced: Any) -> bool:
    return traced is not None and all(type(each) is Guard for each in getweakrefs(traced))


_NOWHERE = object()
"""Stands for the key in a holder that can't hold anything else, and ends the arguments of a look."""


def _holders(
    sought: list[Any], ours: Sequence[Any], within: Sequence[Any] | None = None
) -> Iterator[tuple[Any, int, Any]]:
    """What holds the objects: the holder, the ``id`` of what it holds, and its key there."""
    idents = set(map(id, sought))
    ignored = {id(sought), *map(id, ours)}
    for holder in _referrers(sought) if within is None else within:
        cls = type(holder)
        if cls is FrameType or id(holder) in ignored:
            continue
        unknown = sum(id(each) in idents for each in gc.get_referents(holder))
        pairs: Any = ()
        if cls is list:
            pairs = enumerate(holder)
        elif cls is CellType:
            pairs = _content(holder)
        elif issubclass(cls, dict):
            pairs = () if _is_of_class(holder) else list(dict.items(holder))
        elif flags_of(cls) & MANAGED_DICT and has_readable_dict(cls):
            try:
                namespace = object.__getattribute__(holder, "__dict__")
            except AttributeError:
                namespace = {}
            for key, each in list(dict.items(namespace)):
                if id(each) in idents:
                    unknown -= 1
                    yield namespace, id(each), key
        for key, each in pairs:
            if id(each) in idents:
                unknown -= 1
                yield holder, id(each), key
        if unknown > 0:
            for each in gc.get_referents(holder):
                if id(each) in idents:
                    yield holder, id(each), _NOWHERE


def _referrers(sought: list[Any]) -> list[Any]:
    """What refers to the objects, but for the call's own arguments, which 3.13 doesn't leave out."""
    if not sought:
        return []
    found = gc.get_referrers(*sought, _NOWHERE)
    return [each for each in found if not (type(each) is tuple and each and each[-1] is _NOWHERE)]


def _content(cell: CellType) -> list[tuple[None, Any]]:
    try:
        return [(None, cell.cell_contents)]
    except ValueError:  # it is empty
        return []


def _is_of_class(namespace: dict[Any, Any]) -> bool:
    return "__doc__" in namespace and "__module__" in namespace and "__name__" not in namespace


class OfClass:
    """An attribute of a class, which is to be changed by the class alone."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def put(self, holder: type, old: object, new: object) -> None:
        """Have the class hold ``new`` if it holds ``old``."""
        if namespace_of(holder).get(self._name) is old:
            type.__setattr__(holder, self._name, new)

"""Who holds a wrapper besides its name: a registry, a table of handlers, a module that imported it.

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
    from collections.abc import Sequence

    from pytead.capture.binding import Binding

    Place = tuple[Any, Any, Any, Any]

_FREE_LOOKS = 16
_SHARE = 0.01
"""The first looks cost what they cost; all later ones together no more of the time than this."""

_HAS_LOCK = getattr(sys, "_is_gil_enabled", lambda: sys.implementation.name == "cpython")

_IN_PYTHON = {FunctionType, MethodType}
"""Types of trace functions for whose calls, before 3.13, local variables stand in a dict that is read back."""


class Looks:
    """What looking for holders may cost: it goes through every object that the collector knows."""

    __slots__ = ("_began", "_count", "_spent")

    def __init__(self) -> None:
        self._began = perf_counter()
        self._spent = 0.0
        self._count = 0

    def may_look(self) -> bool:
        """Whether there is time for one more."""
        return self._count < _FREE_LOOKS or self._spent < _SHARE * (perf_counter() - self._began)

    def places(
        self, traced: Any, original: Any, own: Sequence[Any], binding: Binding | None
    ) -> list[Place] | None:
        """Every place that holds ``traced``, alone or in a bound method; None where one can't hold anything else.

        Args:
            traced: the wrapper.
            original: what is to take its place.
            own: objects of ours that hold it.
            binding: where its name is bound, if that is known: among the places only if that is no class.

        Returns:
            Holder, key, what is there, and what is to be there instead.
        """
        started = perf_counter()
        try:
            if not _HAS_LOCK() or _IN_PYTHON & {type(sys.gettrace()), type(sys.getprofile())}:
                return None
            return _places(traced, original, own, binding)
        finally:
            self._count += 1
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


def _places(traced: Any, original: Any, own: Sequence[Any], binding: Binding | None) -> list[Place] | None:
    if any(type(each) is not Guard for each in getweakrefs(traced)):
        return None  # something of the program's may know it by its identity
    ignored = [*own, binding]
    if binding is not None and issubclass(type(binding.owner), type):
        # the dict of a class, which is to be changed by the class alone
        ignored += [each for each in gc.get_referents(binding.owner) if type(each) is dict]
    found: list[Place] = []
    methods: list[Any] = []
    for holder in gc.get_referrers(traced):
        if type(holder) is MethodType:
            methods.append(holder)
        elif type(holder) is not FrameType and not any(holder is each for each in ignored):
            places = _places_in(holder, traced, original)
            if not places:
                return None
            found += places
    ignored = [methods]
    for method in methods:
        bound = MethodType(original, method.__self__)
        for holder in gc.get_referrers(method):
            if type(holder) is not FrameType and not any(holder is each for each in ignored):
                places = _places_in(holder, method, bound)
                if not places:
                    return None
                found += places
    return found


def _places_in(holder: Any, old: Any, new: Any) -> list[Place]:
    cls = type(holder)
    if cls is list:
        return [(holder, index, old, new) for index, each in enumerate(holder) if each is old]
    if cls is CellType:
        return [(holder, None, old, new)]
    if issubclass(cls, dict):
        namespace = holder
    elif cls is not MethodType and has_readable_dict(cls):
        try:
            namespace = object.__getattribute__(holder, "__dict__")
        except AttributeError:
            return []
    else:
        return []
    if "__doc__" in namespace and "__module__" in namespace and "__name__" not in namespace:
        return []  # of a class
    return [(namespace, key, old, new) for key, each in dict.items(namespace) if each is old]

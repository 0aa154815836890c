"""Recursive calls of a traced function: they get as deep as they would bare.

Each call that goes through a wrapper takes C stack, and before 3.12 counts twice against the recursion limit. So from
the first nested call on there is no frame of ours (``NestedFunction``), and in a deep recursion the original takes the
wrapper's place until the root call returns: where its name is bound and in what decorators made of it, then, if the
recursion goes through the wrapper all the same, wherever else it is held, and at last in the arguments of the calls.
"""

from __future__ import annotations

import gc
import sys
from threading import get_ident
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from pytead.capture.hiding import hide
from pytead.capture.holdings import Held, places_within, put
from pytead.capture.wrapping import NestedFunction, TracedFunction, become, function_of, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.capture.binding import Binding
    from pytead.capture.holdings import Holdings, Place

_MOST_DEEP = 10
"""Deep recursions through what holds the wrapper that are recorded: each has all objects looked through for it."""

TOO_DEEP = (
    "over-budget",
    "it calls itself deeply through what holds it, which takes too long to see to each time",
)

_DEEPEST_BY_LIMIT = 4096
"""Nested calls through a wrapper up to which the recursion limit gives: each takes half a kilobyte of C stack."""

_CALLS_COUNT_TWICE = sys.version_info < (3, 12)

_MOST_NEAR = 64
"""Objects that are looked through for what decorators made of a function."""

_LOOK_EVERY = 63
_FRAMES_OF_A_ROUND = 8
_FRAMES_LOOKED_AT = 48
_DEEP_TIMES = 6
"""Of the calls of a finished function one in 64 looks for recursion: so many frames up for the function itself,
and if it is there so many frames in all, in which it is so often."""

_CONTAINERS = (dict, list, tuple, set, frozenset)
_FAR = (type, ModuleType, FrameType, CodeType)


_both = TracedFunction.__dict__["_self_both"].__get__


class _Room:
    """What was changed for the recursive calls through one wrapper."""

    __slots__ = ("binding", "near", "places", "steps", "traced", "usual_class")

    def __init__(self, traced: TracedFunction) -> None:
        self.traced = traced
        self.usual_class = type(traced)
        self.binding: Binding | None = None
        self.near: list[Place] = []
        self.places: list[Place] = []
        self.steps = 0


class Recursion:
    """What was changed for the recursive calls of one function that are under way."""

    __slots__ = ("_deep", "_has_more_limit", "_holdings", "_rooms")

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._rooms: list[_Room] = []
        self._has_more_limit = False
        self._deep = 0

    def is_under_way(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._rooms) or self._has_more_limit

    def begin(self, traced: TracedFunction) -> None:
        """From here on nested calls leave no frame of ours."""
        if all(room.traced is not traced for room in self._rooms):
            self._rooms.append(_Room(traced))
            become(traced, NestedFunction)

    def make_room(self, traced: TracedFunction, depth: int) -> None:
        """Let the original take the place of ``traced``, which is called, and of the function's other wrapper.

        First where names are bound to them and what decorators made of the function holds them. If calls come through
        the wrapper again, wherever it is held, and where that doesn't help, in the arguments. The recursion limit gives
        what the wrapper took, as far as the C stack has room for it.
        """
        has_room = False
        for room in list(self._rooms):
            if room.steps == 0 or room.traced is traced:
                room.steps += 1
                has_room |= self._take_step(room)
        if _CALLS_COUNT_TWICE and depth < _DEEPEST_BY_LIMIT:
            self._has_more_limit = True
            _limit.give(self, depth if has_room else 2 * depth)

    def _take_step(self, room: _Room) -> bool:
        """True if the original took the wrapper's place somewhere."""
        traced, site = room.traced, site_of(room.traced)
        binding = site.binding()
        if room.steps == 1 and binding is not None:
            if binding.holder is traced:
                room.binding = binding
                binding.rebind(function_of(traced))
                return True
            near = Held(traced, function_of(traced), room, binding)
            room.near = places_within(near, _near(binding.holder))
            if room.near:
                put(room.near)
                return True
        if not room.places and self._deep < _MOST_DEEP:
            self._deep += 1
            ours = room, room.binding, binding, *room.near
            room.places = self._holdings.places(Held(traced, function_of(traced), *ours))
            if room.places:
                put(room.places)
                return True
            self._deep = _MOST_DEEP
        become(traced, _HandedFunction)
        return False

    def end(self) -> bool:
        """Undo it. False if the wrapper stays away, as it would take too long to see to it once more."""
        rooms = self._rooms
        for room in rooms:
            if type(room.traced) in _NESTED:
                become(room.traced, room.usual_class)
        if self._has_more_limit:
            self._has_more_limit = not _limit.take_back(self)
        stays_away = self._deep >= _MOST_DEEP and any(room.places for room in rooms)
        for room in rooms:
            if stays_away:
                continue
            if room.binding is not None:
                room.binding.rebind(room.binding.holder)
            put(room.places, back=True)
            put(room.near, back=True)
        self._rooms = []
        return not stays_away


class _Limit:
    """The recursion limit, and how much was added to it for each recursion."""

    def __init__(self) -> None:
        self._added: dict[int, int] = {}
        self._limit = 0

    def give(self, recursion: Recursion, calls: int) -> None:
        """Add so many calls for the recursion, in place of what was added for it before."""
        self._change({**self._added, id(recursion): calls})

    def take_back(self, recursion: Recursion) -> bool:
        """False if that can't be yet, as the program is too deep for it; the next root call tries again."""
        added = dict(self._added)
        added.pop(id(recursion), None)
        try:
            self._change(added)
        except RecursionError:
            return False
        return True

    def _change(self, added: dict[int, int]) -> None:
        limit = sys.getrecursionlimit()
        if limit == self._limit:  # else the program has set another one since
            limit -= sum(self._added.values())
        limit += sum(added.values())
        sys.setrecursionlimit(limit)
        self._limit, self._added = limit, added


_limit = _Limit()


class _HandedFunction(NestedFunction):
    """A traced function whose recursive calls hand it on: of one of them, the arguments become the original."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if get_ident() not in site_of(self).active:  # a root call of another thread
            return TracedFunction.__call__(self, *args, **kwargs)
        become(self, NestedFunction)
        function = function_of(self)
        args = tuple([function if each is self else each for each in args])
        for name, each in kwargs.items():
            if each is self:
                kwargs[name] = function
        return function(*args, **kwargs)


class _HeldCall:
    """Looks now and then whether the function calls itself deeply, and is off the stack when it runs."""

    def __get__(self, traced: TracedFunction | None, owner: object = None) -> Any:
        if traced is None:
            return self
        site, function = _both(traced)
        site.nested = nested = site.nested + 1
        if not nested & _LOOK_EVERY and _is_deep(site.function):
            site.leave(traced)
        return function


class HeldFunction(TracedFunction):
    """A traced function that needs no more calls, but whose wrapper is held where the original isn't yet."""

    __call__ = _HeldCall()


def _is_deep(function: Any) -> bool:
    """Whether the function is under way several times, and was called a moment ago."""
    code = getattr(function, "__code__", None)
    frame: FrameType | None = sys._getframe(2)
    times = 0
    for number in range(_FRAMES_LOOKED_AT):
        if frame is None or (times == 0 and number > _FRAMES_OF_A_ROUND):
            return False
        times += frame.f_code is code
        frame = frame.f_back
    return times >= _DEEP_TIMES


for _cls in (_HandedFunction, HeldFunction):
    _cls.__name__ = _cls.__qualname__ = "function"
    _cls.__module__ = "builtins"
hide(_HandedFunction.__call__)
_NESTED = (NestedFunction, _HandedFunction)


def _near(start: Any) -> list[Any]:
    """What lies about the place that a name leads to: what decorators made of a function, down to the function."""
    found = [function_of(start) if issubclass(type(start), TracedFunction) else start]
    known = set(map(id, found))
    for each in found:
        for held in _parts(each):
            if id(held) not in known and len(found) < _MOST_NEAR:
                known.add(id(held))
                found.append(held)
    return found


def _parts(holder: Any) -> Iterator[Any]:
    is_function = type(holder) is FunctionType
    for each in gc.get_referents(holder):
        cls = type(each)
        if is_function and (each is holder.__globals__ or each is holder.__builtins__):
            continue
        if (cls in _CONTAINERS and len(each) > _MOST_NEAR) or issubclass(cls, _FAR):
            continue
        yield each

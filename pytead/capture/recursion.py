"""Recursive calls of a traced function: they get as deep as they would bare.

Each call that goes through a wrapper takes C stack, and before 3.12 counts twice against the recursion limit. So from
the first nested call on there is no frame of ours (``NestedFunction``), and in a deep recursion the original takes the
wrapper's place until the root call returns.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.capture.holdings import Held, put
from pytead.capture.wrapping import NestedFunction, TracedFunction, become, function_of

if TYPE_CHECKING:
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


class Recursion:
    """What was changed for the recursive calls of one function that are under way."""

    __slots__ = ("_binding", "_deep", "_holdings", "_places", "_traced", "_usual_class", "_usual_limit")

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._traced: Any = None
        self._usual_class: type[TracedFunction] = TracedFunction
        self._usual_limit = 0
        self._binding: Binding | None = None
        self._places: list[Place] = []
        self._deep = 0

    def is_under_way(self) -> bool:
        """Whether there is anything to undo."""
        return self._traced is not None

    def begin(self, traced: TracedFunction) -> None:
        """From here on nested calls leave no frame of ours."""
        self._traced = traced
        self._usual_class = type(traced)
        become(traced, NestedFunction)

    def make_room(self, traced: TracedFunction, depth: int, binding: Binding | None) -> None:
        """Let the original take the wrapper's place where its name is bound.

        And wherever else it is held, if the recursion goes through the wrapper all the same. Where that can't be, the
        recursion limit gives what the wrapper took, as far as the C stack has room for it.
        """
        if binding is not None and binding.holder is traced and self._binding is None:
            self._binding = binding
            binding.rebind(function_of(traced))
            return
        if not self._places and self._deep < _MOST_DEEP:
            self._deep += 1
            self._places = self._holdings.places([held(traced, self, binding, self._binding)])
            if self._places:
                put(self._places)
                return
            self._deep = _MOST_DEEP
        if _CALLS_COUNT_TWICE and depth < _DEEPEST_BY_LIMIT:
            if not self._usual_limit:
                self._usual_limit = sys.getrecursionlimit()
            sys.setrecursionlimit(self._usual_limit + min(2 * depth, self._usual_limit))

    def end(self, traced: TracedFunction) -> bool:
        """Undo it. False if the wrapper stays away, as it would take too long to see to it once more."""
        nested, self._traced = self._traced, None
        if type(nested) is NestedFunction:
            become(nested, self._usual_class)
        if self._usual_limit:
            limit, self._usual_limit = self._usual_limit, 0
            try:
                sys.setrecursionlimit(limit)
            except RecursionError:
                self._usual_limit = limit  # too deep for it yet; the next root call tries again
                self._traced = traced
        binding, places = self._binding, self._places
        self._binding, self._places = None, []
        if places and self._deep >= _MOST_DEEP:
            return False
        if binding is not None:
            binding.rebind(binding.holder)
        put(places, back=True)
        return True


def held(traced: TracedFunction, owner: object, *bindings: Binding | None) -> Held:
    """The wrapper as something whose holders are looked for, but for ``owner`` and what belongs to the bindings."""
    known = [binding for binding in bindings if binding is not None]
    classes = [binding.owner for binding in known if issubclass(type(binding.owner), type)]
    return Held(traced, function_of(traced), owner, *known, *classes)

"""Where a traced function stands: what its name leads to, and when the original takes the wrapper's place there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import ref

from pytead.capture.binding import Binding, bound, mangled
from pytead.capture.driving import is_suspending
from pytead.capture.holders import functions_in, replaced_in
from pytead.capture.holdings import Held
from pytead.capture.looking import Looking
from pytead.capture.recursion import TOO_DEEP, HeldFunction, Recursion
from pytead.capture.skipping import SkippingFunction
from pytead.capture.wrapping import (
    PassedFunction,
    TracedFunction,
    become,
    count_references,
    function_of,
    site_of,
)
from pytead.values.reducers.introspect import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.recorder import Recorder
    from pytead.names import FunctionKind, FunctionName

_PUT_BACK_TRIES = 8
"""Calls on which a finished function looks whether its name is all that holds the wrapper."""


class Standing(Looking):
    """A traced function among what holds it.

    Attributes:
        active: threads with a root call under way.
        passed: those of them whose root call isn't recorded.
        nested: nested calls seen in the present root calls.
        is_shared: there is a wrapper around a decorator and one in it, and a call that the first doesn't see would be
            a root call for the second.
    """

    __slots__ = ("_function", "_recursion", "_tries", "active", "is_shared", "nested", "passed")

    def __init__(
        self,
        function: Callable[..., Any],
        name: FunctionName,
        kind: FunctionKind,
        recorder: Recorder,
        refusal: tuple[str, str] | None,
    ) -> None:
        super().__init__(name, kind, recorder, refusal)
        self._function = _weakly(function)
        self.active: set[int] = set()
        self.passed: set[int] = set()
        self.nested = 0
        self.is_shared = False
        self._tries = 0
        self._recursion: Recursion | None = None

    @property
    def function(self) -> Callable[..., Any] | None:
        """The function itself; None when the program has let go of it."""
        return self._function()

    @function.setter
    def function(self, function: Callable[..., Any]) -> None:
        self._function = _weakly(function)

    def enter_nested(self, traced: TracedFunction) -> None:
        """A call from inside a root call: from here on nested calls leave no frame of ours."""
        self.nested += 1
        if self._recursion is None:
            self._recursion = Recursion(self._recorder.holdings)
        self._recursion.begin(traced)
        self.is_unsettled = True

    def make_room(self, traced: TracedFunction) -> None:
        """See to it that a deep recursion gets as deep as it would bare."""
        if self._recursion is not None:
            try:
                self._recursion.make_room(traced, self.nested)
            except Exception:
                return  # the stack has no room left even for this; what was changed is undone at the end

    def settle(self, traced: TracedFunction) -> None:
        """End a root call: undo what nesting did, or retire the wrapper of a function that is done."""
        recursion = self._recursion
        if recursion is not None and recursion.is_under_way():
            if self.active:
                return
            self.nested = 0
            try:
                stays = recursion.end()
            except Exception:
                return  # likewise; the next root call tries again
            if not stays:
                self._give_up(*TOO_DEEP)
        if not self.active:
            self.is_unsettled = False
        waiting = self.waiting
        if waiting is not None and waiting.is_long and not self.is_shared and type(traced) is TracedFunction:
            become(traced, SkippingFunction)
            waiting.is_hurried = True
        if not self.is_done or waiting is not None:
            return
        if type(traced) is SkippingFunction:
            become(traced, TracedFunction)
            self.is_unsettled = True  # the next call holds it no more often than others do
            return
        self._tries += 1
        if self.refusal is not None:
            self._refuse(*self.refusal)
        try:
            if self._is_held_by_its_name(count_references(traced)) and self._put_back(traced):
                become(traced, PassedFunction)
                return
        except Exception:  # a namespace that is none of the usual sort: the wrapper stays
            self._tries = _PUT_BACK_TRIES
        if self._tries >= _PUT_BACK_TRIES:
            become(traced, PassedFunction if is_suspending(function_of(traced)) else HeldFunction)
            for each in self._recorder.holdings.retire(Held(traced, function_of(traced), self)):
                become(each, PassedFunction)

    def leave(self, traced: TracedFunction) -> None:
        """Put the original wherever it can be in the place of a finished function that calls itself deeply.

        Some holders may keep the wrapper then, where until now all of them had it.
        """
        become(traced, PassedFunction)
        try:
            self._recorder.holdings.leave(Held(traced, function_of(traced), self))
        except Exception:
            return  # the stack has no room left

    def _is_held_by_its_name(self, references: int) -> bool:
        """Whether nothing but the name's binding and the call under way holds the wrapper.

        A caller in C may hold it for the call alone and hide a holder from the count; so the caller has to be
        code that spells the name.
        """
        name = self.name.name
        if references > self._recorder.idle_references(name if self.name.owner else "", self.kind):
            return False
        if self.name.owner and name.startswith("__") and name.endswith("__"):
            return True  # called by an operator, mostly
        try:
            caller = sys._getframe(3).f_code
        except ValueError:  # the interpreter itself called it: a finaliser, a callback
            return False
        return name in caller.co_names or mangled(name, self.name.owner) in caller.co_names

    def _put_back(self, traced: TracedFunction) -> bool:
        binding = self.binding_of(traced)
        if binding is None:
            return False
        original, holder = function_of(traced), binding.holder
        # Held by the namespace, the binding, ours and the count's own; a property, by its access under way as well.
        if holder is traced or sys.getrefcount(holder) <= (5 if type(holder) is property else 4):
            binding.rebind(replaced_in(holder, traced, original, binding.owner, binding.name))
            return True
        return False

    def kind_as_bound(self) -> FunctionKind:
        """How the function is called: by the descriptor its name leads to, where that is known by now.

        ``@trace`` below ``@classmethod`` or ``@property`` can't see it, and a decorator may go by another name.
        """
        binding = self.binding() if self.name.name != "<lambda>" else None
        for kind, function in functions_in(binding.holder) if binding is not None else ():
            if issubclass(type(function), TracedFunction) and site_of(function) is self:
                return kind
        return self.kind

    def holder(self) -> Any:
        """What the function's name is bound to now; None if that can't be told."""
        binding = self.binding()
        return None if binding is None or binding.holder is MISSING else binding.holder

    def binding_of(self, traced: TracedFunction) -> Binding | None:
        """Where the function's name is bound to ``traced``, alone or in the descriptor of its kind."""
        binding = self.binding()
        if binding is None:
            return None
        holder = binding.holder
        is_there = holder is traced or any(function is traced for _, function in functions_in(holder))
        return binding if is_there else None

    def binding(self) -> Binding | None:
        """What the function's name is bound to now, whatever that is; for a lambda, the name that it is part of."""
        return bound(self.function, self.name)


def _weakly(function: Callable[..., Any]) -> Callable[[], Callable[..., Any] | None]:
    """What gives the function: held, it would keep its module's globals alive when the program lets go of them."""
    try:
        return ref(function)
    except TypeError:  # a callable of C code that knows no weak references
        return lambda: function

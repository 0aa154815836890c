"""What recording keeps of one traced function: counters, what was kept already, where its name is bound."""

from __future__ import annotations

import sys
from _pickle import dumps
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import ref

from pytead.capture.binding import Binding, bound, mangled
from pytead.capture.holders import functions_in, replaced_in
from pytead.capture.recursion import TOO_DEEP, Recursion, held
from pytead.capture.telling import open_after
from pytead.capture.waiting import Waiting, shape_of
from pytead.capture.wrapping import (
    PassedFunction,
    TracedFunction,
    become,
    count_references,
    function_of,
    site_of,
)
from pytead.values.calls import after_call, before_call
from pytead.values.freezer import (
    FreezeRefused,
    blame_arguments,
    freeze,
    freeze_unreadable,
    is_scalar,
    refusal_of,
)
from pytead.values.redaction import concealing
from pytead.values.redaction.concealing import conceal, secret_parameters
from pytead.values.redaction.signatures import defaults_of
from pytead.values.reducers.foreign import looking_away
from pytead.values.reducers.introspect import MISSING
from pytead.values.unmade import with_unmade

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.recorder import Recorder
    from pytead.capture.telling import Telling
    from pytead.names import FunctionKind, FunctionName
    from pytead.records import Outcome
    from pytead.storage.store import Append
    from pytead.values.redaction.signatures import Parameters

_LOOKS_PER_LIMIT = 10
"""How many times its limit of distinct calls a function is looked at, at most."""

_MOST_STRIKES = 3
"""Refusals in a row after which a function isn't frozen again: each may have cost as much as its value is big."""

_FIRST_LOOKS = 64
"""Calls of a function whose arguments are looked at for secrets before it runs, if there are none in them."""

_ATOMS = frozenset(map(id, (str, bytes, int)))

_UNSHOWN = "the reason isn't shown, as it could not be searched for secrets"

_PUT_BACK_TRIES = 8
"""Calls on which a finished function looks whether its name is all that holds the wrapper."""

_MAKING = ("__init__", "__setstate__")
"""Methods that make an object what it is: before them it may lack everything."""


class Site:
    """One traced function. Its wrappers (one, or two around a decorator) share it.

    Attributes:
        name: how a test names it.
        kind: how it is called.
        prepare: what is done to the arguments before they are frozen, if anything.
        refusal: slug and reason where functions of its sort aren't recorded; it is counted and passed.
        active: threads with a root call under way.
        append_undecided: stores a call that there is nothing to decide about; None where there may be.
        nested: nested calls seen in the present root calls.
        is_done: it has all the calls it needs, or passes calls over while it waits for something new.
        waiting: how it waits; None before and when that is over.
        has_secrets: there was one among its arguments, or a parameter is called like one.
        is_unsettled: something is to be done when the root call ends.
        looks_for_secrets: arguments are looked at for secrets when a call begins: of the first calls, and of all where
            it has some.
        tellings: generators under way, each with the outcome that its record will have.
    """

    __slots__ = (
        "_append", "_function", "_parameters", "_recorder", "_recursion", "_seen_keys", "_strikes",
        "_tries", "_weighed_from", "_weighed_seconds", "active", "append_undecided", "clock_offset",
        "has_secrets", "is_done", "is_unsettled", "kept", "kind", "limit", "looks", "looks_for_secrets", "most_looks",
        "name", "nested", "prepare", "raised", "reach", "refusal", "rejections", "seconds", "tellings", "waiting",
        "yielded",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        name: FunctionName,
        kind: FunctionKind,
        recorder: Recorder,
        refusal: tuple[str, str] | None = None,
    ) -> None:
        self._function = _weakly(function)
        self.name = name
        self.kind = kind
        self._recorder = recorder
        self.clock_offset = recorder.clock_offset
        self.limit = recorder.limit
        self.most_looks = recorder.limit * _LOOKS_PER_LIMIT
        self.active: set[int] = set()
        self.looks = 0
        self.kept = 0
        self.raised = 0
        self.yielded = 0
        self.nested = 0
        self.seconds = 0.0
        self.rejections: dict[tuple[str, str], int] = {}
        self.refusal = refusal
        self.is_done = refusal is not None
        self.is_unsettled = False
        self.waiting: Waiting | None = None
        self.prepare = with_unmade if name.name in _MAKING and name.owner else None
        self.reach: str | None = None
        self.tellings: dict[Telling, Outcome] = {}
        self._append: Append | None = None
        self.append_undecided: Append | None = None
        self._parameters: Parameters | None = None
        self.has_secrets = False
        self.looks_for_secrets = True
        self._seen_keys: set[int] = set()
        self._strikes = 0
        self._weighed_from = recorder.budget.weighed_from
        self._weighed_seconds = 0.0
        self._tries = 0
        self._recursion: Recursion | None = None

    @property
    def function(self) -> Callable[..., Any] | None:
        """The function itself; None when the program has let go of it."""
        return self._function()

    @function.setter
    def function(self, function: Callable[..., Any]) -> None:
        self._function = _weakly(function)

    def keep(
        self,
        outcome: str,
        before: bytes,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: object,
        is_plain: bool,
        entered: float,
        started: float,
        ended: float,
    ) -> None:
        """Store the finished call if it shows something new. Raises nothing.

        Args:
            outcome: ``returned`` or ``raised``.
            before: the frozen arguments.
            args: the arguments as they are now.
            kwargs: likewise.
            value: what was returned or raised.
            is_plain: the arguments are scalars.
            entered: when recording of the call began, by ``time.perf_counter``; 0 where it wasn't looked at: from
                the 64th call on one in 16 is measured and stands for all.
            started: when the call itself did.
            ended: when it was over.
        """
        try:
            if self.prepare is not None and outcome == "raised":
                args = self.prepare(args)
            try:
                if is_plain and is_scalar(value):
                    after = dumps(after_call(args, kwargs, value))
                else:
                    after = freeze(after_call(args, kwargs, value))
            except Exception as error:
                after = freeze_unreadable(args, kwargs, value, error)
            if self._strikes:
                self._strikes = 0
            limit = self.limit
            if not limit or self._is_new(before, after, outcome, args, kwargs, value):
                append = self._append or self._open()
                if not is_plain or len(after) > concealing.tiny or self._parameters is not None:
                    before, after = conceal(before, after, outcome, self._parameters)
                append(before, after, outcome, self.clock_offset + started, ended - started)
                if not limit and self._parameters is None:
                    self.append_undecided = append
                self.kept += 1
                if outcome == "raised":
                    self.raised += 1
        except FreezeRefused as refusal:
            self._refuse(refusal.slug, refusal.reason)
            return
        except Exception as error:  # a mistake of ours costs the record, never the call
            self._refuse("internal", f"recording it failed with {type(error).__name__}: {error}")
            return
        self.looks = looks = self.looks + 1
        if limit and (self.kept >= limit or looks >= self.most_looks):
            self._has_enough(ended)
        if not entered:
            return
        cost = started - entered + perf_counter() - ended
        weight = 1 if looks <= 64 else 16
        self.seconds += weight * cost
        if cost > self._weighed_from and looks > 1:  # the first one may have opened the store
            self._weigh(weight * cost, ended)

    def keep_later(
        self,
        outcome: Outcome,
        before: bytes,
        after: bytes,
        started: float,
        ended: float,
        cost: float,
        live: tuple[tuple[Any, ...], dict[str, Any], object] = ((), {}, None),
    ) -> None:
        """Store a call that others may have overtaken since it began. Raises nothing.

        Args:
            outcome: what came of it.
            before: the frozen arguments.
            after: the frozen outcome and arguments after the call.
            started: when the call began, by ``time.perf_counter``.
            ended: when it was over.
            cost: seconds that recording it took so far.
            live: arguments, keyword arguments and what came of it, where they are at hand: they tell its shape.
        """
        if self.is_done:
            return
        try:
            self._strikes = 0
            if not self.limit or self._is_new(before, after, outcome, *live):
                append = self._append or self._open()
                before, after = conceal(before, after, outcome, self._parameters)
                append(before, after, outcome, self.clock_offset + started, ended - started)
                self.kept += 1
                self.raised += outcome.endswith("raised")
                self.yielded += outcome.endswith(("yielded", "entered"))
        except Exception as error:  # a mistake of ours costs the record, never the call
            self._refuse("internal", f"recording it failed with {type(error).__name__}: {error}")
            return
        self._look()
        cost += perf_counter() - ended
        self.seconds += cost
        if cost > self._weighed_from and self.looks > 1:
            self._weigh(cost, ended)

    def _open(self) -> Append:
        """Open the way into the store, for what has no secrets in it any more."""
        with looking_away():
            self._parameters = secret_parameters(self.function)
        self._append = append = self._recorder.appender(self)
        return append

    def meet(self, before: bytes, function: object = None) -> None:
        """Know the secrets that a call is given, before what it calls is recorded. Raises nothing.

        Args:
            before: the frozen arguments.
            function: what is called, where that is another one than the site's own.
        """
        try:
            if self._append is None:
                with looking_away():
                    self._parameters = secret_parameters(self.function)
                if not self.looks:
                    self.meet_apart((), defaults_of(function or self.function))
            if concealing.meet(before, self._parameters) or self._parameters is not None:
                self.has_secrets = True
            elif self.looks >= _FIRST_LOOKS and not self.has_secrets:
                self.looks_for_secrets = False
        except Exception:
            return  # so it will when the call is to be stored, which it is not then

    def meet_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """The same where arguments can't be frozen, or aren't: of texts and numbers among them. Raises nothing."""
        try:
            args = tuple(value if id(type(value)) in _ATOMS else None for value in args)
            kwargs = {name: value for name, value in kwargs.items() if id(type(value)) in _ATOMS}
            if kwargs or args:
                concealing.meet(freeze(before_call(args, kwargs)), self._parameters)
        except Exception:
            return

    def refuse(self, refusal: FreezeRefused) -> None:
        """Count a call of which something else than the arguments could not be frozen."""
        self._refuse(refusal.slug, refusal.reason)

    def count(self, slug: str, reason: str) -> None:
        """Count a call that is no record for what came of it, not for what it is."""
        self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + 1
        self._look()

    def _look(self) -> None:
        self.looks += 1
        if self.limit and (self.kept >= self.limit or self.looks >= self.most_looks):
            self._has_enough(perf_counter())

    def _has_enough(self, now: float) -> None:
        """From here on wait for something new, looking at ever fewer calls; or not at all any more."""
        waiting = self.waiting
        if waiting is None:
            waiting = self.waiting = Waiting(self, now)
        if waiting.goes_on(self, self._recorder.passing, now):
            self.is_done = True
        else:
            self._finish()

    def _finish(self) -> None:
        """Look at no further call."""
        self.waiting = None
        self.is_done = self.is_unsettled = True

    def keep_open(self) -> None:
        """Store the generators that are under way still, as far as they got: the program ends."""
        while self.tellings:
            telling, outcome = self.tellings.popitem()
            if telling.has_items():
                now = perf_counter()
                after = open_after(telling.before, telling.story("open"))
                self.keep_later(outcome, telling.before, after, telling.started, now, 0.0)

    def _is_new(
        self,
        before: bytes,
        after: bytes,
        outcome: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        value: object,
    ) -> bool:
        """Whether no call like this was kept: with these frozen values or, past the limit, of this shape.

        Asked only where there is a limit to share out; for a shape only when half of it is gone.
        """
        seen = self._seen_keys
        key = hash((before, after))
        if key in seen:
            return False
        if 2 * self.kept >= self.limit:
            shape = shape_of(outcome, args, kwargs, value)
            if shape in seen and self.kept >= self.limit:
                return False
            seen.add(shape)
        seen.add(key)
        return True

    def _weigh(self, cost: float, now: float) -> None:
        """Stop looking at a function whose calls the budget has no time for."""
        self._weighed_seconds += cost
        reason = self._recorder.budget.spend(cost, self._weighed_seconds, now, wants_all=not self.limit)
        if reason:
            self._give_up("over-budget", reason)

    def _give_up(self, slug: str, reason: str) -> None:
        """Look at no further call; the last one is kept."""
        if not self.is_done:
            self.rejections[slug, reason] = 1
            self._recorder.tell_refusal(self, slug, reason, calls=0)
        self._finish()

    def refuse_arguments(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Count a call whose arguments could not be frozen."""
        refusal = refusal_of(error)
        if not isinstance(error, FreezeRefused):
            blame_arguments(args, refusal)
        self.meet_apart(args, kwargs)
        self._refuse(refusal.slug, refusal.reason)

    def pass_over(self, slug: str, reason: str, calls: int = 1) -> None:
        """Count calls that weren't looked at."""
        self.looks += calls
        self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + calls

    def forget(self) -> None:
        """Start anew in a forked child: what was seen before was the parent's."""
        self.active &= {
            get_ident()
        }  # the thread that forked may be in a root call, which goes on in the child
        self.tellings.clear()
        self.looks = self.kept = self.raised = self.yielded = 0
        self.seconds = 0.0
        self.rejections.clear()
        self._append = self.append_undecided = None
        if self.waiting is not None:
            self.waiting = None
            self.is_done = False

    def _refuse(self, slug: str, reason: str) -> None:
        self.looks += 1
        try:
            reason = concealing.without_secrets(reason)
        except Exception:
            reason = _UNSHOWN
        count = self.rejections[slug, reason] = self.rejections.get((slug, reason), 0) + 1
        if count == 1:
            self._recorder.tell_refusal(self, slug, reason)
        self._strikes += 1
        self.append_undecided = None  # until ``keep`` has seen that it goes well again
        if self._strikes >= _MOST_STRIKES:
            self._finish()
        elif self.limit and (self.waiting is not None or self.looks >= self.most_looks):
            self._has_enough(perf_counter())

    def enter_nested(self, traced: TracedFunction) -> None:
        """A call from inside a root call: from here on nested calls leave no frame of ours."""
        if not self.is_done:
            self.nested += 1
            if self._recursion is None:
                self._recursion = Recursion(self._recorder.holdings)
            self._recursion.begin(traced)
            self.is_unsettled = True

    def make_room(self, traced: TracedFunction) -> None:
        """See to it that a deep recursion gets as deep as it would bare."""
        if self._recursion is not None:
            self._recursion.make_room(traced, self.nested, self.binding_of(traced))

    def settle(self, traced: TracedFunction) -> None:
        """End a root call: undo what nesting did, or retire the wrapper of a function that is done."""
        recursion = self._recursion
        if recursion is not None and recursion.is_under_way() and not self.active:
            self.nested = 0
            if not recursion.end(traced):
                self._give_up(*TOO_DEEP)
        if not self.active:
            self.is_unsettled = False
        if not self.is_done or self.waiting is not None:
            return
        self._tries += 1
        if self.refusal is not None:
            self._refuse(*self.refusal)
        try:
            if self._is_held_by_its_name(count_references(traced)):
                self._put_back(traced)
                become(traced, PassedFunction)
        except Exception:  # a namespace that is none of the usual sort: the wrapper stays
            self._tries = _PUT_BACK_TRIES
        if self._tries >= _PUT_BACK_TRIES:
            self._recorder.holdings.retire(held(traced, self, self.binding_of(traced)))
            become(traced, PassedFunction)

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

    def _put_back(self, traced: TracedFunction) -> None:
        binding = self.binding_of(traced)
        if binding is None:
            return
        original, holder = function_of(traced), binding.holder
        # Held by the namespace, the binding, ours and the count's own; a property, by its access under way as well.
        if holder is traced or sys.getrefcount(holder) <= (5 if type(holder) is property else 4):
            binding.rebind(replaced_in(holder, traced, original, binding.owner, binding.name))

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

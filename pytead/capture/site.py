"""What recording keeps of one traced function's calls, and without which secrets it is stored."""

from __future__ import annotations

from _pickle import dumps
from threading import get_ident
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.capture.standing import Standing
from pytead.capture.telling import open_after
from pytead.values.calls import after_call, before_call, raised
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
from pytead.values.unmade import with_unmade

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.recorder import Recorder
    from pytead.capture.telling import Telling
    from pytead.names import FunctionKind, FunctionName
    from pytead.records import Outcome
    from pytead.storage.store import Append
    from pytead.values.redaction.signatures import Parameters

_FIRST_LOOKS = 64
"""Calls of a function whose arguments are looked at for secrets before it runs, if there are none in them."""

_ATOMS = frozenset(map(id, (str, bytes, int)))

_MAKING = ("__init__", "__setstate__")
"""Methods that make an object what it is: before them it may lack everything."""


class Site(Standing):
    """One traced function. Its wrappers (one, or two around a decorator) share it.

    Attributes:
        prepare: what is done to the arguments before they are frozen, if anything.
        looks_for_secrets: arguments are looked at for secrets when a call begins: of the first calls, and of all where
            it has some.
        tellings: generators under way, each with the outcome that its record will have.
    """

    __slots__ = (
        "_append", "_parameters", "clock_offset", "looks_for_secrets", "prepare", "reach", "tellings",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        name: FunctionName,
        kind: FunctionKind,
        recorder: Recorder,
        refusal: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(function, name, kind, recorder, refusal)
        self.clock_offset = recorder.clock_offset
        self.prepare = with_unmade if name.name in _MAKING and name.owner else None
        self.reach: str | None = None
        self.tellings: dict[Telling, Outcome] = {}
        self._append: Append | None = None
        self._parameters: Parameters | None = None
        self.looks_for_secrets = True

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
                    told = raised(value) if outcome == "raised" else value  # type: ignore[arg-type]
                    after = freeze(after_call(args, kwargs, told))
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
        if limit and (self.kept >= limit or looks >= self.most_looks or self.waiting is not None):
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

    def keep_open(self) -> None:
        """Store the generators that are under way still, as far as they got: the program ends."""
        while self.tellings:
            telling, outcome = self.tellings.popitem()
            if telling.has_items():
                now = perf_counter()
                try:
                    after = open_after(telling.before, telling.story("open"))
                except FreezeRefused as refusal:
                    self.refuse(refusal)
                else:
                    self.keep_later(outcome, telling.before, after, telling.started, now, 0.0)

    def refuse_arguments(self, error: Exception, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Count a call whose arguments could not be frozen."""
        refusal = refusal_of(error)
        if not isinstance(error, FreezeRefused):
            blame_arguments(args, refusal)
        self.meet_apart(args, kwargs)
        self._refuse(refusal.slug, refusal.reason)

    def forget(self) -> None:
        """Start anew in a forked child: what was seen before was the parent's."""
        self.active &= {
            get_ident()
        }  # the thread that forked may be in a root call, which goes on in the child
        self.passed &= self.active
        self.tellings.clear()
        self.looks = self.kept = self.raised = self.yielded = 0
        self.seconds = 0.0
        self.rejections.clear()
        self._append = self.append_undecided = None
        self.skips = 0
        if self.waiting is not None:
            self.waiting = None
            self.is_done = False

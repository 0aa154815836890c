"""The wrapper of functions whose calls give a coroutine, a generator or an asynchronous generator.

A call only makes the object, and what takes its place (``driving``) tells a ``SuspendedCall`` of each step.

Arguments are frozen when the object begins to run, not when it is made: only then does the function look at them,
and what a caller did to them in between belongs to what it was given. A test calls and runs it in one breath.

Whether a call is a root call is told by the stack, not by a context variable: a thread is marked as active during
each single step of a root call, and is not while it is suspended. So each task has a depth of its own under any
event loop or none, and nothing is added to the program's contexts.
"""

from __future__ import annotations

import sys
from threading import get_ident
from time import perf_counter
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from pytead.capture import switch
from pytead.capture.driving import ITERABLE_COROUTINE, Drivers, is_suspending
from pytead.capture.hiding import hide
from pytead.capture.telling import Telling
from pytead.capture.wrapping import TracedFunction, function_of, site_of
from pytead.values.calls import after_call, raised
from pytead.values.freezer import FreezeRefused, freeze, freeze_arguments, freeze_unreadable
from pytead.values.reducers.foreign import busy_threads
from pytead.values.reducers.generators import STAND_INS
from pytead.values.reducers.introspect import bare_name, mro_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.site import Site
    from pytead.records import Outcome, StoryEnd

_ERRORS = (StopIteration, BaseException, GeneratorExit)
_ASYNC_ERRORS = (StopAsyncIteration, BaseException, GeneratorExit)

CANCELLED = "cancelled", "it was cancelled, or dropped, before it had an outcome"
_NOT_STARTED = "not-started", "what the call gave was never awaited or iterated"
OLD_COROUTINE = "kind-async", "generators that types.coroutine made awaitable aren't recorded"


class SuspendingFunction(TracedFunction):
    """A function that gives an object which runs later, or a decorator's function around one."""

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        site, function = site_of(self), function_of(self)
        thread = get_ident()
        active = site.active
        if (
            thread in active
            or switch.off
            or (busy_threads and thread in busy_threads)
            or (site.is_done and (site.waiting is None or site.waiting.passes(site, args, kwargs)))
        ):
            if thread in active:
                if not is_suspending(function):  # it goes on below this frame, else it is made and left
                    site.enter_nested(self)
                else:
                    site.nested += 1
            elif site.is_done:
                site.settle(self)
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                if error.__traceback__ is not None:
                    error.__traceback__ = error.__traceback__.tb_next
                raise
        call = SuspendedCall(site, function, args, kwargs)
        # A function around the function runs code of its own now, which is what sees the arguments first.
        runs_now = not is_suspending(function)
        if runs_now:
            active.add(thread)
            call.freeze_arguments()
        try:
            made = function(*args, **kwargs)
        except BaseException as error:
            if not runs_now:
                call.freeze_arguments()  # the call doesn't fit the function
            call.end("raised", error)
            if error.__traceback__ is not None:
                error.__traceback__ = error.__traceback__.tb_next
            raise
        finally:
            if runs_now:
                active.discard(thread)
                if site.is_unsettled:
                    site.settle(self)
        cls = type(made)
        if cls is CoroutineType or cls is GeneratorType or cls is AsyncGeneratorType:
            if cls is GeneratorType and made.gi_code.co_flags & ITERABLE_COROUTINE:
                site.count(*OLD_COROUTINE)
                return made
            if not runs_now or _is_untouched(made):
                call.made = made
                return _drivers_of(self).drive(made, call)
        call.end("returned", made)
        return made


def _drivers_of(traced: SuspendingFunction) -> Drivers:
    """What makes the drivers: it holds the module's globals, so the wrapper has it, which goes when the module does."""
    try:
        drivers: Drivers = traced._self_drivers
    except AttributeError:
        drivers = traced._self_drivers = Drivers()
    return drivers


hide(SuspendingFunction.__call__)
SuspendingFunction.__name__ = SuspendingFunction.__qualname__ = "function"
SuspendingFunction.__module__ = "builtins"

_SHOWS_START = sys.version_info < (3, 11)
"""Whether a frame that has not begun shows as -1 what it runs last; later, objects say whether they are suspended."""


def _is_untouched(made: Any) -> bool:
    """Whether it has not begun to run, so that another can take its place unseen."""
    for prefix in ("cr", "gi", "ag"):
        frame = getattr(made, f"{prefix}_frame", None)
        if frame is not None:
            is_suspended = getattr(
                made, f"{prefix}_suspended", frame.f_lasti != -1 if _SHOWS_START else False
            )
            return not (is_suspended or getattr(made, f"{prefix}_running"))
    return False


class SuspendedCall:
    """One root call: what it was given, and what is told of it.

    Attributes:
        is_told: nothing more of it is recorded, and nobody needs to know when it runs.
        made: the object that the function made, until it has begun to run.
        stepper: drives one step of an asynchronous generator.
    """

    __slots__ = ("_args", "_before", "_cost", "_function", "_has_begun", "_kwargs", "_site", "_started", "_telling",
                 "is_told", "made", "stepper")  # fmt: skip

    def __init__(self, site: Site, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._site = site
        self._function = function
        self._args = args
        self._kwargs = kwargs
        self._before: bytes | None = None
        self._cost = 0.0
        self._started = 0.0
        self._telling: Telling | None = None
        self._has_begun = False
        self.is_told = False
        self.made: Any = None
        self.stepper: Callable[[Any], Any] | None = None

    def __del__(self) -> None:
        if self.made is None or self._has_begun:
            return
        try:
            if type(self.made) is CoroutineType:
                self.made.close()  # else it said that it was never awaited, and its twin has said so
            self._site.count(*_NOT_STARTED)
        except Exception:
            return  # the interpreter is being taken down

    def function_globals(self) -> dict[str, Any]:
        """Those of the function that was called."""
        found: dict[str, Any] = getattr(self._function, "__globals__", None) or {}
        return found

    def freeze_arguments(self) -> None:
        """Freeze the arguments as they are now, where the call is to be recorded."""
        if self._before is not None or self.is_told:
            return
        if self._site.is_done or switch.off:  # others were enough meanwhile
            self._forget()
            return
        entered = perf_counter()
        try:
            self._before = freeze_arguments(self._args, self._kwargs)
            if self._site.looks_for_secrets:
                self._site.meet(self._before)
        except FreezeRefused as refusal:
            self._site.meet_apart(self._args, self._kwargs)
            self._refuse(refusal)
        self._started = perf_counter()
        self._cost += self._started - entered

    # What a driver asks and tells.

    def begin(self) -> tuple[Any, ...]:
        """The object begins to run: what its driver works with."""
        made = self.made
        self._has_begun = True
        note = None
        if type(made) is GeneratorType:
            self._begin_story()
            note = self.noted
        else:
            self.freeze_arguments()
        if self.is_told:
            note = None
        return made.send, made.throw, note, self._site.active, get_ident, _ERRORS

    def begin_async(self) -> tuple[Any, ...]:
        """The same for an asynchronous generator."""
        made = self.made
        self._has_begun = True
        self._begin_story()
        active = self._site.active
        stepper = self.stepper
        assert stepper is not None

        def step(awaited: Any) -> Any:
            return awaited if self.is_told else stepper(_Step(awaited, active))

        return _first_send(made), made.asend, made.athrow, self.noted, step, _ASYNC_ERRORS

    def let_go(self) -> Any:
        """The object itself, to be run to its end without being recorded."""
        made, self.made = self.made, None
        return made

    def noted(self, value: object) -> None:
        """It yielded ``value``."""
        telling = self._telling
        if telling is None:
            return
        entered = perf_counter()
        try:
            has_room = telling.yielded(value)
        except FreezeRefused as refusal:
            self._refuse(refusal)
            return
        self._cost += perf_counter() - entered
        if not has_room:
            self._end_story("open")

    def resumed(self, is_thrown: bool, value: object) -> None:
        """It is resumed with something else than a plain ``next``."""
        telling = self._telling
        if telling is None or type(value) is GeneratorExit:
            return
        try:
            telling.resumed("throw" if is_thrown else "send", value)
        except FreezeRefused as refusal:
            self._refuse(refusal)

    def returned(self, value: object, is_closing: bool) -> None:
        """It has come to its end."""
        if type(self.made) is CoroutineType:
            self.end("async returned", value)
        else:
            self._end_story("closed" if is_closing else "returned", value)
        self.made = None

    def raised(self, error: BaseException, is_closing: bool) -> None:
        """It has come to its end with an exception."""
        if issubclass(type(error), GeneratorExit) and is_closing and self._telling is not None:
            self._end_story("closed")
        elif is_cancellation(error):
            self.abandon(CANCELLED)
        elif type(self.made) is CoroutineType:
            self.end("async raised", error)
        else:
            self._end_story("raised", error)
        self.made = None

    def end(self, outcome: Outcome, value: object) -> None:
        """Store the call, unless something of it could not be frozen."""
        if self._before is not None:
            ended = perf_counter()
            try:
                after = self._freeze_after(value, is_raised=outcome.endswith("raised"))
            except FreezeRefused as refusal:
                self._site.refuse(refusal)
            else:
                live = self._args, self._kwargs, value
                self._site.keep_later(outcome, self._before, after, self._started, ended, self._cost, live)
        self._forget()

    def _freeze_after(self, value: Any, *, is_raised: bool) -> bytes:
        try:
            told = raised(value) if is_raised else value
            return freeze(after_call(self._args, self._kwargs, told))
        except Exception as error:
            return freeze_unreadable(self._args, self._kwargs, value, error)

    def abandon(self, reason: tuple[str, str]) -> None:
        """Count the call, which becomes no record."""
        if self._before is not None:
            self._site.count(*reason)
        self._forget()

    # Stories.

    def _begin_story(self) -> None:
        self.freeze_arguments()
        if self._before is not None:
            self._telling = Telling(self._before, self._started)
            self._site.tellings[self._telling] = self._outcome()

    def _end_story(self, end: StoryEnd, value: object = None) -> None:
        telling, self._telling = self._telling, None
        # It may have been stored already: as the program ended.
        if telling is not None and self._site.tellings.pop(telling, None) is not None:
            try:
                story = telling.story(end, value)
            except FreezeRefused as refusal:
                self._site.refuse(refusal)
            else:
                self.end(self._outcome(), story)
        self._forget()

    def _outcome(self) -> Outcome:
        is_async = type(self.made) is AsyncGeneratorType
        if gives_context_manager(self._site):
            return "async entered" if is_async else "entered"
        return "async yielded" if is_async else "yielded"

    def _refuse(self, refusal: FreezeRefused) -> None:
        self._site.refuse(refusal)
        self._forget()

    def _forget(self) -> None:
        if self._telling is not None:
            self._site.tellings.pop(self._telling, None)
        self._telling = self._before = None
        self._args, self._kwargs = (), {}
        # Who calls itself would be taken for a root call again if nobody marked its steps.
        self.is_told = not self._site.nested or self._site.is_done


class _Step:
    """One step of an asynchronous generator, driven as a coroutine is: what ``_drive`` needs of a call."""

    __slots__ = ("_active", "_awaited", "is_told")

    def __init__(self, awaited: Any, active: set[int]) -> None:
        self._awaited = awaited
        self._active = active
        self.is_told = False

    def begin(self) -> tuple[Any, ...]:
        """See ``SuspendedCall``."""
        return self._awaited.send, self._awaited.throw, None, self._active, get_ident, _ERRORS

    def returned(self, value: object, is_closing: bool) -> None:
        """The asynchronous generator's own driver sees to it."""

    raised = returned


def _made_by(call: SuspendedCall) -> Any:
    return call.made


STAND_INS[id(SuspendedCall)] = _made_by


def _first_send(made: AsyncGeneratorType[Any, Any]) -> Callable[[Any], Any]:
    """Starts an asynchronous generator that its event loop doesn't hear of: it has heard of the one in its place."""

    def send(value: Any) -> Any:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return made.asend(value)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    return send


def is_cancellation(error: BaseException) -> bool:
    """Whether it says that nobody waits for the outcome any more."""
    cls = type(error)
    return issubclass(cls, GeneratorExit) or any(
        bare_name(base) in ("CancelledError", "Cancelled") for base in mro_of(cls)
    )


def gives_context_manager(site: Site) -> bool:
    """Whether the function's name leads to what ``contextlib`` made of the generator function."""
    holder = site.holder()
    if type(holder) is staticmethod or type(holder) is classmethod:
        holder = holder.__func__
    return is_context_helper(holder)


def is_context_helper(made: object) -> bool:
    """Whether it is a function that ``contextlib.contextmanager`` or ``asynccontextmanager`` made."""
    if type(made) is not FunctionType:
        return False
    contextlib = sys.modules.get("contextlib")
    if contextlib is None:
        return False
    codes = _helper_codes
    if not codes:
        makers = (contextlib.contextmanager, contextlib.asynccontextmanager)
        codes.extend(maker(is_context_helper).__code__ for maker in makers)
    return made.__code__ in codes


_helper_codes: list[Any] = []

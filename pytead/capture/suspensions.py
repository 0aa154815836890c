"""Coroutines and generators of either kind, as the engine ``monitoring`` hears of them.

Their frames live on between the steps, and keep their identity. As a wrapper does it (``suspending``), a thread is
marked as active during each step of a root call and not while it is suspended.

From 3.13 on a generator that is closed, or dropped, where nothing could notice ends without a word. So of a generator
no argument is held while it is suspended; at its end they are looked at if its parameters still hold them. And it
counts as closed when another frame has its place.
"""

from __future__ import annotations

import gc
from time import perf_counter
from typing import TYPE_CHECKING, Any

from pytead.capture.driving import ASYNC_GENERATOR, COROUTINE, GENERATOR, ITERABLE_COROUTINE
from pytead.capture.suspending import CANCELLED, OLD_COROUTINE, is_cancellation
from pytead.capture.telling import Telling, open_after
from pytead.values.calls import after_call, raised
from pytead.values.freezer import FreezeRefused, freeze, freeze_arguments, freeze_unreadable
from pytead.values.reducers.introspect import bare_name

if TYPE_CHECKING:
    from types import CodeType, FrameType, FunctionType

    from pytead.capture.site import Site
    from pytead.capture.watching import Watch
    from pytead.records import Outcome, StoryEnd

SUSPENDING = GENERATOR | COROUTINE | ASYNC_GENERATOR

_MOST_OPEN = 64
"""Generators of one function that are listened to at a time; the first of more is left as it is then."""

_UNSEEN_SENDS = "kind-generator", "it uses what is sent to it, which the interpreter doesn't tell of"


def refusal_of(code: CodeType) -> tuple[str, str] | None:
    """Why calls that run this code can't be recorded, as a slug and a reason; None where they can."""
    flags = code.co_flags
    if flags & ITERABLE_COROUTINE:
        return OLD_COROUTINE
    if flags & (GENERATOR | ASYNC_GENERATOR) and _uses_what_is_sent(code):
        return _UNSEEN_SENDS
    return None


def _uses_what_is_sent(code: CodeType) -> bool:
    """Whether the value of any ``yield`` is used, not thrown away at once."""
    from opcode import opmap

    resume, pop_top = opmap["RESUME"], opmap["POP_TOP"]
    instructions = code.co_code
    return any(
        instructions[place] == resume
        and instructions[place + 1] & 3 == 1  # after a yield; 2 and 3 are yield from and await
        and instructions[place + 2] != pop_top
        for place in range(0, len(instructions) - 2, 2)
    )


class _Root:
    """A root call that is suspended now and then.

    Attributes:
        watch: its function.
        thread: the thread that is marked as active for it; 0 while none is.
        args: its arguments, of a coroutine; a generator's aren't held.
        kwargs: likewise.
        ids: addresses of all arguments, by parameter.
        telling: a generator's story.
        is_at_yield: it has given an item, and awaits nothing.
        is_closing: it was resumed to be closed.
    """

    __slots__ = (
        "args", "before", "cost", "ids", "is_at_yield", "is_closing", "kwargs", "started", "telling", "thread", "watch",
    )  # fmt: skip

    def __init__(self, watch: Watch, thread: int) -> None:
        self.watch = watch
        self.thread = thread
        self.args: tuple[Any, ...] = ()
        self.kwargs: dict[str, Any] = {}
        self.ids: dict[str, int] = {}
        self.before = b""
        self.telling: Telling | None = None
        self.is_at_yield = False
        self.is_closing = False
        self.started = 0.0
        self.cost = 0.0


class Suspensions:
    """All such calls under way."""

    def __init__(self) -> None:
        self._open: dict[int, _Root] = {}
        self._has_read = False

    def __bool__(self) -> bool:
        return bool(self._open)

    def start(self, frame: FrameType, watch: Watch, thread: int, function: FunctionType | None) -> bool:
        """A root call begins, with its thread marked; whether it is listened to."""
        entered = perf_counter()
        stale = self._open.pop(id(frame), None)
        if stale is not None:
            self._end_story(stale, "closed", None, None)
        site = watch.site
        root = _Root(watch, thread)
        try:
            args, kwargs = watch.read(frame, function)
            root.before = freeze_arguments(args, kwargs)
        except FreezeRefused as refusal:
            site.meet_apart(args, kwargs)
            site.refuse(refusal)
            return False
        if site.looks_for_secrets:
            site.meet(root.before, function)
        if watch.code.co_flags & COROUTINE:
            root.args, root.kwargs = args, kwargs
        else:
            root.ids = watch.ids(frame)
            root.telling = Telling(root.before, entered)
            if len(site.tellings) >= _MOST_OPEN:
                self._leave_first(site)
            site.tellings[root.telling] = _story_of(watch)
        root.started = perf_counter()
        root.cost = root.started - entered
        self._open[id(frame)] = root
        return True

    def find(self, frame: int, code: CodeType) -> _Root | None:
        """The root call of a frame."""
        root = self._open.get(frame)
        return root if root is not None and root.watch.code is code else None

    def suspended(self, root: _Root, value: Any) -> None:
        """It yields ``value``, or waits for it."""
        if root.thread:
            root.watch.active.discard(root.thread)
            root.thread = 0
        telling = root.telling
        if telling is None:
            return
        if root.watch.code.co_flags & ASYNC_GENERATOR:
            if bare_name(type(value)) != "async_generator_wrapped_value":
                return  # it awaits
            (value,) = gc.get_referents(value)
        root.is_at_yield = True
        entered = perf_counter()
        try:
            has_room = telling.yielded(value)
        except FreezeRefused as refusal:
            self._drop_story(root)
            root.watch.site.refuse(refusal)
            return
        root.cost += perf_counter() - entered
        if not has_room:
            self._end_story(root, "open", None, None)

    def resumed(self, root: _Root, thread: int, error: BaseException | None) -> None:
        """It goes on, by ``error`` where one is thrown into it."""
        active = root.watch.active
        if not root.thread and thread not in active:
            active.add(thread)
            root.thread = thread
        is_at_yield, root.is_at_yield = root.is_at_yield, False
        if error is None:
            return
        if issubclass(type(error), GeneratorExit):
            root.is_closing = True
        elif root.telling is not None and is_at_yield:
            try:
                root.telling.resumed("throw", error)
            except FreezeRefused as refusal:
                self._drop_story(root)
                root.watch.site.refuse(refusal)

    def ended(self, frame: FrameType, root: _Root, value: Any, *, is_raised: bool) -> None:
        """It returns or raises ``value``."""
        self._open.pop(id(frame), None)
        site = root.watch.site
        try:
            if is_raised and is_cancellation(value) and not (root.is_closing and root.telling is not None):
                if root.telling is None or self._drop_story(root):
                    site.count(*CANCELLED)
            elif root.telling is not None:
                end: StoryEnd = "closed" if root.is_closing else "raised" if is_raised else "returned"
                self._end_story(root, end, value, frame)
            elif root.watch.code.co_flags & COROUTINE:
                self._keep(
                    root, "async raised" if is_raised else "async returned", value, root.args, root.kwargs
                )
        finally:
            root.watch.active.discard(root.thread)

    def drop(self, site: Site) -> None:
        """Forget the calls of a function."""
        for frame, root in list(self._open.items()):
            if root.watch.site is site:
                self._open.pop(frame, None)
        site.tellings.clear()

    def after_fork(self, thread: int) -> None:
        """In the child: the calls of other threads are gone with them, and so is what was told."""
        for frame, root in list(self._open.items()):
            root.telling = None
            if root.thread == thread:
                root.watch.active.add(thread)
            elif root.thread:
                del self._open[frame]

    def clear(self) -> None:
        """Forget all."""
        self._open.clear()

    def _leave_first(self, site: Site) -> None:
        first = next(iter(site.tellings))
        for root in list(self._open.values()):
            if root.telling is first:
                self._end_story(root, "open", None, None)
                return

    def _drop_story(self, root: _Root) -> bool:
        telling, root.telling = root.telling, None
        return telling is not None and root.watch.site.tellings.pop(telling, None) is not None

    def _end_story(self, root: _Root, end: StoryEnd, value: Any, frame: FrameType | None) -> None:
        telling = root.telling
        if telling is None or not self._drop_story(root):
            return
        site = root.watch.site
        try:
            story = telling.story(end, value)
        except FreezeRefused as refusal:
            site.refuse(refusal)
            return
        outcome = _story_of(root.watch)
        arguments = root.watch.read_again(frame, root.ids) if frame is not None else None
        if arguments is not None:
            self._keep(root, outcome, story, *arguments)
            return
        ended = perf_counter()
        try:
            after = open_after(root.before, story)
        except FreezeRefused as refusal:
            site.refuse(refusal)
            return
        if not self._has_read:  # what that imports is no cost of the function's
            self._has_read = True
            ended = perf_counter()
        site.keep_later(outcome, root.before, after, root.started, ended, root.cost)

    def _keep(
        self, root: _Root, outcome: Outcome, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        ended = perf_counter()
        site = root.watch.site
        try:
            try:
                told = raised(value) if outcome == "async raised" else value
                after = freeze(after_call(args, kwargs, told))
            except Exception as error:
                after = freeze_unreadable(args, kwargs, value, error)
        except FreezeRefused as refusal:
            site.refuse(refusal)
            return
        live = args, kwargs, value
        site.keep_later(outcome, root.before, after, root.started, ended, root.cost, live)


def _story_of(watch: Watch) -> Outcome:
    if watch.code.co_flags & ASYNC_GENERATOR:
        return "async entered" if watch.is_context else "async yielded"
    return "entered" if watch.is_context else "yielded"

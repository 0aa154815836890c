"""What takes the place of a coroutine, a generator or an asynchronous generator while it is recorded.

It is a real object of the same type, with the same names, that drives the one that the function made, step by step
and in every way that it is driven itself (``send``, ``throw``, ``close``). A coroutine is driven by a generator's
code that bears a coroutine's flag, as ``types.coroutine`` gives one to its own: what the awaited objects hand to
the event loop passes through a plain ``yield``. The code has the file and the line of the function's ``def``, and
the function's globals: so a warning, a traceback or a task's description that meets its frame names the function.

The drivers read no global name, for the globals are the program's own. What is sent, yielded or thrown is handed
on in a list and never kept in a name: it dies when it would.
"""

from __future__ import annotations

import sys
from types import CodeType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from pytead.libraries import DISGUISED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

GENERATOR, COROUTINE, ITERABLE_COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200
"""Flags of code objects, as ``inspect`` names them; importing that takes 10 ms."""


def is_suspending(function: object) -> bool:
    """Whether a call of the function gives a coroutine, a generator or an asynchronous generator."""
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and bool(code.co_flags & (GENERATOR | COROUTINE | ASYNC_GENERATOR))


def _drive(call: Any) -> Generator[Any, Any, Any]:
    send, throw, note, active, get_ident, error_types = call.begin()
    stop, anything, exit_ = error_types
    held = [None]
    take, put = held.pop, held.append
    resume = send
    is_closing = False
    while True:
        if call.is_told and resume is send and held[-1] is None:
            try:
                return (yield from call.let_go())
            except anything as error:
                error.__traceback__ = error.__traceback__.tb_next
                raise
        thread = get_ident()
        is_root = thread not in active
        if is_root:
            active.add(thread)
        try:
            put(resume(take()))
        except stop as ended:
            call.returned(ended.value, is_closing)
            return ended.value
        except anything as error:
            error.__traceback__ = error.__traceback__.tb_next
            call.raised(error, is_closing)
            # Before 3.11 the traceback keeps this frame, and what was thrown into may keep the error.
            call = send = throw = resume = None
            raise
        finally:
            if is_root:
                active.discard(thread)
        if note is not None:
            note(held[-1])
        try:
            put((yield take()))
            resume = send
        except anything as error:
            error.__traceback__ = error.__traceback__.tb_next
            is_closing = type(error) is exit_
            put(error)
            resume = throw
        if note is not None and (resume is throw or held[-1] is not None):
            call.resumed(resume is throw, held[-1])


async def _drive_async(call: Any) -> AsyncGenerator[Any, Any]:
    first, send, throw, note, step, error_types = call.begin_async()
    stop, anything, exit_ = error_types
    held = [None]
    take, put = held.pop, held.append
    resume = first
    is_closing = False
    while True:
        try:
            put(await step(resume(take())))
        except stop:
            call.returned(None, is_closing)
            return
        except anything as error:
            error.__traceback__ = error.__traceback__.tb_next
            call.raised(error, is_closing)
            raise
        note(held[-1])
        try:
            put((yield take()))
            resume = send
        except anything as error:
            error.__traceback__ = error.__traceback__.tb_next
            is_closing = type(error) is exit_
            put(error)
            resume = throw
        if resume is throw or held[-1] is not None:
            call.resumed(resume is throw, held[-1])


class Drivers:
    """Makes what takes the place of the objects that one function's calls give."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[int, tuple[CodeType, Callable[[Any], Any], Callable[[Any], Any]]] = {}

    def drive(self, made: Any, call: Any) -> Any:
        """An object like ``made`` that drives it and tells ``call``.

        Args:
            made: a coroutine, generator or asynchronous generator that nothing was asked of yet.
            call: what is told; see ``suspending.SuspendedCall``.
        """
        code = _code_of(made)
        known = self._made.get(id(code))
        if known is None:
            known = self._made[id(code)] = _drivers(code, call.function_globals())
        _, driver, call.stepper = known
        twin = driver(call)
        twin.__name__ = made.__name__
        twin.__qualname__ = made.__qualname__
        return twin


def _code_of(made: Any) -> CodeType:
    if isinstance(made, CoroutineType):
        return made.cr_code
    return made.gi_code if isinstance(made, GeneratorType) else made.ag_code


def _drivers(
    code: CodeType, namespace: dict[str, Any]
) -> tuple[CodeType, Callable[[Any], Any], Callable[[Any], Any]]:
    """The code, a driver of the objects that run it, and one of an asynchronous generator's single steps."""

    def disguised(driver: Callable[[Any], Any], flags: int) -> Callable[[Any], Any]:
        own: CodeType = driver.__code__
        DISGUISED.add(own.co_varnames)
        changes: dict[str, Any] = {}
        if sys.version_info >= (3, 11):
            changes["co_qualname"] = code.co_qualname
        changed = own.replace(
            co_flags=own.co_flags & ~(GENERATOR | COROUTINE | ASYNC_GENERATOR) | flags,
            co_name=code.co_name,
            co_filename=code.co_filename,
            co_firstlineno=code.co_firstlineno,
            co_linetable=_all_on_first_line(len(own.co_code)),
            **changes,
        )
        return FunctionType(changed, namespace)

    step = disguised(_drive, COROUTINE)
    if code.co_flags & ASYNC_GENERATOR:
        return code, disguised(_drive_async, ASYNC_GENERATOR), step
    return code, step if code.co_flags & COROUTINE else disguised(_drive, GENERATOR), step


def _all_on_first_line(size: int) -> bytes:
    """A table of lines for ``size`` bytes of code that puts all of it on the first, as CPython lays it out."""
    if sys.version_info >= (3, 11):
        whole, rest = divmod(
            size // 2, 8
        )  # an entry spans eight code units: no column, no step to another line
        return b"\xef\x00" * whole + (bytes((0xE8 | rest - 1, 0)) if rest else b"")
    whole, rest = divmod(size, 254)
    return b"\xfe\x00" * whole + bytes((rest, 0))

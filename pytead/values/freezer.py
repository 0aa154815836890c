"""Freezing: a live object to bytes that hold everything needed to show, compare and rebuild it.

The bytes are a protocol-5 pickle that is only ever read symbolically, by ``tree``. Freezing imports nothing,
runs no Python code of the program or of packages that it uses, and leaves out what can't be rebuilt instead of
failing.
"""

from __future__ import annotations

import gc
import sys
import types
from _pickle import Pickler  # without what ``pickle`` imports besides
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from pytead.values.marks import opaque
from pytead.values.reducers import choose_handler, handlers
from pytead.values.reducers.foreign import busy_threads
from pytead.values.reducers.introspect import type_name
from pytead.values.reducers.named import MODULE_NAMES
from pytead.values.refusals import blame, refused_classes, why_refused

__all__ = ["MAX_BYTES", "MODULE_NAMES", "FreezeRefused", "freeze", "is_freezing"]

MAX_BYTES = 1 << 20
"""Size of the largest frozen value, in bytes. Values under 64 KiB always pass."""

MAX_OBJECTS = 1000
"""Number of objects in a frozen value, plain data not counted: what holds more makes no readable test."""

OPAQUE_WEIGHT = 50
"""How many objects a part that can't be rebuilt counts for: what holds many of them becomes no test."""

MAX_NESTING = 200
"""Objects inside objects that are followed where the recursion limit no longer protects the C stack."""

_FLUSHED_FROM = 1 << 16
"""Bytes from which a pickler writes what it has."""

_BUILTIN_CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset, str, bytes, bytearray)))

_ORDINARY_LIMIT = 3000
_NEEDS_GUARD = sys.version_info < (3, 12)  # from then on C recursion is limited apart from Python's


class FreezeRefused(Exception):  # noqa: N818 - says what happened
    """The value as a whole can't be frozen.

    Args:
        slug: ``value-too-large``, ``value-too-deep`` or ``value-unpicklable``.
        reason: for people.
    """

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(slug, reason)
        self.slug = slug
        self.reason = reason


class _TooMuch(Exception):  # noqa: N818 - a signal, no error
    """Stops a dump that has written more than it may; with arguments, more parts that can't be rebuilt."""


class _Sink:
    """A file whose ``write`` is ``list.append``."""

    __slots__ = ("write",)
    write: Callable[[bytes], None]


class _Pickler(Pickler):
    """A pickler that holds its ``reducer_override`` itself: as a method it would be bound anew for each value."""

    __slots__ = ("reducer_override",)
    reducer_override: Callable[[Any], Any]


_Idle = tuple[Callable[[object], object], Callable[[], object], list[bytes], list[int]]
_idle: list[_Idle] = []
_take_idle, _put_idle = _idle.pop, _idle.append
_recursion_limit = sys.getrecursionlimit


def _new_pickler() -> _Idle:
    chunks: list[bytes] = []
    objects = [0]
    append, handler_of = chunks.append, handlers.get

    def write(chunk: bytes) -> None:
        append(chunk)
        if len(chunk) >= _FLUSHED_FROM:  # there is more to come, mostly
            _stop_giants(chunks)

    def reducer_override(value: Any) -> Any:
        objects[0] = count = objects[0] + 1
        if count > MAX_OBJECTS:
            raise _TooMuch
        try:
            handler = handler_of(id(type(value)))
            if handler is None:
                handler = choose_handler(type(value))
            reduction = handler(value)
        except (RecursionError, MemoryError):
            raise
        except Exception as error:
            # whatever it was, it costs this object only
            reason = f"can't be read: {type(error).__name__}"
            reduction = opaque, (type_name(type(value)), "value-unpicklable", reason)
        if reduction is not NotImplemented and reduction[0] is opaque:
            objects[0] = count = count + OPAQUE_WEIGHT
            if count > MAX_OBJECTS:
                raise _TooMuch(*reduction[1])
        return reduction

    sink = _Sink()
    sink.write = write
    pickler = _Pickler(sink, 5)
    pickler.reducer_override = reducer_override
    return pickler.dump, pickler.clear_memo, chunks, objects


def freeze(value: object) -> bytes:
    """The value as it is now.

    A pickler in use is in nobody else's reach: freezing may be entered again, from a reduction, a finaliser
    or another thread. Idle ones are kept. One that failed or wrote more than 2 KiB is dropped: clearing the
    memo that it has grown would cost every later call more than a new pickler costs once.

    Raises:
        FreezeRefused: too large, too deeply nested, or beyond what can be written at all.
    """
    if refused_classes and (known := why_refused(value)):
        raise FreezeRefused(*known)
    if _NEEDS_GUARD and _recursion_limit() > _ORDINARY_LIMIT:
        _check_nesting(value)
    try:
        idle = _take_idle()
    except IndexError:
        idle = _new_pickler()
    dump, clear_memo, chunks, objects = idle
    try:
        dump(value)
    except Exception as error:
        refusal = _refusal(error)
        if isinstance(error, _TooMuch):
            blame(value, refusal.slug, _is_too_much)
        raise refusal from None
    data = chunks.pop()
    if chunks or len(data) > 2048:
        return _joined(chunks, data)
    clear_memo()
    objects[0] = 0
    _put_idle(idle)
    return data


def _is_too_much(value: object) -> bool:
    try:
        _new_pickler()[0](value)
    except Exception as error:
        return isinstance(error, _TooMuch)
    return False


def _stop_giants(chunks: list[bytes]) -> None:
    """Stops the dump under way when it has written enough, or when what it was given says how large it is.

    Asked for the first time when 64 KiB were written, so that calls with small values pay nothing for it.
    """
    if sum(map(len, chunks)) > MAX_BYTES:
        raise _TooMuch
    if len(chunks) > 1:
        return
    try:
        value = sys._getframe(2).f_locals.get("value")  # of ``freeze``, which called the pickler
    except ValueError:
        return
    parts = value if type(value) is tuple else ()
    for part in (value, *parts):
        inside: Any = part.values() if type(part) is dict else part if type(part) is tuple else ()
        if len(inside) <= MAX_OBJECTS and any(map(_is_giant, (part, *inside))):
            raise _TooMuch


def _is_giant(value: Any) -> bool:
    """Whether it takes more bytes than may be written, whatever is inside."""
    return id(type(value)) in _BUILTIN_CONTAINERS and len(value) > MAX_BYTES


def _joined(chunks: list[bytes], last: bytes) -> bytes:
    data = b"".join((*chunks, last))
    if len(data) > MAX_BYTES:
        raise FreezeRefused("value-too-large", f"{len(data):,} bytes, more than {MAX_BYTES:,}")
    return data


def is_freezing() -> bool:
    """Whether code that runs in this thread now was called by freezing, not by the program."""
    return bool(busy_threads) and get_ident() in busy_threads


def _refusal(error: Exception) -> FreezeRefused:
    if isinstance(error, _TooMuch):
        if error.args:
            kind, _, reason = error.args
            lost = f"too much in it can't be rebuilt, such as {kind}: {reason}"
            return FreezeRefused("value-unpicklable", lost)
        return FreezeRefused("value-too-large", f"more than {MAX_OBJECTS:,} objects or {MAX_BYTES:,} bytes")
    if isinstance(error, RecursionError):
        return FreezeRefused("value-too-deep", "objects are nested too deeply")
    if isinstance(error, MemoryError):
        return FreezeRefused("value-too-large", "no memory left to freeze it")
    return FreezeRefused("value-unpicklable", f"pickling failed with {type(error).__name__}")


_LEAVES = frozenset(
    map(
        id,
        (
            type(None), bool, int, float, complex, str, bytes, bytearray, type, types.FunctionType,
            types.BuiltinFunctionType, types.ModuleType, types.CodeType, types.FrameType, types.TracebackType,
            types.CellType, types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType,
        ),
    )
)  # fmt: skip


def _check_nesting(value: object) -> None:
    """Refuses what is nested so deeply that the C pickler could overflow the stack.

    Follows references as the collector does, in the pickler's order: each object once, depth first.
    """
    if id(type(value)) in _LEAVES:
        return
    seen = {id(value)}
    path = [iter(gc.get_referents(value))]
    while path:
        for child in path[-1]:
            cls = type(child)
            if id(cls) in _LEAVES or id(child) in seen or issubclass(cls, type):
                continue
            if len(path) >= 2 * MAX_NESTING:  # an object and its dict are two steps
                raise FreezeRefused("value-too-deep", "objects are nested too deeply")
            if len(seen) > MAX_BYTES:
                raise FreezeRefused("value-too-large", f"more than {MAX_BYTES:,} objects")
            seen.add(id(child))
            path.append(iter(gc.get_referents(child)))
            break
        else:
            path.pop()

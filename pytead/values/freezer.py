"""Freezing: a live object to bytes that hold everything needed to show, compare and rebuild it.

The bytes are a protocol-5 pickle that is only ever read symbolically, by ``tree``. Freezing imports nothing,
runs no code of the program apart from reductions that a class wrote itself, and leaves out what can't be
rebuilt instead of failing.
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

__all__ = ["MAX_BYTES", "MODULE_NAMES", "FreezeRefused", "freeze", "is_freezing"]

MAX_BYTES = 1 << 20
"""Size of the largest frozen value, in bytes. Values under 64 KiB always pass."""

MAX_OBJECTS = 2000
"""Number of objects in a frozen value, plain data not counted: what holds more fills no readable test."""

MAX_NESTING = 200
"""Objects inside objects that are followed where the recursion limit no longer protects the C stack."""

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


class _TooLarge(Exception):  # noqa: N818 - a signal, no error
    """Stops a dump that has written more than it may."""


class _Sink:
    """A file whose ``write`` is ``list.append``."""

    __slots__ = ("write",)
    write: Callable[[bytes], None]


class _Pickler(Pickler):
    chunks: list[bytes]
    objects: list[int]

    def reducer_override(self, value: Any) -> Any:
        cls = type(value)
        handler = handlers.get(id(cls))
        objects = self.objects
        objects[0] += 1
        try:
            if objects[0] > MAX_OBJECTS:
                raise _TooLarge
            if handler is None:
                handler = choose_handler(cls)
            if self.chunks and sum(map(len, self.chunks)) > MAX_BYTES:
                raise _TooLarge
            return handler(value)
        except (_TooLarge, RecursionError, MemoryError):
            raise
        except Exception as error:
            # whatever it was, it costs this object only
            return opaque, (type_name(cls), "value-unpicklable", f"can't be read: {type(error).__name__}")


_Idle = tuple[Callable[[object], object], Callable[[], object], list[bytes], list[int]]
_idle: list[_Idle] = []
_take_idle, _put_idle = _idle.pop, _idle.append
_recursion_limit = sys.getrecursionlimit


def _new_pickler() -> _Idle:
    chunks: list[bytes] = []
    sink = _Sink()
    sink.write = chunks.append
    pickler = _Pickler(sink, 5)
    pickler.chunks = chunks
    pickler.objects = objects = [0]
    return pickler.dump, pickler.clear_memo, chunks, objects


def freeze(value: object) -> bytes:
    """The value as it is now.

    A pickler in use is in nobody else's reach: freezing may be entered again, from a reduction, a finaliser
    or another thread. Idle ones are kept. One that failed or wrote more than 2 KiB is dropped: clearing the
    memo that it has grown would cost every later call more than a new pickler costs once.

    Raises:
        FreezeRefused: too large, too deeply nested, or beyond what can be written at all.
    """
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
        raise _refusal(error) from None
    data = chunks.pop()
    if chunks or len(data) > 2048:
        return _joined(chunks, data)
    clear_memo()
    objects[0] = 0
    _put_idle(idle)
    return data


def _joined(chunks: list[bytes], last: bytes) -> bytes:
    data = b"".join((*chunks, last))
    if len(data) > MAX_BYTES:
        raise FreezeRefused("value-too-large", f"{len(data):,} bytes, more than {MAX_BYTES:,}")
    return data


def is_freezing() -> bool:
    """Whether code that runs in this thread now was called by freezing, not by the program."""
    return bool(busy_threads) and get_ident() in busy_threads


def _refusal(error: Exception) -> FreezeRefused:
    if isinstance(error, _TooLarge):
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

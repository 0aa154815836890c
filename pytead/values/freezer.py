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

from pytead.values.calls import after_call, before_call
from pytead.values.marks import opaque
from pytead.values.reducers import choose_handler, handlers
from pytead.values.reducers.constants import instead_of_opaque
from pytead.values.reducers.foreign import busy_threads
from pytead.values.reducers.introspect import type_name
from pytead.values.refusals import blame, refused_classes, why_refused

MAX_BYTES = 1 << 20
"""Size of the largest frozen value, in bytes. Values under 64 KiB always pass."""

MAX_OBJECTS = 1000
"""Number of objects in a frozen value, plain data not counted: what holds more makes no readable test."""


def set_caps(size: int, objects: int) -> None:
    """Say how many bytes and objects a frozen value may have at most; 0 for any number."""
    global MAX_BYTES, MAX_OBJECTS
    MAX_BYTES, MAX_OBJECTS = size or sys.maxsize, objects or sys.maxsize


OPAQUE_WEIGHT = 50
"""How many objects a part that can't be rebuilt counts for: what holds many of them becomes no test."""

MAX_NESTING = 200
"""Objects inside objects that are followed where the recursion limit no longer protects the C stack."""

LONG_TEXT = 10_000
"""Characters up to which a text may go without the care that is taken of anything else."""

LONG = 2048
"""Bytes in a frozen value from which on its pickler isn't used again."""

_FLUSHED_FROM = 1 << 16
"""Bytes from which a pickler writes what it has."""

_BUILTIN_CONTAINERS = frozenset(map(id, (list, tuple, dict, set, frozenset, str, bytes, bytearray)))

ORDINARY_LIMIT = 3000
NEEDS_GUARD = sys.version_info < (3, 12)  # from then on C recursion is limited apart from Python's


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


Pickling = tuple[
    Callable[[object], object], Callable[[], bytes], Callable[[], object], list[bytes], list[int]
]
"""A pickler in parts: ``dump``, ``pop`` (what it wrote), ``clear_memo``, the chunks that it writes, and the number of
objects that it met in a list of one."""

_idle: list[Pickling] = []
take_pickling, give_back = _idle.pop, _idle.append
recursion_limit = sys.getrecursionlimit


def new_pickling() -> Pickling:
    """A pickler for when none is idle."""
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
            if named := instead_of_opaque(value):
                return named
            objects[0] = count = count + OPAQUE_WEIGHT
            if count > MAX_OBJECTS:
                raise _TooMuch(*reduction[1])
        return reduction

    sink = _Sink()
    sink.write = write
    pickler = _Pickler(sink, 5)
    pickler.reducer_override = reducer_override
    return pickler.dump, chunks.pop, pickler.clear_memo, chunks, objects


def freeze(whole: object) -> bytes:
    """The value as it is now.

    A pickler in use is in nobody else's reach: freezing may be entered again, from a reduction, a finaliser
    or another thread. Idle ones are kept. One that failed or wrote more than ``LONG`` is dropped: clearing the
    memo that it has grown would cost every later call more than a new pickler costs once.

    The wrapper of a function does the same in its own frame, which a recorded call is a tenth cheaper for.

    Raises:
        FreezeRefused: too large, too deeply nested, or beyond what can be written at all.
    """
    if NEEDS_GUARD and recursion_limit() > ORDINARY_LIMIT:
        check_nesting(whole)
    try:
        pickling = take_pickling()
    except IndexError:
        pickling = new_pickling()
    dump, pop, clear_memo, chunks, objects = pickling
    try:
        dump(whole)
    except Exception as error:
        # In no variable: a frame that holds what it raised is a cycle, and keeps the value until it is collected.
        raise refusal_of(error) from None
    data = pop()
    if chunks or len(data) > LONG:
        return joined(chunks, data)
    clear_memo()
    objects[0] = 0
    give_back(pickling)
    return data


def freeze_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """The arguments of a call as they are now; what was too much before isn't tried again.

    Raises:
        FreezeRefused: as ``freeze`` does.
    """
    if refused_classes:
        check_classes(args)
    try:
        return freeze(before_call(args, kwargs))
    except FreezeRefused as refusal:
        blame_arguments(args, refusal)
        raise


def freeze_unreadable(
    args: tuple[Any, ...], kwargs: dict[str, Any], value: object, error: Exception
) -> bytes:
    """What a call left whose value failed to be frozen with ``error``: only that value is lost.

    Raises:
        FreezeRefused: the arguments can't be frozen any more either.
    """
    refusal = refusal_of(error)
    lost = _Lost(type_name(type(value)), refusal.slug, refusal.reason)
    return freeze(after_call(args, kwargs, lost))


class _Lost:
    """Stands for a value that was refused."""

    __slots__ = ("reduction",)

    def __init__(self, kind: str, slug: str, reason: str) -> None:
        self.reduction = opaque, (kind, slug, reason)


def _reduce_lost(lost: _Lost) -> Any:
    return lost.reduction


handlers[id(_Lost)] = _reduce_lost


def is_scalar(value: Any) -> bool:
    """Whether the plain pickle of ``value`` is its frozen form, at a bounded cost."""
    cls = type(value)
    return (
        cls is int or cls is float or value is None or cls is bool or (cls is str and len(value) <= LONG_TEXT)
    )


def check_classes(args: tuple[Any, ...]) -> None:
    """Refuses arguments of a class whose objects were too much before."""
    known = why_refused(args)
    if known:
        raise FreezeRefused(*known)


def blame_arguments(args: tuple[Any, ...], refusal: FreezeRefused) -> None:
    """Remember the class of the argument that alone was too much."""
    blame(args, refusal.slug, _is_too_much)


def _is_too_much(value: object) -> bool:
    try:
        new_pickling()[0](value)
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
        whole: Any = sys._getframe(2).f_locals.get(
            "whole"
        )  # of ``freeze`` or of the wrapper that does the same
    except ValueError:
        return
    parts = whole if type(whole) is tuple or (type(whole) is list and len(whole) <= 3) else ()
    for part in (whole, *parts):
        inside: Any = part.values() if type(part) is dict else part if type(part) is tuple else ()
        if len(inside) <= MAX_OBJECTS and any(map(_is_giant, (part, *inside))):
            raise _TooMuch


def _is_giant(value: Any) -> bool:
    """Whether it takes more bytes than may be written, whatever is inside."""
    return id(type(value)) in _BUILTIN_CONTAINERS and len(value) > MAX_BYTES


def joined(chunks: list[bytes], last: bytes) -> bytes:
    """All that a dump wrote.

    Raises:
        FreezeRefused: too large.
    """
    data = b"".join((*chunks, last))
    if len(data) > MAX_BYTES:
        raise FreezeRefused("value-too-large", f"{len(data):,} bytes, more than {MAX_BYTES:,}")
    return data


def is_freezing() -> bool:
    """Whether code that runs in this thread now was called by freezing, not by the program."""
    return bool(busy_threads) and get_ident() in busy_threads


def refusal_of(error: Exception) -> FreezeRefused:
    """Why a dump failed."""
    if isinstance(error, FreezeRefused):
        return error
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


def check_nesting(value: object) -> None:
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

"""Puts one object in another's place where Python offers no way: in a tuple, a slot, a C function's cache.

It is written where the holder's own memory has it, and the references are counted as the holder would. C code that is
calling what was there has no reference of its own, but it doesn't look at it again once the call is over.
"""

from __future__ import annotations

import functools
import gc
import sys
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CoroutineType,
    FrameType,
    GeneratorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = tuple.__itemsize__
_MOST_BYTES = 1 << 20
_HAS_ADDRESSES = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
"""Whether an object's identity is where it lies, and one thread runs at a time."""

_partial: Any = functools.partial
_FRAMES = (FrameType, GeneratorType, CoroutineType, AsyncGeneratorType)
"""What holds the variables of code that is under way: each call has its own."""

_BOUND = {MethodType, BuiltinMethodType, MethodWrapperType}
"""What holds an object together with a method of its class, which takes no object of another."""


class Key(Protocol):
    """Where an object holds another, and how something else gets there."""

    def put(self, holder: Any, old: object, new: object) -> None:
        """Have ``holder`` hold ``new`` there if it holds ``old``."""


def key_in(holder: object, held: object) -> Key | None:
    """Where ``holder`` has ``held`` in its own memory; None if it isn't all there, or can't be changed."""
    cls = type(holder)
    if issubclass(cls, (type, ModuleType, *_FRAMES)):
        return None
    if cls in _BOUND and holder.__self__ is held:  # type: ignore[attr-defined]
        return None
    if issubclass(cls, functools.partial):
        return OF_PARTIAL
    count = sum(each is held for each in gc.get_referents(holder))
    words = _words(holder, held)
    return Words(words) if words and len(words) == count else None


class Words:
    """Words of an object's memory.

    Args:
        words: they can be read and written.
    """

    __slots__ = ("_hold", "_release", "_words")

    def __init__(self, words: list[Any]) -> None:
        self._words = words
        _, self._hold, self._release = _access()

    def put(self, holder: object, old: object, new: object) -> None:
        """Have ``new`` where ``old`` is."""
        was, now = id(old), id(new)
        for word in self._words:
            self._hold(new)
            # No call between the look and the change: other threads wait for one.
            if word.value == was:
                word.value = now
                self._release(old)
            else:
                self._release(new)


class _OfPartial:
    """What a partial calls: it knows more ways to call a function than a wrapper, and has to see which one it has."""

    def put(self, holder: Any, old: object, new: object) -> None:
        """Have it call ``new`` if it calls ``old``; its arguments are others' affair."""
        _, _, (called, *rest) = _partial.__reduce__(holder)
        if called is old:
            _partial.__setstate__(holder, (new, *rest))


OF_PARTIAL = _OfPartial()


def _words(holder: object, held: object) -> list[Any]:
    size = object.__sizeof__(holder)
    if size > _MOST_BYTES or not _HAS_ADDRESSES:
        return []
    try:
        word, _, _ = _access()
        start, ident = id(holder), id(held)
        memory = (word * (size // _WORD)).from_address(start)
        return [word.from_address(start + at * _WORD) for at, each in enumerate(memory) if each == ident]
    except Exception:  # a Python without ctypes, or an audit hook that is against it
        return []


@functools.cache
def _access() -> tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]:
    """A word of memory, and what counts references: ctypes' own, without the rest of it."""
    import _ctypes

    ctypes: Any = _ctypes
    word = type("Word", (ctypes._SimpleCData,), {"_type_": "P"})
    return word, ctypes.Py_INCREF, ctypes.Py_DECREF

"""Generators, coroutines and asynchronous generators that haven't started: the call that made them.

None is ever advanced. The function and its arguments are read off the frame as the garbage collector sees it,
since ``f_locals`` would keep the arguments alive.
"""

from __future__ import annotations

import gc
import sys
from types import AsyncGeneratorType, CellType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any

from pytead.values.marks import begun
from pytead.values.reducers.names import Reduction, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_VARARGS, _VARKEYWORDS = 0x04, 0x08
_RETURN_GENERATOR = 75
"""The first instruction that such a function executes on 3.11."""

_HAS_FUNCTION = sys.version_info >= (3, 11)

STAND_INS: dict[int, Callable[[Any], Any]] = {}
"""Of what drives another such object, by the identity of its first argument's class: from that to the other."""


def _handler(cls: type, prefix: str, word: str) -> Callable[[Any], Reduction]:
    article = "an" if word[0] in "aeiou" else "a"
    slug = "value-coroutine" if word == "coroutine" else "value-generator"

    def lost(why: str) -> Reduction:
        return unrebuildable(cls, slug, f"{article} {word} that {why}")

    def reduce_begun(value: Any) -> Reduction:
        frame = getattr(value, f"{prefix}_frame")
        if frame is None:
            return lost("has ended")
        code: CodeType = getattr(value, f"{prefix}_code")
        if getattr(value, f"{prefix}_running") or _has_started(value, prefix, frame, code):
            return lost("had started")
        found = _function_and_locals(value, frame, code)
        if found is None:
            return lost("doesn't show what made it")
        function, held = found
        original = STAND_INS.get(id(type(held[0]))) if held else None
        if original is not None:
            return reduce_begun(original(held[0]))
        arguments = _arguments(code, held)
        return (begun, (function, *arguments)) if arguments else lost("doesn't show its arguments")

    return reduce_begun


def _has_started(value: Any, prefix: str, frame: Any, code: CodeType) -> bool:
    if not _HAS_FUNCTION:
        return bool(frame.f_lasti != -1)
    suspended = getattr(value, f"{prefix}_suspended", None)
    if suspended is None:
        return bool(code.co_code[frame.f_lasti] != _RETURN_GENERATOR)
    return bool(suspended)


def _function_and_locals(value: Any, frame: Any, code: CodeType) -> tuple[Any, list[Any]] | None:
    """The function, and what the slots of its local variables hold, in their order without the empty ones."""
    if _HAS_FUNCTION:
        seen = gc.get_referents(value)
        for place, each in enumerate(seen):
            if type(each) is FunctionType and each.__code__ is code and seen[place + 1] is code:
                return each, seen[place + 2 :]
        return None
    seen = gc.get_referents(frame)
    namespace = frame.f_globals
    for place, each in enumerate(seen):
        if each is namespace and place >= 2:
            # what it shows to debuggers comes first, where anybody asked for that
            first = max(place + 1, len(seen) - _begun_with(code))
            held = _in_order_of_parameters(code, seen[first:])
            cells = tuple(held[len(held) - len(code.co_freevars) :]) if code.co_freevars else None
            if cells and not all(type(cell) is CellType for cell in cells):
                return None
            return _found_or_made(code, namespace, value.__qualname__, cells), held
    return None


def _begun_with(code: CodeType) -> int:
    """How many slots of a frame on 3.10 hold something before it runs."""
    return len({*code.co_varnames[: _parameters(code)], *code.co_cellvars}) + len(code.co_freevars)


def _in_order_of_parameters(code: CodeType, held: list[Any]) -> list[Any]:
    """On 3.10 parameters that inner functions use come after the others, in the order of ``co_cellvars``."""
    cells = [name for name in code.co_cellvars if name in code.co_varnames]
    if not cells:
        return held
    names = [name for name in code.co_varnames[: _parameters(code)] if name not in cells]
    by_name = dict(zip(names, held, strict=False))
    rest = held[len(names) :]
    by_name.update(zip(code.co_cellvars, rest, strict=False))
    return [by_name[name] for name in code.co_varnames[: _parameters(code)]] + rest


def _found_or_made(code: CodeType, namespace: dict[str, Any], qualname: str, cells: Any) -> FunctionType:
    """The function with that code; a new one of the same code where none has that name."""
    found: Any = namespace
    for part in qualname.split("."):
        found = found.get(part) if type(found) is dict else vars(type)["__dict__"].__get__(found).get(part)
        if type(found) is FunctionType:
            break
        if not issubclass(type(found), type):
            found = None
            break
    if type(found) is FunctionType and found.__code__ is code:
        return found
    made = FunctionType(code, namespace, code.co_name, None, cells)
    made.__qualname__ = qualname
    return made


def _parameters(code: CodeType) -> int:
    flags = code.co_flags
    return code.co_argcount + code.co_kwonlyargcount + bool(flags & _VARARGS) + bool(flags & _VARKEYWORDS)


def _arguments(code: CodeType, held: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    count = _parameters(code)
    if len(held) < count:
        return None
    names = code.co_varnames[:count]
    values: list[Any] = []
    for name, each in zip(names, held, strict=False):
        if name in code.co_cellvars and type(each) is CellType:
            try:
                each = each.cell_contents
            except ValueError:
                return None
        values.append(each)
    positional, keyword = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    args = tuple(values[:positional])
    kwargs = dict(zip(names[positional:keyword], values[positional:keyword], strict=True))
    rest = values[keyword:]
    if code.co_flags & _VARARGS and type(rest[0]) is tuple:
        args += rest.pop(0)
    if code.co_flags & _VARKEYWORDS and type(rest[-1]) is dict:
        kwargs.update(rest[-1])
    return args, kwargs


HANDLERS: dict[type, Any] = {
    GeneratorType: _handler(GeneratorType, "gi", "generator"),
    CoroutineType: _handler(CoroutineType, "cr", "coroutine"),
    AsyncGeneratorType: _handler(AsyncGeneratorType, "ag", "asynchronous generator"),
}

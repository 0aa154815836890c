"""What a function calls its arguments."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

_VARARGS = 0x04
_MOST_WRAPPERS = 10


class Parameters:
    """The names of arguments that can be given by position.

    Args:
        positional: in order.
        rest: the name of what takes all further ones; empty where nothing does.
    """

    __slots__ = ("positional", "rest")

    def __init__(self, positional: tuple[str, ...] = (), rest: str = "") -> None:
        self.positional = positional
        self.rest = rest

    def name_of(self, place: int) -> str:
        """The name of the argument at a place."""
        return self.positional[place] if place < len(self.positional) else self.rest

    def all(self) -> tuple[str, ...]:
        """All names."""
        return (*self.positional, self.rest)


def parameters_of(function: object) -> Parameters:
    """What a function calls its arguments.

    Of a decorator's ``wrapper(*args, **kwargs)`` it is what the function does that it says it wraps.
    """
    own: Any = function
    for _ in range(_MOST_WRAPPERS):
        if type(own) is not FunctionType:
            break
        inner = own.__dict__.get("__wrapped__")
        if inner is None:
            code: CodeType = own.__code__
            count = code.co_argcount
            rest = code.co_varnames[count + code.co_kwonlyargcount] if code.co_flags & _VARARGS else ""
            return Parameters(code.co_varnames[:count], rest)
        own = inner
    return Parameters()


def defaults_of(function: object) -> dict[str, Any]:
    """What the arguments of a plain function are if they aren't given, by name."""
    if type(function) is not FunctionType:
        return {}
    code, defaults = function.__code__, function.__defaults__ or ()
    named = dict(zip(code.co_varnames[code.co_argcount - len(defaults) :], defaults, strict=False))
    return {**named, **(function.__kwdefaults__ or {})}

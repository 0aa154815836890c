"""The arguments of a call, read from its frame as it starts."""

from __future__ import annotations

import sys
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, FunctionType

_VARARGS, _VARKEYWORDS = 0x4, 0x8
"""Flags of code objects, as ``inspect`` names them."""

KEEPS_LOCALS = sys.version_info < (3, 13)
"""Whether a frame that was asked for its locals holds a copy of them from then on."""

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
"""What a call can be made with again: ``(args, kwargs)``."""


class Signature:
    """What parameters a code object has.

    Args:
        code: of a function.
    """

    __slots__ = (
        "_is_plain",
        "_keyword_only",
        "_names",
        "_pick",
        "_positional_only",
        "_varargs",
        "_varkeywords",
    )

    def __init__(self, code: CodeType) -> None:
        count = code.co_argcount
        names = code.co_varnames
        self._names = names[:count]
        self._positional_only = code.co_posonlyargcount
        self._keyword_only = names[count : count + code.co_kwonlyargcount]
        rest = list(names[count + code.co_kwonlyargcount :])
        self._varargs = rest.pop(0) if code.co_flags & _VARARGS else ""
        self._varkeywords = rest.pop(0) if code.co_flags & _VARKEYWORDS else ""
        self._is_plain = not (self._keyword_only or self._varargs or self._varkeywords)
        self._pick = _picker(self._names)

    def read(self, frame: FrameType, function: FunctionType | None) -> Arguments:
        """The arguments of the call that ``frame`` is about to begin.

        How they were written can't be seen: they are given by position where that can be, and left out where they are
        the parameter's own default, which might be a value that nothing else can name.

        Args:
            frame: stands at the first instruction of the function.
            function: what was called, for its defaults; None where that isn't known.
        """
        found = frame.f_locals
        args, kwargs = self._pick(found), _NONE
        if not self._is_plain or (function is not None and function.__defaults__):
            args, kwargs = self._split(found, args, function)
        if KEEPS_LOCALS:
            found.clear()
        return args, kwargs

    def ids(self, frame: FrameType) -> dict[str, int]:
        """The addresses of what the parameters hold, those that are unbound left out."""
        found = frame.f_locals
        names = (*self._names, *self._keyword_only, self._varargs, self._varkeywords)
        ids = {name: id(found[name]) for name in names if name in found}
        if KEEPS_LOCALS:
            found.clear()
        return ids

    def _split(self, found: Any, args: tuple[Any, ...], function: FunctionType | None) -> Arguments:
        kwargs: dict[str, Any] = {}
        defaults = (function.__defaults__ if function is not None else None) or ()
        more = found[self._varargs] if self._varargs else ()
        if not more:
            args = self._without_defaults(args, defaults, kwargs)
        only = function.__kwdefaults__ if function is not None else None
        for name in self._keyword_only:
            value = found[name]
            if only is None or name not in only or only[name] is not value:
                kwargs[name] = value
        if self._varkeywords:
            kwargs.update(found[self._varkeywords])
        return (*args, *more), kwargs

    def _without_defaults(
        self, args: tuple[Any, ...], defaults: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, ...]:
        """What is given by position; what follows a default that is left out is given by name."""
        first = len(args) - len(defaults)
        given = [place < first or args[place] is not defaults[place - first] for place in range(len(args))]
        if all(given):
            return args
        end = given.index(False)
        for place in range(end, self._positional_only):
            if given[place]:
                end = place + 1
        for place in range(max(end, self._positional_only), len(args)):
            if given[place]:
                kwargs[self._names[place]] = args[place]
        return args[:end]


_NONE: dict[str, Any] = {}
"""The keywords of calls without any. Nobody writes to it: it is only ever frozen."""


def _picker(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values of ``names`` out of a mapping, as a tuple."""
    if not names:
        return lambda found: ()
    if len(names) == 1:
        (name,) = names
        return lambda found: (found[name],)
    return itemgetter(*names)

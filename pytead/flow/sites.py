"""What tracing keeps of one piece of code: its names, where it is, and how its arguments are called."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytead.libraries import DISGUISED, is_library
from pytead.names import FunctionName
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from types import CodeType, FrameType

_OPTIMIZED, _VARARGS, _VARKEYWORDS, _GENERATOR = 0x01, 0x04, 0x08, 0x20
_COROUTINE, _ITERABLE_COROUTINE, _ASYNC_GENERATOR = 0x80, 0x100, 0x200


class CodeSite:
    """One function's code.

    Attributes:
        code: the code object; held, so that its identity stays its own.
        module: name of the module it runs in.
        qualname: its qualified name there.
        arguments: names of its arguments, in the order of the signature; ``*args`` and ``**kwargs`` come last.
            None at all where values aren't wanted.
        count: how many they are.
        only_argument: its name where there is just one, and nothing can be suspended; else None.
        spent: bytes that were kept of each argument by its place, and of what is returned at -1.
        is_plain: whether it can't be suspended, and values are wanted.
        suspends: whether it is a generator, a coroutine or an asynchronous generator.
        is_awaited: whether what it yields is the event loop's business and no value of the program's.
        has_task: whether it runs inside a task.
    """

    __slots__ = (
        "arguments",
        "code",
        "count",
        "has_task",
        "instructions",
        "is_awaited",
        "is_plain",
        "module",
        "only_argument",
        "qualname",
        "spent",
        "suspends",
    )  # fmt: skip

    def __init__(self, code: CodeType, module: str, qualname: str, *, has_values: bool = True) -> None:
        flags = code.co_flags
        self.code = code
        self.module = module
        self.qualname = qualname
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(flags & _VARARGS) + bool(flags & _VARKEYWORDS)
        self.count = count if has_values else 0
        self.arguments = code.co_varnames[: self.count]
        self.suspends = bool(flags & (_GENERATOR | _COROUTINE | _ASYNC_GENERATOR | _ITERABLE_COROUTINE))
        self.is_plain = has_values and not self.suspends
        self.only_argument = self.arguments[0] if self.count == 1 and self.is_plain else None
        self.is_awaited = bool(flags & (_COROUTINE | _ASYNC_GENERATOR | _ITERABLE_COROUTINE))
        self.has_task = bool(flags & (_COROUTINE | _ASYNC_GENERATOR))
        self.instructions = code.co_code
        self.spent: dict[int, int] = {}

    @property
    def dotted(self) -> str:
        """``module.qualname``."""
        return f"{self.module}.{self.qualname}"

    @property
    def first_line(self) -> int:
        """The line of the ``def``, or of its first decorator."""
        return self.code.co_firstlineno

    def line_at(self, offset: int) -> int:
        """The line of the instruction at a byte offset; that of the ``def`` where it has none."""
        for start, end, line in self.code.co_lines():
            if start <= offset < end and line is not None:
                return line
        return self.code.co_firstlineno


def is_function(code: CodeType) -> bool:
    """Whether the code is what a person would call a function.

    Comprehensions aren't, which from 3.12 on mostly have no code of their own, nor are generator expressions, modules
    and class bodies: what they call is called by the function around them.
    """
    name = code.co_name
    return bool(code.co_flags & _OPTIMIZED) and (name[0] != "<" or name == "<lambda>")


def _is_generated(frame: FrameType) -> bool:
    """Whether a library wrote the method that a frame runs, as ``dataclasses`` writes ``__init__``."""
    code = frame.f_code
    if not code.co_filename.startswith("<") or not code.co_name.startswith("__"):
        return False
    return "__file__" in frame.f_globals  # what -c runs comes from no file either


class Selection:
    """Decides which code is traced.

    Args:
        patterns: the patterns; none means all but libraries.
        aliases: further names of modules, such as ``{"__main__": ("main",)}``.

    Raises:
        PyteadError: ``bad-pattern``.
    """

    def __init__(self, patterns: tuple[str, ...], aliases: dict[str, tuple[str, ...]] | None = None) -> None:
        self.targets = TargetSet.parse(patterns or ("*",))
        self.aliases: dict[str, tuple[str, ...]] = {} if aliases is None else aliases
        self._modules: dict[tuple[str, str], tuple[bool, bool]] = {}

    def site_of(self, frame: FrameType, *, has_values: bool = True) -> CodeSite | None:
        """The site of the code that a frame runs; None where it isn't traced."""
        code = frame.f_code
        if not is_function(code) or _is_generated(frame) or code.co_varnames in DISGUISED:
            return None
        module = frame.f_globals.get("__name__")
        if type(module) is not str:
            module = ""
        key = module, code.co_filename
        known = self._modules.get(key)
        aliases = self.aliases.get(module, ())
        if known is None:
            library = is_library(module, None if code.co_filename.startswith("<frozen") else code.co_filename)
            known = self._modules[key] = library, self.targets.may_match(module, library, aliases=aliases)
        library, may_match = known
        if not may_match:
            return None
        qualname = _qualname_of(frame)
        if not self.targets.decide(FunctionName(module, qualname), is_library=library, aliases=aliases):
            return None
        return CodeSite(code, module, qualname, has_values=has_values)


def _qualname_of(frame: FrameType) -> str:
    if sys.version_info >= (3, 11):
        return frame.f_code.co_qualname
    from pytead.flow.qualnames import qualname_of

    return qualname_of(frame)

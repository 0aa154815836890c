"""Qualified names of code on Python 3.10, whose code objects don't hold them."""

from __future__ import annotations

import gc
from types import CodeType, FrameType, FunctionType

_OPTIMIZED = 0x01
_of_file: dict[str, dict[tuple[str, int], str]] = {}


def qualname_of(frame: FrameType) -> str:
    """The qualified name of the code that a frame runs, as its source or its function has it; else its plain name."""
    code = frame.f_code
    found = frame.f_globals.get(code.co_name)
    if type(found) is FunctionType and found.__code__ is code:
        return found.__qualname__
    names = _of_file.get(code.co_filename)
    if names is None:
        names = _of_file[code.co_filename] = _read(code.co_filename)
    known = names.get((code.co_name, code.co_firstlineno))
    if known is not None:
        return known
    for holder in gc.get_referrers(code):
        if type(holder) is FunctionType and holder.__code__ is code:
            return holder.__qualname__
    return code.co_name


def _read(filename: str) -> dict[tuple[str, int], str]:
    names: dict[tuple[str, int], str] = {}
    try:
        with open(filename, "rb") as stream:
            module = compile(stream.read(), filename, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return names
    waiting: list[tuple[CodeType, str]] = [(module, "")]
    while waiting:
        code, prefix = waiting.pop()
        for constant in code.co_consts:
            if type(constant) is not CodeType:
                continue
            qualname = prefix + constant.co_name
            names.setdefault((constant.co_name, constant.co_firstlineno), qualname)
            inner = ".<locals>." if constant.co_flags & _OPTIMIZED else "."
            waiting.append((constant, qualname + inner))
    return names

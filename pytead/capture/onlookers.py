"""Which functions look at the frames of their callers: a wrapper's would be among them, so they are left as they are.

A factory that names the module of its caller (``sys._getframe(1).f_globals``), a deprecation that names its line, a
logger of one's own. It is read off their code, before it runs.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

ONLOOKER = "kind-frames", "it looks at the frames of its callers, and a wrapper's would be among them"

_LOOKING = frozenset(
    (
        "_getframe", "_getframemodulename", "currentframe", "getouterframes", "f_back",
        "extract_stack", "format_stack", "print_stack", "walk_stack",
    )
)  # fmt: skip
"""Names of what gives frames, or goes from one to the next."""

_FARTHEST = 9


class Onlookers:
    """The functions that look at their callers; of modules that are marked, also those that call such a function."""

    def __init__(self) -> None:
        self._far: set[str] = set()

    def meet(self, code: CodeType) -> None:
        """Learn, before a module runs, which of its functions look farther up than at their own callers."""
        for each in code.co_consts:
            if isinstance(each, CodeType):
                if _looks(each) and _looks_far(each) and not each.co_name.startswith(("__", "<")):
                    self._far.add(each.co_name)
                self.meet(each)

    def include(self, function: Any) -> bool:
        """Whether a function looks at its callers, or calls by its name one that looks farther."""
        if type(function) is not FunctionType:
            return False
        code = function.__code__
        if _looks(code) or not self._far.isdisjoint(code.co_names):
            return True
        return "stack" in code.co_names and _is_of_inspect(function.__globals__.get("stack"))


def _looks(code: CodeType) -> bool:
    names = code.co_names
    if not _LOOKING.isdisjoint(names) or ("stack" in names and "inspect" in names):
        return True
    return any(  # comprehensions and lambdas, whose own caller it is
        isinstance(each, CodeType) and each.co_name.startswith("<") and _looks(each)
        for each in code.co_consts
    )


def _looks_far(code: CodeType) -> bool:
    """Whether a number in it may be that of a frame above its caller's."""
    return any(type(each) is int and 1 < each <= _FARTHEST for each in code.co_consts)


def _is_of_inspect(value: object) -> bool:
    return type(value) is FunctionType and value.__module__ == "inspect"

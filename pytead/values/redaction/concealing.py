"""Takes the secrets out of a call before it is stored.

``conceal`` is what every record passes. Nearly all hold nothing that could be a secret, which one search over their
bytes shows; only what it finds is looked at opcode by opcode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.foreign import looking_away

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytead.values.redaction.finding import Finder
    from pytead.values.redaction.signatures import Parameters

TEXT = 0x8C
"""The opcode of a text of up to 255 bytes."""

SHORT = 255
"""Bytes up to which a frozen value holds no longer text."""


class Rules:
    """What is to be concealed.

    Args:
        names: further names of secrets.
        values: regular expressions of further secrets.
        exceptions: names and shapes that are none; ``*`` stands for all.
        folder: where the key of the placeholders is kept; "" for nowhere.
        key: that key where it can't be kept.
    """

    __slots__ = ("exceptions", "folder", "key", "names", "values")

    def __init__(
        self,
        names: Iterable[str] = (),
        values: Iterable[str] = (),
        exceptions: Iterable[str] = (),
        folder: str | None = None,
        key: bytes = b"",
    ) -> None:
        self.names = tuple(names)
        self.values = tuple(values)
        self.exceptions = tuple(exceptions)
        self.folder = folder
        self.key = key

    @property
    def are_off(self) -> bool:
        """Whether nothing is concealed."""
        return "*" in self.exceptions


_rules = Rules()
_finder: Finder | None = None
_search: Callable[[bytes], Any] | None = None


def set_rules(rules: Rules) -> None:
    """Say what is concealed in this process from now on."""
    global _rules, _finder, _search
    _rules, _finder, _search = rules, None, None


def finder() -> Finder:
    """What finds secrets in this process."""
    global _finder
    if _finder is None:
        from pytead.folders import cache_folder
        from pytead.values.redaction.finding import Finder
        from pytead.values.redaction.names import Names
        from pytead.values.redaction.placeholders import Placeholders
        from pytead.values.redaction.shapes import Shapes

        names = Names(_rules.names, _rules.exceptions)
        shapes = Shapes(names, _rules.values, _rules.exceptions)
        folder = cache_folder() if _rules.folder is None else _rules.folder
        _finder = Finder(names, shapes, Placeholders(folder, _rules.key))
    return _finder


def secret_parameters(function: object) -> Parameters | None:
    """What a function calls its arguments, where one of these names could be that of a secret."""
    if _rules.are_off:
        return None
    from pytead.values.redaction.signatures import parameters_of

    found = parameters_of(function)
    if not _rules.names and not _searching()("\x94".join((*found.all(), "")).lower().encode()):
        return None
    return found if any(map(finder().names.sort_of, found.all())) else None


def conceal(
    before: bytes, after: bytes, outcome: str, parameters: Parameters | None = None
) -> tuple[bytes, bytes]:
    """The frozen values of a call without secrets; the same objects where there are none.

    Args:
        before: the arguments before the call.
        after: the arguments after it, and what came of it.
        outcome: what that is.
        parameters: the names of the arguments, where one of them says that it is a secret.

    Raises:
        Exception: they can't be read; they are not to be stored then.
    """
    if parameters is None:
        if _rules.are_off:
            return before, after
        search = _search or _searching()
        if search(before.lower()) is None:
            # What wasn't changed stands at the same place in both.
            size = len(before) - 2
            if after[11:size] == before[11:size]:
                if search(after[size:].lower()) is None:
                    return before, after
            elif search(after.lower()) is None:
                return before, after
    with looking_away():
        return finder().conceal(before, after, outcome, parameters)


def _searching() -> Callable[[bytes], Any]:
    global _search
    if _search is None:
        from pytead.values.redaction.needles import searcher

        _search = searcher(_rules.names, _rules.values)
    return _search

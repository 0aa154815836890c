"""Takes the secrets out of a call before it is stored.

``conceal`` is what every record passes. Nearly all hold nothing that could be a secret, which one search over their
bytes shows; only what it finds is looked at opcode by opcode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.calls import CLOSING, HEAD
from pytead.values.reducers.foreign import looking_away

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytead.values.redaction.finding import Finder
    from pytead.values.redaction.layout import Layout
    from pytead.values.redaction.placeholders import Placeholders
    from pytead.values.redaction.signatures import Parameters
    from pytead.values.redaction.texts import Texts

_TINY = 31
_NONE_IS = -1

tiny = _TINY
"""Bytes up to which scalars, after a call and with what came of it, hold no text that could look like a secret: two
ints and a third one are no more. Once a secret was met, none is too small to hold it."""

_TEXT = 0x8C
"""The opcode of a text of up to 255 bytes."""

_SHORT = 255

_FEW = 126
_MANY = 50_000
"""Bytes of arguments between which the rest alone is handed on: of fewer it saves nothing, more have several frames."""


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
_looks: Callable[[bytes], bool] | None = None
_texts: Texts | None = None
_numbers: set[int] = set()
"""Secrets that were met and are numbers; with one of them, calls that differ in numbers alone aren't alike."""


def set_rules(rules: Rules) -> None:
    """Say what is concealed in this process from now on."""
    global _rules, _finder, _looks, _texts, _numbers, _innocent, tiny
    _rules, _finder, _looks, _texts = rules, None, None, None
    _numbers, _innocent, tiny = set(), {}, _TINY
    _lengths.clear()


def finder() -> Finder:
    """What finds secrets in this process."""
    global _finder, _numbers
    if _finder is None:
        from pytead.folders import cache_folder
        from pytead.values.redaction.placeholders import Placeholders

        folder = cache_folder() if _rules.folder is None else _rules.folder
        _finder = new_finder(Placeholders(folder, _rules.key))
        _numbers = _finder.met.numbers
        _finder.met.on_new = _look_for_more
    return _finder


def _look_for_more() -> None:
    """There is one more secret to be looked for: what was innocent may hold it."""
    global _innocent, tiny
    tiny = _NONE_IS
    _innocent = {}  # another one: what is found innocent at this moment may be it no more
    _lengths.clear()


def new_finder(placeholders: Placeholders) -> Finder:
    """What finds secrets by the rules of this process, and writes such placeholders."""
    from pytead.values.redaction.finding import Finder
    from pytead.values.redaction.names import Names
    from pytead.values.redaction.shapes import Shapes

    names = Names(_rules.names, _rules.exceptions)
    return Finder(names, Shapes(names, _rules.values, _rules.exceptions), placeholders)


def searching() -> Callable[[bytes], bool] | None:
    """Tells of frozen values whether they could show a secret by a name or shape; None where nothing is concealed."""
    return None if _rules.are_off else _looking()


def secret_parameters(function: object) -> Parameters | None:
    """What a function calls its arguments, where one of these names could be that of a secret."""
    if _rules.are_off:
        return None
    from pytead.values.redaction.signatures import parameters_of

    found = parameters_of(function)
    if not _rules.names and not _looking()("\x94".join((*found.all(), "")).lower().encode()):
        return None
    return found if any(map(finder().names.sort_of, found.all())) else None


def meet(before: bytes, parameters: Parameters | None) -> bool:
    """Know the secrets among the frozen arguments of a call that begins; whether there are any.

    What the call passes on is recorded before the call itself is.

    Raises:
        Exception: they can't be read.
    """
    if _rules.are_off or (parameters is None and not _shows(before)):
        return False
    with looking_away():
        return finder().meet(before, parameters)


def without_secrets(text: str) -> str:
    """A text that is stored besides values, without the secrets that it shows and those that were met."""
    if _rules.are_off:
        return text
    data = text.encode("utf-8", "surrogatepass")
    if not (_looking()(data) or (_finder is not None and _finder.met and _finder.met.is_in(data))):
        return text
    with looking_away():
        return finder().without_secrets(text)


def _holds_no_text(data: bytes) -> bool:
    """Whether there is neither a long text nor bytes in it; short texts the caller has looked for."""
    return len(data) <= _SHORT and 0x43 not in data and 0x96 not in data


def conceal(
    before: bytes, after: bytes, outcome: str, parameters: Parameters | None = None
) -> tuple[bytes, bytes]:
    """The frozen values of a call without secrets, as they are handed on: see ``values.calls`` for the rest.

    Args:
        before: the arguments before the call.
        after: the arguments after it, and what came of it.
        outcome: what that is.
        parameters: the names of the arguments, where one of them says that it is a secret.

    Raises:
        Exception: they can't be read; they are not to be stored then.
    """
    if parameters is not None:
        with looking_away():
            return finder().conceal(before, after, outcome, parameters)
    size = len(before) - CLOSING
    # What a call didn't change stands at the same place in both.
    is_same = after.startswith(before[HEAD:size], HEAD)
    innocent = _innocent
    known = innocent.get(len(after))
    if known and is_same:
        for unpack, expected in known:
            if unpack(after) == expected:
                return before, after[size:] if _FEW < size < _MANY else after
    if (
        not (
            _TEXT not in after
            and _TEXT not in before
            and _holds_no_text(before)
            and _holds_no_text(after)
            and not _numbers
        )
        and not _rules.are_off
    ):
        if not _are_innocent(before, after, after[size:] if is_same else None):
            with looking_away():
                concealed = finder().conceal(before, after, outcome, None)
            if concealed[1] is not after or concealed[0] is not before:
                return concealed
        if is_same:
            _remember(innocent, after, outcome)
    return before, after[size:] if is_same and _FEW < size < _MANY else after


def _are_innocent(before: bytes, after: bytes, rest: bytes | None) -> bool:
    """Whether there can't be a secret in what a call was given and left.

    Args:
        before: the former.
        after: the latter.
        rest: what the latter adds; None where it differs.
    """
    met = _finder.met if _finder is not None else None
    if met and (met.is_in(after) or (rest is None and met.is_in(before))):
        return False
    if rest is None:
        return not (_shows(before) or _shows(after))
    if _judge().were_nameless(before) and not _looking()(rest):  # a name says of what follows it what that is
        return True
    return not _shows(after)


def _shows(data: bytes) -> bool:
    """Whether a frozen value could show a secret by a name or shape; nearly always that is so if it says yes."""
    judge = _texts or _judge()
    if judge.are_nameless(data):
        return False
    with looking_away():
        return not judge.are_innocent(data)


_innocent: dict[int, list[Layout]] = {}
"""By length: what calls hold that have no secrets, but for their numbers. Most calls of a function are alike in the
rest, and many in all but floats."""

_lengths: dict[int, int] = {}
"""How many of each length there were until what they have in common was looked for."""

_MOST_LENGTHS = 512
_LARGE = 4096
_OFTEN = 16
_MOST_OF_A_LENGTH = 3


def _remember(innocent: dict[int, list[Layout]], after: bytes, outcome: str) -> None:
    """Know the next call that differs from this one in numbers alone, where there are many of its kind."""
    length = len(after)
    count = _lengths.get(length, 0)
    if _numbers or length > _LARGE or (not count and len(_lengths) >= _MOST_LENGTHS):
        return
    _lengths[length] = count + 1
    if not _OFTEN <= count < _OFTEN + _MOST_OF_A_LENGTH:
        return
    with looking_away():
        layout = finder().layout(after, outcome, with_ints=count > _OFTEN)
    if layout is not None:
        innocent.setdefault(length, []).append(layout)


def _judge() -> Texts:
    global _texts
    if _texts is None:
        with looking_away():
            from pytead.values.redaction.needles import search_text
            from pytead.values.redaction.texts import Texts

            _texts = Texts(search_text(_rules.names, _rules.values), finder)
    return _texts


def _looking() -> Callable[[bytes], bool]:
    global _looks
    if _looks is None:
        with looking_away():
            from pytead.values.redaction import needles

        _looks = needles.search(_rules.names, _rules.values)
    return _looks

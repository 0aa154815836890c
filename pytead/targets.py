"""Which functions a person means: one pattern language for recording and for flow.

A pattern is matched against dotted names, ``module.qualname``:

- ``pkg``, ``pkg.mod``, ``pkg.mod.Class``, ``pkg.mod.func``: that and all below it (for a function: itself);
- ``*`` stands for any text, dots included, and ``?`` for one character: ``pkg.*.save``;
- ``re:...`` is a regular expression for the whole name;
- ``!`` before any of these excludes, and wins over what includes.

Several patterns may stand in one string with commas between them. ``module:qualname`` is read as
``module.qualname``. If only excludes are given, everything else is meant, as with ``*``.

A pattern that doesn't name a top-level package (``*``, ``*.save``, ``re:.*``) leaves library modules out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pytead.errors import PyteadError
from pytead.names import FunctionName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_SPECIAL_IN_REGEX = frozenset("\\.^$*+?{}[]|()")
_CLOSING = {"(": ")", "{": "}"}
_NOT_IN_A_NAME = re.compile(r"[^\w.*?<>\-]")
_GAP_BETWEEN_DOTS = re.compile(r"\.(?=\.|$)|^\.")
_WILD = re.compile(r"[*?]")


class Decision(NamedTuple):
    """Whether a function is a target, and why; true where it is.

    Attributes:
        selected: whether it is one.
        reason: why, for a person.
        pattern: the pattern that decided, as typed; None where none had a say.
    """

    selected: bool
    reason: str
    pattern: str | None

    def __bool__(self) -> bool:
        return self.selected


class _Pattern:
    """One parsed pattern.

    ``prefix`` is text that every name it matches begins with; ``matcher`` is None for a plain name, whose
    prefix is then all of it; ``is_prefix`` says that whatever begins with the prefix matches.
    """

    __slots__ = ("excludes", "is_prefix", "matcher", "prefix", "text")

    def __init__(
        self, text: str, excludes: bool, prefix: str, matcher: re.Pattern[str] | None, is_prefix: bool = False
    ) -> None:
        self.text = text
        self.excludes = excludes
        self.prefix = prefix
        self.matcher = matcher
        self.is_prefix = is_prefix

    def matches(self, dotted: str) -> bool:
        if self.matcher is not None:
            return dotted.startswith(self.prefix) and self.matcher.fullmatch(dotted) is not None
        if not dotted.startswith(self.prefix):
            return False
        below = dotted[len(self.prefix) :]
        # What is defined inside a function isn't "below" the function: nobody can reach it there.
        return not below or (below[0] == "." and not below.startswith(".<locals>"))

    def names_package(self, module: str) -> bool:
        """Whether the pattern spells out the module's top-level package, as libraries must be."""
        top = module.partition(".")[0]
        return self.prefix.startswith(top + ".") or (self.matcher is None and self.prefix == top)

    def may_match_in(self, module: str) -> bool:
        """Whether some name in the module could match; True too often rather than too rarely."""
        inside = module + "."
        if self.prefix.startswith(inside):
            return True
        if self.matcher is None:
            return inside.startswith(self.prefix + ".")
        return inside.startswith(self.prefix)

    def covers(self, module: str) -> bool:
        """Whether every name in the module matches; False too often rather than too rarely."""
        if self.matcher is None:
            return (module + ".").startswith(self.prefix + ".")
        return self.is_prefix and (module + ".").startswith(self.prefix)


class TargetSet:
    """All patterns of a run. Equal to another with the same patterns in the same order."""

    __slots__ = ("_excludes", "_includes", "patterns")

    patterns: tuple[str, ...]
    """The patterns one by one, as typed."""

    def __init__(self, parsed: Sequence[_Pattern]) -> None:
        self.patterns = tuple(pattern.text for pattern in parsed)
        self._excludes = tuple(pattern for pattern in parsed if pattern.excludes)
        includes = tuple(pattern for pattern in parsed if not pattern.excludes)
        if self._excludes and not includes:
            includes = (_parse_one("*", "*", ""),)
        self._includes = includes

    @classmethod
    def parse(cls, patterns: Sequence[str], *, place: str = "") -> TargetSet:
        """Read patterns, each of which may be a list with commas.

        Args:
            patterns: what was typed.
            place: where it was typed, for the message of an error, such as ``PYTEAD_TARGETS``.

        Raises:
            PyteadError: ``bad-pattern``, for one that can't be read.
        """
        return cls([_parse_one(item, typed, place) for typed in patterns for item in _split(typed)])

    def decide(
        self, name: FunctionName, *, is_library: bool = False, aliases: Sequence[str] = ()
    ) -> Decision:
        """Say whether a function is a target.

        Args:
            name: the function.
            is_library: whether its module is of the standard library, of site-packages or of Pytead itself.
            aliases: further names of its module: ``__main__`` for the script ``main``.
        """
        modules = (name.module, *aliases)
        for pattern in self._excludes:
            for module in modules:
                if pattern.matches(f"{module}.{name.qualname}"):
                    return Decision(False, f"excluded by '{pattern.text}'", pattern.text)
        too_broad = None
        for pattern in self._includes:
            for module in modules:
                if pattern.matches(f"{module}.{name.qualname}"):
                    if is_library and not pattern.names_package(module):
                        too_broad = too_broad or pattern
                        continue
                    return Decision(True, f"matches '{pattern.text}'", pattern.text)
        if too_broad is not None:
            top = name.module.partition(".")[0]
            return Decision(
                False, f"'{too_broad.text}' leaves libraries out; '{top}.*' would name it", too_broad.text
            )
        return Decision(False, "no pattern matches it" if self.patterns else "there are no targets", None)

    def decider(
        self, module: str, *, is_library: bool = False, aliases: Sequence[str] = ()
    ) -> Callable[[str], Decision]:
        """``decide`` for one module's functions, by qualified name; quick where one pattern means them all.

        Args:
            module: full name of the module.
            is_library: as for ``decide``.
            aliases: as for ``decide``.
        """
        modules = (module, *aliases)
        if not any(pattern.may_match_in(name) for pattern in self._excludes for name in modules):
            for pattern in self._includes:
                if not any(pattern.may_match_in(name) for name in modules):
                    continue
                if any(
                    pattern.covers(name) and (not is_library or pattern.names_package(name))
                    for name in modules
                ):
                    decision = Decision(True, f"matches '{pattern.text}'", pattern.text)
                    return lambda qualname: decision
                break
        return lambda qualname: self.decide(
            FunctionName(module, qualname), is_library=is_library, aliases=aliases
        )

    def may_match(self, module: str, is_library: bool = False, *, aliases: Sequence[str] = ()) -> bool:
        """Say quickly whether any function of a module could be a target; never False where one could.

        Args:
            module: full name of the module.
            is_library: as for ``decide``.
            aliases: as for ``decide``.
        """
        modules = (module, *aliases)
        for pattern in self._excludes:
            for name in modules:
                if pattern.covers(name):
                    return False
        for pattern in self._includes:
            for name in modules:
                if pattern.may_match_in(name) and (not is_library or pattern.names_package(name)):
                    return True
        return False

    def names_module(self, module: str) -> bool:
        """Whether a pattern spells out the module's whole name, with or without more after it."""
        return any(
            pattern.prefix.startswith(module + ".") or (pattern.matcher is None and pattern.prefix == module)
            for pattern in self._includes
        )

    def __eq__(self, other: object) -> bool:
        return self.patterns == other.patterns if isinstance(other, TargetSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.patterns)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def __repr__(self) -> str:
        return f"TargetSet.parse({list(self.patterns)!r})"


def nearest(pattern: str, seen_names: Iterable[str]) -> tuple[str, ...]:
    """The names most like a pattern that matched nothing, at most three, the likeliest first.

    Args:
        pattern: a pattern of a ``TargetSet``.
        seen_names: dotted names of the functions that there were; their modules and classes count too.
    """
    wanted = pattern.removeprefix("!").removeprefix("re:").replace("\\.", ".").replace(":", ".")
    wanted = re.sub(r"[^\w.<>\-]", "", wanted).strip(".")
    if not wanted:
        return ()
    names = sorted(set(seen_names))
    # Most often the module was left out or is another one.
    ending = [name for name in names if name.endswith("." + wanted)]
    ending += [name for name in names if name.endswith("." + wanted.rpartition(".")[2])]
    import difflib

    places = sorted({part for name in names for part in _containers(name)}.union(names))
    return tuple(dict.fromkeys([*ending, *difflib.get_close_matches(wanted, places, n=3)]))[:3]


def _containers(dotted: str) -> Iterable[str]:
    parts = dotted.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def _split(typed: str) -> list[str]:
    """Cut at commas, except at those that belong to a bracket of a regular expression."""
    items = []
    start = 0
    while True:
        if typed[start:].lstrip().startswith(("re:", "!re:")):
            end = next((at for at in _unbracketed(typed, start) if typed[at] == ","), -1)
        else:
            end = typed.find(",", start)
        items.append((typed[start:] if end < 0 else typed[start:end]).strip())
        if end < 0:
            return items
        start = end + 1


def _unbracketed(regex: str, start: int = 0) -> Iterator[int]:
    """Where in a regular expression the characters are that stand in no bracket and aren't escaped."""
    closing: list[str] = []
    position = start
    while position < len(regex):
        character = regex[position]
        if character == "\\":
            position += 1
        elif closing and character == closing[-1]:
            closing.pop()
        elif closing and closing[-1] == "]":
            pass  # inside [...] only its end and escapes mean anything
        elif character == "[":
            closing.append("]")
            first = position + 2 if regex[position + 1 : position + 2] == "^" else position + 1
            if regex[first : first + 1] == "]":  # a bracket that comes first is a member
                position = first
        elif character in _CLOSING:
            closing.append(_CLOSING[character])
        elif not closing:
            yield position
        position += 1


def _parse_one(item: str, typed: str, place: str) -> _Pattern:
    excludes = item.startswith("!")
    body = item[1:] if excludes else item

    def bad(problem: str, hint: str = "") -> PyteadError:
        shown = repr(item) if item == typed else f"{item!r} (of {typed!r})"
        return PyteadError("bad-pattern", f"bad pattern {shown}{place and ' in ' + place}: {problem}", hint)

    if not body:
        what = "nothing follows the '!'" if excludes else "it is empty"
        raise bad(what, "a pattern looks like 'pkg.mod.*', 'pkg.mod.func', '!pkg.private' or 're:...'")
    if body.startswith("re:"):
        return _parse_regex(item, excludes, body[3:], bad)
    if body.startswith("!"):
        raise bad("one '!' is enough")
    if body.count(":") == 1 and not body.startswith(":") and not body.endswith(":"):
        body = body.replace(":", ".")
    first = len(item) - len(body) + 1  # characters are counted from 1 in what was typed
    odd = _NOT_IN_A_NAME.search(body)
    if odd is not None:
        at = f"at character {odd.start() + first}"
        if odd.group().isspace():
            raise bad(f"a space {at}", "put a comma between patterns, or give -t once for each")
        hint = "start it with 're:' if it is a regular expression"
        if odd.group() in "/\\":
            dotted = body.removesuffix(".py").replace("\\", ".").replace("/", ".").strip(".")
            hint = f"patterns are names with dots, not paths: {dotted!r}"
        raise bad(f"{odd.group()!r} {at}", hint)
    gap = _GAP_BETWEEN_DOTS.search(body)
    if gap is not None:
        missing = f"a name is missing at character {gap.start() + first}"
        raise bad(missing, "'*' stands for any text, dots included")
    wild = _WILD.search(body)
    if wild is None:
        return _Pattern(item, excludes, body, None)
    glob = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in body)
    matcher = re.compile(rf"(?s:{glob})(?:\.(?!<locals>)(?s:.*))?")
    is_prefix = body.find("*") == len(body) - 1 and "?" not in body
    return _Pattern(item, excludes, body[: wild.start()], matcher, is_prefix)


def _parse_regex(item: str, excludes: bool, regex: str, bad: Callable[[str], PyteadError]) -> _Pattern:
    if not regex:
        raise bad("nothing follows 're:'")
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matcher = re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise bad(f"not a regular expression: {error}") from None
    return _Pattern(item, excludes, _regex_prefix(regex), matcher)


def _regex_prefix(regex: str) -> str:
    """Text that every match begins with: up to the first character that may stand for several things."""
    if any(regex[at] == "|" for at in _unbracketed(regex)):
        return ""
    prefix: list[str] = []
    position = 0
    while position < len(regex):
        character, width = regex[position], 1
        if character == "\\":
            character, width = regex[position + 1 : position + 2], 2
            if character.isalnum() or not character:  # a class such as \w, an anchor such as \b
                break
        elif character in _SPECIAL_IN_REGEX:
            break
        following = regex[position + width : position + width + 1]
        if following and following in "*+?{":
            break
        prefix.append(character)
        position += width
    return "".join(prefix)

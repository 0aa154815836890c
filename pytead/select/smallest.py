"""The few cases that are worth keeping: all that was seen is still shown, then what differs most."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytead.select.showing import Showing, showing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytead.names import FunctionName
    from pytead.select.case import Case

_MOST_FOR_LINES = 60
"""What new lines and branches count at most: one long way through the code is no reason to leave out all others."""

_OTHER_WAY = 4
"""What it counts to reach lines together that no kept case reaches together."""

_CANDIDATES = 12
"""How many times the cases that may be kept are run to choose among them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a case shows that those chosen before it don't.

    Attributes:
        reached: lines and branches, as bits.
        words: the rest.
    """

    reached: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen of the cases of one function.

    Attributes:
        kept: those that are kept, in the order in which they came, each with what it shows.
        left: the others, which show nothing more, or for which there was no room.
        is_measured: whether it was known which lines they reach.
    """

    kept: dict[Case, Shown] = field(default_factory=dict)
    left: list[Case] = field(default_factory=list)
    is_measured: bool = False


def smallest(cases: Sequence[Case], most: int, reached: Mapping[Case, int] | None = None) -> Choice:
    """Choose the cases of one function that are worth keeping.

    Args:
        cases: the simplest first; among those that show as much it wins.
        most: how many may be kept; 0 for all. Half as many more are where each has a text that is odd in a way of its
            own: such texts fail for reasons that no line of code shows.
        reached: a bit for each line and branch that a case reaches; a case without is judged by its values alone.
    """
    reached = reached or {}
    candidates = [_Candidate(case, reached.get(case, 0), showing(case)) for case in cases]
    table = _Table()
    table.choose(candidates, most or len(candidates), _essential)
    table = _Table(table.without_needless())
    # what is left are those that differ in the values that code tends to turn on
    table.choose([one for one in candidates if one not in table.chosen], most or len(candidates), _telling)
    table.choose(candidates, most + most // 2, _odd)
    kept = {one.case: shown for one, shown in table.chosen.items()}
    return Choice(
        {case: kept.get(case, Shown()) for case in cases if case in kept or not most},
        [case for case in cases if case not in kept] if most else [],
        any(case in reached for case in cases),
    )


def narrowed(cases: Sequence[Case], most: int) -> tuple[list[Case], list[Case]]:
    """The candidates among many cases, to be run before ``smallest`` chooses, and the others.

    Args:
        cases: of any functions, those of one beside each other, the simplest first.
        most: how many are to be kept of each function; 0 for all.
    """
    candidates: list[Case] = []
    others: list[Case] = []
    for own in by_function(cases).values():
        room = most * _CANDIDATES or len(own)
        telling = smallest(own, room) if len(own) > room else Choice(dict.fromkeys(own, Shown()))
        simplest = telling.left[: room - len(telling.kept)]
        wanted = {*telling.kept, *simplest}
        candidates += [case for case in own if case in wanted]
        others += [case for case in own if case not in wanted]
    return candidates, others


def minimised(
    cases: Sequence[Case], most: int, reached: Mapping[Case, int], others: Sequence[Case] = ()
) -> dict[FunctionName, Choice]:
    """What is kept of each function; ``others`` are left out without having been candidates."""
    crowded_out = by_function(others)
    found = {}
    for function, own in by_function(cases).items():
        choice = smallest(own, most, reached)
        found[function] = replace(choice, left=[*choice.left, *crowded_out.get(function, [])])
    return found


def by_function(cases: Iterable[Case]) -> dict[FunctionName, list[Case]]:
    """Cases by their function."""
    found: dict[FunctionName, list[Case]] = {}
    for case in cases:
        found.setdefault(case.function, []).append(case)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    case: Case
    reached: int
    shows: Showing


class _Table:
    """The chosen ones, in the order of choice, and what they show together."""

    def __init__(self, chosen: Sequence[_Candidate] = ()) -> None:
        self.chosen: dict[_Candidate, Shown] = {}
        self.reached = 0
        self.ways: set[int] = set()
        self.words: set[str] = set()
        self.oddities: set[str] = set()
        for one in chosen:
            self.add(one)

    def add(self, one: _Candidate) -> None:
        words = {**one.shows.essentials, **one.shows.traits}
        new = tuple(sorted((word for word in words if word not in self.words), key=lambda word: -words[word]))
        self.chosen[one] = Shown(one.reached & ~self.reached, new)
        self.reached |= one.reached
        self.ways.add(one.reached)
        self.words.update(words)
        self.oddities |= one.shows.oddities

    def choose(
        self,
        candidates: Sequence[_Candidate],
        most: int,
        gain: Callable[[_Table, _Candidate], tuple[int, ...]],
    ) -> None:
        """Add the candidate that gains most, the first of several; but for telling ones until none gains anything."""
        left = [one for one in candidates if one not in self.chosen]
        while left and len(self.chosen) < most:
            gains = [gain(self, one) for one in left]
            best = max(gains)
            if not best[0] and gain is not _telling:
                return
            self.add(left.pop(gains.index(best)))

    def without_needless(self) -> list[_Candidate]:
        """The chosen ones without those whose lines and essentials the others show as well, the latest first."""
        needed = list(self.chosen)
        for one in reversed(self.chosen):
            others = [other for other in needed if other is not one]
            lines = 0
            words: set[str] = set()
            for other in others:
                lines |= other.reached
                words.update(other.shows.essentials)
            if not one.reached & ~lines and words.issuperset(one.shows.essentials):
                needed = others
        return needed


def _new(words: Mapping[str, int], known: set[str]) -> int:
    return sum(weight for word, weight in words.items() if word not in known)


def _essential(table: _Table, one: _Candidate) -> tuple[int, ...]:
    lines = min((one.reached & ~table.reached).bit_count(), _MOST_FOR_LINES)
    return lines + _new(one.shows.essentials, table.words), _new(one.shows.traits, table.words)


def _telling(table: _Table, one: _Candidate) -> tuple[int, ...]:
    way = _OTHER_WAY if one.reached not in table.ways else 0
    return (way + _new(one.shows.traits, table.words),)


def _odd(table: _Table, one: _Candidate) -> tuple[int, ...]:
    return (len(one.shows.oddities - table.oddities),)

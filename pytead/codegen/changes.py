"""What making tests again would do to those that lie on disk, case by case."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.codegen.written import WrittenCase, WrittenModule

Kind = Literal["same", "changed", "new", "gone"]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One case, as it is on disk and as it would be.

    Attributes:
        kind: whether it stays, expects something else, comes, or goes.
        old: as it is; None for a new one.
        new: as it would be; None for one that goes.
    """

    kind: Kind
    old: WrittenCase | None
    new: WrittenCase | None

    @property
    def test(self) -> str:
        """What pytest calls it now, or will."""
        case = self.old or self.new
        assert case is not None
        return case.test

    @property
    def lines(self) -> list[str]:
        """What of it changes, as a diff shows it; what stays the same is left out."""
        old = list(self.old.expected) if self.old else []
        new = list(self.new.expected) if self.new else []
        if self.kind != "changed":
            return [*(f"- {line}" for line in old), *(f"+ {line}" for line in new)]
        if old == new and self.old and self.new:  # what is compared is the same, and how it is isn't
            old, new = _body(self.old), _body(self.new)
        return [
            *(f"- {line}" for line in old if line not in new),
            *(f"+ {line}" for line in new if line not in old),
        ]


def changes(old: WrittenModule | None, new: WrittenModule | None) -> list[Change]:
    """The changes from one module to another: those of the new one's cases in their order, then what goes."""
    waiting: dict[str, list[WrittenCase]] = defaultdict(list)
    for case in old.cases if old else ():
        waiting[case.inputs].append(case)
    found = []
    for case in new.cases if new else ():
        before = _taken(waiting[case.inputs], case)
        if before is None:
            found.append(Change("new", None, case))
        else:
            found.append(Change("same" if before.told == case.told else "changed", before, case))
    return [*found, *(Change("gone", case, None) for cases in waiting.values() for case in cases)]


def _taken(among: list[WrittenCase], case: WrittenCase) -> WrittenCase | None:
    """The one that ``case`` was before, taken out; of several with the same inputs the one most like it."""
    if not among:
        return None
    best = max(among, key=lambda each: (each.told == case.told, each.test == case.test))
    among.remove(best)
    return best


def _body(case: WrittenCase) -> list[str]:
    return [line for statement in case.function.body for line in ast.unparse(statement).split("\n")]


def of_kind(found: Iterable[Change], *kinds: Kind) -> list[Change]:
    """Those of some kinds."""
    return [change for change in found if change.kind in kinds]

"""Which cases may be delivered, and which constructor calls may stand in them: their tests are run to find out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytead.cli.proving import verifying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path, PurePosixPath

    from pytead.codegen.generation import Generation
    from pytead.config.settings import Settings
    from pytead.errors import Rejection
    from pytead.select.case import Case
    from pytead.select.constructing import Constructions, Key
    from pytead.values.originals import Originals
    from pytead.verify.meter import Place
    from pytead.verify.verdict import Verification

_OF_CONSTRUCTORS = frozenset({"mismatch", "hidden-state", "order-dependent", "unstable", "value-rebuild"})
"""What may come of a constructor that does more than to make its object."""


@dataclass(slots=True)
class Examination:
    """What came of it.

    Attributes:
        refused: cases that must not be delivered, each with the reason.
        reached: a bit for each line and branch that a case reaches.
        places: the lines and branches.
    """

    refused: dict[Case, Rejection] = field(default_factory=dict)
    reached: dict[Case, int] = field(default_factory=dict)
    places: tuple[Place, ...] = ()


def examine(
    settings: Settings,
    made: Generation,
    make: Callable[[Sequence[Case]], Generation],
    constructions: Constructions,
    originals: Originals,
    folder: Path,
    project: Path,
    measured: Sequence[str],
) -> Examination:
    """Verify tests, beside the proofs of the constructor calls in them.

    Where a call isn't proven, or a test with one fails that may pass without it, the cases are tried once more on
    objects that are made of their bare state. From then on ``constructions`` gives only what may be delivered.

    Args:
        settings: of ``gen`` or ``tead``.
        made: the tests.
        make: gives the tests of some cases, with the constructor calls that are left.
        constructions: the calls.
        originals: where the source of functions is found that are values.
        folder: where the tests go.
        project: the project's folder.
        measured: absolute paths of the files of which it is to be known what each test reaches.

    Raises:
        PyteadError: those of verification.
    """
    from pytead.codegen.proofs import proofs_of
    from pytead.verify import verify

    def run(generation: Generation, explains: bool = True) -> Verification:
        with verifying(settings, generation.modules):
            return verify(
                generation.modules,
                generation.support,
                folder=folder,
                project=project,
                jobs=settings.jobs,
                measured=measured,
                explains=explains,
            )

    proofs = proofs_of(constructions, {module.path for module in made.modules}, originals)
    first = run(replace(made, modules=[*made.modules, *proofs.modules]))
    found = Examination(places=first.places)
    refuted = _take(first, found, proofs.keys)
    constructions.refute(refuted)
    cases = [case for module in made.modules for case in module.tests.values()]
    unproven = constructions.serving(cases, refuted)
    failing = [case for case, rejection in found.refused.items() if rejection.slug in _OF_CONSTRUCTORS]
    again = {*unproven, *constructions.serving(failing)}
    if again:
        constructions.leave(again)
        second = Examination()
        bare = make([case for case in cases if case in again])
        _take(run(bare, explains=bool(unproven)), second, {})
        for case in again:
            before, now = found.refused.pop(case, None), second.refused.get(case)
            if now is not None:
                found.refused[case] = before or now
    return found


def _take(
    verification: Verification, found: Examination, keys: dict[tuple[PurePosixPath, str], Key]
) -> set[Key]:
    """Note what came of the cases, and give what wasn't proven."""
    refuted = set()
    for verdict in verification.verdicts:
        key = keys.get((verdict.module, verdict.test))
        if key is not None:
            if verdict.rejection is not None:
                refuted.add(key)
            continue
        if verdict.reached is not None:
            found.reached[verdict.case] = found.reached.get(verdict.case, 0) | verdict.reached
        if verdict.rejection is not None:
            found.refused.setdefault(verdict.case, verdict.rejection)
    return refuted

"""What is run before it is used: property tests for ``gen --hypothesis``, and constructor calls that give objects."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from pytead.errors import FINDING, PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytead.codegen.generated import GeneratedModule
    from pytead.codegen.generation import Generation
    from pytead.config.settings import Settings
    from pytead.errors import Rejection
    from pytead.names import FunctionName
    from pytead.select.constructing import Constructions
    from pytead.values.originals import Originals


class Proven(NamedTuple):
    """What came of it.

    Attributes:
        modules: the tests that hold.
        dropped: functions whose tests don't, and how the last one failed.
    """

    modules: list[GeneratedModule]
    dropped: dict[FunctionName, Rejection]


def prove(
    settings: Settings, forms: list[list[GeneratedModule]], made: Generation, folder: Path, project: Path
) -> Proven:
    """Verify property tests, all their forms at once, and keep of each function's the first that holds.

    Args:
        settings: of ``gen`` or ``tead``.
        forms: as ``property_modules`` gave them.
        made: the tests that they are delivered with.
        folder: where they go.
        project: the project's folder.

    Raises:
        PyteadError: ``no-hypothesis``, and those of verification.
    """
    if not _has_hypothesis():
        raise PyteadError(
            "no-hypothesis",
            "--hypothesis needs Hypothesis, which isn't installed",
            "install it: pip install hypothesis",
            FINDING,
        )
    if not settings.verify:
        return Proven([own[-1] for own in forms], {})  # the most careful
    from pytead.verify import verify

    proven = Proven([], {})
    waiting = forms
    while waiting:
        modules = [own[0] for own in waiting]
        with verifying(settings, modules, "verifying properties"):
            # Hypothesis uses chance and a clock itself, so there is nothing to find out about either.
            verdicts = verify(
                modules,
                made.support,
                folder=folder,
                project=project,
                jobs=settings.jobs,
                explains=False,
            ).verdicts
        found = {verdict.module: verdict for verdict in verdicts}
        further = []
        for own in waiting:
            verdict = found[own[0].path]
            if verdict.rejection is None:
                proven.modules.append(own[0])
                proven.dropped.pop(verdict.case.function, None)
                continue
            proven.dropped[verdict.case.function] = verdict.rejection
            if own[1:]:
                further.append(own[1:])
        waiting = further
    return proven


def prove_constructions(
    constructions: Constructions, originals: Originals, output: Path | None, folder: Path, project: Path
) -> None:
    """Run the constructor calls that are proposed, and leave those that hold.

    Args:
        constructions: the calls.
        originals: where the source of functions is found that are values.
        output: the one module for all tests, if that is asked for.
        folder: where tests go.
        project: the project's folder.

    Raises:
        PyteadError: those of verification.
    """
    from pytead.codegen.proofs import proofs_of
    from pytead.verify.runner import holding

    place = relative(folder, project)
    proofs = proofs_of(constructions, originals, place, project, is_single_file=output is not None)
    holds = holding(proofs.modules, proofs.support, folder=folder, project=project)
    constructions.refute(key for test, key in proofs.keys.items() if test not in holds)


@contextmanager
def verifying(
    settings: Settings, modules: Sequence[GeneratedModule], what: str = "verifying"
) -> Iterator[None]:
    """Show how far the verification of some tests is, at a terminal."""
    from pytead.report.progress import bar
    from pytead.verify.progress import told_to

    runs = sum(len(module.tests) for module in modules) * _RUNS
    with bar(what, runs, is_quiet=settings.quiet) as advance, told_to(advance):
        yield


def relative(folder: Path, project: Path) -> PurePosixPath:
    """The folder of the tests relative to the project, or absolute where it lies outside."""
    return PurePosixPath(
        (folder.relative_to(project) if folder.is_relative_to(project) else folder).as_posix()
    )


_RUNS = 2
"""How often each test runs, as a rule."""


def _has_hypothesis() -> bool:
    from importlib.util import find_spec

    try:
        return find_spec("hypothesis") is not None
    except ImportError:
        return False

"""``pytead gen``: make tests from recorded calls."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytead.cli import account
from pytead.cli.scanning import Scanner
from pytead.cli.streams import shown, warn, write_json
from pytead.config.settings import ENVIRONMENT, load
from pytead.errors import FINDING, OK, PyteadError
from pytead.report.annotations import annotate
from pytead.report.generation import Report, as_json, show
from pytead.targets import TargetSet, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.codegen.generation import Generation
    from pytead.config.settings import Settings
    from pytead.errors import Rejection
    from pytead.select.case import Case
    from pytead.storage.reading.stored import StoredCalls


def command(words: Sequence[str], cwd: str) -> int:
    """Make tests as the command line says; the exit code is 1 where there is nothing to make.

    Raises:
        PyteadError: for anything that was given wrongly, and where nothing has been recorded.
    """
    settings = load("gen", Scanner("gen", words).take_all(), cwd, os.environ)
    targets = TargetSet.parse(settings.targets) if settings.targets else None
    return deliver(settings, targets)


def deliver(settings: Settings, targets: TargetSet | None) -> int:
    """Make tests, tell what came of it, and give the exit code; errors as for ``generate``."""
    report = generate(settings, targets)
    cwd = os.getcwd()
    if not settings.quiet:
        warn(report.problems)
        show(report, cwd)
    if settings.output_format == "github":
        annotate(report, cwd, is_check=settings.check)
    if settings.json is not None and settings.command == "gen":
        write_json(settings.json, as_json(report, cwd))
    is_out_of_date = settings.check and report.plan is not None and report.plan.is_change
    if is_out_of_date or report.pending:
        return FINDING
    return OK if report.cases else FINDING


def generate(settings: Settings, targets: TargetSet | None = None) -> Report:
    """Read the store, choose cases, write them as tests, run those, and put the ones that pass in place.

    Args:
        settings: of ``gen`` or ``tead``.
        targets: functions to make tests for; None for all that were recorded.

    Raises:
        PyteadError: ``store-missing``, ``no-calls``, ``no-match``, ``verify-failed``, ``output-unwritable``,
            and others of these stages.
    """
    from pytead.storage.opening import open_for_read

    project = Path.cwd()
    folder = settings.output.parent if settings.output else settings.output_dir
    stored = open_for_read(settings.calls_dir)
    _demand_calls(stored, targets, shown(settings.calls_dir, str(project)))

    from pytead.cli import flow_tests
    from pytead.cli.delivering import deliver
    from pytead.cli.proving import prove, prove_constructions, relative, verifying
    from pytead.codegen import generation
    from pytead.codegen.naming import file_names
    from pytead.codegen.properties import property_modules
    from pytead.codegen.reviewing import KnownInputs
    from pytead.codegen.signature import data_digest
    from pytead.select.choosing import choose
    from pytead.select.constructing import Constructions
    from pytead.select.smallest import minimised, narrowed
    from pytead.select.unrecorded import unrecorded
    from pytead.storage.reading.revealed import revealed_by
    from pytead.values.originals import Originals

    revealed = revealed_by(stored)
    if revealed is not None:
        stored.alter = revealed.concealed
    flows = flow_tests.flows_to_pin(settings, str(project)) if settings.with_flow else ()
    selection = choose(stored, targets)
    report = Report(recorded=selection.functions, calls=selection.calls, duplicates=selection.duplicates)
    report.seen.update(selection.functions)
    for function, rejection, calls in unrecorded(stored, targets):
        report.seen.add(function)
        report.reject(function, rejection, calls)
    for function, rejection in selection.rejections:
        report.reject(function, rejection)

    roots = {case.origin.root for case in selection.cases}
    originals = Originals(str(project), roots, excluded=[str(settings.calls_dir)])
    constructions = Constructions(stored, originals)
    if settings.verify:  # what isn't proven is not used
        constructions.propose(selection.cases)
        prove_constructions(constructions, originals, settings.output, folder, project)

    def make(cases: Sequence[Case]) -> Generation:
        return generation.generate(
            cases,
            folder=relative(folder, project),
            single_file=settings.output.name if settings.output else None,
            recorded=selection.recorded,
            command=_again(settings, str(project)),
            project=project,
            originals=originals,
            longest=0 if settings.style == "syrupy" else settings.max_inline,  # snapshots take long results
            tolerance=settings.tolerance,
            style=settings.style,
            constructions=constructions,
            allows_pickle=settings.allow_pickle,
        )

    most = 0 if settings.all_cases else settings.max_cases
    candidates, crowded_out = narrowed(selection.cases, most)
    made = make(candidates)
    for function, rejection in made.rejections:
        report.reject(function, rejection)
    sound = {case for module in made.modules for case in module.tests.values()}
    # A case on disk that fails now may well be what found a fault: it isn't ours to take away.
    failing: set[Case] = set()
    reached: dict[Case, int] = {}
    if settings.verify:
        with verifying(settings, made.modules):
            refused = _verify(
                made, folder, project, report, reached, _files_of(stored, project), settings.jobs
            )
        failing = {case for case, rejection in refused.items() if rejection.slug == "mismatch"}
        sound -= refused.keys()
    report.chosen = minimised([case for case in candidates if case in sound], most, reached, crowded_out)
    kept = [case for choice in report.chosen.values() for case in choice.kept]
    if len(kept) < len(candidates):  # made again rather than cut: names depend on which cases there are
        made = make(kept)
    report.problems = [*stored.problems]
    for run in stored.runs.values():
        report.sources.update((module, origin.file) for module, origin in run.modules.items() if origin.file)
    names = file_names([*selection.functions, *selection.recorded])
    delivered = made
    if settings.hypothesis:
        forms = property_modules(kept, names, _again(settings, str(project)), originals)
        proven = prove(settings, forms, made, folder, project)
        report.properties, report.dropped = len(proven.modules), proven.dropped
        delivered = replace(made, modules=[*made.modules, *proven.modules])
    known = KnownInputs(lambda: make(selection.cases), failing)
    asked = None if targets is None else {names[function] for function in selection.functions}
    delivery = deliver(
        settings,
        delivered,
        folder,
        known,
        asked,
        lambda it: _formatted(it, report, settings, folder, project),
    )
    report.plan, report.is_written, report.pending = delivery.plan, delivery.is_written, delivery.pending
    report.kept, report.unmergeable = delivery.reviewed.kept, delivery.reviewed.unmergeable
    report.turned_down = delivery.reviewed.turned_down
    report.failing = known.failing() if report.kept else set()
    left = set(report.plan.paths("edited", "foreign"))
    for module in made.modules:
        if module.path not in left:
            for test, case in module.tests.items():
                report.tests[case] = str(folder / module.path), test
    for case in report.tests:
        report.cases[case.function] = report.cases.get(case.function, 0) + 1
    if not report.is_written:
        return report
    if flows:
        again = _again(settings, str(project))
        flow_tests.add(report, made, names, flows, stored, again, folder, project, originals)
    data = {
        folder / file.path: data_digest(file.path, file.content)
        for module in delivery.reviewed.generation.modules
        for file in module.data
        if file.path.suffix != ".ambr"
    }
    account.keep(stored, as_json(report, str(project)), data)
    return report


def _formatted(
    made: Generation, report: Report, settings: Settings, folder: Path, project: Path
) -> Generation:
    """The tests laid out by the project's formatter; what went wrong is noted in the report."""
    from pytead.codegen import formatting

    command = settings.format_command
    if command is None:
        command = formatting.command_of(project)
    if not command:
        return made
    laid_out, failed = formatting.formatted(made, command, folder, project)
    report.problems += failed
    return laid_out


def _verify(
    made: Generation,
    folder: Path,
    project: Path,
    report: Report,
    reached: dict[Case, int],
    measured: Sequence[str],
    jobs: int,
) -> dict[Case, Rejection]:
    """Run the tests, note what each case reaches, and give the cases that must not be delivered."""
    from pytead.verify import verify

    refused: dict[Case, Rejection] = {}
    verification = verify(
        made.modules, made.support, folder=folder, project=project, jobs=jobs, measured=measured
    )
    report.places = verification.places
    for verdict in verification.verdicts:
        if verdict.reached is not None:
            reached[verdict.case] = reached.get(verdict.case, 0) | verdict.reached
        if verdict.rejection is not None and verdict.case not in refused:
            refused[verdict.case] = verdict.rejection
            report.reject(verdict.case.function, verdict.rejection)
    return refused


def _files_of(stored: StoredCalls, project: Path) -> list[str]:
    """The source files of the modules that calls were recorded of."""
    origins = {origin.file for run in stored.runs.values() for origin in run.modules.values()}
    return sorted(str(project / file) for file in origins if file)


def _demand_calls(stored: StoredCalls, targets: TargetSet | None, folder: str) -> None:
    functions = stored.functions()
    if not functions:
        warn(stored.problems)
        raise PyteadError(
            "no-calls",
            f"{folder} holds no recorded calls",
            "record some with: pytead -t 'PATTERN' main.py",
            exit_code=FINDING,
        )
    if targets is None or any(stored.is_selected(function, targets) for function in functions):
        return
    close = [name for pattern in targets.patterns for name in nearest(pattern, (f.dotted for f in functions))]
    raise PyteadError(
        "no-match",
        f"{folder} holds no calls of {', '.join(targets.patterns)}",
        f"the nearest names are {', '.join(close)}" if close else "pytead list shows what it holds",
        exit_code=FINDING,
    )


def _again(settings: Settings, cwd: str) -> str:
    """What makes the same tests again: the options that no file remembers, but no path of one machine."""
    words = ["pytead gen"]
    for name, flag in (("calls_dir", "-c"), ("output_dir", "-d"), ("output", "-o")):
        value = getattr(settings, name)
        if (
            settings.origins[name].rank >= ENVIRONMENT
            and value is not None
            and Path(value).is_relative_to(cwd)
        ):
            words.append(f"{flag} {Path(value).relative_to(cwd).as_posix()}")
    for name, flag in (("max_cases", "--max-cases"), ("style", "--style")):
        if settings.origins[name].rank >= ENVIRONMENT:
            words.append(f"{flag} {getattr(settings, name)}")
    for name, flag in (
        ("all_cases", "--all-cases"),
        ("hypothesis", "--hypothesis"),
        ("allow_pickle", "--allow-pickle"),
    ):
        if settings.origins[name].rank >= ENVIRONMENT and getattr(settings, name):
            words.append(flag)
    return " ".join(words)

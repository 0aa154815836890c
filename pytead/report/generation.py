"""What became of the recorded calls: which functions have tests, and why the others have none."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from pytead.report.account import accounts_of
from pytead.report.changes import lost_lines, node_id, shown
from pytead.report.table import counted, lines_of

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from pytead.codegen.changes import Change
    from pytead.codegen.writer import Action, WritePlan
    from pytead.errors import Rejection
    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.select.smallest import Choice
    from pytead.storage.reading.found import StoreProblem
    from pytead.verify.meter import Place

_MOST_NAMES = 6
_STYLES = {"function": "cyan", "cases": "green", "rejected": "red", "why": "yellow"}


@dataclass(slots=True)
class Report:
    """What a generation came to.

    Attributes:
        recorded: functions with recorded calls that were asked for.
        seen: all functions that recording met, whether it recorded calls of them or not.
        calls: recorded calls of each function.
        cases: functions with tests to the number of their cases.
        rejected: function and reason to how many calls or cases it cost, 0 where none was counted; in the order of
            the stages.
        duplicates: calls of each function that showed nothing that another didn't.
        chosen: what was chosen of the cases of each function that could be tested.
        tests: the file and the name of each test that was delivered.
        places: what the bits of ``Shown.reached`` stand for.
        problems: what the store couldn't give, and files that the project's formatter failed on.
        plan: what was written, and what was left alone; None where there was nothing to write.
        pinned: cases whose flow is pinned as well.
        is_written: whether the plan was carried out.
        pending: changes that wait for somebody to accept them.
        kept: changes to cases on disk that didn't happen, by file.
        turned_down: those of them that a person said no to.
        sources: file of each module that calls were recorded of, relative to the project where it lies in it.
        failing: inputs of the cases that the calls give and that fail now, as ``WrittenCase.inputs``.
        properties: how many property tests were made.
        dropped: functions whose property test didn't hold, and how it failed.
        unmergeable: files that stay as they are since only some of their changes could happen, each with the reason.
    """

    recorded: list[FunctionName] = field(default_factory=list)
    seen: set[FunctionName] = field(default_factory=set)
    calls: Counter[FunctionName] = field(default_factory=Counter)
    cases: dict[FunctionName, int] = field(default_factory=dict)
    rejected: dict[tuple[FunctionName, Rejection], int] = field(default_factory=dict)
    duplicates: Counter[FunctionName] = field(default_factory=Counter)
    chosen: dict[FunctionName, Choice] = field(default_factory=dict)
    tests: dict[Case, tuple[str, str]] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    problems: list[StoreProblem] = field(default_factory=list)
    plan: WritePlan | None = None
    pinned: int = 0
    is_written: bool = True
    pending: int = 0
    kept: dict[PurePosixPath, list[Change]] = field(default_factory=dict)
    turned_down: set[Change] = field(default_factory=set)
    sources: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    properties: int = 0
    dropped: dict[FunctionName, Rejection] = field(default_factory=dict)
    unmergeable: dict[PurePosixPath, str] = field(default_factory=dict)

    def reject(self, function: FunctionName, rejection: Rejection, count: int = 1) -> None:
        """Note that some calls or cases went no further."""
        self.rejected[function, rejection] = self.rejected.get((function, rejection), 0) + count


def show(report: Report, cwd: str, stream: TextIO | None = None) -> None:
    """Print the report; its last line says what matters most.

    Args:
        report: what became of the calls.
        cwd: the working folder, which paths are shown relative to.
        stream: where to; standard error unless given.
    """
    stream = stream or sys.stderr
    where = f" to {shown(report.plan.folder, cwd)}" if report.plan is not None else ""
    verb = "written" if report.is_written else "would be written"
    rejected = sum(report.rejected.values())
    for line in (
        *_table(report, stream),
        *_reasons(report),
        *_left_out(report),
        *_on_disk(report, cwd),
        *_properties(report),
        *([f"{counted(report.pinned, 'flow')} pinned in snapshots"] if report.pinned else []),
        f"{counted(len(report.recorded), 'function')} recorded, {len(report.cases):,} with tests",
        f"{counted(sum(report.cases.values()), 'case')} {verb}{where}, {rejected:,} rejected",
    ):
        print(line, file=stream)


def as_json(report: Report, cwd: str) -> dict[str, object]:
    """The report as builtins: ``functions``, ``rejected``, ``left_alone``, ``duplicates``, ``problems`` and ``files``.

    Every function that was seen is among ``functions``, with what became of it.
    """
    files: dict[str, list[str]] = {}
    if report.plan is not None:
        for step in report.plan.steps:
            files.setdefault(step.action, []).append(shown(report.plan.folder / step.path, cwd))
    return {
        "functions": accounts_of(report, cwd),
        "rejected": [
            {
                "func": function.dotted,
                "stage": rejection.stage,
                "slug": rejection.slug,
                "reason": rejection.reason,
                "hint": rejection.hint,
                "calls": count,
            }
            for (function, rejection), count in sorted(report.rejected.items(), key=_by_name)
            if count
        ],
        "left_alone": [
            {"func": function.dotted, "slug": rejection.slug, "reason": rejection.reason}
            for (function, rejection), count in sorted(report.rejected.items(), key=_by_name)
            if not count
        ],
        "duplicates": report.duplicates.total(),
        "flows": report.pinned,
        "problems": [
            {"file": problem.file, "place": problem.place, "slug": problem.slug, "reason": problem.reason}
            for problem in report.problems
        ],
        "files": files,
        "is_written": report.is_written,
        "kept": [
            change.test
            for changes in report.kept.values()
            for change in changes
            if change.kind == "gone" or (change in report.turned_down and change.old is not None)
        ],
        "pending": report.pending,
        "properties": report.properties,
    }


def _table(report: Report, stream: TextIO) -> list[str]:
    slugs: dict[FunctionName, dict[str, int]] = defaultdict(dict)
    for (function, rejection), count in report.rejected.items():
        slugs[function][rejection.slug] = slugs[function].get(rejection.slug, 0) + count
    rows = []
    for function in sorted({*report.seen, *slugs}):
        of_function = slugs.get(function, {})
        why = ", ".join(sorted(of_function))
        rejected = sum(of_function.values())
        rows.append(
            (function.dotted, f"{report.cases.get(function, 0):,}", f"{rejected:,}" if rejected else "", why)
        )
    heads: tuple[str, ...] = ("function", "cases", "rejected", "why")
    if not slugs:
        return lines_of(heads[:2], [row[:2] for row in rows], stream, numbers=heads[1:2], styles=_STYLES)
    return lines_of(heads, rows, stream, numbers=heads[1:3], styles=_STYLES)


def _reasons(report: Report) -> list[str]:
    """Each reason once, with the functions that it met and the way out."""
    names: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (function, rejection), _ in sorted(report.rejected.items(), key=_by_name):
        names[rejection.slug, rejection.reason, rejection.hint].append(function.dotted)
    lines = [""] if names else []
    hinted = set()
    for (slug, reason, hint), functions in sorted(names.items()):
        more = f" and {len(functions) - _MOST_NAMES} more" if len(functions) > _MOST_NAMES else ""
        lines.append(f"{slug}: {reason}: {', '.join(functions[:_MOST_NAMES])}{more}")
        if hint and (slug, hint) not in hinted:
            hinted.add((slug, hint))
            lines.append(f"  {hint}")
    return lines


def _left_out(report: Report) -> list[str]:
    """What the choice left out, and where it had to do without measuring."""
    lines = []
    left = [choice for choice in report.chosen.values() if choice.left]
    if left:
        count = counted(sum(len(choice.left) for choice in left), "case")
        of = counted(len(left), "function")
        lines.append(f"left out: {count} of {of} that show nothing more, or less than those that are kept")
        lines.append("  --all-cases keeps them; pytead explain FUNCTION says what was chosen, and why")
    blind = [function for function, choice in report.chosen.items() if choice.left and not choice.is_measured]
    if blind:
        count = counted(len(blind), "function")
        lines.append(
            f"chosen by their values alone, as it isn't known which lines they reach: cases of {count}"
        )
    return lines


def _on_disk(report: Report, cwd: str) -> list[str]:
    """What became of the files and cases that lay there, where that isn't what anybody would expect."""
    if report.plan is None:
        return []
    folder = report.plan.folder
    lines = []
    if not report.is_written:
        verbs = {"create": "would create", "update": "would update", "overwrite": "would overwrite"}
        lines += [
            f"{verbs.get(step.action, 'would remove')}: {shown(folder / step.path, cwd)}"
            for step in report.plan.steps
            if step.is_change
        ]
    for step in report.plan.steps:
        if step.action == "overwrite":
            lost = lost_lines(step)
            verb = "overwritten" if report.is_written else "would be overwritten"
            lines.append(f"{verb}: {shown(folder / step.path, cwd)}, edited by hand; lost of it:")
            lines += [f"  - {line}" for line in lost]
    for path, changes in report.kept.items():
        for change in changes:
            if change in report.turned_down:
                verb = "left out" if change.old is None else "kept"
                name = node_id(folder / path, change.test, cwd)
                lines.append(f"{verb}: {name}, as what would become of it was turned down")
            elif change.kind == "gone" and change.old is not None:
                is_failing = change.old.inputs in report.failing
                why = "which fails now" if is_failing else "which other calls gave"
                lines.append(f"kept: {node_id(folder / path, change.test, cwd)}, {why}")
    lines += [
        f"left alone: {shown(folder / path, cwd)}, as {why}" for path, why in report.unmergeable.items()
    ]
    return [*lines, *_left_alone(report, cwd)]


def _properties(report: Report) -> list[str]:
    """What came of property tests, where there were to be any."""
    lines = [
        f"no property test: {f.dotted}, as {why.reason} [{why.slug}]" for f, why in report.dropped.items()
    ]
    return [*lines, *([f"{counted(report.properties, 'property test')} made"] if report.properties else [])]


def _left_alone(report: Report, cwd: str) -> list[str]:
    if report.plan is None:
        return []
    reasons: tuple[tuple[Action, str], ...] = (
        ("edited", "edited by hand (gen --diff shows what it would be)"),
        ("foreign", "not made by Pytead"),
    )
    return [
        f"left alone: {shown(report.plan.folder / path, cwd)}, {why}"
        for action, why in reasons
        for path in report.plan.paths(action)
    ]


def _by_name(item: tuple[tuple[FunctionName, Rejection], int]) -> tuple[FunctionName, str, str]:
    (function, rejection), _ = item
    return function, rejection.slug, rejection.reason

"""``gen --with-flow``: tests beside the others that pin what recorded calls call on their way."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, Any

from pytead.cli.streams import shown
from pytead.errors import FINDING, PyteadError, Rejection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path, PurePosixPath

    from pytead.codegen.generation import Generation
    from pytead.codegen.writer import WritePlan
    from pytead.config.settings import Settings
    from pytead.flow.stored import ProcessFlow
    from pytead.names import FunctionName
    from pytead.report.generation import Report
    from pytead.select.case import Case
    from pytead.select.flows import Shapes
    from pytead.storage.reading.stored import StoredCalls
    from pytead.values.originals import Originals
    from pytead.verify.pinning import Pinned


def flows_to_pin(settings: Settings, project: str) -> list[ProcessFlow]:
    """The stored flows.

    Raises:
        PyteadError: ``no-flow`` where there are none; ``options-clash`` where tests are not to be run.
    """
    from pytead.flow.stored import flows_in

    if not settings.verify:
        raise PyteadError(
            "options-clash",
            f"{settings.origins['verify'].place} and {settings.origins['with_flow'].place} exclude each other",
            "snapshots are taken by running the tests",
        )
    flows = flows_in(settings.calls_dir)
    if not flows:
        raise PyteadError(
            "no-flow",
            f"{shown(settings.calls_dir, project)} holds no flow",
            "record it with: pytead run --flow -t 'PATTERN' main.py",
            exit_code=FINDING,
        )
    return flows


def add(
    report: Report,
    made: Generation,
    files: Mapping[FunctionName, str],
    flows: Sequence[ProcessFlow],
    stored: StoredCalls,
    command: str,
    folder: Path,
    project: Path,
    originals: Originals,
) -> None:
    """Write the flow tests of all cases that have tests, and note in the report what came of it.

    Args:
        report: of the generation.
        made: the generation.
        files: the file of each function.
        flows: what was recorded.
        stored: the store.
        command: what makes the other tests again.
        folder: where they are.
        project: the project's folder.
        originals: where the source of functions is found that are values.
    """
    from pytead.codegen import writer
    from pytead.codegen.flows import flow_modules
    from pytead.codegen.generation import Generation
    from pytead.verify.pinning import pin

    cases = list(dict.fromkeys(case for module in made.modules for case in module.tests.values()))
    shapes = _shapes(cases, flows, stored)
    patterns = list(dict.fromkeys(pattern for flow in flows for pattern in flow.targets))
    while cases:
        written = flow_modules(cases, files, patterns, f"{command} --with-flow", originals)
        refused = dict(written.rejections)
        pinned: Pinned | None = None
        if written.modules:
            pinned = pin(written.modules, made.support, folder=folder, project=project)
            refused.update(_refused(pinned, shapes))
        for case, rejection in refused.items():
            report.reject(case.function, rejection)
        cases = [case for case in cases if case not in refused]
        if pinned is not None and not refused:
            plan = writer.plan(Generation(written.modules), folder)
            writer.write(plan)
            report.pinned = _write_snapshots(plan, pinned.snapshots) and len(cases)
            return


def _shapes(cases: Sequence[Case], flows: Sequence[ProcessFlow], stored: StoredCalls) -> Shapes:
    from pytead.select.flows import Shapes

    functions = {case.function for case in cases}
    main = next((run.main for run in stored.runs.values() if run.main), "")
    shapes = Shapes(functions, main)
    for flow in flows:
        shapes.add(flow.read())
    return shapes


def _refused(pinned: Pinned, shapes: Shapes) -> dict[Case, Rejection]:
    refused: dict[Case, Rejection] = {}
    for verdict in pinned.verdicts:
        rejection = verdict.rejection
        if rejection is None:
            entry = pinned.entries.get((verdict.module, verdict.test), "")
            rejection = _difference(verdict.case.function, entry, shapes)
        if rejection is not None:
            refused[verdict.case] = rejection
    return refused


def _difference(function: FunctionName, entry: str, shapes: Shapes) -> Rejection | None:
    """Why a flow isn't to be pinned: the recorded calls had another one."""
    from pytead.select.flows import Shape

    recorded = shapes.found.get(function)
    if not recorded:
        reason = "its flow wasn't stored: the process had reached --flow-events, or was killed"
        return Rejection("select", "flow-missing", reason, "record it again with --flow")
    seen = Shape.of(_content(entry).get("performance_metrics", {}))
    if seen is None:
        return Rejection("verify", "flow-missing", "its run took no snapshot")
    if seen in recorded:
        return None
    nearest = min(recorded, key=lambda shape: len(set(shape.counts) ^ set(seen.counts)))
    return Rejection(
        "verify",
        "flow-differs",
        f"run alone it calls {seen}; in the recording it called {nearest}",
        "it depends on what ran before, such as a cache",
    )


def _content(entry: str) -> dict[str, Any]:
    """What an entry of an amber file says, as far as it is plain data."""
    try:
        found = _value(ast.parse(entry.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return _value(node.args[0])
    if isinstance(node, ast.Dict):
        return {
            _value(key) if key is not None else None: _value(value)
            for key, value in zip(node.keys, node.values, strict=True)
        }
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return list(map(_value, node.elts))
    return node.value if isinstance(node, ast.Constant) else None


def _write_snapshots(plan: WritePlan, snapshots: Mapping[PurePosixPath, str]) -> bool:
    """Put the snapshots of all modules in place that are ours; false where there are none.

    Raises:
        PyteadError: ``output-unwritable``.
    """
    left = {path.stem for path in plan.paths("edited", "foreign")}
    for path, text in snapshots.items():
        if path.stem in left:
            continue
        place = plan.folder / path
        temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, "utf-8", newline="\n")
            os.replace(temporary, place)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            reason = f"can't write {place}: {error.strerror or error}"
            raise PyteadError("output-unwritable", reason) from None
    return any(path.stem not in left for path in snapshots)

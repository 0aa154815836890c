"""Puts made tests on disk, or shows what that would do, as the options of ``gen`` say."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytead.codegen.properties import is_property_file, property_file
from pytead.codegen.reviewing import FileReview, KnownInputs, Reviewed, review, settle
from pytead.codegen.writer import Step, WritePlan, plan, write
from pytead.errors import PyteadError
from pytead.report.changes import diff_of, lines_of_change, node_id
from pytead.report.table import counted
from pytead.targets import TargetSet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path, PurePosixPath

    from pytead.codegen.changes import Change
    from pytead.codegen.generation import Generation
    from pytead.config.settings import Settings


class Delivery(NamedTuple):
    """What came of it.

    Attributes:
        plan: what was written, or would be.
        reviewed: the changes that didn't happen.
        is_written: whether the plan was carried out.
        pending: changes that nobody has decided on.
    """

    plan: WritePlan
    reviewed: Reviewed
    is_written: bool
    pending: int


def deliver(
    settings: Settings,
    made: Generation,
    folder: Path,
    known: KnownInputs,
    files: Collection[str] | None,
    lay_out: Callable[[Generation], Generation],
) -> Delivery:
    """Bring the files on disk to what was made.

    A case on disk that nothing was made of stays, unless it is ``known``: the store may hold another part of the
    program's calls than the one that it came from.

    Args:
        settings: of ``gen`` or ``tead``.
        made: the tests that may be delivered.
        folder: where they go.
        known: inputs of all cases that the store gives, delivered or not.
        files: names of the files of the functions that were asked for; None for all.
        lay_out: has the last word on what files look like.

    Raises:
        PyteadError: ``output-unreadable``, ``output-unwritable``, ``output-changed``, ``unknown-case``.
    """
    reviews = [
        file
        for file in review(made, folder, None if files is None else {*files, *map(property_file, files)})
        if file.made is not None or not _is_apart(file.path, settings)
    ]
    pending = 0
    if settings.update or settings.accept:
        reviewed, pending = _review(settings, made, folder, reviews)
    else:
        reviewed = settle(
            made,
            reviews,
            lambda file, change: (
                not file.is_turned_down(change)
                and (
                    change.kind != "gone" or (change.old is not None and change.old.inputs in known.passing())
                )
            ),
        )
    planned = plan(lay_out(reviewed.generation), folder, removed=reviewed.removed, overwrites=settings.force)
    if settings.beside:
        planned = WritePlan(folder, tuple(_with_new_beside(planned)))
    if settings.diff:
        for step in planned.steps:
            sys.stdout.write(diff_of(step, folder, os.getcwd()))
        sys.stdout.flush()
    is_written = not (settings.check or settings.diff or settings.dry_run or pending)
    if is_written and planned.is_change:  # no empty folder for nothing
        write(planned)
    return Delivery(planned, reviewed, is_written, pending)


def _is_apart(path: PurePosixPath, settings: Settings) -> bool:
    """Whether a file of ours on disk isn't one of those that this generation is about."""
    return path.stem.endswith("_flow") or (is_property_file(path) and not settings.hypothesis)


def _review(
    settings: Settings, made: Generation, folder: Path, reviews: list[FileReview]
) -> tuple[Reviewed, int]:
    """Show the changes, and let those happen that are accepted; and how many nobody has decided on."""
    cwd = os.getcwd()
    open_changes = [(file, change) for file in reviews for change in file.changes if change.kind != "same"]
    words = [word for given in settings.accept for word in given.split(",") if word]
    _demand_known(words, open_changes, folder, cwd)
    refusing = [word[1:] for word in words if word.startswith("!")]
    accepting = [word for word in words if not word.startswith("!")]
    asks = not words and sys.stdin.isatty() and sys.stdout.isatty()
    decide = _Asking(len(open_changes)) if asks else None
    accepted, refused = set(), set()
    for file in reviews:
        for change in file.changes:
            for line in lines_of_change(change, folder / file.path, cwd):
                print(line)
            if change.kind == "same":
                continue
            decision: Decision = "later"
            if decide is not None:
                decision = decide()
            elif any(_is_meant(word, change, file, folder, cwd) for word in refusing):
                decision = "no"
            elif any(_is_meant(word, change, file, folder, cwd) for word in accepting):
                decision = "yes"
            if decision == "yes":
                accepted.add(change)
            elif decision == "no" or file.is_turned_down(change):
                refused.add(change)
    is_decided = bool(asks or words or not open_changes)
    if not open_changes:
        print("nothing has changed")
    elif is_decided:
        print(
            f"{counted(len(accepted), 'change')} accepted, {len(open_changes) - len(accepted)} left as it was"
        )
    else:
        print("nothing is written: accept all with --accept, or some with --accept ID")
    sys.stdout.flush()
    reviewed = settle(
        made, reviews, lambda _, change: change in accepted, lambda _, change: change in refused
    )
    return reviewed, 0 if is_decided else len(open_changes)


Decision = Literal["yes", "no", "later"]
"""What a person says of a change; a no is remembered."""


class _Asking:
    """Asks for each change whether it is accepted."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._at = 0
        self._rest: Decision | None = None

    def __call__(self) -> Decision:
        """What becomes of the next one."""
        self._at += 1
        while self._rest is None:
            print(
                f"accept ({self._at} of {self._count})? [y]es, [n]o, [a]ll from here on, [q] none of them: ",
                end="",
            )
            sys.stdout.flush()
            answer = sys.stdin.readline()
            word = answer.strip().lower()
            if word in ("y", "yes"):
                return "yes"
            if word in ("n", "no"):
                return "no"
            if word in ("a", "all"):
                self._rest = "yes"
            if word in ("q", "quit") or not answer:
                self._rest = "later"
        return self._rest


def _demand_known(words: list[str], changes: list[tuple[FileReview, Change]], folder: Path, cwd: str) -> None:
    for word in words:
        meant = word.removeprefix("!")
        if meant != "*" and not any(_is_meant(meant, change, file, folder, cwd) for file, change in changes):
            raise PyteadError(
                "unknown-case",
                f"--accept {word}: no change has that id",
                "pytead gen --update shows what has changed, and what it is called",
            )


def _is_meant(word: str, change: Change, file: FileReview, folder: Path, cwd: str) -> bool:
    """Whether ``--accept`` names a change: by pytest's name, with or without its file, by id, or by its function."""
    cases = [case for case in (change.old, change.new) if case is not None]
    names = {
        name for case in cases for name in (case.id, case.test, node_id(folder / file.path, case.test, cwd))
    }
    if word == "*" or word in names or any(name.endswith(f"/{word}") for name in names):
        return True
    functions = {case.function for case in file.made.tests.values()} if file.made is not None else set()
    is_pattern = "[" not in word and "::" not in word
    if not is_pattern or len(functions) != 1:
        return False
    try:
        return TargetSet.parse([word]).decide(functions.pop()).selected
    except PyteadError:
        return False


def _with_new_beside(planned: WritePlan) -> Iterator[Step]:
    for step in planned.steps:
        yield step
        if step.action == "edited" and step.after is not None:
            path = step.path.with_name(step.path.name + ".new")
            try:
                before: bytes | None = (planned.folder / path).read_bytes()
            except FileNotFoundError:
                before = None
            if before != step.after:
                yield Step(path, "create" if before is None else "update", before, step.after)

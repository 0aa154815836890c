"""A generation beside what lies on disk: which cases come, change and go, and which of that is to happen."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytead.codegen.changes import Change, changes, of_kind
from pytead.codegen.generated import DataFile, GeneratedModule
from pytead.codegen.merging import CannotMerge, merge
from pytead.codegen.signature import refused_of, sign, with_refused
from pytead.codegen.styles import amber
from pytead.codegen.writer import data_files, own_modules, owned
from pytead.codegen.written import WrittenModule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path, PurePosixPath

    from pytead.codegen.generation import Generation
    from pytead.select.case import Case


@dataclass(frozen=True, slots=True, eq=False)
class FileReview:
    """One test module.

    Attributes:
        path: relative to the folder of the tests.
        made: as it was made; None where nothing of it was.
        old: as it is on disk; None where there is none, or a person has a hand in it.
        changes: what would happen to its cases.
        data: the files on disk that it loads values from.
        text: what lies on disk, where ``old`` is it.
    """

    path: PurePosixPath
    made: GeneratedModule | None
    old: WrittenModule | None
    new: WrittenModule | None
    changes: list[Change]
    data: list[DataFile] = field(default_factory=list)
    text: str = ""

    def is_turned_down(self, change: Change) -> bool:
        """Whether a person said no to it before."""
        return change.test in refused_of(self.text)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What is left of a generation once its changes have been looked at.

    Attributes:
        generation: the modules as they are to be written.
        removed: files of which nothing is left.
        kept: the changes that were refused, by file.
        turned_down: those of them that a person said no to, now or before.
        unmergeable: files of which some changes were refused and that can't be had with the others alone: why.
    """

    generation: Generation
    removed: list[PurePosixPath]
    kept: dict[PurePosixPath, list[Change]]
    turned_down: set[Change]
    unmergeable: dict[PurePosixPath, str]


def review(generation: Generation, folder: Path, files: Collection[str] | None = None) -> list[FileReview]:
    """Compare a generation with the files on disk that it would replace.

    Args:
        generation: what was made.
        folder: where it goes.
        files: names of the files that were to be made, where that isn't all; others are nobody's business here.

    Raises:
        PyteadError: ``output-unreadable``.
    """
    made = {module.path: module for module in generation.modules}
    paths = list(made)
    if not generation.is_single_file:
        paths += [
            path for path in own_modules(folder) if path not in made and (files is None or path.name in files)
        ]
    found = []
    for path in sorted(paths):
        text = owned(folder, path)
        data = data_files(folder, path) if text is not None else []
        old = _read(text, _snapshots(data)) if text is not None else None
        new = _read(made[path].text, _snapshots(made[path].data)) if path in made else None
        is_left_alone = text is None and os.path.lexists(folder / path)
        is_readable = new is not None or path not in made
        found_in_it = changes(old, new) if is_readable and not is_left_alone else []
        found.append(FileReview(path, made.get(path), old, new, found_in_it, data, text or ""))
    return found


class KnownInputs:
    """What goes into all the cases that a store gives, as ``WrittenCase.inputs``; found out when it is asked for.

    Args:
        make: gives the tests of all of them.
        failing: those that fail now.
    """

    def __init__(self, make: Callable[[], Generation], failing: Collection[Case]) -> None:
        self._make = make
        self._failing = failing
        self._found: tuple[set[str], set[str]] | None = None

    def passing(self) -> set[str]:
        """What goes into the others."""
        return self._sets()[0]

    def failing(self) -> set[str]:
        """What goes into the failing ones."""
        return self._sets()[1]

    def _sets(self) -> tuple[set[str], set[str]]:
        if self._found is None:
            self._found = set(), set()
            for module in self._make().modules:
                written = _read(module.text, {})
                for case in written.cases if written is not None else ():
                    self._found[module.tests.get(case.test) in self._failing].add(case.inputs)
        return self._found


def settle(
    generation: Generation,
    reviews: list[FileReview],
    may_happen: Callable[[FileReview, Change], bool],
    is_turned_down: Callable[[FileReview, Change], bool] = FileReview.is_turned_down,
) -> Reviewed:
    """Let only those changes happen that may.

    Args:
        generation: what was made.
        reviews: as ``review`` gave them.
        may_happen: decides on each change but ``same``.
        is_turned_down: whether it is a person who doesn't want one that may not happen. That is remembered in the file.
    """
    modules = []
    settled = Reviewed(generation, [], {}, set(), {})
    for file in reviews:
        refused = [
            change for change in file.changes if change.kind != "same" and not may_happen(file, change)
        ]
        if refused:
            settled.kept[file.path] = refused
            settled.turned_down.update(change for change in refused if is_turned_down(file, change))
        module = _without(file, refused, settled)
        if module is not None:
            modules.append(module)
    return replace(settled, generation=replace(generation, modules=modules))


def _without(file: FileReview, refused: list[Change], settled: Reviewed) -> GeneratedModule | None:
    """The module as it is to be written; None where its file stays or goes."""
    happening = len(of_kind(file.changes, "changed", "new", "gone")) - len(refused)
    # What this generation knows nothing of, as it is about another part of the calls.
    elsewhere = refused_of(file.text) - {change.test for change in file.changes}
    if not refused:
        if file.made is None and happening:
            settled.removed.append(file.path)
        if file.made is None or not elsewhere:
            return file.made
        return replace(file.made, text=with_refused(file.made.text, elsewhere))
    made = file.made or GeneratedModule(file.path, "", {})
    turned_down = [change for change in refused if change in settled.turned_down]
    if not happening and file.old is not None:
        tests = elsewhere | {change.test for change in turned_down}
        if tests == refused_of(file.text):
            return None  # nothing happens to it
        return replace(made, text=with_refused(file.text, tests), data=tuple(file.data))
    try:
        merged = merge(file.old or WrittenModule(""), file.new, refused)
    except CannotMerge as error:
        settled.unmergeable[file.path] = str(error)
        return None
    if merged is None:
        return None
    text, snapshots = merged
    held = {each.path: each for each in (*file.data, *made.data) if each.path.suffix != ".ambr"}
    named = {path: each for path, each in held.items() if repr(path.name)[1:-1] in text}
    if any(
        each.path in named and named[each.path].content != each.content and each.path.name in text
        for each in file.data
    ):
        settled.unmergeable[file.path] = "two of its values would lie in the same file"
        return None
    stored = [DataFile(amber.path_of(file.path), amber.file_of(snapshots))] if snapshots else []
    data = (*named.values(), *stored)
    text = sign(text, data)
    tests = elsewhere | _names_in(text, snapshots, turned_down)
    return replace(made, text=with_refused(text, tests) if tests else text, data=data)


def _names_in(text: str, snapshots: Mapping[str, str], turned_down: Iterable[Change]) -> set[str]:
    """What the cases that stay are called in a merged module: it may have had to tell them from new ones."""
    names = {(case.inputs, case.told): case.test for case in WrittenModule(text, snapshots).cases}
    return {
        names.get((change.old.inputs, change.old.told), change.test) if change.old else change.test
        for change in turned_down
    }


def _snapshots(data: Iterable[DataFile]) -> dict[str, str]:
    files = [file for file in data if file.path.suffix == ".ambr"]
    return {name: text for file in files for name, text in amber.read(file.content).items()}


def _read(text: str, snapshots: Mapping[str, str]) -> WrittenModule | None:
    try:
        return WrittenModule(text, snapshots)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None

"""Puts a generation on disk: all of it or nothing, and never over a person's work."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from pytead.codegen.data import FOLDER
from pytead.codegen.signature import data_digest, data_of, has_same_code, ownership
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.codegen.generated import GeneratedModule
    from pytead.codegen.generation import Generation

Action = Literal["create", "update", "unchanged", "remove", "edited", "foreign"]
"""What happens to a file. ``edited`` (ours, changed by a person) and ``foreign`` (not ours) stay."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a plan.

    Attributes:
        path: relative to the plan's folder.
        action: what happens to it.
        before: its bytes when the plan was made; None where there was no file.
        after: its bytes when the plan is written; None for ``remove`` and for what is left alone.
    """

    path: PurePosixPath
    action: Action
    before: bytes | None
    after: bytes | None

    @property
    def is_change(self) -> bool:
        """Whether writing the plan touches the file."""
        return self.action in ("create", "update", "remove")


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What writing a generation would do, file by file in the order of their paths."""

    folder: Path
    steps: tuple[Step, ...]

    def paths(self, *actions: Action) -> list[PurePosixPath]:
        """The files that one of these happens to."""
        return [step.path for step in self.steps if step.action in actions]


def plan(generation: Generation, folder: Path, *, is_complete: bool = False) -> WritePlan:
    """Decide what to do with each file, changing nothing.

    Args:
        generation: what to write.
        folder: where to; it need not exist.
        is_complete: the generation holds the tests of every recorded function, so that a file of ours that it
            doesn't hold is out of date and goes. Without effect on a generation into a single file.

    Raises:
        PyteadError: ``output-unreadable``.
    """
    is_exact = generation.is_formatted
    steps = [step for module in generation.modules for step in _steps_for(folder, module, is_exact)]
    for file in generation.support:
        step = _step_for(folder, file.path, file.text, is_exact)
        if file.path.name == "__init__.py" and step.before is not None:
            step = Step(file.path, "unchanged", step.before, None)  # anybody's does
        steps.append(step)
    if is_complete and not generation.is_single_file:
        steps += _leftovers(folder, {step.path.name.casefold() for step in steps})
    return WritePlan(folder, tuple(sorted(steps, key=lambda step: step.path)))


def write(plan: WritePlan) -> None:
    """Carry a plan out. Whatever stops it, Ctrl-C too, the files are then all as before or all as planned.

    Raises:
        PyteadError: ``output-unwritable``; ``output-changed`` where a file isn't what the plan was made for.
    """
    changes = [step for step in plan.steps if step.is_change]
    for step in changes:
        if _bytes_of(plan.folder / step.path) != step.before:
            message = f"{plan.folder / step.path} changed while tests were being made"
            raise PyteadError("output-changed", message, "run it again")
    try:
        with _folders(plan.folder, changes), _temporary_files(plan.folder, changes) as temporary:
            _replace(plan.folder, changes, temporary)
        _remove_empty({plan.folder / step.path.parent for step in changes if step.after is None})
    except OSError as error:
        place = error.filename or plan.folder
        reason = error.strerror or error
        raise PyteadError("output-unwritable", f"can't write {place}: {reason}") from error


def _steps_for(folder: Path, module: GeneratedModule, is_exact: bool) -> list[Step]:
    """A module and its data files, which are left alone together if a person changed any of them."""
    own = _step_for(folder, module.path, module.text, is_exact)
    place = module.path.parent / FOLDER / module.path.stem
    recorded = data_of(_text(own.before) or "") if own.before is not None else {}
    if own.after is None and own.action != "unchanged":
        return [own]
    steps, held = [], _held(folder, place, recorded)
    for file in module.data:
        before = held.pop(file.path.name, None) or _bytes_of(folder / file.path)
        digest = data_digest(file.path, file.content)
        if before is None:
            steps.append(Step(file.path, "create", None, file.content))
        elif (before == file.content) if is_exact else (data_digest(file.path, before) == digest):
            steps.append(Step(file.path, "unchanged", before, None))
        elif data_digest(file.path, before) in (digest, recorded.get(file.path.name)):
            steps.append(Step(file.path, "update", before, file.content))
        else:
            is_ours = file.path.name in recorded
            return [_left(own), Step(file.path, "edited" if is_ours else "foreign", before, None)]
    for name, before in held.items():
        if data_digest(place / name, before) != recorded[name]:
            return [_left(own), Step(place / name, "edited", before, None)]
        steps.append(Step(place / name, "remove", before, None))
    return [own, *steps]


def _left(step: Step) -> Step:
    return Step(step.path, "edited" if step.before is not None else "foreign", step.before, None)


def _held(folder: Path, place: PurePosixPath, recorded: Iterable[str]) -> dict[str, bytes]:
    """The data files of a module that are there."""
    names = [name for name in recorded if PurePosixPath(name).name == name]
    found = ((name, _bytes_of(folder / place / name)) for name in names)
    return {name: content for name, content in found if content is not None}


def _step_for(folder: Path, path: PurePosixPath, text: str, is_exact: bool) -> Step:
    before = _bytes_of(folder / path)
    after = text.encode("utf-8")
    if before is None:
        return Step(path, "create", None, after)
    old = _text(before)
    owner = "foreign" if old is None or (folder / path).is_symlink() else ownership(old)
    if owner != "ours":
        return Step(path, owner, before, None)
    if old is not None and (old == text if is_exact else has_same_code(old, text)):
        return Step(path, "unchanged", before, None)
    return Step(path, "update", before, after)


def _leftovers(folder: Path, planned: set[str]) -> Iterator[Step]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        is_candidate = name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))
        if not is_candidate or name.casefold() in planned:
            continue
        before = _bytes_of(folder / name)
        text = _text(before or b"") or ""
        owner = ownership(text)
        if owner == "foreign":
            continue
        place, recorded = PurePosixPath(FOLDER, PurePosixPath(name).stem), data_of(text)
        held = _held(folder, place, recorded)
        if any(data_digest(place / each, content) != recorded[each] for each, content in held.items()):
            owner = "edited"
        yield Step(PurePosixPath(name), "remove" if owner == "ours" else "edited", before, None)
        if owner == "ours":
            yield from (Step(place / each, "remove", content, None) for each, content in held.items())


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PyteadError("output-unreadable", f"can't read {path}: {error.strerror or error}") from error


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


@contextmanager
def _folders(folder: Path, changes: list[Step]) -> Iterator[None]:
    """The folder and those of data files in it made, and unmade with those above it if what follows fails."""
    wanted = {folder, *(folder / step.path.parent for step in changes if step.after is not None)}
    made: list[Path] = []
    try:
        for each in sorted(wanted):
            missing = [place for place in (each, *each.parents) if not place.exists()]
            for place in reversed(missing):
                place.mkdir(exist_ok=True)
                made.insert(0, place)
        yield
    except BaseException:
        _unmake(made)
        raise


def _remove_empty(folders: set[Path]) -> None:
    """Folders of data files, and the one around them, that nothing is left in."""
    for folder in sorted(folders):
        for place in (folder, folder.parent) if folder.parent.name == FOLDER else ():
            try:
                place.rmdir()
            except OSError:
                break  # it still holds something


def _unmake(folders: list[Path]) -> None:
    try:
        for folder in folders:
            folder.rmdir()
    except OSError:
        pass  # never made, or somebody else's files are in it by now


@contextmanager
def _temporary_files(folder: Path, changes: list[Step]) -> Iterator[dict[PurePosixPath, Path]]:
    """The new text of each file, beside it under another name; gone afterwards."""
    temporary: dict[PurePosixPath, Path] = {}
    try:
        for step in changes:
            if step.after is not None:
                place = folder / step.path.parent / f".{step.path.name}.{os.getpid()}.tmp"
                temporary[step.path] = place
                place.write_bytes(step.after)
                if step.before is not None:
                    place.chmod((folder / step.path).stat().st_mode)
        yield temporary
    finally:
        for place in temporary.values():
            place.unlink(missing_ok=True)


def _replace(folder: Path, changes: list[Step], temporary: dict[PurePosixPath, Path]) -> None:
    begun: list[Step] = []
    try:
        for step in changes:
            begun.append(step)
            if step.after is None:
                (folder / step.path).unlink()
            else:
                os.replace(temporary[step.path], folder / step.path)
    except BaseException:
        for step in reversed(begun):
            _put_back(folder / step.path, step.before)
        raise


def _put_back(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    elif _bytes_of(path) != before:
        path.write_bytes(before)

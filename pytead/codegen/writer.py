"""Puts a generation on disk: all of it or nothing, and never over a person's work."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from pytead.codegen.data import FOLDER
from pytead.codegen.generated import DataFile
from pytead.codegen.signature import data_digest, data_of, has_same_code, ownership
from pytead.codegen.styles import amber
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.codegen.generated import GeneratedModule
    from pytead.codegen.generation import Generation

Action = Literal["create", "update", "overwrite", "unchanged", "remove", "edited", "foreign"]
"""What happens to a file. ``edited`` (ours, changed by a person) and ``foreign`` (not ours) stay; ``overwrite`` is for
an edited one that a person gives up."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a plan.

    Attributes:
        path: relative to the plan's folder.
        action: what happens to it.
        before: its bytes when the plan was made; None where there was no file.
        after: its bytes when the plan is written, of what is left alone those that it would have; None for ``remove``
            and ``unchanged``.
    """

    path: PurePosixPath
    action: Action
    before: bytes | None
    after: bytes | None

    @property
    def is_change(self) -> bool:
        """Whether writing the plan touches the file."""
        return self.action in ("create", "update", "overwrite", "remove")


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What writing a generation would do, file by file in the order of their paths."""

    folder: Path
    steps: tuple[Step, ...]

    @property
    def is_change(self) -> bool:
        """Whether writing it touches anything."""
        return any(step.is_change for step in self.steps)

    def paths(self, *actions: Action) -> list[PurePosixPath]:
        """The files that one of these happens to."""
        return [step.path for step in self.steps if step.action in actions]


def plan(
    generation: Generation,
    folder: Path,
    *,
    removed: Iterable[PurePosixPath] = (),
    overwrites: bool = False,
) -> WritePlan:
    """Decide what to do with each file, changing nothing.

    Args:
        generation: what to write.
        folder: where to; it need not exist.
        removed: files that go, as nothing of them is left; a person's stay.
        overwrites: put files of ours over what a person made of them.

    Raises:
        PyteadError: ``output-unreadable``.
    """
    is_exact = generation.is_formatted
    steps = [
        step for module in generation.modules for step in _steps_for(folder, module, overwrites, is_exact)
    ]
    for file in generation.support:
        step = _step_for(folder, file.path, file.text, overwrites, is_exact)
        if file.path.name == "__init__.py" and step.before is not None:
            step = Step(file.path, "unchanged", step.before, None)  # anybody's does
        steps.append(step)
    steps += [step for path in removed for step in _steps_for_removed(folder, path)]
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
        with (
            _folders(plan.folder, changes),
            _temporary_files(plan.folder, changes) as temporary,
            _uninterrupted(),
        ):
            _replace(plan.folder, changes, temporary)
        _remove_empty(
            {plan.folder / step.path.parent for step in changes if step.after is None} - {plan.folder}
        )
    except OSError as error:
        place = error.filename or plan.folder
        reason = error.strerror or error
        raise PyteadError("output-unwritable", f"can't write {place}: {reason}") from error


def _step_for(folder: Path, path: PurePosixPath, text: str, overwrites: bool, is_exact: bool) -> Step:
    before = _bytes_of(folder / path)
    after = text.encode("utf-8")
    if before is None:
        return Step(path, "create", None, after)
    old = _text(before)
    owner = _owner(folder / path, old)
    if owner == "foreign" or (owner == "edited" and not overwrites):
        return Step(path, owner, before, after)
    if old is not None and (old == text if is_exact else has_same_code(old, text)):
        return Step(path, "unchanged", before, None)
    return Step(path, "overwrite" if owner == "edited" else "update", before, after)


def _steps_for(folder: Path, module: GeneratedModule, overwrites: bool, is_exact: bool) -> list[Step]:
    """A module and its data files, which are left alone together if a person changed any of them."""
    own = _step_for(folder, module.path, module.text, overwrites, is_exact)
    if own.action == "foreign":
        return [own]
    recorded = _data_on_disk(folder, module.path, own.before)
    wanted = {file.path: file.content for file in module.data}
    steps = [own]
    for path in {**recorded, **wanted}:
        before, after = _bytes_of(folder / path), wanted.get(path)
        if before is None and after is None:
            continue
        if before is None:
            steps.append(Step(path, "create", None, after))
            continue
        digest = data_digest(path, before)
        is_current = after is not None and digest == data_digest(path, after)
        is_ours = is_current or digest == recorded.get(path)
        may_replace = is_ours or (path in recorded and overwrites)
        if before == after or (is_current and not is_exact):
            steps.append(Step(path, "unchanged", before, None))
        elif not may_replace:
            steps.append(Step(path, "edited" if path in recorded else "foreign", before, after))
        elif after is None:
            steps.append(Step(path, "remove", before, None))
        else:
            steps.append(Step(path, "update" if is_ours else "overwrite", before, after))
    left = [step for step in steps if step.action in _LEFT]
    if not left:
        return steps
    if own in left:
        return left
    # Who has a hand in a data file has one in the module, too.
    is_foreign = any(step.action == "foreign" for step in left)
    return [replace(own, action="foreign" if is_foreign else "edited"), *left]


_LEFT = ("edited", "foreign")


def _steps_for_removed(folder: Path, path: PurePosixPath) -> list[Step]:
    before = _bytes_of(folder / path)
    if owned(folder, path) is None:
        return []
    steps = [Step(path, "remove", before, None)]
    for each in _data_on_disk(folder, path, before):
        held = _bytes_of(folder / each)
        if held is not None:
            steps.append(Step(each, "remove", held, None))
    return steps


def _data_on_disk(folder: Path, module: PurePosixPath, text: bytes | None) -> dict[PurePosixPath, str]:
    """The data files that a module on disk says it has, with the digests that they had when it was written."""
    recorded = data_of(_text(text or b"") or "")
    return {
        _data_path(module, name): digest
        for name, digest in recorded.items()
        if PurePosixPath(name).name == name
    }


def _data_path(module: PurePosixPath, name: str) -> PurePosixPath:
    if name.endswith(".ambr"):
        return module.parent / amber.FOLDER / name
    return module.parent / FOLDER / module.stem / name


def data_files(folder: Path, module: PurePosixPath) -> list[DataFile]:
    """The data files of a module on disk, its snapshots among them."""
    paths = _data_on_disk(folder, module, _bytes_of(folder / module))
    found = ((path, _bytes_of(folder / path)) for path in paths)
    return [DataFile(path, content) for path, content in found if content is not None]


def _owner(path: Path, text: str | None) -> Literal["ours", "edited", "foreign"]:
    return "foreign" if text is None or path.is_symlink() else ownership(text)


def owned(folder: Path, path: PurePosixPath) -> str | None:
    """The text of a file that is ours as we wrote it; None where there is none, or a person has a hand in it.

    Raises:
        PyteadError: ``output-unreadable``.
    """
    before = _bytes_of(folder / path)
    text = None if before is None else _text(before)
    if text is None or _owner(folder / path, text) != "ours":
        return None
    for each, digest in _data_on_disk(folder, path, before).items():
        held = _bytes_of(folder / each)
        if held is not None and data_digest(each, held) != digest:
            return None
    return text


def own_modules(folder: Path) -> list[PurePosixPath]:
    """The test modules of ours that lie in a folder, as we wrote them."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
    candidates = [PurePosixPath(name) for name in names if name.startswith("test_") and name.endswith(".py")]
    return [path for path in candidates if owned(folder, path) is not None]


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
        _unmake([folder, folder.parent] if folder.parent.name == FOLDER else [folder])


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


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until it is over: a second one would else come in between while the first is undone."""
    came: list[int] = []
    try:
        before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    except ValueError:  # not in the main thread, which alone is interrupted
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if came:
        signal.raise_signal(signal.SIGINT)


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

"""Where candidates lie while they are verified: where the real files will, or beside it.

A folder that holds generated tests alone gets a sibling at the same depth, as a package with the same support
files. A folder that holds a person's ``conftest.py`` or other code, or is the project itself, may matter to
its tests by more than its depth: there the candidates lie among the files, under names of their own.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytead.codegen.data import FOLDER
from pytead.codegen.signature import ownership
from pytead.codegen.styles.amber import FOLDER as SNAPSHOTS
from pytead.errors import FINDING, PyteadError
from pytead.verify.plan import Prelude
from pytead.verify.values import without_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pytead.codegen.generated import GeneratedModule, SupportFile

_NAME = re.compile(r"(?:test_)?pytead_verify_([0-9a-f]+)_[0-9a-f]{6}(?:_\d+(?:\.py|\.ambr)?)?")
_ABANDONED_AFTER = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Copy:
    """The candidates of one pass.

    Attributes:
        files: absolute path of each module's candidate.
        preludes: conftest files that are not in place.
        names: names of candidates (of their package, or of modules) to those that the delivered ones will have.
    """

    files: list[Path]
    preludes: list[Prelude]
    names: dict[str, str]

    def leave_out(self, index: int, text: str, tests: Iterable[str]) -> None:
        """Write the candidate of a module, whose source is ``text``, without some of its cases."""
        self.files[index].write_bytes(without_cases(text, frozenset(tests)).encode())


@contextmanager
def placed(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    folder: Path,
    project: Path,
    copies: int,
) -> Iterator[list[Copy]]:
    """Write candidates, as many copies as asked for, and remove them whatever happens.

    Args:
        folder: absolute; where the tests will be put; need not exist.
        project: absolute path of the user's project.

    Raises:
        PyteadError: ``verify-unwritable`` if there is no place for them.
    """
    among_files = is_shared(folder, support, project)
    parent = folder if among_files else folder.parent
    created: list[Path] = []
    folders: list[Path] = []
    try:
        try:
            for ancestor in [*reversed(parent.parents), parent]:
                if not ancestor.exists():
                    ancestor.mkdir()
                    folders.append(ancestor)
            remove_abandoned(parent)
            remove_abandoned(parent / FOLDER)
            made = []
            for _ in range(copies):
                name = f"pytead_verify_{os.getpid():x}_{secrets.token_hex(3)}"
                place = _place_among if among_files else _place_beside
                made.append(place(modules, support, folder, name, created))
        except OSError as error:
            raise PyteadError(
                "verify-unwritable",
                f"Can't write tests to verify to {parent}: {error.strerror or error}.",
                "Make the folder writable, or skip verification with --no-verify.",
                FINDING,
            ) from error
        yield made
    finally:
        for path in created:
            _remove(path)
            if path.parent.name == FOLDER:
                _remove_if_empty(path.parent)
        for path in reversed(folders):
            _remove_if_empty(path)


def is_shared(folder: Path, support: Sequence[SupportFile], project: Path) -> bool:
    """Whether a person's code in ``folder`` may matter to the tests in it."""
    if folder == project or folder in project.parents:
        return True
    ours = {str(file.path): file.text for file in support}
    for file in sorted(folder.glob("*.py")) if folder.is_dir() else []:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return True
        is_support = file.name in ("conftest.py", "__init__.py")
        owner = ownership(text)
        if text.strip() in ("", ours.get(file.name, "").strip()):
            continue
        if owner == "foreign" or (is_support and owner == "edited"):
            return True
    return False


def remove_abandoned(parent: Path) -> None:
    """Remove the candidates in ``parent`` whose run was killed."""
    for path in parent.glob("*pytead_verify_*"):
        match = _NAME.fullmatch(path.name)
        if match and not _is_running(int(match[1], 16), path):
            _remove(path)


def _place_beside(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    folder: Path,
    name: str,
    created: list[Path],
) -> Copy:
    place = folder.parent / name
    created.append(place)
    place.mkdir()
    for file in support:
        _write(place / file.path, file.text)
    files = []
    for module in modules:
        files.append(place / module.path)
        _write(files[-1], module.text)
        for data in module.data:
            _write_data(place / data.path, data.content)
    return Copy(files, [], {name: folder.name})


def _place_among(
    modules: Sequence[GeneratedModule],
    support: Sequence[SupportFile],
    folder: Path,
    name: str,
    created: list[Path],
) -> Copy:
    files = []
    names = {}
    for number, module in enumerate(modules):
        file = folder / module.path.parent / f"test_{name}_{number}.py"
        created.append(file)
        _write(file, module.text)
        files.append(file)
        names[file.stem] = module.path.stem
        for data in module.data:  # which a test finds by the name of its module
            if data.path.suffix == ".ambr":
                created.append(file.parent / SNAPSHOTS / f"{file.stem}.ambr")
                _write_data(created[-1], data.content)
                continue
            data_folder = file.parent / FOLDER / file.stem
            created.append(data_folder)
            _write_data(data_folder / data.path.name, data.content)
    preludes = []
    for wanted in support:
        target = folder / wanted.path
        if target.name == "conftest.py" and not _is_persons(target):
            preludes.append(Prelude(str(target), wanted.text))
    return Copy(files, preludes, names)


def _is_persons(file: Path) -> bool:
    try:
        return ownership(file.read_text(encoding="utf-8")) != "ours"
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)


def _write_data(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink()
    except OSError:
        return  # gone already, or the next run will remove it


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return  # somebody put something there meanwhile


def _is_running(process: int, path: Path) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return True
    if age > _ABANDONED_AFTER:
        return False
    if process == os.getpid():
        return True
    if sys.platform == "win32":
        return age < 3600  # asking with os.kill would end it
    else:  # noqa: RET505 - a type checker skips the branch of the other system
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True  # it is somebody else's
        return True

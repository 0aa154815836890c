"""The project's own formatter has the last word on how tests are laid out, and none on what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from pytead.codegen.signature import has_same_code
from pytead.storage.reading.found import StoreProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path, PurePosixPath

    from pytead.codegen.generated import GeneratedModule, SupportFile
    from pytead.codegen.generation import Generation

FILE = "{file}"
"""Stands in a command for the path of the file, which formatters look for their settings by."""

_SECONDS = 60
_CONFIGURED = (
    (r"^\[tool\.ruff\.format\b", "ruff"),
    (r"^\[tool\.black\b", "black"),
    (r"^\[tool\.ruff\b", "ruff"),
)
_COMMANDS = {
    "ruff": ("ruff", "format", "--stdin-filename", FILE, "-"),
    "black": ("black", "-q", "--stdin-filename", FILE, "-"),
}


def command_of(project: Path) -> tuple[str, ...]:
    """The formatter that the project configures, if it is installed; else nothing."""
    for folder in (project, *project.parents):
        name = _configured(folder)
        if name:
            program = shutil.which(name, path=_search_path())
            return (program, *_COMMANDS[name][1:]) if program else ()
        if (folder / ".git").exists():
            break
    return ()


def formatted(
    generation: Generation, command: Sequence[str], folder: Path, project: Path
) -> tuple[Generation, list[StoreProblem]]:
    """Have all Python files of a generation laid out by a command; those that it fails on stay as they are.

    Args:
        generation: the files as text.
        command: reads source from standard input and writes it to standard output.
        folder: where the files will go, absolute.
        project: where the command is run.

    Returns:
        The generation with the new layout, and what went wrong, each with ``format-failed``.
    """
    found: dict[str, StoreProblem] = {}

    def lay_out(path: PurePosixPath, text: str) -> str:
        place = str(folder / path)
        try:
            return _laid_out(text, [word.replace(FILE, place) for word in command], project)
        except _FailedError as error:
            shown = os.path.relpath(place, project) if folder.is_relative_to(project) else place
            problem = StoreProblem(shown.replace(os.sep, "/"), "", "format-failed", str(error))
            found.setdefault(str(error), problem)
            return text

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        modules = list(pool.map(lambda module: _module(module, lay_out), generation.modules))
        support = list(pool.map(lambda file: _support(file, lay_out), generation.support))
    laid_out = replace(generation, modules=modules, support=support, is_formatted=True)
    return laid_out, sorted(found.values(), key=lambda problem: problem.file)


class _FailedError(Exception):
    """Why a file keeps its layout."""


def _module(module: GeneratedModule, lay_out: Callable[[PurePosixPath, str], str]) -> GeneratedModule:
    data = tuple(
        replace(file, content=lay_out(file.path, file.content.decode()).encode())
        if file.path.suffix == ".py"
        else file
        for file in module.data
    )
    return replace(module, text=lay_out(module.path, module.text), data=data)


def _support(file: SupportFile, lay_out: Callable[[PurePosixPath, str], str]) -> SupportFile:
    return replace(file, text=lay_out(file.path, file.text))


def _laid_out(text: str, command: list[str], project: Path) -> str:
    program = shutil.which(command[0], path=_search_path())
    if program is None:
        raise _FailedError(f"the formatter {command[0]} isn't installed")
    try:
        ended = subprocess.run(
            [program, *command[1:]],
            input=text.encode(),
            capture_output=True,
            cwd=project,
            timeout=_SECONDS,
            check=False,
        )
        result = ended.stdout.decode().replace("\r\n", "\n")
    except subprocess.TimeoutExpired:
        raise _FailedError(f"{command[0]} took more than {_SECONDS} s") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _FailedError(f"{command[0]} can't be used: {error}") from None
    if ended.returncode:
        said = " ".join(ended.stderr.decode(errors="replace").split())[:200]
        raise _FailedError(f"{os.path.basename(command[0])} ended with exit code {ended.returncode}: {said}")
    if not has_same_code(text, result):
        raise _FailedError(f"what {os.path.basename(command[0])} gave is other code than what was verified")
    return result


def _configured(folder: Path) -> str:
    if (folder / "ruff.toml").is_file() or (folder / ".ruff.toml").is_file():
        return "ruff"
    try:
        text = (folder / "pyproject.toml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return next((name for pattern, name in _CONFIGURED if re.search(pattern, text, re.MULTILINE)), "")


def _search_path() -> str:
    """Programs of the interpreter that runs this come first, as if its environment were active."""
    return os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])

"""Where code behind the wall may write and read, and how the places it asks for are shown."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from os.path import basename, dirname, exists, isabs, join, normcase, realpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

if sys.platform == "darwin":
    from fcntl import F_GETPATH, fcntl

_NEUTRAL = frozenset(
    normcase(name)
    for name in (os.devnull, "/dev/null", "/dev/zero", "/dev/full", "/dev/stdout", "/dev/stderr", "nul")
)
_IMPORT_MACHINERY = "<frozen importlib._bootstrap>"
_LONGEST = 120


class Ground:
    """The folders that may be written to, and those that are better not read.

    Args:
        writable: folders that anything may write to.
        writable_on_import: folders that only a module that is being imported may write to: the temporary
            HOME. An import does the same in any test session; a test that writes there would change its
            user's settings.
        project: the user's project, left out of the paths that are shown.
        personal: folders of what is gone some day, or is on this machine alone: the temporary one, and the user's HOME.
        kept: folders in them that are there wherever the tests are run, the project for one.
    """

    def __init__(
        self,
        writable: Sequence[str],
        writable_on_import: Sequence[str],
        project: str,
        personal: Sequence[str] = (),
        kept: Sequence[str] = (),
    ) -> None:
        self._writable = tuple(_as_folder(realpath(folder)) for folder in writable)
        self._on_import = tuple(_as_folder(realpath(folder)) for folder in writable_on_import)
        self._personal = tuple(_as_folder(realpath(folder)) for folder in personal)
        self._kept = tuple(_as_folder(realpath(folder)) for folder in (*kept, project))
        self._shown_without = tuple(_as_folder(folder) for folder in {project, realpath(project)})

    def allows(self, path: object, dir_fd: object = -1, *, follow: bool = True) -> bool:
        """Whether what lies at ``path`` may be written, created, changed or deleted.

        Args:
            path: as the audit event gives it: text, bytes, path object or file descriptor.
            dir_fd: descriptor of the folder that a relative path starts from; -1 for the working folder.
            follow: whether the operation goes through a link at the end of the path.
        """
        if isinstance(path, int):
            return self._allows_descriptor(path)
        try:
            text = os.fsdecode(path)  # type: ignore[arg-type]
        except TypeError:
            return False
        if normcase(text) in _NEUTRAL:
            return True
        try:
            return self._is_inside(_resolve(text, dir_fd, follow))
        except ValueError:
            return True  # a null byte: the system refuses it by itself
        except OSError:
            return False

    def is_personal(self, path: object) -> bool:
        """Whether what is read at ``path`` is there now, but not wherever the tests are run, or not for long."""
        if isinstance(path, int):
            return False
        try:
            place = _resolve(os.fsdecode(path or "."), -1, follow=True)  # type: ignore[arg-type]
        except (TypeError, ValueError, OSError):
            return False
        folder = _as_folder(place)
        return (
            folder.startswith(self._personal)
            and not folder.startswith(self._kept)
            and exists(place)
            and not is_importing()
            and not folder.startswith(_installed(len(sys.modules), tuple(sys.path)))
        )

    def show(self, path: object) -> str:
        """``path`` as a reason quotes it: relative to the project where it lies in it."""
        if isinstance(path, int):
            path = _descriptor_path(path) or f"file descriptor {path}"
        try:
            text = os.fsdecode(path)  # type: ignore[arg-type]
        except TypeError:
            text = type(path).__name__
        for folder in self._shown_without:
            if normcase(text).startswith(normcase(folder)):
                text = text[len(folder) :]
                break
        text = text.replace(os.sep, "/")
        return shorten(repr(text))

    def _allows_descriptor(self, descriptor: int) -> bool:
        path = _descriptor_path(descriptor)
        # Pipes, sockets and files that have lost their name hurt nobody.
        if path is None or not isabs(path) or path.endswith(" (deleted)"):
            return True
        return self._is_inside(realpath(path))

    def _is_inside(self, path: str) -> bool:
        place = _as_folder(path)
        if place.startswith(self._writable):
            return True
        return place.startswith(self._on_import) and is_importing()


def is_importing() -> bool:
    """Whether the calling thread is in the middle of an import."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT_MACHINERY:
            return True
        frame = frame.f_back
    return False


@lru_cache(maxsize=1)
def _installed(modules: int, path: tuple[str, ...]) -> tuple[str, ...]:
    """The folders of installed code, and of all that was imported.

    Args:
        modules: how many were; with another number it is looked at again.
        path: ``sys.path``.
    """
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    folders = {dirname(file) for file in files if isinstance(file, str)}
    folders.update(folder for folder in (*path, sys.prefix, sys.base_prefix) if folder)
    return tuple(_as_folder(realpath(folder)) for folder in folders if folder)


def shorten(text: str, longest: int = _LONGEST) -> str:
    """One line of at most ``longest`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def _as_folder(path: str) -> str:
    return join(normcase(path), "")


def _resolve(text: str, dir_fd: object, follow: bool) -> str:
    if not isabs(text):
        start = os.getcwd()
        if isinstance(dir_fd, int) and dir_fd >= 0:
            start = _descriptor_path(dir_fd) or os.sep
        text = join(start, text)
    if not follow:
        stripped = text.rstrip(os.sep + (os.altsep or ""))
        last = basename(stripped)
        if last not in ("", ".", ".."):
            return join(realpath(dirname(stripped)), last)
    return realpath(text)


def _descriptor_path(descriptor: int) -> str | None:
    try:
        if sys.platform == "darwin":
            return os.fsdecode(fcntl(descriptor, F_GETPATH, bytes(1024)).rstrip(b"\0"))
        else:  # noqa: RET505 - a type checker skips the branch of the other system
            return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return None

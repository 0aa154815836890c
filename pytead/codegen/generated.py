"""What code generation gives, before anything is written to disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from pytead.select.case import Case


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file with a value that is too long to be read in a test; its path is relative as that of a module."""

    path: PurePosixPath
    content: bytes


@dataclass(frozen=True, slots=True)
class GeneratedModule:
    """A test module as text.

    Attributes:
        path: where it goes, relative to the folder that the generation writes to.
        text: its source, the same bytes for the same cases on every interpreter and hash seed.
        tests: what pytest calls each case inside the module (``test_multiply[2-3]``) to the case.
        classes: dotted names that the text calls as classes; verification proves that they are.
        data: files that the tests load values from.
    """

    path: PurePosixPath
    text: str
    tests: dict[str, Case]
    classes: tuple[tuple[str, str], ...] = ()
    data: tuple[DataFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SupportFile:
    """A file that generated tests need beside them; it is never put over a person's."""

    path: PurePosixPath
    text: str

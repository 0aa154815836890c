"""What looking through one file of a store gives: where each call lies, parts of runs, and what is
wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytead.names import FunctionName
    from pytead.records import CallRecord


class FoundCall(NamedTuple):
    """A call that was checked and can be read at ``place``."""

    function: FunctionName
    outcome: str
    run: str
    timestamp: float
    place: int


class FoundPart(NamedTuple):
    """Part of a run: the fields of ``write_run`` or the tallies of ``write_tally``."""

    entry: str
    run: str
    content: object


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """What could not be read, and cost no more than itself.

    Attributes:
        file: the file, relative to the store's folder with ``/`` between parts.
        place: where in it, such as ``byte 120``, ``line 3`` or ``row 7``; empty for the whole file.
        slug: ``entry-corrupt``, ``entry-truncated``, ``later-schema``, ``foreign-file`` or
        ``file-unreadable``. reason: what is wrong there.
    """

    file: str
    place: str
    slug: str
    reason: str


Found = FoundCall | FoundPart | StoreProblem


class StoreFile(Protocol):
    """One file of a store, whatever its format."""

    path: Path

    def look(self) -> Iterator[Found]:
        """Everything in the file, in its order, each entry checked.

        Raises:
            OSError: the file can't be read.
        """
        ...

    def read(self, place: int) -> CallRecord:
        """The call at a place that ``look`` gave.

        Raises:
            ValueError: it is no longer what it was.
            OSError: the file can't be read.
        """
        ...

    def is_ours(self) -> bool:
        """Whether recording wrote the file, so that clearing the store may delete it; asked after
        ``look``."""
        ...

    def close(self) -> None:
        """Give back what reading holds open; ``read`` opens it again."""
        ...


RECORD_FIELDS = ("kind", "before", "after", "outcome", "timestamp", "duration", "run", "source")
_TYPES: dict[str, type] = dict.fromkeys((*RECORD_FIELDS, "reach"), str)
_TYPES |= {"before": bytes, "after": bytes, "timestamp": float, "duration": float}


def check_record(record: CallRecord) -> None:
    """Refuse what is no whole record, as a damaged or foreign entry may give it.

    Raises:
        ValueError: a field has the wrong type.
    """
    for name, kind in _TYPES.items():
        if type(getattr(record, name)) is not kind:
            raise ValueError(f"{name} is no {kind.__name__}")
    module, qualname = record.function
    if type(module) is not str or type(qualname) is not str or not module or not qualname:
        raise ValueError("the function has no name")

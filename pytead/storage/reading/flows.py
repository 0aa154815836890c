"""A flow that was stored with a run's calls: it holds none, and goes when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.storage import folder as folders
from pytead.storage.reading.found import StoreProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytead.records import CallRecord
    from pytead.storage.reading.found import Found

HEAD = b'{"flow": '
"""How such a file begins."""


class FlowFile:
    """The flow of one process, which ``flow.stored`` reads."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    def look(self) -> Iterator[Found]:
        """See ``StoreFile``."""
        if not self.is_ours():
            yield StoreProblem(self.name, "", "foreign-file", "it holds no flow")

    def read(self, place: int) -> CallRecord:
        """See ``StoreFile``; there is no call to be read."""
        raise ValueError("a flow holds no recorded calls")

    def is_ours(self) -> bool:
        """See ``StoreFile``."""
        with open(self.path, "rb") as stream:
            head = stream.read(len(HEAD))
        return head == HEAD and folders.is_name_of_ours(self.path.name)

    def close(self) -> None:
        """See ``StoreFile``."""

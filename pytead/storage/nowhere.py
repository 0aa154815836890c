"""A store that keeps nothing, for where nothing can be stored or nothing is to be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.storage.store import Append


class NoStore:
    """See ``CallStore``."""

    def appender(self, function: FunctionName, kind: str, source: str, reach: str = "") -> Append:
        """What takes a call and forgets it."""
        return lambda before, after, outcome, timestamp, duration: None

    def write_run(self, fields: dict[str, object]) -> None:
        """Nothing."""

    def write_tally(self, tallies: list[FunctionTally]) -> None:
        """Nothing."""

    def after_fork(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

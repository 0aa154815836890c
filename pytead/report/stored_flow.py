"""What a run stored of its flow, for its summary."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pytead.report.table import counted


class StoredFlows(NamedTuple):
    """The flows of all processes of a run.

    Attributes:
        processes: how many there are.
        events: how many events those have that came to their end.
        full: how many processes were traced no further at the bound of ``--flow-events``.
        cut_short: how many processes were killed, or still run.
    """

    processes: int
    events: int
    full: int
    cut_short: int

    @property
    def line(self) -> str:
        """All of it for people."""
        text = f"flow: {counted(self.events, 'event')} of {self.processes}"
        text += " process" if self.processes == 1 else " processes"
        if self.cut_short:
            text += f" ({self.cut_short} of them killed or still running, their events not counted)"
        if self.full:
            text += f"; {self.full} of them traced no further than --flow-events says"
        return text


def of_run(folder: str, run: str) -> StoredFlows:
    """What a run stored up to now.

    Args:
        folder: the store's folder.
        run: its id.
    """
    from pytead.flow.stored import flows_in

    flows = flows_in(Path(folder), run)
    return StoredFlows(
        len(flows),
        sum(flow.events or 0 for flow in flows),
        sum(flow.is_full for flow in flows),
        sum(flow.events is None for flow in flows),
    )

"""Reads the flows that were stored with a run's calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.flow.events import RAISED, CallEvent
from pytead.flow.standins import StandIn
from pytead.flow.storing import SCHEMA
from pytead.storage.folder import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StoredSite(NamedTuple):
    """What a stored flow knows of a function besides its names; as of ``CodeSite``."""

    first_line: int
    is_awaited: bool


class ProcessFlow:
    """The flow of one process of a run.

    Args:
        path: its file.

    Raises:
        ValueError: it isn't one, or is of a later version.
        OSError: it can't be read.

    Attributes:
        run: id of the run.
        process: id of the process.
        engine: what it was traced with.
        targets: the patterns.
        events: how many events it has, None where the process was killed and nobody has counted them.
        is_full: whether tracing was stopped at the bound, so that the rest is missing.
        unreadable: lines that couldn't be read; once all have been.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unreadable = 0
        with open(path, encoding="utf-8") as stream:
            head = _parsed(stream.readline())
        if type(head) is not dict or type(head.get("flow")) is not int:
            raise ValueError("it is no flow")
        if head["flow"] > SCHEMA:
            raise ValueError("a later Pytead wrote it")
        self.run = str(head.get("run", ""))
        self.process = int(head.get("process", 0))
        self.engine = str(head.get("engine", ""))
        self.targets = tuple(map(str, head.get("targets", ())))
        end = self._end()
        self.events: int | None = end.get("events")
        self.is_full = bool(end.get("full"))

    def read(self) -> Iterator[CallEvent]:
        """The events in their order; values are text. A line that can't be read costs one event."""
        functions: list[list[Any]] = []
        started = 0.0
        self.unreadable = 0
        with open(self.path, encoding="utf-8", errors="replace") as stream:
            for text in stream:
                line = _parsed(text)
                try:
                    if type(line) is list:
                        yield _event(line, functions, started, self.process)
                    elif "function" in line:
                        functions.append(line["function"])
                    elif "started" in line:
                        started = float(line["started"])
                except (TypeError, ValueError, LookupError):
                    self.unreadable += 1

    def _end(self) -> dict[str, int]:
        with open(self.path, "rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(stream.tell() - 200, 0))
            last = _parsed(stream.read().decode("utf-8", "replace").rpartition("\n{")[2].join(("{", "")))
        found = last.get("end") if type(last) is dict else None
        return found if type(found) is dict else {}


def flows_in(folder: Path, run: str | None = None) -> list[ProcessFlow]:
    """The flows of a store, of one run if it is named; in the order of their files. What is no flow is left out."""
    found = []
    for path in sorted(folder.glob(f"*{FLOW}")):
        try:
            flow = ProcessFlow(path)
        except (OSError, ValueError):
            continue  # the store's reader says that it is foreign
        if run is None or flow.run == run:
            found.append(flow)
    return found


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _event(line: list[Any], functions: list[list[Any]], started: float, process: int) -> CallEvent:
    kind, function, call_id, parent_id, depth, thread, after, number, task, payload = line
    module, qualname, file, name, first_line, is_awaited = functions[function]
    event = CallEvent(
        kind,
        name,
        file,
        number,
        depth=depth,
        timestamp=started + after,
        thread_id=str(thread),
        module=module,
        qualname=qualname,
        call_id=call_id,
        parent_id=parent_id,
        task=task,
        process=process,
    )
    event.__dict__["_site"] = StoredSite(first_line, bool(is_awaited))
    if kind == "call":
        event.args = {name: _shown(text) for name, text in payload.items()}
    elif kind == "return":
        event.outcome, text, event.duration, event.own_time = payload
        if event.outcome == RAISED:
            event.exception = _shown(text)
        else:
            event.return_value = _shown(text)
    elif kind == "yield":
        event.return_value = _shown(payload)
    return event


def _shown(text: str) -> Any:
    return None if text == "None" else StandIn("", text)

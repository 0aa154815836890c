"""The flow of a recorded process, beside its calls in the store: a file a process, written as it runs.

A file has JSON lines: first an object that says whose flow it is; then arrays, one an event, and before the first event
of a function an object with its names; at last an object with ``end``. One without that was cut short, and what it has
counts. Values are text, as a tree of calls shows them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from pytead.errors import PyteadError
from pytead.flow.formatting import STANDARD, Formatter
from pytead.flow.streaming import StreamingTracer, TraceProcessor
from pytead.storage import folder as folders

try:  # not json, of which the program may have its own
    from _json import encode_basestring_ascii as _quoted
except ImportError:
    from json.encoder import encode_basestring_ascii as _quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.flow.events import CallEvent

SCHEMA = 1
_BATCH = 1_000
"""How many events a process has in memory, which are lost if it is killed."""


class Order(NamedTuple):
    """What is to be stored of a run's flow.

    Attributes:
        folder: the store's folder.
        run: id of the run.
        targets: the patterns.
        engine: what it is traced with.
        most: events of each process; 0 for any number.
    """

    folder: str
    run: str
    targets: tuple[str, ...]
    engine: str = "auto"
    most: int = 0


class StoredFlow:
    """Traces this process, and those that fork off it, into the store.

    Args:
        order: what is to be stored.
        aliases: further names of modules, as for ``Selection``; may grow.
        is_with_forks: whether forks are traced as well.
    """

    def __init__(
        self, order: Order, aliases: dict[str, tuple[str, ...]], *, is_with_forks: bool = True
    ) -> None:
        self._order = order
        self._is_with_forks = is_with_forks
        self._file: FlowFile | None = None
        self._is_on = False
        self._problem: PyteadError | None = None
        self._tracer = StreamingTracer(
            _BATCH,
            order.targets,
            trace_processor=TraceProcessor(handler=self._take),
            engine=order.engine,
            aliases=aliases,
        )
        self._tracer.lock_over_fork(self._after_fork)

    def start(self) -> None:
        """Begin.

        Raises:
            PyteadError: ``flow-engine-busy`` or ``flow-engine``.
        """
        self._tracer.start()
        self._is_on = True

    def finish(self) -> None:
        """End tracing and complete the file. Once more does nothing.

        Raises:
            PyteadError: ``storage-unwritable``, where events could not be written.
        """
        self._tracer.stop()
        self._is_on = False
        if self._file is not None:
            file, self._file = self._file, None
            self._try(file.close)
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem

    def _take(self, events: Sequence[CallEvent]) -> None:
        if self._is_on and self._problem is None:
            self._try(lambda: self._write(events))

    def _write(self, events: Sequence[CallEvent]) -> None:
        if self._file is None:  # a process that calls nothing that is meant has none
            self._file = FlowFile(self._order, self._tracer.engine)
        self._file.add(events)
        if self._file.is_full:
            self._tracer.stop_soon()

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self._problem = folders.unwritable(self._order.folder, folders.why(error))
            self._tracer.stop_soon()

    def _after_fork(self) -> None:
        """In a fork: what the parent's buffer and file have is the parent's."""
        was_on, self._is_on = self._is_on, False
        if self._file is not None:
            self._file.leave()
            self._file = None
        self._tracer.cleanup()
        if not (was_on and self._is_with_forks):
            return
        try:
            self.start()
        except PyteadError:
            return  # what is in the way there is no business of the program's
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # such a process ends by os._exit, and calls what it is told to before
            util.register_after_fork(self, StoredFlow._finish_with_worker)

    def _finish_with_worker(self) -> None:
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, self.finish, exitpriority=-100)


class FlowFile:
    """The file of one process.

    Raises:
        OSError: it can't be made.
    """

    def __init__(self, order: Order, engine: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self.path, self._descriptor = folders.create(order.folder, order.run, folders.FLOW, flags)
        self._most = order.most
        self._events = 0
        self._functions: dict[tuple[str, str, str, int], int] = {}
        self._formatter = Formatter(STANDARD)
        self._threads: dict[str, int] = {}
        self._open: set[int] = set()
        self._base: float | None = None
        targets = ", ".join(map(_quoted, order.targets))
        self._write(
            f'{{"flow": {SCHEMA}, "run": {_quoted(order.run)}, "process": {os.getpid()},'
            f' "engine": {_quoted(engine)}, "targets": [{targets}]}}\n'
        )

    @property
    def is_full(self) -> bool:
        """Whether no call is stored any more."""
        return bool(self._most) and self._events >= self._most

    def add(self, events: Sequence[CallEvent]) -> None:
        """Write events. Past the bound, only the returns of calls that were written still are."""
        lines: list[str] = []
        for event in events:
            if event.event_type == "return" and event.call_id in self._open:
                self._open.discard(event.call_id)
            elif self.is_full:
                continue
            elif event.event_type == "call":
                self._open.add(event.call_id)
            self._add(event, lines)
        self._write("".join(lines))

    def close(self) -> None:
        """Complete the file."""
        self._write(f'{{"end": {{"events": {self._events}, "full": {int(self.is_full)}}}}}\n')
        self.leave()

    def leave(self) -> None:
        """Let go of it as it is."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _add(self, event: CallEvent, lines: list[str]) -> None:
        if self._base is None:
            self._base = event.timestamp
            lines.append(f'{{"started": {event.timestamp!r}}}\n')
        site = event.__dict__["_site"]
        key = event.module, event.qualname, event.filename, site.first_line
        function = self._functions.get(key)
        if function is None:
            function = self._functions[key] = len(self._functions)
            names = ", ".join(_quoted(text) for text in (*key[:3], event.function_name))
            lines.append(f'{{"function": [{names}, {site.first_line}, {int(site.is_awaited)}]}}\n')
        thread = self._threads.setdefault(event.thread_id, len(self._threads))
        self._events += 1
        parent = "null" if event.parent_id is None else event.parent_id
        task = "null" if event.task is None else _quoted(event.task)
        lines.append(
            f'["{event.event_type}", {function}, {event.call_id}, {parent}, {event.depth}, {thread},'
            f" {event.timestamp - self._base:.7f}, {event.line_number}, {task}, {self._payload(event)}]\n"
        )

    def _payload(self, event: CallEvent) -> str:
        shown = self._formatter.value
        if event.event_type == "call":
            args = [f"{_quoted(name)}: {_quoted(shown(value))}" for name, value in event.args.items()]
            return f"{{{', '.join(args)}}}"
        if event.event_type == "return":
            value = _quoted(shown(event.exception if event.is_unwound else event.return_value))
            return f'["{event.outcome}", {value}, {event.duration:.7f}, {event.own_time:.7f}]'
        return _quoted(shown(event.return_value)) if event.event_type == "yield" else "null"

    def _write(self, text: str) -> None:
        data = text.encode()
        while data and self._descriptor >= 0:
            data = data[os.write(self._descriptor, data) :]

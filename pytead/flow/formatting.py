"""Flows as text: a tree of calls, or a line for each event. Nothing in it differs from one run to the next."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pytead.errors import PyteadError
from pytead.flow.events import RAISED, RETURNED, SUSPENDED
from pytead.flow.showing import LONGEST, shorten, show, stable
from pytead.flow.standins import StandIn
from pytead.flow.tree import Block, fold, nodes_of, outermost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytead.flow.events import CallEvent
    from pytead.flow.tree import CallNode

    Serializer = Callable[[Any], str]

MINIMAL, STANDARD, VERBOSE = "minimal", "standard", "verbose"
DETAIL_LEVELS = {MINIMAL: MINIMAL, STANDARD: STANDARD, "detailed": STANDARD, VERBOSE: VERBOSE}
_MOST_YIELDED = 20
_RECEIVERS = ("self", "cls")


def detail_of(name: str) -> str:
    """The detail level of that name.

    Raises:
        PyteadError: ``flow-detail``.
    """
    if name not in DETAIL_LEVELS:
        hint = f"levels: {', '.join(DETAIL_LEVELS)}"
        raise PyteadError("flow-detail", f"there is no detail level {name!r}", hint)
    return DETAIL_LEVELS[name]


class Formatter:
    """Writes flows at one level of detail.

    Args:
        detail: ``minimal`` (names), ``standard`` (arguments and outcomes), ``verbose`` (receivers, modules, lines,
            yields and the way of exceptions; no value is shortened).
        serializers: how values of some types are written, by the dotted name of the type, such as
            ``{"decimal.Decimal": lambda value: ...}``; they get plain values or ``StandIn`` objects.
    """

    def __init__(self, detail: str = STANDARD, serializers: Mapping[str, Serializer] | None = None) -> None:
        self.detail = detail_of(detail)
        self._serializers = dict(serializers or {})
        self._longest = None if self.detail == VERBOSE else LONGEST

    def tree(self, events: Iterable[CallEvent]) -> str:
        """The tree of calls, indented, with what repeats written once and counted."""
        nodes = nodes_of(events)
        blocks: dict[int, Block] = {}
        for node in reversed(nodes):  # what a call made comes after it
            below = fold([blocks.pop(child.call.call_id) for child in node.children])
            blocks[node.call.call_id] = (self.call(node), *(f"  {line}" for block in below for line in block))
        first, others = outermost(nodes)
        lines = [line for block in fold([blocks[node.call.call_id] for node in first]) for line in block]
        if others:
            lines.append("in other threads:")
            # Which of them comes first is chance, and so is which thread of a pool does what.
            below = fold(sorted(blocks[node.call.call_id] for node in others))
            lines += [f"  {line}" for block in below for line in block]
        return "\n".join(lines)

    def call(self, node: CallNode) -> str:
        """One call on one line."""
        if self.detail == MINIMAL:
            return self.name(node.call)
        line = f"{self.name(node.call)}({self.arguments(node.call)})"
        if node.yielded and not _is_awaited(node.call):
            shown = [self.value(event.return_value) for event in node.yielded[:_MOST_YIELDED]]
            if len(node.yielded) > _MOST_YIELDED:
                shown.append(f"... ({len(node.yielded):,} in all)")
            line += f" yields {', '.join(shown)}"
        is_generator = bool(node.yielded) and not _is_awaited(node.call)
        line += self.outcome(node.result, is_generator=is_generator)
        if self.detail == VERBOSE:
            for event in node.exceptions:
                line += f", {self.value(event.exception)} at line {event.line_number}"
                line += f" caught by {event.caught_by}" if event.caught_by else ""
            line += f"  [{relative(node.call.filename)}:{node.call.line_number}]"
        return line

    def outcome(self, event: CallEvent | None, *, is_generator: bool = False) -> str:
        """How a call ended, as the end of its line."""
        if event is None:
            return ""
        if event.outcome == RAISED:
            return f" raises {self.value(event.exception)}"
        if event.outcome not in (RETURNED, ""):
            return " (not finished)" if event.outcome == SUSPENDED else " (still running)"
        if is_generator and event.return_value is None:
            return ""
        return f" -> {self.value(event.return_value)}"

    def events(self, events: Iterable[CallEvent]) -> list[str]:
        """A line for each event, indented by its depth."""
        return [f"{'  ' * event.depth}{self.event(event)}" for event in events]

    def event(self, event: CallEvent) -> str:
        """One event on one line."""
        line = f"{event.event_type} {self.name(event)}"
        if event.event_type == "line":
            return f"{line}:{event.line_number}"
        if self.detail == MINIMAL:
            return f"{line} ({event.outcome})" if event.outcome not in ("", RETURNED) else line
        if event.event_type == "call":
            return f"{line}({self.arguments(event)})"
        if event.event_type == "return":
            return line + self.outcome(event)
        if event.event_type == "yield" and not _is_awaited(event):
            return f"{line} -> {self.value(event.return_value)}"
        if event.event_type == "exception":
            return f"{line} {self.value(event.exception)}"
        return line

    def name(self, event: CallEvent) -> str:
        """The function, without the functions that it is defined in."""
        name = (event.qualname or event.function_name).rpartition("<locals>.")[2]
        return f"{event.module}.{name}" if self.detail == VERBOSE and event.module else name

    def arguments(self, event: CallEvent) -> str:
        """The arguments of a call, the receiver in ``verbose`` only."""
        parts = []
        for place, (name, value) in enumerate(event.args.items()):
            if place == 0 and name in _RECEIVERS and self.detail != VERBOSE:
                continue
            parts.append(f"{name}={self.value(value)}")
        return ", ".join(parts)

    def value(self, value: Any) -> str:
        """One value."""
        if self._serializers:
            name = value.type_name if type(value) is StandIn else f"builtins.{type(value).__name__}"
            serializer = self._serializers.get(name) or self._serializers.get(name.removeprefix("builtins."))
            if serializer is not None:
                return str(serializer(value))
        return shorten(stable(show(value)), self._longest)


def relative(filename: str) -> str:
    """A path as seen from the working folder; the name alone where it lies elsewhere."""
    try:
        path = os.path.relpath(filename)
    except ValueError:  # another drive
        path = filename
    if os.path.isabs(path) or path.startswith(os.pardir):
        return os.path.basename(filename)
    return path.replace(os.sep, "/")


def execution_order(events: Sequence[CallEvent]) -> list[str]:
    """Dotted names of the functions in the order of their first calls, those of other threads last and by name."""
    names: dict[str, None] = {}
    others: set[str] = set()
    first = None
    for event in events:
        if event.event_type == "call":
            first = first or event.thread_id
            if event.thread_id == first:
                names[event.dotted] = None
            else:
                others.add(event.dotted)
    return [*names, *sorted(others - names.keys())]


def _is_awaited(event: CallEvent) -> bool:
    site = event.__dict__.get("_site")
    return site is not None and site.is_awaited

"""Events as a tree of calls, and equal neighbours of a tree folded into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.flow.events import CallEvent

LONGEST_PERIOD = 8
"""How many calls in a row may make up what is repeated."""


class CallNode:
    """One call and those that it made.

    Attributes:
        call: its call event.
        result: its return event; None while it runs.
        yielded: its yield events.
        exceptions: its exception events.
        children: the calls that it made, in their order.
    """

    __slots__ = ("call", "children", "exceptions", "result", "yielded")

    def __init__(self, call: CallEvent) -> None:
        self.call = call
        self.result: CallEvent | None = None
        self.yielded: list[CallEvent] = []
        self.exceptions: list[CallEvent] = []
        self.children: list[CallNode] = []


def nodes_of(events: Iterable[CallEvent]) -> list[CallNode]:
    """All calls in the order in which they began, each linked to those that it made."""
    found: dict[int, CallNode] = {}
    nodes: list[CallNode] = []
    for event in events:
        if event.event_type == "call":
            node = CallNode(event)
            nodes.append(node)
            found[event.call_id] = node
            parent = found.get(event.parent_id) if event.parent_id is not None else None
            if parent is not None:
                parent.children.append(node)
            continue
        known = found.get(event.call_id)
        if known is None:
            continue
        if event.event_type == "return":
            known.result = event
        elif event.event_type == "yield":
            known.yielded.append(event)
        elif event.event_type == "exception":
            known.exceptions.append(event)
    return nodes


def outermost(nodes: Sequence[CallNode]) -> tuple[list[CallNode], list[CallNode]]:
    """The outermost calls of the thread that called first, and those of all others."""
    ids = {node.call.call_id for node in nodes}
    roots = [node for node in nodes if node.call.parent_id not in ids]
    first = [node for node in roots if node.call.thread_id == roots[0].call.thread_id]
    return first, [node for node in roots if node.call.thread_id != roots[0].call.thread_id]


Block = tuple[str, ...]
"""The lines of a call and of what it called."""


def fold(blocks: Sequence[Block]) -> list[Block]:
    """Blocks with those that repeat, one by one or several in a row, written once and counted."""
    numbers: dict[Block, int] = {}
    keys = [numbers.setdefault(block, len(numbers)) for block in blocks]
    folded: list[Block] = []
    at = 0
    while at < len(blocks):
        period, times = _repetition(keys, at)
        if times < 2:
            folded.append(blocks[at])
            at += 1
            continue
        group = blocks[at : at + period]
        if period == 1:
            first, *rest = group[0]
            folded.append((f"{first}  x {times:,}", *rest))
        else:
            folded.append((f"x {times:,}:", *(f"  {line}" for block in group for line in block)))
        at += period * times
    return folded


def _repetition(keys: Sequence[int], at: int) -> tuple[int, int]:
    """How many keys from ``at`` on are repeated how often, where that saves most; ``(1, 1)`` where none are."""
    best = (1, 1)
    for period in range(1, LONGEST_PERIOD + 1):
        times = 1
        while keys[at + times * period : at + (times + 1) * period] == keys[at : at + period]:
            times += 1
            if at + times * period >= len(keys):
                break
        if times > 1 and period * (times - 1) > best[0] * (best[1] - 1):
            best = period, times
    return best

"""A story under way: what a generator did so far, frozen step by step.

It holds bytes alone, nothing of the program, and knows nothing of how the steps are seen. ``records`` says what
becomes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.freezer import FreezeRefused, freeze, refusal_of

if TYPE_CHECKING:
    from pytead.records import StoryEnd

MOST_ITEMS = 64
"""Items of one generator that are recorded; more make no readable test."""

MOST_BYTES = 1 << 18
"""Bytes that the items of one generator may take."""


class Telling:
    """What is told of one generator.

    Args:
        before: its frozen arguments.
        started: when it began, by ``time.perf_counter``.
    """

    __slots__ = ("_items", "_resumed", "_size", "before", "started")

    def __init__(self, before: bytes, started: float) -> None:
        self.before = before
        self.started = started
        self._items: list[bytes] = []
        self._resumed: list[tuple[int, str, bytes]] = []
        self._size = 0

    def yielded(self, value: object) -> bool:
        """Add what it yielded; the answer is whether there is room for more. Raises ``FreezeRefused``."""
        items = self._items
        frozen = freeze(value)
        items.append(frozen)
        self._size += len(frozen)
        return len(items) < MOST_ITEMS and self._size < MOST_BYTES

    def resumed(self, verb: str, value: object) -> None:
        """Add how it was resumed, where that was no plain ``next``: ``send`` or ``throw``. Raises ``FreezeRefused``."""
        frozen = freeze(value)
        self._resumed.append((len(self._items), verb, frozen))
        self._size += len(frozen)

    def has_items(self) -> bool:
        """Whether it yielded anything."""
        return bool(self._items)

    def story(self, end: StoryEnd, value: object = None) -> tuple[object, ...]:
        """The whole of it, as ``records`` lays it down; ``value`` is what it returned or raised."""
        frozen = freeze(value) if end in ("returned", "raised") else None
        return tuple(self._items), tuple(self._resumed), end, frozen


def open_after(before: bytes, story: tuple[object, ...]) -> bytes:
    """The frozen outcome of a generator whose arguments can't be looked at any more: they stay as they were.

    Raises:
        FreezeRefused: the arguments were written, but are nested more deeply than is ever read.
    """
    from pytead.values.calls import after_nodes, read_before
    from pytead.values.encode import encode
    from pytead.values.tree import read
    from pytead.values.unreadable import UnreadableValue

    try:
        args, kwargs = read_before(read(before))
        return encode(after_nodes(args.items, kwargs.pairs, read(freeze(story))))
    except UnreadableValue as error:
        raise FreezeRefused(error.slug, error.reason) from None
    except RecursionError as error:
        raise refusal_of(error) from None

"""Stories, as they are stored, to nodes and back; ``values.calls.STORIES`` says what they are.

Imported only where a story is read or laid out: what it takes is more than a recording program should wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytead.values.encode import encode
from pytead.values.nodes import Atom, Items, Node
from pytead.values.tree import read

if TYPE_CHECKING:
    from typing import Any

_ENDS = ("returned", "raised", "closed", "open")


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What a generator did.

    Attributes:
        items: what it yielded, in order.
        resumed: index of the item that it gave then (or ended instead), ``send`` or ``throw``, and what with; only
            where it was no plain ``next``.
        end: ``returned``, ``raised``, ``closed`` or ``open``.
        value: what it returned or raised; None for the other ends.
    """

    items: tuple[Node, ...]
    resumed: tuple[tuple[int, str, Node], ...]
    end: str
    value: Node | None

    @property
    def nodes(self) -> list[Node]:
        """All values in it."""
        return [
            *self.items,
            *(value for _, _, value in self.resumed),
            *([self.value] if self.value is not None else []),
        ]

    def with_nodes(self, nodes: list[Node]) -> Story:
        """The same with other values, in the order of ``nodes``."""
        rest = iter(nodes)
        items = tuple(next(rest) for _ in self.items)
        resumed = tuple((index, verb, next(rest)) for index, verb, _ in self.resumed)
        return Story(items, resumed, self.end, next(rest, None))

    def as_node(self) -> Node:
        """All of it as one value, to be compared."""
        resumed: list[Node] = [
            Items("tuple", [Atom(index), Atom(verb), value]) for index, verb, value in self.resumed
        ]
        value = [self.value] if self.value is not None else []
        told: list[Node] = [Items("list", list(self.items)), Items("list", resumed), Atom(self.end)]
        return Items("tuple", [*told, *value])


def read_story(stored: Node) -> Story:
    """The story that the first part of a frozen outcome holds.

    Raises:
        ValueError: it is none, or holds what no recording wrote.
    """
    items, resumed, end, value = _tuple(stored, 4)
    steps = []
    for step in _tuple(resumed):
        index, verb, sent = _tuple(step, 3)
        steps.append((_atom(index, int), _atom(verb, str), read(_atom(sent, bytes))))
    told = None if isinstance(value, Atom) and value.value is None else read(_atom(value, bytes))
    story = Story(
        tuple(read(_atom(item, bytes)) for item in _tuple(items)), tuple(steps), _atom(end, str), told
    )
    if story.end not in _ENDS or (story.value is not None) != (story.end in _ENDS[:2]):
        raise ValueError("the end of a story is none")
    if any(verb not in ("send", "throw") or not 0 < at <= len(story.items) for at, verb, _ in story.resumed):
        raise ValueError("a step of a story is none")
    return story


def stored_story(story: Story) -> Node:
    """What ``read_story`` reads as ``story``."""
    resumed: list[Node] = [
        Items("tuple", [Atom(index), Atom(verb), Atom(encode(value))]) for index, verb, value in story.resumed
    ]
    items: list[Node] = [Atom(encode(item)) for item in story.items]
    value = Atom(encode(story.value) if story.value is not None else None)
    return Items("tuple", [Items("tuple", items), Items("tuple", resumed), Atom(story.end), value])


def _tuple(node: Node, size: int | None = None) -> list[Node]:
    if not isinstance(node, Items) or node.kind != "tuple" or (size is not None and len(node.items) != size):
        raise ValueError("not a story")
    return node.items


def _atom(node: Node, cls: type) -> Any:
    if not isinstance(node, Atom) or type(node.value) is not cls:
        raise ValueError("not a story")
    return node.value

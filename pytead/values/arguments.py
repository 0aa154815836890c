"""What is read off the arguments and states of calls."""

from __future__ import annotations

from typing import Any

from pytead.values.nodes import Atom, Node, Pairs


def attributes_of(state: Node | None) -> list[tuple[str, Node]] | None:
    """A state that is a dict of attributes; none for no state; None for any other."""
    if state is None or (isinstance(state, Atom) and state.value is None):
        return []
    if not isinstance(state, Pairs):
        return None
    found = [
        (key.value, value) for key, value in state.pairs if isinstance(key, Atom) and type(key.value) is str
    ]
    return found if len(found) == len(state.pairs) else None


def atoms(nodes: list[Node]) -> list[Any] | None:
    found = [node.value for node in nodes if isinstance(node, Atom)]
    return found if len(found) == len(nodes) else None

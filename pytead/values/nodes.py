"""What a frozen value is once it is read: a tree of nodes, made without importing or calling anything.

Node identity is object identity: a mutable object that was reached twice is one node reached twice, and a
cycle in the value is a cycle in the nodes. Nodes are compared with ``tree.canonical``, never with ``==``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Scalar = Any
"""None, bool, int, float, complex, str, bytes, Ellipsis or NotImplemented, each of exactly that type."""


@dataclass(eq=False, slots=True)
class Atom:
    """An immutable builtin."""

    value: Scalar


@dataclass(eq=False, slots=True)
class Buffer:
    """A bytearray."""

    value: bytes


@dataclass(eq=False, slots=True)
class Items:
    """A list, tuple, set or frozenset."""

    kind: Literal["list", "tuple", "set", "frozenset"]
    items: list[Node] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Pairs:
    """A dict, in its order."""

    pairs: list[tuple[Node, Node]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Reference:
    """Something reachable by name. ``kind`` is ``global`` where a pickle named it and nobody vouched for more."""

    module: str
    qualname: str
    kind: Literal["class", "function", "module", "constant", "global"] = "global"

    @property
    def dotted(self) -> str:
        """``module.qualname``; the module alone for a module."""
        return f"{self.module}.{self.qualname}" if self.qualname else self.module


@dataclass(eq=False, slots=True)
class Member:
    """An enum member; several names for a combination of flags."""

    cls: Reference
    names: tuple[str, ...]


@dataclass(eq=False, slots=True)
class Instance:
    """An object by its class and attributes (``marks.instance``); ``source`` is its class where that is a value by its
    source, as no name leads to it (``marks.made``)."""

    cls: Reference
    attributes: list[tuple[str, Node]] = field(default_factory=list)
    content: Node | None = None
    has_constructor: bool = False
    has_value_equality: bool = False
    source: Node | None = None


@dataclass(eq=False, slots=True)
class Call:
    """A reduction: ``function(*args, **kwargs)``, then ``state``, ``items`` and ``pairs`` put into what it gave.

    ``is_new`` says that it is ``cls.__new__(cls, *args)``, as pickle does it for most classes.
    """

    function: Reference
    args: list[Node] = field(default_factory=list)
    kwargs: list[tuple[str, Node]] = field(default_factory=list)
    is_new: bool = False
    state: Node | None = None
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Opaque:
    """A value that can't be rebuilt, and why."""

    type_name: str
    slug: str
    reason: str


Node = Atom | Buffer | Items | Pairs | Reference | Member | Instance | Call | Opaque

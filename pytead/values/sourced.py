"""Functions that are values by their source, as nodes: ``Call`` nodes of the marks of that name."""

from __future__ import annotations

from typing import Any, NamedTuple

from pytead.values import marks
from pytead.values.arguments import attributes_of
from pytead.values.nodes import Atom, Call, Items, Node, Opaque, Reference

FUNCTION = Reference(marks.__name__, "function")
CELL = Reference(marks.__name__, "cell")
BEGUN = Reference(marks.__name__, "begun")

SAYS_WHAT = 3
"""How many arguments of a function's node say what it does; the others say where it was."""


class Recipe(NamedTuple):
    """A function as its node says it.

    Attributes:
        module: whose globals it uses.
        name: of its code: that of the ``def``, ``<lambda>`` or ``<genexpr>``.
        checksum: of its code, with the version of Python.
        qualname: for people.
        file: where its source was, relative to the recording's working folder where it was inside.
        line: the first one.
        closure: its free variables with the nodes of their cells.
        defaults: values of the last positional parameters.
        kwdefaults: values of keyword-only parameters.
        attributes: what it has beside; of a class, the bases that have no name either.
        methods: of a class, ``name:checksum`` of each; None for a function.
        constants: of a class, its plain attributes.
    """

    module: str
    name: str
    checksum: str
    qualname: str
    file: str
    line: int
    closure: list[tuple[str, Node]]
    defaults: list[Node]
    kwdefaults: list[tuple[str, Node]]
    attributes: list[tuple[str, Node]]
    methods: list[str] | None = None
    constants: tuple[tuple[str, object], ...] = ()

    @property
    def is_expression(self) -> bool:
        """Whether it is written as an expression."""
        return self.name.startswith("<")


def is_function(node: Node) -> bool:
    """Whether the node is a function by its source."""
    return isinstance(node, Call) and _is(node, FUNCTION)


def is_class(node: Node) -> bool:
    """Whether the node is a class by its source; such a node is one of a function, too."""
    if not is_function(node) or not isinstance(node, Call):
        return False
    checksum = node.args[2]
    return isinstance(checksum, Atom) and type(checksum.value) is str and checksum.value.endswith(":class")


def is_cell(node: Node) -> bool:
    """Whether the node is a variable that functions share."""
    return isinstance(node, Call) and _is(node, CELL)


def is_begun(node: Node) -> bool:
    """Whether the node is a generator or coroutine that hasn't started."""
    return isinstance(node, Call) and _is(node, BEGUN)


def _is(node: Call, mark: Reference) -> bool:
    return node.function.qualname == mark.qualname and node.function.module == mark.module


def recipe_of(node: Node) -> Recipe:
    """What the node of a function says; where it says nothing that could be one, no source will be found."""
    assert isinstance(node, Call)
    place: list[Any] = [getattr(each, "value", None) for each in node.args]
    if [type(each) for each in place] != [str, str, str, str, str, int]:
        place = ["?", "?", "?", "?", "?", 0]
    module, name, checksum, qualname, file, line = place
    state = dict(attributes_of(node.state) or [])
    closure = [(name, held) for name, held in _named(state.get("closure")) if is_cell(held)]
    defaults, methods = state.get("defaults"), state.get("methods")
    constants = (
        (name, held.value) for name, held in _named(state.get("constants")) if isinstance(held, Atom)
    )
    return Recipe(
        module,
        name,
        checksum,
        qualname,
        file,
        line,
        closure,
        list(defaults.items) if isinstance(defaults, Items) else [],
        _named(state.get("kwdefaults")),
        _named(state.get("attributes")),
        [each.value for each in methods.items if isinstance(each, Atom)]
        if isinstance(methods, Items)
        else None,
        tuple(constants),
    )


def content_of(node: Node) -> Node:
    """What the variable held."""
    assert isinstance(node, Call)
    if isinstance(node.state, Items) and len(node.state.items) == 1:
        return node.state.items[0]
    return Opaque("cell", "value-corrupt", "a variable without its content")


def _named(node: Node | None) -> list[tuple[str, Node]]:
    return attributes_of(node) or []

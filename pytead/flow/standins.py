"""Kept values as plain Python values, made without running anything of the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.keeping import Outline
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.sourced import BEGUN, FUNCTION, is_class
from pytead.values.tree import UnreadableValue, read

if TYPE_CHECKING:
    from pytead.flow.sites import CodeSite

_BUILTINS = ("builtins", "__main__")


class StandIn:
    """Stands for an object that is no plain data: it shows what the object was, and equals what shows the same.

    Attributes:
        type_name: dotted name of the object's class.
        text: how it is shown.
    """

    __slots__ = ("text", "type_name")

    def __init__(self, type_name: str, text: str) -> None:
        self.type_name = type_name
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, StandIn) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)


def value_of(kept: Any) -> Any:
    """The value that was kept: scalars and builtin containers as themselves, anything else as a ``StandIn``."""
    if type(kept) is bytes:
        try:
            return _Reading().value(read(kept))
        except (UnreadableValue, RecursionError):
            return StandIn("object", "<unreadable>")
    return outlined(kept) if type(kept) is Outline else kept


def arguments_of(site: CodeSite, kept: Any) -> dict[str, Any]:
    """The arguments of a call by name."""
    names = site.arguments
    if type(kept) is bytes:
        values = value_of(kept)
        if type(values) is not tuple:
            return {}
    elif type(kept) is tuple:
        values = tuple(map(value_of, kept))
    else:
        values = (value_of(kept),)
    return dict(zip(names, values, strict=False))


def outlined(outline: Outline) -> StandIn:
    """How a value is shown that wasn't kept."""
    name = short_name(outline.kind)
    if outline.size is not None:
        return StandIn(outline.kind, f"<{name} of {outline.size:,}>")
    return StandIn(outline.kind, f"<{name}>" if name else "<unknown>")


def short_name(dotted: str) -> str:
    """The class's own name, without module and enclosing functions."""
    return dotted.rpartition("<locals>.")[2].rpartition(".")[2]


class _Reading:
    """One frozen value; what it holds twice, or what holds itself, is one object."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self._path: set[int] = set()

    def value(self, node: Node) -> Any:
        if isinstance(node, Atom):
            return node.value
        if id(node) in self._made:
            return self._made[id(node)]
        made: Any
        if isinstance(node, Items):
            if node.kind == "list":
                made = self._made[id(node)] = []
                made.extend(map(self.value, node.items))
                return made
            items = [self.value(item) for item in node.items]
            if node.kind == "tuple":
                made = tuple(items)
            else:
                hashable = [_hashable(item) for item in items]
                made = set(hashable) if node.kind == "set" else frozenset(hashable)
        elif isinstance(node, Pairs):
            made = self._made[id(node)] = {}
            for key, value in node.pairs:
                made[_hashable(self.value(key))] = self.value(value)
            return made
        elif isinstance(node, Buffer):
            made = bytearray(node.value)
        else:
            made = self._stand_in(node)
        self._made[id(node)] = made
        return made

    def _stand_in(self, node: Node) -> StandIn:
        if isinstance(node, Reference):
            return StandIn("type" if node.kind == "class" else node.kind, _dotted(node))
        if isinstance(node, Member):
            name = short_name(node.cls.dotted)
            return StandIn(node.cls.dotted, "|".join(f"{name}.{each}" for each in node.names) or f"{name}(0)")
        if isinstance(node, Opaque):
            if node.slug == "value-large" and node.reason.isdecimal():
                return outlined(Outline(node.type_name, node.slug, int(node.reason)))
            return outlined(Outline(node.type_name, node.slug))
        if id(node) in self._path:
            return StandIn("object", "...")
        self._path.add(id(node))
        try:
            if isinstance(node, Instance):
                return self._instance(node)
            if isinstance(node, Call):
                return self._call(node)
        finally:
            self._path.discard(id(node))
        return StandIn("object", "<unreadable>")

    def _instance(self, node: Instance) -> StandIn:
        from pytead.flow.showing import show

        parts = []
        if node.content is not None:
            content = self.value(node.content)
            if type(content) is tuple and not node.attributes:
                parts += [show(each) for each in content]
            else:
                parts.append(show(content))
        parts += [f"{name}={show(self.value(value))}" for name, value in node.attributes]
        return StandIn(node.cls.dotted, f"{short_name(node.cls.dotted)}({', '.join(parts)})")

    def _call(self, node: Call) -> StandIn:
        from pytead.flow.showing import show

        if (
            node.function is FUNCTION
        ):  # by its name alone: what else is known of its source is the interpreter's
            kind = "type" if is_class(node) else "function"
            return StandIn(kind, f"<{'class' if is_class(node) else 'function'} {self.value(node.args[3])}>")
        args = [show(self.value(each)) for each in node.args]
        if node.function is BEGUN:
            return StandIn("generator", f"<{args[0].strip('<>')}, not begun>")
        if node.items:
            args.append(show([self.value(each) for each in node.items]))
        if node.pairs:
            args.append(show({_hashable(self.value(key)): self.value(value) for key, value in node.pairs}))
        args += [f"{name}={show(self.value(value))}" for name, value in node.kwargs]
        state = node.state
        if isinstance(state, Pairs):
            args += [f"{self.value(key)}={show(self.value(value))}" for key, value in state.pairs]
        elif state is not None and not (isinstance(state, Atom) and state.value is None):
            args.append(show(self.value(state)))
        return StandIn(node.function.dotted, f"{short_name(node.function.dotted)}({', '.join(args)})")


def _dotted(node: Reference) -> str:
    return node.qualname if node.module in _BUILTINS and node.qualname else node.dotted


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        from pytead.flow.showing import show

        return StandIn(type(value).__name__, show(value))
    return value

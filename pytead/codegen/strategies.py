"""Hypothesis strategies for values like some recorded ones, as source."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING, Any

from pytead.values.nodes import Atom, Items, Member, Node, Pairs
from pytead.values.tree import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytead.values.source import Renderer

_DEEPEST = 6


class Strategies:
    """Writes strategies for the values of one module.

    Args:
        renderer: writes single values.
        is_wide: give values between and beside the recorded ones; else those alone, in new combinations.
    """

    def __init__(self, renderer: Renderer, *, is_wide: bool) -> None:
        self._renderer = renderer
        self._is_wide = is_wide

    def of(self, nodes: Sequence[Node], depth: int = 0) -> str:
        """The source of a strategy; raises ``CannotRender`` where a value can't be written."""
        if not self._is_wide or depth > _DEEPEST:
            return self._recorded(nodes)
        kinds: dict[object, list[Node]] = {}
        for node in nodes:
            kinds.setdefault(_kind(node), []).append(node)
        found = [self._of_kind(kind, own, depth) for kind, own in kinds.items()]
        return _one_of(found)

    def calls(self, args: Sequence[Sequence[Node]], kwargs: Sequence[dict[str, Node]]) -> tuple[str, str]:
        """Strategies for the positional arguments of some calls, and for their keyword arguments."""
        # What is given by name depends on how much is given by position: so it is taken from the commonest calls.
        counts = Counter(len(each) for each in args)
        length = max(counts, key=lambda each: (counts[each], each))
        own = [place for place, each in enumerate(args) if len(each) == length]
        parts = [self.of([args[place][index] for place in own]) for index in range(length)]
        return f"st.tuples({', '.join(parts)})", self._keywords([kwargs[place] for place in own], 0)

    def _keywords(self, dicts: Sequence[dict[str, Node]], depth: int) -> str:
        names = list(dict.fromkeys(name for each in dicts for name in each))
        by_name = {name: self.of([each[name] for each in dicts if name in each], depth + 1) for name in names}
        required = {name: by_name[name] for name in names if all(name in each for each in dicts)}
        optional = {name: by_name[name] for name in names if name not in required}
        told = [_dict(required)]
        if optional:
            told.append(f"optional={_dict(optional)}")
        return f"st.fixed_dictionaries({', '.join(told)})"

    def _recorded(self, nodes: Sequence[Node]) -> str:
        """The recorded values themselves: each made anew where it may be changed."""
        distinct = list({canonical(node): node for node in nodes}.values())
        sources = [ast.unparse(self._renderer.expression(node)) for node in distinct]
        if all(isinstance(node, (Atom, Member)) for node in distinct):
            return (
                f"st.just({sources[0]})" if len(sources) == 1 else f"st.sampled_from([{', '.join(sources)}])"
            )
        return _one_of([f"st.builds(lambda: {source})" for source in sources])

    def _of_kind(self, kind: object, nodes: list[Node], depth: int) -> str:
        if isinstance(kind, type):
            values = [node.value for node in nodes if isinstance(node, Atom)]
            simple = _OF_ATOMS.get(kind)
            return simple(values) if simple is not None else self._recorded(nodes)
        items = [node for node in nodes if isinstance(node, Items)]
        if kind == "enum":
            first = nodes[0]
            assert isinstance(first, Member)
            return f"st.sampled_from({ast.unparse(self._renderer.cls(first.cls))})"
        if isinstance(kind, tuple) and kind[0] == "tuple":
            parts = [self.of([each.items[place] for each in items], depth + 1) for place in range(kind[1])]
            return f"st.tuples({', '.join(parts)})"
        if kind in ("list", "set", "frozenset"):
            held = [item for each in items for item in each.items]
            if not held:
                return f"st.builds({kind})"
            sizes = [len(each.items) for each in items]
            limits = f"min_size={min(sizes)}, max_size={max(sizes)}"
            strategy = {"list": "lists", "set": "sets", "frozenset": "frozensets"}[str(kind)]
            return f"st.{strategy}({self.of(held, depth + 1)}, {limits})"
        if kind == "dict":
            return self._dicts([node for node in nodes if isinstance(node, Pairs)], depth)
        return self._recorded(nodes)

    def _dicts(self, nodes: list[Pairs], depth: int) -> str:
        pairs = [pair for node in nodes for pair in node.pairs]
        if not pairs:
            return "st.builds(dict)"
        sizes = [len(node.pairs) for node in nodes]
        is_record = all(isinstance(key, Atom) and isinstance(key.value, str) for key, _ in pairs)
        first = {canonical(key) for key, _ in nodes[0].pairs}
        if is_record and all({canonical(key) for key, _ in node.pairs} & first for node in nodes):
            records = [
                {str(key.value): value for key, value in node.pairs if isinstance(key, Atom)}
                for node in nodes
            ]
            return self._keywords(records, depth)
        keys = self.of([key for key, _ in pairs], depth + 1)
        values = self.of([value for _, value in pairs], depth + 1)
        return f"st.dictionaries({keys}, {values}, min_size={min(sizes)}, max_size={max(sizes)})"


def _kind(node: Node) -> object:
    if isinstance(node, Atom):
        return type(node.value)
    if isinstance(node, Items):
        return (node.kind, len(node.items)) if node.kind == "tuple" else node.kind
    if isinstance(node, Pairs):
        return "dict"
    if isinstance(node, Member):
        return "enum" if len(node.names) == 1 else "flags"
    return "other"


def _integers(values: list[Any]) -> str:
    return f"st.integers({min(values)}, {max(values)})"


def _floats(values: list[Any]) -> str:
    finite = [value for value in values if abs(value) < float("inf")]
    if len(finite) < len(values):
        return f"st.sampled_from([{', '.join(_float(value) for value in values)}])"
    return f"st.floats({min(finite)!r}, {max(finite)!r})"


def _float(value: float) -> str:
    return repr(value) if abs(value) < float("inf") else f"float({str(value)!r})"


def _texts(values: list[Any]) -> str:
    letters = sorted({letter for value in values for letter in value})
    if not letters:
        return "st.just('')"
    sizes = [len(value) for value in values]
    return f"st.text({''.join(letters)!a}, min_size={min(sizes)}, max_size={max(sizes)})"


def _bytes(values: list[Any]) -> str:
    sizes = [len(value) for value in values]
    return f"st.binary(min_size={min(sizes)}, max_size={max(sizes)})"


_OF_ATOMS: dict[type, Callable[[list[Any]], str]] = {
    bool: lambda _: "st.booleans()",
    int: _integers,
    float: _floats,
    str: _texts,
    bytes: _bytes,
    type(None): lambda _: "st.none()",
}


def _one_of(strategies: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(strategies))
    return distinct[0] if len(distinct) == 1 else f"st.one_of({', '.join(distinct)})"


def _dict(sources: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name!a}: {source}" for name, source in sources.items()) + "}"

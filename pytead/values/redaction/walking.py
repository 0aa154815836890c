"""Goes through a frozen value and says of each text and number in it what its name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.redaction.names import CODE, MAYBE, NOT, PAIR, SECRET, VALUE_ATTRIBUTES, Names
from pytead.values.redaction.stream import CALL, DICT, LIST, NAME, OBJECT, TUPLE, Group, Number, Text, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.values.redaction.signatures import Parameters

Path = tuple["Path | None", str]
"""Where a value is: the place around it, and the step from there."""

_MARKS = "pytead.values.marks:"
_CELL, _CALL, _OPAQUE, _BEGUN = (_MARKS + name for name in ("cell", "call", "opaque", "begun"))
_NAMED = frozenset(_MARKS + name for name in ("reference", "member", "function"))


class Place:
    """A text or number that is no name itself.

    Attributes:
        node: which.
        start: where the opcode stands that put it there.
        end: where that ends.
        sort: what its name says; see ``names``.
        name: the name; empty where it has none.
        path: where it is in the value.
    """

    __slots__ = ("end", "name", "node", "path", "sort", "start")

    def __init__(self, use: Use, sort: int, name: str, path: Path | None) -> None:
        self.node, self.start, self.end = use
        self.sort = sort
        self.name = name
        self.path = path

    def shown(self) -> str:
        """Where it is, as a person would write it."""
        steps = []
        path = self.path
        while path is not None:
            path, step = path
            steps.append(step)
        return "".join(reversed(steps)).lstrip(".")


_Step = tuple[Use, int, str, "Path | None"]


class Walk:
    """One way through a value.

    Args:
        names: judges names.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._seen: set[tuple[int, int]] = set()
        self._pending: list[_Step] = []

    def arguments(self, args: Use, kwargs: Use | None, parameters: Parameters) -> Iterator[Place]:
        """The places in the arguments of a call."""
        for index, use in enumerate(_items(args)):
            name = parameters.name_of(index)
            self._push(
                use, self._names.sort_of(name) if name else NOT, name, (None, name or f"args[{index}]")
            )
        yield from self._run()
        pairs = _items(kwargs)
        for key, use in zip(pairs[::2], pairs[1::2], strict=False):
            name = _text(key)
            self._push(use, self._names.sort_of(name), name, (None, name))
        yield from self._run()

    def value(self, use: Use, what: str, sort: int = NOT, name: str = "") -> Iterator[Place]:
        """The places in another value, which a person knows as ``what``."""
        self._push(use, sort, name, (None, what))
        yield from self._run()

    def _push(self, use: Use, sort: int, name: str, path: Path | None) -> None:
        if use[0] is not None:
            self._pending.append((use, sort, name, path))

    def _run(self) -> Iterator[Place]:
        pending = self._pending
        while pending:
            use, sort, name, path = pending.pop()
            node = use[0]
            if type(node) is Text or type(node) is Number:
                yield Place(use, sort, name, path)
            elif type(node) is Group and (id(node), sort) not in self._seen:
                self._seen.add((id(node), sort))
                at = len(pending)
                self._enter(node, sort, name, path)
                pending[at:] = reversed(pending[at:])  # so that what stands first comes first

    def _enter(self, node: Group, sort: int, name: str, path: Path | None) -> None:
        if node.kind == OBJECT:
            self._enter_object(node, sort, name, path)
        elif node.kind == CALL:
            self._enter_call(node, sort, name, path)
        elif node.kind == DICT:
            self._enter_pairs(node.items, sort, name, path)
        elif node.kind != NAME:
            self._enter_items(node, sort, name, path)

    def _enter_items(self, node: Group, sort: int, name: str, path: Path | None) -> None:
        items = node.items
        sorts = [sort if sort in (SECRET, CODE, MAYBE) else NOT] * len(items)
        names = [name] * len(items)
        if len(items) == 2 and node.kind in (TUPLE, LIST):
            if sort == PAIR:
                sorts[1] = SECRET
            elif sort == NOT and type(items[0][0]) is Text and type(items[1][0]) is not Group:  # a header
                names[1] = _text(items[0])
                is_list_of_names = bool(self._names.sort_of(_text(items[1])))
                sorts[1] = NOT if is_list_of_names else self._names.sort_of(names[1])
        for index, use in enumerate(items):
            self._push(use, sorts[index], names[index], (path, f"[{index}]"))

    def _enter_pairs(self, items: list[Use], sort: int, name: str, path: Path | None) -> None:
        inherited = sort if sort in (SECRET, CODE) else NOT
        for key, use in zip(items[::2], items[1::2], strict=False):
            own = _text(key)
            own_sort = self._names.sort_of(own) if own else NOT
            # A name says nothing, even if it is somebody's password; what has digits in it may be that itself.
            if not own_sort or any(map(str.isdigit, own)):
                self._push(key, NOT, "", (path, " (a key)"))
            chosen = own if own_sort else name or own
            self._push(use, own_sort or inherited, chosen, (path, f"[{own!r}]"))

    def _enter_object(self, node: Group, sort: int, name: str, path: Path | None) -> None:
        class_sort = self._names.sort_of_class(node.name.partition(":")[2])
        attributes, *content = _state_of(node)
        pairs = _items(attributes)
        for key, use in zip(pairs[::2], pairs[1::2], strict=False):
            own = _text(key)
            own_sort = self._names.sort_of(own)
            if not own_sort and own in VALUE_ATTRIBUTES:
                own_sort = class_sort
            self._push(use, own_sort, own, (path, f".{own}"))
        if len(content) == 2 and content[1] is not None:  # the items of a dict
            items = [part for pair in _items(content.pop()) for part in _items(pair)]
            self._enter_pairs(items, sort or class_sort, name, path)
        for held in content:
            if held is not None:
                self._push(held, sort or class_sort, name, path)

    def _enter_call(self, node: Group, sort: int, name: str, path: Path | None) -> None:
        items = node.items
        if node.name in _NAMED:
            items = []
        elif node.name == _CELL:
            if node.state is not None:
                for held in _items(node.state):
                    self._push(held, sort, name, path)
            return
        elif node.name == _OPAQUE:
            items = items[2:]
        elif node.name == _CALL and len(items) == 3:
            function, args, kwargs = items
            class_sort = self._names.sort_of_class(_text(function).partition(":")[2])
            for index, given in enumerate(_items(args)):
                self._push(given, class_sort, name, (path, f"({index})"))
            self._enter_names(kwargs, class_sort, name, path)
            items = []
        elif node.name == _BEGUN and len(items) == 3:
            self._enter_names(items[2], NOT, "", path)
            items = items[:2]
        for index, item in enumerate(items):
            self._push(item, NOT, "", (path, f"({index})"))
        self._enter_pairs(node.more, sort, name, path)
        if node.state is None:
            return
        state = node.state[0]
        if type(state) is Group and state.kind == DICT:
            self._enter_names(node.state, NOT, "", path)
        elif type(state) is Group and state.kind == TUPLE:
            for held in state.items:
                if type(held[0]) is Group and held[0].kind == DICT:
                    self._enter_names(held, NOT, "", path)
                else:
                    self._push(held, NOT, "", path)
        else:
            self._push(node.state, NOT, "", path)

    def _enter_names(self, use: Use, sort: int, name: str, path: Path | None) -> None:
        """What a dict holds whose keys are names in a program's source, not values of its."""
        pairs = _items(use)
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            own = _text(key)
            own_sort = self._names.sort_of(own)
            self._push(value, own_sort or sort, own if own_sort else name or own, (path, f".{own}"))


def _items(use: Use | None) -> list[Use]:
    node = use[0] if use is not None else None
    return node.items if type(node) is Group else []


def _text(use: Use) -> str:
    return use[0].text() if type(use[0]) is Text else ""


def _state_of(node: Group) -> tuple[Use | None, ...]:
    """The attributes of an object, as a dict, and what its builtin base holds."""
    state = node.state
    inner = state[0] if state is not None else None
    if type(inner) is Group and inner.kind == TUPLE and inner.items:
        return tuple(inner.items)
    return (state,)

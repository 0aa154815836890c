"""Constructor calls that give the objects of a case: ``Cart(owner="x")`` in place of their bare state.

An object's state says nothing of how it came about. But where a recorded call of ``__init__`` left an object in that
very state, the same call is taken to give it again; else where the source of the class shows which parameter each
attribute comes from. Either is a proposal, found in what is recorded and written: whether the call gives an equal
object is proven when the tests are verified, and what isn't proven is not used. So recording does nothing for it, and
it doesn't matter which object the call made: one that can't be told from it is as good.

Only what goes into a call is made so. What is expected of it stays the bare state, or a fault in ``__init__`` would be
on both sides of the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from pytead.errors import Rejection
from pytead.select.brief import weight
from pytead.select.choosing import origin_of
from pytead.select.initialisers import keywords_of
from pytead.select.reading import read_call
from pytead.values.nodes import Call, Instance, Node, Reference
from pytead.values.parts import children, copied
from pytead.values.permitted import is_standard
from pytead.values.sharing import has_identity
from pytead.values.source import CannotRender, Renderer
from pytead.values.tree import canonical, find_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytead.select.case import Case
    from pytead.storage.reading.stored import StoredCalls
    from pytead.values.originals import Originals

Key = tuple[str, bytes]
"""Dotted name of a class and the canonical form of a state."""

_MOST_CALLS = 200
"""Recorded calls of one ``__init__`` that are looked at."""

_MOST_OBJECTS = 64
_MOST_PARTS = 5_000
"""Objects of one case that are looked at, and parts of them in all: in a web of objects each reaches all others."""

_HEAVIER = 200
"""How much longer than the bare state a call may be: it is to be the more readable of the two."""


@dataclass(frozen=True, slots=True)
class Construction:
    """A constructor call, and the object that it is to give.

    Attributes:
        state: the object as it was recorded.
        call: the call.
        places: objects among its arguments that are made by such calls themselves, by the id of their nodes.
    """

    state: Node
    call: Call
    places: dict[int, Key] = field(default_factory=dict)


class Constructions:
    """The constructor calls that are known for the objects of a store.

    Args:
        stored: where calls of ``__init__`` are looked for, asked for or not.
        originals: where the source of classes is found; None for nowhere.
    """

    def __init__(self, stored: StoredCalls, originals: Originals | None = None) -> None:
        self._stored = stored
        self._originals = originals
        self._observed: dict[Key, list[Call]] | None = None
        self._known: dict[Key, Construction | None] = {}
        self._places: dict[Case, dict[int, Key]] = {}
        self._refuted: set[Key] = set()

    def propose(self, cases: Iterable[Case]) -> None:
        """Find calls for the objects that go into some cases."""
        for case in cases:
            receiver = [case.receiver] if case.receiver is not None else []
            roots = [*receiver, *case.args, *(node for _, node in case.kwargs)]
            if case.function.name == "__init__":
                roots = roots[len(receiver) :]
            places = self._find(roots)
            if places:
                self._places[case] = places

    def proposals(self) -> dict[Key, tuple[Construction, Case]]:
        """What is to be proven, each with a case that it serves."""
        found: dict[Key, tuple[Construction, Case]] = {}
        for case, places in self._places.items():
            for key in self._all(places.values()):
                construction = self._known[key]
                if construction is not None:
                    found.setdefault(key, (construction, case))
        return found

    def refute(self, keys: Iterable[Key]) -> None:
        """Use these no more."""
        self._refuted.update(keys)

    def put(self, case: Case, nodes: Sequence[Node]) -> list[Node]:
        """Nodes that go into a case, with calls in place of the objects that they give."""
        places = self._places.get(case, {})
        return copied(nodes, self._calls(places)) if places else list(nodes)

    def call(self, construction: Construction) -> Call:
        """The call, with further ones among its arguments."""
        (made,) = copied([construction.call], self._calls(construction.places))
        assert isinstance(made, Call)
        return made

    def _calls(self, places: dict[int, Key]) -> dict[int, Node]:
        found: dict[int, Node] = {}
        for place, key in places.items():
            construction = self._known[key]
            if construction is not None and key not in self._refuted:
                found[place] = self.call(construction)
        return found

    def _all(self, keys: Iterable[Key]) -> set[Key]:
        """The keys, and those of what is among the arguments."""
        found: set[Key] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            construction = self._known[key]
            if key not in found and construction is not None:
                found.add(key)
                waiting += construction.places.values()
        return found

    def _find(self, roots: Sequence[Node]) -> dict[int, Key]:
        """The outermost objects that a call gives, and that share nothing with what is around them."""
        found: dict[int, Key] = {}
        seen: set[int] = set()
        waiting = list(roots)[::-1]
        looked_at, room = 0, _MOST_PARTS
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if _class_of(node) is not None and looked_at < _MOST_OBJECTS and room > 0:
                looked_at += 1
                room -= len(_reached([node]))
                key = self._known_for(node) if room > 0 else None
                if key is not None and _is_apart(node, roots):
                    found[id(node)] = key
                    continue
            waiting += children(node)[::-1]
        return found

    def _known_for(self, node: Node) -> Key | None:
        cls = _class_of(node)
        assert cls is not None
        key = cls.dotted, canonical(node)
        if key not in self._known:
            self._known[key] = None  # a call that takes an equal object doesn't explain it
            self._known[key] = self._construction(key, cls, node)
        return key if self._known[key] is not None else None

    def _construction(self, key: Key, cls: Reference, node: Node) -> Construction | None:
        if self._observed is None:
            self._observed = self._index()
        proposals = sorted(self._observed.get(key, ()), key=lambda call: weight([call]))
        if self._originals is not None and isinstance(node, Instance) and node.content is None:
            definition = self._originals.cls(cls.module, cls.qualname)
            words = keywords_of(definition, node.attributes) if definition is not None else None
            if words is not None:
                proposals.append(Call(_called(cls), [], copied_pairs(words)))
        for call in proposals:
            found = Construction(node, call, self._find([*call.args, *(value for _, value in call.kwargs)]))
            if weight([call]) <= weight([node]) + _HEAVIER and self._can_be_written(found):
                return found
        return None

    def _can_be_written(self, construction: Construction) -> bool:
        try:
            Renderer(originals=self._originals).named([self.call(construction), construction.state])
        except CannotRender:
            return False
        return True

    def _index(self) -> dict[Key, list[Call]]:
        """The calls of ``__init__`` that were recorded, by what they left."""
        found: dict[Key, list[Call]] = {}
        for function in self._stored.functions():
            if function.name != "__init__":
                continue
            for record in islice(self._stored.read(function), _MOST_CALLS):
                if record.outcome != "returned":
                    continue
                read = read_call(record, origin_of(record, self._stored.runs))
                if isinstance(read, Rejection) or read.case.receiver is None:
                    continue
                case = read.case
                made = case.receiver_after if case.receiver_after is not None else case.receiver
                cls = _class_of(made) if made is not None else None
                if cls is None or made is None or not _is_unmade(case.receiver) or find_opaque(made):
                    continue
                if function.qualname != f"{cls.qualname}.__init__" and _has_own(self._stored, cls):
                    continue
                call = Call(_called(cls), list(case.args), list(case.kwargs))
                found.setdefault((cls.dotted, canonical(made)), []).append(call)
        return found


def copied_pairs(pairs: Sequence[tuple[str, Node]]) -> list[tuple[str, Node]]:
    """Keyword arguments with values of their own."""
    values = copied([value for _, value in pairs])
    return [(name, value) for (name, _), value in zip(pairs, values, strict=True)]


def _called(cls: Reference) -> Reference:
    return Reference(cls.module, cls.qualname, "class")


def _has_own(stored: StoredCalls, cls: Reference) -> bool:
    """Whether the class's own ``__init__`` was recorded, so that another one's arguments aren't the constructor's."""
    return any(
        (each.module, each.qualname) == (cls.module, f"{cls.qualname}.__init__")
        for each in stored.functions()
    )


def _class_of(node: Node) -> Reference | None:
    """The class of an object that is written by its state, if a name leads to it and it isn't Python's own."""
    if isinstance(node, Instance) and not node.has_constructor and node.source is None:
        return None if is_standard(node.cls.module) else node.cls
    if isinstance(node, Call) and node.is_new and not is_standard(node.function.module):
        return node.function
    return None


def _is_unmade(receiver: Node | None) -> bool:
    if isinstance(receiver, Instance):
        return not receiver.attributes
    return isinstance(receiver, Call) and receiver.is_new and receiver.state is None


def _is_apart(node: Node, roots: Sequence[Node]) -> bool:
    """Whether nothing mutable in an object is held by anything outside of it."""
    outside = _reached(roots, node)
    return not any(
        key in outside and has_identity(held) for key, held in _reached(children(node), node).items()
    )


def _reached(roots: Iterable[Node], stop: Node | None = None) -> dict[int, Node]:
    found: dict[int, Node] = {}
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node is not stop and id(node) not in found:
            found[id(node)] = node
            waiting += children(node)
    return found

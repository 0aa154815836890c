"""Writes nodes as expressions, and as statements where an expression won't do."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from pytead.values import definitions, sharing
from pytead.values.constructors import KNOWN, normal, plain_call, remade_exception
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.permitted import forbidden, is_exception, is_standard, may_call, may_enumerate, public_name
from pytead.values.pickled import plain_pickle
from pytead.values.sourced import is_cell, is_function, recipe_of
from pytead.values.syntax import (
    CannotRender,
    assign,
    attribute,
    call,
    dictionary,
    is_identifier,
    listed,
    name,
    scalar,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytead.values.source import Renderer

DEEPEST = 60
"""Brackets within brackets that a value may have; Python's parser gives up at 200, a reader long before."""

_REPLAY = "pytead.replay"
_SINGLETON_TYPES = {
    "types.NoneType": None,
    "types.EllipsisType": ...,
    "types.NotImplementedType": NotImplemented,
}
"""Classes without a name among the builtins."""
_WORDS = {"list": "items", "set": "members", "tuple": "parts", "frozenset": "members"}
_CALL_WORDS = {"deque": "queue", "defaultdict": "mapping", "OrderedDict": "mapping", "Counter": "counts"}


class Writer:
    """Writes the values of one call."""

    def __init__(self, renderer: Renderer, limit: int) -> None:
        self.renderer = renderer
        self._limit = self._room = limit
        self._depth = 0
        self._order: sharing.Order = {}
        self.variables: dict[int, str] = {}
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}
        self._assigned: set[int] = set()

    def write_named(self, nodes: Sequence[Node]) -> tuple[list[ast.stmt], list[ast.expr]]:
        plan = sharing.plan(nodes, self._order)
        definitions.name_variables(self, plan)
        for key, node in plan.named.items():
            if key not in self.variables:
                self.variables[key] = self.new_variable(_word(node))
        statements: list[ast.stmt] = []
        for node in self._in_order(plan):
            if is_cell(node) or is_function(node):
                statements += definitions.statements(self, node)
            else:
                value = self._shell(node) if id(node) in plan.heads else self._fresh(node)
                statements.append(assign(self.variables[id(node)], value))
            self._assigned.add(id(node))
        heads = [node for node in plan.named.values() if id(node) in plan.heads]
        # What is hashed comes last: by then the objects it holds are whole.
        statements += [
            self._fill(node)
            for node in sorted(
                heads, key=lambda node: isinstance(node, Pairs) or getattr(node, "kind", "") == "set"
            )
        ]
        return statements, [self.write(node) for node in nodes]

    def write(self, node: Node) -> ast.expr:
        """The expression of a node: its variable if it has one."""
        if id(node) not in self.variables:
            return self._fresh(node)
        if id(node) not in self._assigned:
            raise _cycle()
        return name(self.variables[id(node)])

    def scalar(self, value: object) -> ast.expr:
        """A literal, counted against the limit."""
        size = len(value) if isinstance(value, (str, bytes)) else 8
        if isinstance(value, int):
            size = value.bit_length() // 4
        self.take(size + 2)
        return scalar(value)

    def replay(self, function: str) -> ast.expr:
        """``rebuild``, ``fill`` or ``restore``."""
        return self.renderer.reference(_REPLAY, function)

    def writes(self, nodes: Iterable[Node]) -> list[ast.expr]:
        return [self.write(node) for node in nodes]

    def pairs(self, pairs: Iterable[tuple[Node, Node]]) -> ast.Dict:
        return dictionary((self.write(key), self.write(value)) for key, value in pairs)

    def keywords(self, pairs: Iterable[tuple[str, Node]]) -> list[tuple[str, ast.expr]]:
        written = []
        for key, value in pairs:
            self.take(len(key) + 1)
            written.append((key, self.write(value)))
        return written

    def take(self, characters: int) -> None:
        """Count characters against the limit."""
        self._room -= characters
        if self._room < 0:
            raise CannotRender("value-too-large", f"the values take over {self._limit} characters to write")

    def _fresh(self, node: Node) -> ast.expr:
        self.take(2)
        if isinstance(node, Atom):
            return self.scalar(node.value)
        if isinstance(node, Reference):
            self.take(len(node.qualname))
            if node.dotted in _SINGLETON_TYPES:
                return call(name("type"), [scalar(_SINGLETON_TYPES[node.dotted])])
            return self.renderer.permitted(node)
        if isinstance(node, Member):
            return self._member(node)
        if isinstance(node, Opaque):
            raise CannotRender("value-opaque", f"a {node.type_name} can't be made again: {node.reason}")
        if isinstance(node, Buffer):
            return call(name("bytearray"), [self.scalar(node.value)] if node.value else [])
        brackets = 1 if isinstance(node, (Items, Pairs)) else 2
        self._depth += brackets
        try:
            if self._depth > DEEPEST:
                raise CannotRender("value-too-deep", f"a value nests deeper than {DEEPEST} brackets")
            if isinstance(node, Items):
                return self._items(node)
            if isinstance(node, Pairs):
                return self.pairs(node.pairs)
            return self._instance(node) if isinstance(node, Instance) else self._call(node)
        finally:
            self._depth -= brackets

    def _items(self, node: Items) -> ast.expr:
        elements = self.writes(sharing.ordered(node, self._order))
        if node.kind == "list":
            return listed(elements)
        if node.kind == "tuple":
            return ast.Tuple(elements, ast.Load())
        if node.kind == "set":
            return ast.Set(elements) if elements else call(name("set"))
        return call(name("frozenset"), [ast.Set(elements)] if elements else [])

    def _member(self, node: Member) -> ast.expr:
        if not node.names or not may_enumerate(node.cls.module, node.cls.qualname):
            raise forbidden(node.cls, "named")
        if (node.cls.module, node.cls.qualname) == ("re", "RegexFlag"):
            owner = self.renderer.reference("re", "")
        else:
            owner = self.renderer.reference(node.cls.module, node.cls.qualname)
            if not is_standard(node.cls.module):
                self.renderer.prove(node.cls.module, node.cls.qualname)
        members = [self._member_of(owner, each, node.cls) for each in node.names]
        joined = members[0]
        for each in members[1:]:
            joined = ast.BinOp(joined, ast.BitOr(), each)
        return joined

    def _member_of(self, owner: ast.expr, member: str, cls: Reference) -> ast.expr:
        self.take(len(member) + len(cls.qualname))
        if member.startswith("__"):
            raise forbidden(cls, "asked for " + member)
        if is_identifier(member):
            return attribute(owner, member)
        return ast.Subscript(owner, self.scalar(member), ast.Load())

    def _instance(self, node: Instance) -> ast.expr:
        self.take(len(node.cls.qualname))
        if node.source is None and is_exception(node.cls.module, node.cls.qualname):
            made = remade_exception(self, node)
            if made is not None:
                return made
        cls = self.renderer.cls(node.cls) if node.source is None else self.write(node.source)
        is_callable = not is_standard(node.cls.module) or may_call(
            *public_name(node.cls.module, node.cls.qualname).rpartition(".")[::2]
        )
        if node.has_constructor and node.content is None and is_callable:
            return call(cls, (), self.keywords(node.attributes))
        content = [] if node.content is None else [self.write(node.content)]
        return call(self.replay("rebuild"), [cls, *content], self.keywords(node.attributes))

    def _call(self, node: Call) -> ast.expr:
        whole = normal(node)
        if isinstance(whole, Instance):
            return self._instance(whole)
        self.take(len(whole.function.qualname))
        dotted = public_name(whole.function.module, whole.function.qualname)
        known = None if whole.is_new else KNOWN.get(dotted)
        try:
            made = known(self, whole) if known else None
            return plain_call(self, whole) if made is None else made
        except CannotRender as refusal:
            pickle = None if self.renderer.pickles is None else plain_pickle(node, refusal)
            if pickle is None or self.renderer.pickles is None:
                raise
            is_array = node.function.module.partition(".")[0] == "numpy"
            return self.renderer.pickles(pickle, "array" if is_array else _word(node))

    def _in_order(self, plan: sharing.Plan) -> Iterator[Node]:
        """The named nodes, each after those that it is made of."""
        done: set[int] = set()
        path: set[int] = set()
        for root in plan.named.values():
            stack: list[tuple[Node, bool]] = [(root, False)]
            while stack:
                node, is_left = stack.pop()
                key = id(node)
                if is_left:
                    path.discard(key)
                    done.add(key)
                    if key in plan.named:
                        yield node
                    continue
                if key in done:
                    continue
                if key in path:
                    raise _cycle()
                path.add(key)
                stack.append((node, True))
                held = [
                    child
                    for child, is_late in sharing.children(node, self._order)
                    if not (is_late and key in plan.heads)
                ]
                # a reader wants to see first what a closure holds, unless that needs the function
                held += [each for each in sharing.variables(node) if not sharing.leads_to(each, node)]
                stack.extend((child, False) for child in reversed(held))

    def _shell(self, node: Node) -> ast.expr:
        """The object with what comes before anything that could hold it."""
        if isinstance(node, Items):
            if node.kind == "set":
                return call(name("set"))
            return listed(self.writes(takewhile(sharing.is_leaf, node.items)))
        if isinstance(node, Pairs):
            return self.pairs(takewhile(_is_leaf_pair, node.pairs))
        if isinstance(node, Instance):
            return self._instance(
                replace(node, attributes=list(takewhile(_is_leaf_attribute, node.attributes)))
            )
        assert isinstance(node, Call)
        return self._call(Call(node.function, node.args, node.kwargs, node.is_new))

    def _fill(self, node: Node) -> ast.stmt:
        """Put the rest in."""
        made = name(self.variables[id(node)])
        if isinstance(node, Items):
            rest = (
                sharing.ordered(node, self._order)
                if node.kind == "set"
                else list(dropwhile(sharing.is_leaf, node.items))
            )
            elements = self.writes(rest)
            if node.kind == "list" and len(elements) == 1:
                return ast.Expr(call(attribute(made, "append"), elements))
            method = "extend" if node.kind == "list" else "update"
            return ast.Expr(call(attribute(made, method), [listed(elements)]))
        if isinstance(node, Pairs):
            return ast.Expr(
                call(attribute(made, "update"), [self.pairs(dropwhile(_is_leaf_pair, node.pairs))])
            )
        if isinstance(node, Instance):
            attributes = dropwhile(_is_leaf_attribute, node.attributes)
            return ast.Expr(call(self.replay("fill"), [made], self.keywords(attributes)))
        assert isinstance(node, Call)
        return ast.Expr(self.completed(made, node))

    def completed(self, made: ast.expr, node: Call) -> ast.expr:
        """``restore(made, state, items=..., pairs=...)``; ``made`` where there is nothing to put in."""
        state = [] if node.state is None else [self.write(node.state)]
        kwargs: list[tuple[str, ast.expr]] = []
        if node.items:
            kwargs.append(("items", listed(self.writes(node.items))))
        if node.pairs:
            kwargs.append(("pairs", self.pairs(node.pairs)))
        return call(self.replay("restore"), [made, *state], kwargs) if state or kwargs else made

    def new_variable(self, stem: str) -> str:
        """A name for a variable that means nothing else yet."""
        count = self._counts.get(stem, 1)  # what was taken stays so
        variable = stem if count == 1 else f"{stem}_{count}"
        while variable in self._given or self.renderer.is_taken(variable):
            count += 1
            variable = f"{stem}_{count}"
        self._counts[stem] = count
        self._given.add(variable)
        self.renderer.reserve(variable)
        return variable


def _cycle() -> CannotRender:
    return CannotRender("value-cycle", "a value holds itself in a way that can't be made in steps")


def _is_leaf_pair(pair: tuple[Node, Node]) -> bool:
    return sharing.is_leaf(pair[0]) and sharing.is_leaf(pair[1])


def _is_leaf_attribute(pair: tuple[str, Node]) -> bool:
    return sharing.is_leaf(pair[1])


def _word(node: Node) -> str:
    """What a variable for the node is called: after its class, else after its kind."""
    if isinstance(node, Items):
        return _WORDS[node.kind]
    if isinstance(node, Pairs):
        return "mapping"
    if isinstance(node, Buffer):
        return "buffer"
    assert isinstance(node, (Instance, Call))
    if is_function(node):
        recipe = recipe_of(node)
        return "function" if recipe.is_expression or not is_identifier(recipe.name) else recipe.name
    cls = (node.cls if isinstance(node, Instance) else node.function).qualname.rpartition(".")[2]
    if cls in _CALL_WORDS:
        return _CALL_WORDS[cls]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.strip("_")).lower()
    if not (words.isidentifier() and words.isascii()) or words.startswith("test"):
        return "value"
    return words

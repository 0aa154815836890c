"""Values in a few words, for messages; and how simple a value is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.select.walking import walk
from pytead.values.nodes import Atom, Buffer, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.sharing import ordered
from pytead.values.sourced import is_function, recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytead.select.case import Case

LONGEST = 60
_BRACKETS = {"list": "[]", "tuple": "()", "set": "{}", "frozenset": "{}"}
_DEEPEST = 3


def brief(node: Node) -> str:
    """A value on one line of at most 60 characters, to recognise it by; not source."""
    return _cut(_brief(node, 0))


def brief_call(name: str, args: Iterable[Node], kwargs: Iterable[tuple[str, Node]]) -> str:
    """A call on one short line: ``deposit(5, note='x')``."""
    words = [_brief(node, 1) for node in args]
    words += [f"{key}={_brief(node, 1)}" for key, node in kwargs]
    return f"{name}({_cut(', '.join(words))})"


def brief_outcome(case: Case) -> str:
    """What came of a call, on one short line: ``gave 5``, ``raised ValueError('bad')``."""
    if case.outcome == "raised":
        return f"raised {brief(case.value)}"
    if case.story is not None:
        ended = f" and {case.story.end} {brief(case.story.value)}" if case.story.value is not None else ""
        return f"yielded {brief(Items('list', list(case.story.items)))}{ended}"
    after = [node for node in (case.receiver_after, *(case.args_after or ())) if node is not None]
    told = f"gave {brief(case.value)}"
    return f"{told} and left {brief(after[0])}" if after else told


def weight(nodes: Iterable[Node]) -> int:
    """How much there is to read in some values, about the characters of their source; shared parts once."""
    total = 0
    for node in walk(nodes):
        total += 1
        if isinstance(node, Atom):
            total += _atom_weight(node.value)
        elif isinstance(node, Buffer):
            total += len(node.value)
        elif isinstance(node, Instance):
            total += sum(len(name) for name, _ in node.attributes)
    return total


def _atom_weight(value: object) -> int:
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3
    return len(repr(value))


def _brief(node: Node, depth: int) -> str:
    if depth > _DEEPEST:
        return "..."
    if isinstance(node, Atom):
        return _brief_atom(node.value)
    if isinstance(node, Buffer):
        return _brief_atom(node.value)
    if isinstance(node, Items):
        brackets = _BRACKETS[node.kind]
        return brackets[0] + _several(_brief(item, depth + 1) for item in ordered(node)) + brackets[1]
    if isinstance(node, Pairs):
        pairs = (f"{_brief(key, depth + 1)}: {_brief(value, depth + 1)}" for key, value in node.pairs)
        return "{" + _several(pairs) + "}"
    if isinstance(node, Member):
        return ".".join([node.cls.qualname, "|".join(node.names)])
    if isinstance(node, Reference):
        return node.dotted
    if isinstance(node, Opaque):
        return f"<{node.type_name}>"
    if isinstance(node, Instance):
        content = [node.content] if node.content is not None else []
        if isinstance(node.content, Items) and node.content.kind == "tuple":
            content = node.content.items  # an exception's arguments
        words = [_brief(item, depth + 1) for item in content[:4]]
        words += [f"{name}={_brief(value, depth + 1)}" for name, value in node.attributes[:4]]
        return f"{node.cls.qualname}({_several(words)})"
    if is_function(node):
        return recipe_of(node).qualname.rpartition("<locals>.")[2]
    words = [_brief(item, depth + 1) for item in node.args[:4]]
    return f"{node.function.qualname}({_several(words)})"


def _brief_atom(value: object) -> str:
    if isinstance(value, (str, bytes)):
        return ascii(value[:LONGEST])
    if isinstance(value, int) and value.bit_length() > 4 * LONGEST:
        return f"<int of {value.bit_length()} bits>"
    return repr(value)


def _several(words: Iterable[str]) -> str:
    text = ""
    for word in words:
        text += f", {word}" if text else word
        if len(text) > LONGEST:
            break
    return text


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."

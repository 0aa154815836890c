"""What a case shows: how the call ended, what went in, and what about its values is worth having been tried.

All of it in words, so that it can be compared and told to a person.
"""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING, NamedTuple

from pytead.select.brief import brief
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.tree import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytead.select.case import Case

_DEEPEST = 2
_WIDEST = 12
"""Parts of one value that are looked at."""

_MOST_TRAITS = 60


class Showing(NamedTuple):
    """What one case shows.

    Attributes:
        essentials: how it ended, with what type of result or exception, what it changed, and the types that went
            in; each to its weight. The cases that are kept show all of them, as far as there is room.
        traits: what else tells it from others, likewise: values on which code tends to turn, such as empty, zero,
            negative or None, which of two is greater, and the result.
        oddities: what makes texts among its arguments hard to handle, in words.
    """

    essentials: dict[str, int]
    traits: dict[str, int]
    oddities: frozenset[str]


def showing(case: Case) -> Showing:
    """What a case shows."""
    inputs = _inputs(case)
    traits: dict[str, int] = {}
    for text, weight in islice(_traits(case, inputs), _MOST_TRAITS):
        traits.setdefault(text, weight)
    texts = [node.value for _, node in inputs if isinstance(node, Atom) and isinstance(node.value, str)]
    oddities = frozenset(oddity for text in texts for oddity, test in _ODDITIES if test(text))
    return Showing(_essentials(case, inputs), traits, oddities)


def _inputs(case: Case) -> list[tuple[str, Node]]:
    found = [("receiver", case.receiver)] if case.receiver is not None else []
    found += [(f"argument {number}", node) for number, node in enumerate(case.args, 1)]
    return found + [(f"{name}=", node) for name, node in case.kwargs]


def _essentials(case: Case, inputs: list[tuple[str, Node]]) -> dict[str, int]:
    shapes = [f"{name[:-1] + ': ' if name.endswith('=') else ''}{shape(node)}" for name, node in inputs]
    way = f" as {case.kind}" if case.kind in ("setter", "deleter") else ""
    way += f" by {case.reach.text}" if case.reach is not None else ""
    found = {f"called{way} with ({', '.join(shapes)})": 15}
    error = case.error
    if error is not None:
        found[f"raises {shape(error)}"] = 40
    if case.story is not None:
        found[f"{case.outcome}, and {case.story.end}"] = 40
        found[f"{len(case.story.items) if len(case.story.items) < 2 else 'several'} items"] = 12
        for _, verb, _ in case.story.resumed:
            found[f"resumed by {verb}"] = 40
    elif error is None:
        found[f"gives {shape(case.value)}"] = 30
    if case.value_is is not None:
        found[f"gives back the very {case.value_is}"] = 20
    for name in ("receiver", "args", "kwargs"):
        if getattr(case, f"{name}_after") is not None:
            found[f"changes {name}"] = 20
    return found


def shape(node: Node, depth: int = 0) -> str:
    """The types in a value: ``list[int]``, ``dict of name, age``, ``Basket``."""
    if isinstance(node, Atom):
        return "None" if node.value is None else type(node.value).__name__
    if isinstance(node, Buffer):
        return "bytearray"
    if isinstance(node, Items):
        kinds = _several(node.items, depth)
        return f"{node.kind}[{kinds}]" if kinds else node.kind
    if isinstance(node, Pairs):
        keys = _names(node)
        if keys is not None:
            return f"dict of {', '.join(keys)}"
        types = [_several(nodes, depth) for nodes in zip(*node.pairs, strict=True)]
        return f"dict[{': '.join(types)}]" if types else "dict"
    if isinstance(node, (Member, Instance)):
        return node.cls.dotted
    if isinstance(node, Reference):
        return node.kind
    if isinstance(node, Call):
        return node.function.dotted
    return node.type_name


def _several(nodes: Iterable[Node], depth: int) -> str:
    if depth >= _DEEPEST:
        return "..."
    return " | ".join(sorted({shape(node, depth + 1) for node in islice(nodes, _WIDEST)}))


def _names(node: Pairs) -> list[str] | None:
    """The keys of a dict that is used as a record."""
    if not 0 < len(node.pairs) <= _WIDEST:
        return None
    names = [key.value for key, _ in node.pairs if isinstance(key, Atom) and isinstance(key.value, str)]
    return sorted(names) if len(names) == len(node.pairs) and all(map(str.isidentifier, names)) else None


def _traits(case: Case, inputs: list[tuple[str, Node]]) -> Iterator[tuple[str, int]]:
    result = case.value
    told = brief(result)
    yield f"gives {told}" if "..." not in told else f"gives {told} #{canonical(result).hex()[:8]}", 3
    for name, node in inputs:
        for text, weight in _of(name, node, 0):
            yield text, weight
    for (first, one), (second, other) in combinations(inputs, 2):
        if isinstance(one, Atom) and isinstance(other, Atom):
            found = _relation(one.value, other.value)
            if found:
                yield f"{first} {found} {second}", 3
    for text, weight in _of("result", result, 0):
        yield text, weight
    for name in ("receiver", "args", "kwargs"):
        after = getattr(case, f"{name}_after")
        if isinstance(after, tuple):
            nodes = [node if not isinstance(node, tuple) else node[1] for node in after]
            for number, node in enumerate(nodes, 1):
                yield from _of(f"argument {number} after the call", node, 1)
        elif after is not None:
            yield from _of(f"{name} after the call", after, 1)


def _of(name: str, node: Node, depth: int) -> Iterator[tuple[str, int]]:
    """What is worth telling of one value, with its weight: less, the deeper it lies."""
    weight = max(3 - depth, 1)
    if isinstance(node, Atom):
        for word in _of_scalar(node.value):
            yield f"{name} {word}", weight
    elif isinstance(node, Buffer):
        yield f"{name} is {'empty' if not node.value else 'not empty'}", weight
    elif isinstance(node, Items):
        yield f"{name} has {_count(len(node.items))}", weight
        if depth < _DEEPEST:
            for item in node.items[:_WIDEST]:
                yield from _of(f"an item of {name}", item, depth + 1)
    elif isinstance(node, Pairs):
        yield f"{name} has {_count(len(node.pairs))}", weight
        if depth < _DEEPEST:
            is_record = _names(node) is not None
            for key, value in node.pairs[:_WIDEST]:
                inside = f"{name}[{brief(key)}]" if is_record else f"a value of {name}"
                yield from _of(inside, value, depth + 1)
    elif isinstance(node, Member):
        yield f"{name} is {brief(node)}", weight
    elif isinstance(node, Reference):
        yield f"{name} is {node.dotted}", weight
    elif isinstance(node, Instance):
        if depth < _DEEPEST:
            for attribute, value in node.attributes[:_WIDEST]:
                yield from _of(f"{name}.{attribute}", value, depth + 1)
            if node.content is not None:
                yield from _of(f"what {name} holds", node.content, depth + 1)
    elif not isinstance(node, Opaque) and depth < _DEEPEST:
        for argument in node.args[:_WIDEST]:
            yield from _of(f"what {name} is made of", argument, depth + 1)


def _of_scalar(value: object) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield f"is {value}"
    elif isinstance(value, (int, float)):
        if value != value:
            yield "is nan"
        elif value in (0, 1):
            yield f"is {int(value)}"
        else:
            yield "is negative" if value < 0 else "is between 0 and 1" if value < 1 else "is above 1"
        if abs(value) > 1000:
            yield "is large"
        if isinstance(value, int) and value % 2:
            yield "is odd"
    elif isinstance(value, (str, bytes)):
        text = value if isinstance(value, str) else value.decode("latin-1")
        yield "is empty" if not text else "is one character" if len(text) == 1 else "is text"
        if text:
            yield f"begins with {text[:1]!a}"
            yield f"ends with {text[-1:]!a}"
        for word, test in _KINDS_OF_TEXT:
            if any(map(test, text[:200])):
                yield f"has {word}"


_KINDS_OF_TEXT = (
    ("upper case", str.isupper),
    ("lower case", str.islower),
    ("digits", str.isdigit),
    ("spaces", str.isspace),
    ("letters beyond ASCII", lambda letter: letter > "\x7f"),
    ("punctuation", lambda letter: letter < "\x7f" and not letter.isalnum() and not letter.isspace()),
)


_LONG = 1000
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = frozenset("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_ODDITIES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("empty", lambda text: not text),
    ("long", lambda text: len(text) > _LONG),
    ("surrogates", lambda text: any("\ud800" <= each <= "\udfff" for each in text)),
    ("beyond the basic plane", lambda text: any(each > "\uffff" for each in text)),
    ("bidirectional", lambda text: not _BIDIRECTIONAL.isdisjoint(text)),
    ("line ends", lambda text: not _LINE_ENDS.isdisjoint(text)),
    ("control characters", lambda text: any(each < " " and each not in "\t\n\r\v\f" for each in text)),
    ("quotes and backslashes", lambda text: "\\" in text and ("'" in text or '"' in text)),
    ("braces and percent signs", lambda text: "{" in text and "%" in text),
)


def _relation(one: object, other: object) -> str:
    for cls in ((int, float), str):
        if isinstance(one, cls) and isinstance(other, cls):
            return "equals" if one == other else "is below" if one < other else "is above"  # type: ignore[operator]
    return ""


def _count(number: int) -> str:
    return {0: "nothing", 1: "one item", 2: "two items"}.get(number, "several items")

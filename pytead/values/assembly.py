"""What reductions mean as nodes: marks become what they stand for, all other callables become a ``Call``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values import marks
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Opaque, Pairs, Reference
from pytead.values.sourced import BEGUN, CELL, FUNCTION, is_class
from pytead.values.unreadable import corrupt

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS: Any = ("class", "function", "module", "constant")


def reduced(function: Node, args: Node) -> Node:
    """``function(*args)``, as the REDUCE opcode asks for."""
    items = _tuple(args)
    if isinstance(function, Reference):
        if function.module == marks.__name__:
            read = _MARKS.get(function.qualname)
            return read(items) if read else corrupt(f"{function.qualname} is no mark")
        return made(function, items, [])
    return function if isinstance(function, Opaque) else _nameless()


def new_object(cls: Node, args: Node, kwargs: Node | None) -> Node:
    """``cls.__new__(cls, *args, **kwargs)``."""
    if isinstance(cls, Reference):
        return Call(cls, _tuple(args), _keywords(kwargs) if kwargs else [], is_new=True)
    return cls if isinstance(cls, Opaque) else _nameless()


def build(target: Node, state: Node) -> None:
    """Gives the object on top of the stack its state."""
    if isinstance(target, Instance):
        _fill(target, state)
    elif isinstance(target, Call):
        target.state = state
    elif not isinstance(target, Opaque):
        corrupt(f"a state is given to {type(target).__name__}")


def _nameless() -> Opaque:
    return Opaque("object", "value-unpicklable", "its reduction calls something that has no name")


def named(text: str, kind: Any = "global") -> Reference:
    """The reference written as ``module:qualname``, or as the module alone."""
    module, _, qualname = text.partition(":")
    if not module or (kind != "module" and not qualname):
        corrupt(f"{text!r} names nothing")
    return Reference(module, qualname, kind)


def made(function: Reference, args: list[Node], kwargs: list[tuple[str, Node]]) -> Node:
    """The call, or what it is known to give."""
    known = _KNOWN.get((function.module, function.qualname))
    found = known(args) if known and not kwargs else None
    return Call(function, args, kwargs) if found is None else found


def _complex(args: list[Node]) -> Node | None:
    values = [arg.value for arg in args if isinstance(arg, Atom)]
    if len(values) == len(args) == 2 and all(type(value) is float for value in values):
        return Atom(complex(*values))
    return None


def _content(args: list[Node], kinds: tuple[str, ...]) -> list[Node] | None:
    if not args:
        return []
    if len(args) == 1 and isinstance(args[0], Items) and args[0].kind in kinds:
        return list(args[0].items)
    return None


def _set(args: list[Node]) -> Node | None:
    items = _content(args, ("list",))
    return None if items is None else Items("set", items)


def _frozenset(args: list[Node]) -> Node | None:
    items = _content(args, ("list",))
    return None if items is None else Items("frozenset", items)


def _bytearray(args: list[Node]) -> Node | None:
    if len(args) == 1 and isinstance(args[0], Atom) and type(args[0].value) is bytes:
        return Buffer(args[0].value)
    return None if args else Buffer(b"")


def _encoded(args: list[Node]) -> Node | None:
    values = [arg.value for arg in args if isinstance(arg, Atom)]
    if len(values) == len(args) == 2 and type(values[0]) is str and values[1] == "latin1":
        return Atom(values[0].encode("latin-1"))
    return None


def _new(args: list[Node]) -> Node | None:
    return new_object(args[0], Items("tuple", args[1:]), None) if args else None


def _new_with_keywords(args: list[Node]) -> Node | None:
    return new_object(args[0], args[1], args[2]) if len(args) == 3 else None


def _reconstructed(args: list[Node]) -> Node | None:
    if len(args) != 3 or not isinstance(args[1], Reference):
        return None
    has_content = (args[1].module, args[1].qualname) != ("builtins", "object")
    return new_object(args[0], Items("tuple", args[2:] if has_content else []), None)


_KNOWN: dict[tuple[str, str], Callable[[list[Node]], Node | None]] = {
    ("builtins", "complex"): _complex,
    ("builtins", "set"): _set,
    ("builtins", "frozenset"): _frozenset,
    ("builtins", "bytearray"): _bytearray,
    ("_codecs", "encode"): _encoded,
    ("copyreg", "__newobj__"): _new,
    ("copyreg", "__newobj_ex__"): _new_with_keywords,
    ("copyreg", "_reconstructor"): _reconstructed,
}


def _instance(args: list[Node]) -> Node:
    name, flags = args
    value = _scalar(flags, int)
    return Instance(
        named(_scalar(name, str), "class"),
        content=_NO_CONTENT if value & marks.CONTENT else None,
        has_constructor=bool(value & marks.CONSTRUCTOR),
        has_value_equality=bool(value & marks.VALUE_EQUALITY),
    )


def _made(args: list[Node]) -> Node:
    cls, *rest = args
    if isinstance(cls, Opaque):
        return cls
    instance = _instance(rest)
    assert isinstance(instance, Instance)
    instance.source = cls if is_class(cls) else corrupt("an object of something that is no class")
    return instance


_NO_CONTENT = Atom(None)
"""Stands in an instance whose state has not been read yet."""


def _fill(target: Instance, state: Node) -> None:
    if target.content is None:
        target.attributes = _keywords(state)
        return
    attributes, content, *pairs = _tuple(state)
    if pairs:  # what a dict holds, written as pairs so that no key had to be hashed
        (listed,) = pairs
        if not isinstance(listed, Items):
            corrupt("pairs are no list")
        target.content = Pairs([_pair(item) for item in listed.items])
    else:
        target.content = content
    target.attributes = [] if isinstance(attributes, Atom) else _keywords(attributes)


def _pair(node: Node) -> tuple[Node, Node]:
    key, value = _tuple(node)
    return key, value


def _member(args: list[Node]) -> Node:
    name, names = args
    found = tuple(_scalar(item, str) for item in _tuple(names))
    return Member(named(_scalar(name, str), "class"), found) if found else corrupt("a member without a name")


def _reference(args: list[Node]) -> Node:
    name, kind = (_scalar(arg, str) for arg in args)
    if kind not in _KINDS:
        corrupt(f"{kind!r} is no kind of name")
    found = named(name, kind)
    return CONSTANTS.get((found.module, found.qualname)) or found


CONSTANTS: dict[tuple[str, str], Node] = {
    ("builtins", "Ellipsis"): Atom(...),
    ("builtins", "NotImplemented"): Atom(NotImplemented),
}
"""Names that are values."""


def _call(args: list[Node]) -> Node:
    name, values, keywords = args
    return made(named(_scalar(name, str)), _tuple(values), _keywords(keywords))


def _opaque(args: list[Node]) -> Node:
    type_name, slug, reason = (_scalar(arg, str) for arg in args)
    return Opaque(type_name, slug, reason)


def _function(args: list[Node]) -> Node:
    *texts, line = args
    for each in texts:
        _scalar(each, str)
    _scalar(line, int)
    return Call(FUNCTION, args) if len(texts) == 5 else corrupt("a function without its place")


def _cell(args: list[Node]) -> Node:
    return corrupt("a variable with arguments") if args else Call(CELL)


def _begun(args: list[Node]) -> Node:
    function, values, keywords = args
    _tuple(values)
    _keywords(keywords)
    return Call(BEGUN, [function, values, keywords])


_MARKS: dict[str, Callable[[list[Node]], Node]] = {
    "function": _function,
    "cell": _cell,
    "begun": _begun,
    "instance": _instance,
    "made": _made,
    "member": _member,
    "reference": _reference,
    "call": _call,
    "opaque": _opaque,
}


def _scalar(node: Node, kind: type) -> Any:
    if not isinstance(node, Atom) or type(node.value) is not kind:
        corrupt(f"a {kind.__name__} is missing")
    return node.value


def _tuple(node: Node) -> list[Node]:
    if not isinstance(node, Items) or node.kind != "tuple":
        corrupt("a tuple is missing")
    return list(node.items)


def _keywords(node: Node) -> list[tuple[str, Node]]:
    if not isinstance(node, Pairs):
        corrupt("a dict is missing")
    found = [(_scalar(key, str), value) for key, value in node.pairs]
    if len({name for name, _ in found}) < len(found):
        corrupt("a name is given twice")
    return found

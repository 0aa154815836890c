"""How the values of one call lie in a frozen value.

Before a call its positional arguments are frozen, as they are: a tuple; with keyword arguments, the list
``[args, kwargs]``. After it ``(args, value)``, or ``[args, kwargs, value]``, where value is what was returned or
raised: so what wasn't changed stands at the same place in both.

A call that left its arguments as they were is handed on by ``before`` and the *rest* of ``after``: the bytes that stand
behind what both share. ``whole`` puts it together.


raised: so what wasn't changed stands at the same place in both. An exception that was raised from another one is
``(exception, (class of the other, its args))``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytead.values.nodes import Items, Node, Pairs

STORIES = frozenset({"yielded", "entered", "async yielded", "async entered"})
"""Outcomes whose value is a story.

A story says what a generator did, from its start until it ended, was closed or nothing more of it was recorded:
``(items, resumed, end, value)``.

``items``
    each item that it yielded, in order, frozen as it was then (a frozen value inside the frozen value).
``resumed``
    ``(index, verb, value)`` where it was resumed by more than a plain ``next``: before it gave the item of that index,
    or ended; ``verb`` is ``send`` or ``throw``, ``value`` the frozen value that was sent or thrown.
``end``
    ``returned`` or ``raised``; ``closed`` when it was closed or dropped before; ``open`` when it went on unrecorded,
    or was under way as the program ended (then the arguments after the call are those before it).
``value``
    what it returned or raised, frozen; None for the other ends.
"""
_cause = BaseException.__dict__["__cause__"].__get__
_args = BaseException.__dict__["args"].__get__

HEAD = 11
"""Bytes at the start of a frozen value that only say how long it is."""

CLOSING = 2
"""Bytes at its end that close what it holds."""

_START = b"\x80\x05\x95"
_BEGIN = _START[:1]

# Nodes are imported where they are read: the user's program, which writes only, need not wait for them.


def before_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    """What is frozen before a call."""
    return [args, kwargs] if kwargs else args


def after_call(args: tuple[Any, ...], kwargs: dict[str, Any], value: object) -> object:
    """What is frozen after it."""
    return [args, kwargs, value] if kwargs else (args, value)


def is_rest(after: bytes) -> bool:
    """Whether it is the rest alone."""
    return not after.startswith(_BEGIN)


def whole(before: bytes, after: bytes) -> bytes:
    """What was frozen after a call, of which the rest alone may have been handed on."""
    if not is_rest(after):
        return after
    content = before[HEAD:-CLOSING] + after
    return _START + len(content).to_bytes(8, "little") + content


def raised(error: BaseException) -> object:
    """What is frozen of an exception that a call raised."""
    cause = _cause(error)
    return error if cause is None else (error, (type(cause), _args(cause)))


def read_raised(value: Node) -> tuple[Node, Node | None]:
    """The exception, and the one that it was raised from, with its arguments alone.

    Raises:
        ValueError: ``value`` isn't what ``raised`` made.
    """
    from pytead.values.nodes import Instance, Items, Reference

    if not isinstance(value, Items):
        return value, None
    if value.kind == "tuple" and len(value.items) == 2 and isinstance(value.items[1], Items):
        error, cause = value.items
        if isinstance(cause, Items) and len(cause.items) == 2 and not isinstance(error, Items):
            cls, args = cause.items
            return error, Instance(cls, [], args) if isinstance(cls, Reference) else None
    raise ValueError("not an exception")


def read_before(root: Node) -> tuple[Items, Pairs]:
    """The arguments before a call.

    Raises:
        ValueError: ``root`` isn't what ``before_call`` made.
    """
    from pytead.values.nodes import Items, Pairs

    if isinstance(root, Items) and root.kind == "list" and len(root.items) == 2:
        return _arguments(*root.items)
    return _arguments(root, Pairs([]))


def read_after(root: Node) -> tuple[Items, Pairs, Node]:
    """The arguments after a call and the value.

    Raises:
        ValueError: ``root`` isn't what ``after_call`` made.
    """
    from pytead.values.nodes import Items, Pairs

    if isinstance(root, Items) and (root.kind, len(root.items)) in (("tuple", 2), ("list", 3)):
        *arguments, value = root.items
        args, kwargs = _arguments(arguments[0], arguments[1] if arguments[1:] else Pairs([]))
        return args, kwargs, value
    raise ValueError("not the frozen values of a call")


def raised_nodes(value: Node, cause: Node | None = None) -> Node:
    """Like ``raised``, of what ``read_raised`` gave; any other value is itself."""
    from pytead.values.nodes import Instance, Items

    if not isinstance(cause, Instance) or cause.content is None:
        return value
    return Items("tuple", [value, Items("tuple", [cause.cls, cause.content])])


def before_nodes(args: list[Node], kwargs: list[tuple[Node, Node]]) -> Node:
    """Like ``before_call``, of nodes."""
    from pytead.values.nodes import Items, Pairs

    arguments = Items("tuple", args)
    return Items("list", [arguments, Pairs(kwargs)]) if kwargs else arguments


def after_nodes(args: list[Node], kwargs: list[tuple[Node, Node]], value: Node) -> Node:
    """Like ``after_call``, of nodes."""
    from pytead.values.nodes import Items, Pairs

    arguments = Items("tuple", args)
    return Items("list", [arguments, Pairs(kwargs), value]) if kwargs else Items("tuple", [arguments, value])


def _arguments(args: Node, kwargs: Node) -> tuple[Items, Pairs]:
    from pytead.values.nodes import Items, Pairs

    if not (isinstance(args, Items) and args.kind == "tuple" and isinstance(kwargs, Pairs)):
        raise ValueError("not the frozen arguments of a call")
    return args, kwargs

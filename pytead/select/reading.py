"""From a call record to a case, or to the reason why it can't be one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from pytead.errors import Rejection
from pytead.names import RECEIVING, Reach
from pytead.select.case import Case
from pytead.select.classes import MARK, unify
from pytead.select.walking import walk
from pytead.storage.stories import Story, read_story
from pytead.values.calls import STORIES, read_after, read_before, read_raised
from pytead.values.nodes import Atom, Instance, Items, Node, Opaque, Pairs
from pytead.values.sharing import glance, has_identity, is_leaf
from pytead.values.tree import UnreadableValue, canonical, find_opaque, read

if TYPE_CHECKING:
    from pytead.records import CallRecord, ModuleOrigin

_ADDRESS = re.compile(r"<[^<>]* at 0x[0-9A-Fa-f]+")

_UNREACHABLE = ("value-lambda", "value-local-class", "value-local-function", "value-unreachable")


@dataclass(frozen=True, slots=True, eq=False)
class ReadCall:
    """A case with what tells it from others.

    Attributes:
        inputs: equal for calls of one function with equal receivers and arguments, the order of dicts aside.
        order: the order of the dicts in them.
        outcome: equal for calls of which a test would assert the same.
    """

    case: Case
    inputs: bytes
    order: bytes
    outcome: bytes


def read_call(record: CallRecord, origin: ModuleOrigin) -> ReadCall | Rejection:
    """Read a record and find what its call did: what it gave and what it changed."""
    try:
        parts = _parts(record)
        reach = Reach.parse(record.reach) if record.reach else None
    except UnreadableValue as error:
        return Rejection("select", error.slug, error.reason)
    except ValueError as error:
        return Rejection("select", "value-corrupt", str(error))
    if parts is None:
        return Rejection("select", "value-corrupt", "its entry in the store isn't a call")
    before, after, value, cause, story = parts
    for name, node in before.named():
        found = _opaque(name, node)
        if found is not None:
            return found

    changed: dict[str, bool] = {}
    lost: Rejection | None = None
    for (field, then), (_, now) in zip(before.fields(), after.fields(), strict=True):
        changed[field] = canonical(then) != canonical(now)
        if changed[field]:
            found = _opaque(field, now, " after the call")
            if found is not None:
                lost = found
                changed[field] = False
    shows_change = any(changed.values())

    outcome_word = record.outcome.removeprefix("async ")
    value_is = None
    if story is not None:
        if story.end == "open":
            changed = dict.fromkeys(changed, False)  # it was looked at while it was under way
        tellable = _tellable(story)
        if isinstance(tellable, Rejection):
            return tellable
        story = tellable
        value = story.as_node()
        shows_change = any(changed.values())
    elif outcome_word == "raised":
        value = _exception(value)
        if isinstance(value, Opaque):
            return _opaque("exception", value) or _nothing(record)
        cause = None if cause is None else _exception(cause)
    else:
        value_is = after.name_of(value)
        hidden = None if value_is else _opaque("result", value)
        if hidden is not None and not shows_change:
            return hidden
        if lost is not None and not shows_change and isinstance(value, Atom) and value.value is None:
            return lost  # that it gave None is no test of a function that is called for what it changes

    way = (record.kind.encode(), *([record.reach.encode()] if record.reach else []))
    inputs = canonical(before.root)
    asserted = _without_attributes(value) if outcome_word == "raised" else value
    told = [record.outcome, value_is or canonical(asserted).hex()]
    told += [canonical(cause).hex()] if cause is not None else []
    told += [canonical(now).hex() for field, now in after.fields() if changed[field]]
    told += [field for field, is_changed in changed.items() if is_changed]
    outcome = "\0".join(told).encode()
    case = Case(
        function=record.function,
        kind=record.kind,
        reach=reach,
        receiver=before.receiver,
        args=before.args,
        kwargs=before.kwargs,
        outcome=outcome_word,  # type: ignore[arg-type]
        is_async=outcome_word != record.outcome,
        story=story,
        value=value,
        value_is=value_is,
        cause=cause,
        receiver_after=after.receiver if changed["receiver"] else None,
        args_after=after.args if changed["args"] else None,
        kwargs_after=after.kwargs if changed["kwargs"] else None,
        origin=origin,
        digest=sha256(b"\0".join((*way, inputs, outcome))).hexdigest()[:16],
        inputs=sha256(b"\0".join((*way, inputs))).hexdigest()[:16],
    )
    return ReadCall(case, b"\0".join((*way, inputs)), _order(before.root), outcome)


class _Arguments:
    """The receiver and the arguments, before a call or after it."""

    def __init__(self, root: Node, receiver: Node | None, args: tuple[Node, ...], pairs: Pairs) -> None:
        self.root = root
        self.receiver = receiver
        self.args = args
        self.pairs = pairs
        self.kwargs = tuple((key.value, node) for key, node in pairs.pairs if isinstance(key, Atom))

    def fields(self) -> list[tuple[str, Node]]:
        """Each part that is compared as one; the receiver of a function that has none is None."""
        receiver = self.receiver if self.receiver is not None else Atom(None)
        return [("receiver", receiver), ("args", Items("tuple", list(self.args))), ("kwargs", self.pairs)]

    def named(self) -> list[tuple[str, Node]]:
        """Each object under the name that a test has for it."""
        found = [("receiver", self.receiver)] if self.receiver is not None else []
        found += [(f"args[{index}]", node) for index, node in enumerate(self.args)]
        found += [(f"kwargs[{name!a}]", node) for name, node in self.kwargs]
        return found

    def name_of(self, value: Node) -> str | None:
        """What a mutable value is called if it is one of these objects."""
        if not has_identity(value):
            return None
        return next((name for name, node in self.named() if node is value), None)


def _parts(record: CallRecord) -> tuple[_Arguments, _Arguments, Node, Node | None, Story | None] | None:
    """The arguments before and after, the value, what an exception was raised from, and the story."""
    before, after = read(record.before), read(record.after)
    if MARK in record.after:
        unify(before, after)
    try:
        args, kwargs = read_before(before)
        args_after, kwargs_after, value = read_after(after)
    except ValueError:
        return None
    has_receiver = record.kind in RECEIVING
    first = _arguments(args, kwargs, has_receiver)
    second = _arguments(args_after, kwargs_after, has_receiver)
    if first is None or second is None or len(first.args) != len(second.args):
        return None
    cause: Node | None = None
    try:
        if record.outcome in STORIES:
            return first, second, value, None, read_story(value)
        if record.outcome.endswith("raised"):
            value, cause = read_raised(value)
        return first, second, value, cause, None
    except ValueError:
        return None


def _tellable(story: Story) -> Story | Rejection:
    """The story as a test can tell it, or what of it can't be made again or compared."""
    if story.end == "open" and len(story.items) > _MOST_OPEN:
        resumed = tuple(step for step in story.resumed if step[0] < _MOST_OPEN)
        story = Story(story.items[:_MOST_OPEN], resumed, "open", None)
    for index, verb, value in story.resumed:
        found = _opaque(f"what {_VERBS[verb]} it before item {index}", value)
        if found is not None:
            return found
    for index, item in enumerate(story.items):
        found = _opaque(f"item {index}", item)
        if found is not None:
            return found
    if story.value is None:
        return story
    if story.end == "raised":
        error = _exception(story.value)
        found = _opaque("exception", error) if isinstance(error, Opaque) else None
        return found or story.with_nodes([*story.nodes[:-1], error])
    return _opaque("result", story.value) or story


_MOST_OPEN = 16
"""Items that a test shows of a generator that went on: there is no end that more of them would lead to."""

_VERBS = {"send": "was sent into", "throw": "was thrown into"}


def _arguments(args: Items, kwargs: Pairs, has_receiver: bool) -> _Arguments | None:
    if any(not (isinstance(key, Atom) and isinstance(key.value, str)) for key, _ in kwargs.pairs):
        return None
    root = Items("tuple", [args, kwargs])
    # ``Account.deposit(self=account)`` has its receiver among the keyword arguments; it is called as it was.
    if has_receiver and args.items:
        return _Arguments(root, args.items[0], tuple(args.items[1:]), kwargs)
    return _Arguments(root, None, tuple(args.items), kwargs)


def _opaque(name: str, node: Node, when: str = "") -> Rejection | None:
    found = find_opaque(node)
    if found is None:
        return None
    path, opaque = found
    reason = f"{name}{path}{when} is a {opaque.type_name}: {opaque.reason}"
    hint = "record a function that works with plain values instead"
    if opaque.slug in _UNREACHABLE:
        hint = "give it a name in a module, so that a test can import it"
    return Rejection("select", opaque.slug, reason, hint)


def _nothing(record: CallRecord) -> Rejection:
    return Rejection("select", "value-opaque", f"nothing that {record.function.dotted} did can be asserted")


def _exception(value: Node) -> Node:
    """The exception with its arguments, or without where they can't be had again or change with every run."""
    if not isinstance(value, Instance) or value.content is None:
        return value
    if find_opaque(value.content) is None and not any(_shows_address(node) for node in walk([value.content])):
        return value
    return replace(value, content=None)


def _without_attributes(value: Node) -> Node:
    """What a test asserts of an exception: its class and its arguments."""
    return Instance(value.cls, [], value.content) if isinstance(value, Instance) else value


def _shows_address(node: Node) -> bool:
    return isinstance(node, Atom) and isinstance(node.value, str) and _ADDRESS.search(node.value) is not None


def _order(root: Node) -> bytes:
    """The order of every dict in a value that has more than one key."""
    dicts = [node for node in walk([root]) if isinstance(node, Pairs) and len(node.pairs) > 1]
    # keys may be large objects that hold each other: a glance tells them apart
    told = [[canonical(key) if is_leaf(key) else glance(key) for key, _ in node.pairs] for node in dicts]
    return sha256(repr(told).encode("utf-8", "surrogatepass")).digest()

"""Reads the readable entries that ``pytead.storage.readable`` makes, and those that a person or program made."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING

from pytead.names import FunctionName
from pytead.records import SCHEMA, CallRecord
from pytead.storage import readable
from pytead.storage.reading.found import check_record
from pytead.storage.stories import Story, stored_story
from pytead.values import calls, plain
from pytead.values.calls import STORIES
from pytead.values.encode import encode
from pytead.values.nodes import Atom

if TYPE_CHECKING:
    from pytead.values.nodes import Node


def is_entry(found: object) -> bool:
    """Whether ``found`` is meant as a call: ours, or one that holds the least there must be."""
    if not isinstance(found, dict) or type(found.get("func")) is not str:
        return False
    return is_ours(found) or ("args" in found and ("result" in found or "exception" in found))


def is_ours(entry: dict[str, object]) -> bool:
    """Whether recording made the entry, rather than a person or another program."""
    return "schema" in entry and "check" in entry


def verify(entry: dict[str, object]) -> None:
    """Refuse an entry of ours that is not what was written.

    Raises:
        LaterSchemaError: a later version wrote it.
        ValueError: it is damaged.
    """
    schema = entry.get("schema", SCHEMA)
    if type(schema) is not int or schema < 1:
        raise ValueError(f"schema {schema!r} is unknown")
    if schema > SCHEMA:
        raise LaterSchemaError(f"it has schema {schema}, this version reads up to {SCHEMA}")
    if ("schema" in entry) != ("check" in entry):
        raise ValueError("its schema or its checksum is missing")
    if "check" in entry and entry["check"] != readable.checksum(entry):
        raise ValueError("its checksum differs")


class LaterSchemaError(ValueError):
    """An entry that a later version wrote."""


def record(entry: dict[str, object]) -> CallRecord:
    """The call that a readable entry holds; what a foreign entry leaves out has a default.

    Raises:
        LaterSchemaError: a later version wrote it.
        ValueError: it is damaged, or no call.
    """
    verify(entry)
    try:
        before, after = _frozen(entry, _outcome_of(entry))
    except Exception as error:  # a foreign entry can hold anything; it costs itself
        raise ValueError(f"its values can't be read: {error}") from None
    return _record(entry, before, after)


def outline(entry: dict[str, object]) -> CallRecord:
    """The record without its values where the checksum vouches for them; raises as ``record`` does."""
    if not is_ours(entry):
        return record(entry)
    verify(entry)
    return _record(entry, b"", b"")


def _record(entry: dict[str, object], before: bytes, after: bytes) -> CallRecord:
    found = CallRecord(
        FunctionName(*_name(entry)),
        entry.get("kind", "function"),  # type: ignore[arg-type]
        before,
        after,
        _outcome_of(entry),  # type: ignore[arg-type]
        _seconds(entry.get("timestamp", 0.0)),
        _seconds(entry.get("duration", 0.0)),
        entry.get("run", ""),  # type: ignore[arg-type]
        entry.get("source", ""),  # type: ignore[arg-type]
        entry.get("reach", ""),  # type: ignore[arg-type]
    )
    check_record(found)
    return found


def _outcome_of(entry: dict[str, object]) -> object:
    return entry.get("outcome", "raised" if "exception" in entry else "returned")


def _name(entry: dict[str, object]) -> tuple[str, str]:
    func, module = entry.get("func"), entry.get("module")
    if type(func) is not str:
        raise ValueError("func is no text")
    if module is None:
        module, _, name = func.rpartition(".")
        return module, name
    if type(module) is not str or not func.startswith(module + "."):
        raise ValueError(f"func {func!r} is not in module {module!r}")
    return module, func[len(module) + 1 :]


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    raise ValueError(f"{value!r} is no time")


def _frozen(entry: dict[str, object], outcome: object) -> tuple[bytes, bytes]:
    if "before_pickle" in entry:
        before, after = entry["before_pickle"], entry["after_pickle"]
        return b64decode(before, validate=True), b64decode(after, validate=True)  # type: ignore[arg-type]
    args, kwargs = entry["args"], entry.get("kwargs", {})
    before_args, before_kwargs, _ = _joined(args, kwargs, [])
    story = _story(entry) if outcome in STORIES else None
    raised = isinstance(outcome, str) and outcome.endswith("raised")
    names = ("exception", "cause") if raised else ("result",)
    told = story[1] if story else [entry[names[0]], *(entry[name] for name in names[1:] if name in entry)]
    if raised and (told[0] is None or isinstance(told[0], (str, bool, int, float, list))):
        raise ValueError("its exception is none")
    now = entry.get("args_after", args), entry.get("kwargs_after", kwargs)
    after_args, after_kwargs, values = _joined(*now, told)
    value = stored_story(story[0].with_nodes(values)) if story else calls.raised_nodes(*values)
    before = calls.before_nodes(before_args, before_kwargs)
    return encode(before), encode(calls.after_nodes(after_args, after_kwargs, value))


def _story(entry: dict[str, object]) -> tuple[Story, list[object]]:
    """A story without its values, and these, in its order."""
    items, resumed, end = entry["yielded"], entry.get("resumed", []), entry["end"]
    if type(items) is not list or type(resumed) is not list or type(end) is not str:
        raise ValueError("not a story")
    nothing = Atom(None)
    value = {"returned": "result", "raised": "exception"}.get(end)
    steps = tuple((index, verb, nothing) for index, verb, _ in resumed)
    story = Story((nothing,) * len(items), steps, end, nothing if value else None)
    return story, [*items, *(sent for _, _, sent in resumed), *([entry[value]] if value else [])]


def _joined(
    args: object, kwargs: object, more: list[object]
) -> tuple[list[Node], list[tuple[Node, Node]], list[Node]]:
    """The nodes of args, of kwargs, and of ``more`` that shares objects with them."""
    if type(args) is not list or type(kwargs) is not dict:
        raise ValueError("args is no list or kwargs no dict")
    nodes = plain.from_plain([*args, *kwargs.values(), *more])
    count = len(args)
    pairs: list[tuple[Node, Node]] = [
        (Atom(name), node) for name, node in zip(kwargs, nodes[count : count + len(kwargs)], strict=True)
    ]
    return nodes[:count], pairs, nodes[count + len(kwargs) :]

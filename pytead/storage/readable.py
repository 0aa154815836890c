"""A call as a readable dict: what the json format, the sqlite columns and a user's storage object are
given.

``args`` is a list, ``kwargs`` a dict, ``result`` or ``exception`` the outcome; scalars and string-keyed
dicts stand as they are, everything else is tagged ``{"$type": ...}``. ``args_after`` and ``kwargs_after``
are there only where they differ. Nothing is lost: a value that can't be laid out like this stands, frozen,
in ``before_pickle`` or ``after_pickle``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytead.names import FunctionName
    from pytead.records import CallRecord
    from pytead.values.nodes import Node

SCHEMA = 1  # records.SCHEMA, without what else is imported there
_NAMES = {"schema", "entry", "run", "func", "module", "kind", "source", "timestamp", "duration", "outcome"}
_VALUES = {
    "args",
    "kwargs",
    "result",
    "exception",
    "args_after",
    "kwargs_after",
    "before_pickle",
    "after_pickle",
}
_COVERED = _NAMES | _VALUES | {"fields", "tallies"}


def dumps(value: object) -> str:
    """JSON text on one line that UTF-8 can encode."""
    import json

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def checksum(entry: dict[str, object]) -> int:
    """Of all that recording put into an entry, whatever text it is written as and in whatever order."""
    return _checksum_of(_covered(entry))


def _checksum_of(text: str) -> int:
    from zlib import crc32

    return crc32(text.encode("utf-8", "surrogatepass"))


def _covered(entry: dict[str, object]) -> str:
    import json

    covered = {name: value for name, value in entry.items() if name in _COVERED}
    return json.dumps(covered, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def call_entry(
    function: FunctionName,
    kind: str,
    source: str,
    run: str,
    call: tuple[bytes, bytes, str, float, float],
) -> dict[str, object]:
    """The readable entry of a call; ``call`` is what an appender is given."""
    before, after, outcome, timestamp, duration = call
    entry: dict[str, object] = {
        "schema": SCHEMA,
        "entry": "call",
        "run": run,
        "func": f"{function.module}.{function.qualname}",
        "module": function.module,
        "kind": kind,
        "source": source,
        "timestamp": timestamp,
        "duration": duration,
        "outcome": outcome,
    }
    try:
        return _sealed({**entry, **_laid_out(before, after, outcome)})
    except Exception:  # whatever a value does to the layout costs readability, never the call
        return _sealed({**entry, **_raw(before, after)})


def _sealed(entry: dict[str, object]) -> dict[str, object]:
    """The entry with its checksum.

    Raises:
        ValueError: it would be read back as something else: two halves of a surrogate pair beside each other are
            one character in JSON.
    """
    import json

    text = _covered(entry)
    if not text.isascii():
        escaped = json.dumps(entry)
        if "\\ud" in escaped and json.loads(escaped) != entry:
            raise ValueError("text that JSON can't hold")
    return {**entry, "check": _checksum_of(text)}


def _laid_out(before: bytes, after: bytes, outcome: str) -> dict[str, object]:
    args, kwargs = _arguments(before)
    value, args_after, kwargs_after = _outcome(after)
    values: dict[str, object] = {"args": args, "kwargs": kwargs}
    values["exception" if outcome == "raised" else "result"] = value
    if _differ(args_after, args):
        values["args_after"] = args_after
    if _differ(kwargs_after, kwargs):
        values["kwargs_after"] = kwargs_after
    return values


def _differ(one: object, other: object) -> bool:
    """Strictly: 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    import marshal

    return marshal.dumps(one, 2) != marshal.dumps(other, 2)


def _arguments(frozen: bytes) -> tuple[list[object], dict[str, object]]:
    from pytead.values import plain, tree

    args, names, values = _split(_parts(tree.read(frozen), 2))
    laid_out = plain.to_plain([*args, *values])
    return laid_out[: len(args)], dict(zip(names, laid_out[len(args) :], strict=True))


def _outcome(frozen: bytes) -> tuple[object, list[object], dict[str, object]]:
    from pytead.values import plain, tree

    value, *rest = _parts(tree.read(frozen), 3)
    args, names, values = _split(rest)
    laid_out = plain.to_plain([*args, *values, value])
    return laid_out[-1], laid_out[: len(args)], dict(zip(names, laid_out[len(args) : -1], strict=True))


def _parts(node: Node, size: int) -> list[Node]:
    from pytead.values.nodes import Items

    if not isinstance(node, Items) or node.kind != "tuple" or len(node.items) != size:
        raise ValueError("not the frozen values of a call")
    return node.items


def _split(parts: Sequence[Node]) -> tuple[list[Node], list[str], list[Node]]:
    from pytead.values.nodes import Atom, Items, Pairs

    args, kwargs = parts
    if not isinstance(args, Items) or args.kind != "tuple" or not isinstance(kwargs, Pairs):
        raise ValueError("not the frozen arguments of a call")
    names = [key.value for key, _ in kwargs.pairs if isinstance(key, Atom) and type(key.value) is str]
    if len(set(names)) != len(kwargs.pairs):
        raise ValueError("a keyword is no string")
    return args.items, names, [value for _, value in kwargs.pairs]


def _raw(before: bytes, after: bytes) -> dict[str, object]:
    from base64 import b64encode

    return {"before_pickle": b64encode(before).decode(), "after_pickle": b64encode(after).decode()}


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
    if "check" in entry and entry["check"] != checksum(entry):
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
        before, after = _frozen(entry, _outcome_of(entry) == "raised")
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
    from pytead.names import FunctionName
    from pytead.records import CallRecord
    from pytead.storage.reading.found import check_record

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
        from datetime import datetime

        return datetime.fromisoformat(value).timestamp()
    raise ValueError(f"{value!r} is no time")


def _frozen(entry: dict[str, object], raised: bool) -> tuple[bytes, bytes]:
    from base64 import b64decode

    from pytead.values.encode import encode
    from pytead.values.nodes import Items

    if "before_pickle" in entry:
        before, after = entry["before_pickle"], entry["after_pickle"]
        return b64decode(before, validate=True), b64decode(after, validate=True)  # type: ignore[arg-type]
    args, kwargs = entry["args"], entry.get("kwargs", {})
    before_nodes, _ = _joined(args, kwargs, [])
    value = entry["exception" if raised else "result"]
    if raised and (value is None or isinstance(value, (str, bool, int, float, list))):
        raise ValueError("its exception is none")
    after_nodes, values = _joined(entry.get("args_after", args), entry.get("kwargs_after", kwargs), [value])
    return encode(Items("tuple", before_nodes)), encode(Items("tuple", [*values, *after_nodes]))


def _joined(args: object, kwargs: object, more: list[object]) -> tuple[list[Node], list[Node]]:
    """The nodes of args and kwargs, and of ``more`` that shares objects with them."""
    from pytead.values import plain
    from pytead.values.nodes import Atom, Items, Pairs

    if type(args) is not list or type(kwargs) is not dict:
        raise ValueError("args is no list or kwargs no dict")
    nodes = plain.from_plain([*args, *kwargs.values(), *more])
    count = len(args)
    pairs: list[tuple[Node, Node]] = [
        (Atom(name), node) for name, node in zip(kwargs, nodes[count : count + len(kwargs)], strict=True)
    ]
    return [Items("tuple", nodes[:count]), Pairs(pairs)], nodes[count + len(kwargs) :]

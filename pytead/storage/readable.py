"""A call as a readable dict: what the json format, the sqlite columns and a user's storage object are
given.

``args`` is a list, ``kwargs`` a dict, ``result`` or ``exception`` the outcome; scalars and string-keyed
dicts stand as they are, everything else is tagged ``{"$type": ...}``. ``args_after`` and ``kwargs_after``
are there only where they differ. The call of a generator has ``yielded`` (a list), ``end`` (how it came to its end,
with its ``result`` or ``exception``), and ``resumed`` where anything was sent or thrown into it. Nothing is lost: a
value that can't be laid out like this stands, frozen, in ``before_pickle`` or ``after_pickle``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pytead.names import FunctionName
    from pytead.storage.stories import Story
    from pytead.values.nodes import Node, Pairs

SCHEMA = 1  # records.SCHEMA, without what else is imported there
_NAMES = {
    "schema",
    "entry",
    "run",
    "func",
    "module",
    "kind",
    "source",
    "reach",
    "timestamp",
    "duration",
    "outcome",
}
_VALUES = {
    "args",
    "kwargs",
    "result",
    "exception",
    "cause",
    "yielded",
    "resumed",
    "end",
    "args_after",
    "kwargs_after",
    "before_pickle",
    "after_pickle",
}
_COVERED = _NAMES | _VALUES | {"fields", "tallies"}


def dumps(value: object) -> str:
    """JSON text on one line that UTF-8 can encode."""
    text = _encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        import json

        return json.dumps(value, separators=(",", ":"))
    return text


def _encode(value: object, is_sorted: bool = False) -> str:
    if not _encoders:
        from json import JSONEncoder

        for sort_keys in (False, True):
            encoder = JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys)
            _encoders.append(encoder.encode)
    return _encoders[is_sorted](value)


_encoders: list[Callable[[object], str]] = []
"""Made once: ``json.dumps`` would make one each time."""


def checksum(entry: dict[str, object]) -> int:
    """Of all that recording put into an entry, whatever text it is written as and in whatever order."""
    return _checksum_of(_covered(entry))


def _checksum_of(text: str) -> int:
    from zlib import crc32

    return crc32(text.encode("utf-8", "surrogatepass"))


def _covered(entry: dict[str, object]) -> str:
    return _encode({name: value for name, value in entry.items() if name in _COVERED}, is_sorted=True)


def call_entry(
    function: FunctionName,
    kind: str,
    source: str,
    run: str,
    call: tuple[bytes, bytes, str, float, float],
    reach: str = "",
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
    if reach:
        entry["reach"] = reach
    try:
        return _sealed({**entry, **laid_out(before, after, outcome)})
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


def laid_out(before: bytes, after: bytes, outcome: str) -> dict[str, object]:
    """The values of a call: ``args``, ``kwargs``, what came of it, and what is different afterwards.

    Raises:
        Exception: they can't be laid out.
    """
    args, kwargs = _arguments(before)
    told, args_after, kwargs_after = _outcome(after, outcome)
    values: dict[str, object] = {"args": args, "kwargs": kwargs, **told}
    if (args_after or args) and _differ(args_after, args):
        values["args_after"] = args_after
    if (kwargs_after or kwargs) and _differ(kwargs_after, kwargs):
        values["kwargs_after"] = kwargs_after
    return values


def _differ(one: Any, other: Any) -> bool:
    """Strictly: 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    import marshal

    return marshal.dumps(one, 2) != marshal.dumps(other, 2)


def _arguments(frozen: bytes) -> tuple[list[object], dict[str, object]]:
    from pytead.values import calls, plain, tree

    args, kwargs = calls.read_before(tree.read(frozen))
    names, values = _split(kwargs)
    laid_out = plain.to_plain([*args.items, *values])
    count = len(args.items)
    return laid_out[:count], dict(zip(names, laid_out[count:], strict=True))


def _outcome(frozen: bytes, outcome: str) -> tuple[dict[str, object], list[object], dict[str, object]]:
    from pytead.values import calls, plain, tree
    from pytead.values.calls import STORIES

    args, kwargs, value = calls.read_after(tree.read(frozen))
    names, values = _split(kwargs)
    told = [value]
    if outcome in STORIES:
        from pytead.storage.stories import read_story

        story = read_story(value)
        told = story.nodes
    elif outcome.endswith("raised"):
        told = [node for node in calls.read_raised(value) if node is not None]
    laid_out = plain.to_plain([*args.items, *values, *told])
    count = len(args.items)
    end = count + len(values)
    arguments = laid_out[:count], dict(zip(names, laid_out[count:end], strict=True))
    if outcome in STORIES:
        return _told(story, laid_out[end:]), *arguments
    keys = ("exception", "cause") if outcome.endswith("raised") else ("result",)
    return dict(zip(keys, laid_out[end:], strict=False)), *arguments


def _told(story: Story, laid_out: list[object]) -> dict[str, object]:
    count = len(story.items)
    told: dict[str, object] = {"yielded": laid_out[:count]}
    steps = zip(story.resumed, laid_out[count:], strict=False)
    resumed = [[index, verb, value] for (index, verb, _), value in steps]
    if resumed:
        told["resumed"] = resumed
    told["end"] = story.end
    if story.value is not None:
        told["exception" if story.end == "raised" else "result"] = laid_out[-1]
    return told


def _split(kwargs: Pairs) -> tuple[list[str], list[Node]]:
    from pytead.values.nodes import Atom

    names = [key.value for key, _ in kwargs.pairs if isinstance(key, Atom) and type(key.value) is str]
    if len(set(names)) != len(kwargs.pairs):
        raise ValueError("a keyword is no string")
    return names, [value for _, value in kwargs.pairs]


def _raw(before: bytes, after: bytes) -> dict[str, object]:
    from base64 import b64encode

    return {"before_pickle": b64encode(before).decode(), "after_pickle": b64encode(after).decode()}

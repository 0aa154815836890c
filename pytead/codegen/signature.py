"""Whether a file is one of ours, and whether a person has changed it since.

The last line of a generated file holds a digest of its code and comments. Layout isn't part of it: a
project's formatter may do what it likes with quotes, line breaks and the order of imports without making the
file a person's. The lines before it hold digests of the data files that its tests load, which say nothing of
themselves, and above those stand the cases of which a person turned a change down.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePath

    from pytead.codegen.generated import DataFile

_DATA_LINE = re.compile(r"^# pytead data: (\S+) ([0-9a-f]{12})$", re.MULTILINE)
_REFUSED_LINE = re.compile(r"^# pytead kept: (.+)\n", re.MULTILINE)
_LINE = re.compile(r"^# pytead: ([0-9a-f]{12})\b.*$", re.MULTILINE)
_NOTE = "edit this file and Pytead leaves it alone"


def sign(text: str, data: Iterable[DataFile] = ()) -> str:
    """``text``, which is Python source, with its digest as the last line, after those of its data files."""
    is_after_block = text.splitlines()[-1].startswith(" ")
    text += "\n\n" if is_after_block else "\n"
    text += "".join(
        f"# pytead data: {file.path.name} {data_digest(file.path, file.content)}\n" for file in data
    )
    return f"{text}# pytead: {_digest(text)} ({_NOTE})\n"


def refused_of(text: str) -> frozenset[str]:
    """What pytest calls the cases whose changes a person turned down."""
    return frozenset(_REFUSED_LINE.findall(text))


def with_refused(text: str, tests: Iterable[str]) -> str:
    """A signed text that says of these cases, and of no others, that their changes were turned down."""
    lines = _REFUSED_LINE.sub("", text).splitlines(keepends=True)
    end = max(number for number, line in enumerate(lines) if _LINE.match(line))
    start = end
    while start and _DATA_LINE.match(lines[start - 1].rstrip("\n")):
        start -= 1
    refused = [f"# pytead kept: {test}\n" for test in sorted(tests)]
    text = "".join([*lines[:start], *refused, *lines[start:end]])
    return f"{text}# pytead: {_digest(text)} ({_NOTE})\n"


def data_of(text: str) -> dict[str, str]:
    """The names of the data files of a generated test module to their digests."""
    return dict(_DATA_LINE.findall(text))


def data_digest(path: PurePath, content: bytes) -> str:
    """What tells whether a data file was edited; for JSON and Python the layout is no part of it."""
    if path.suffix not in (".npy", ".pickle"):
        content = content.replace(b"\r\n", b"\n")
    try:
        if path.suffix == ".py":
            return _digest(content.decode())
        if path.suffix == ".json":
            content = json.dumps(json.loads(content)).encode()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass  # nothing that we wrote
    return sha256(content).hexdigest()[:12]


def ownership(text: str) -> Literal["ours", "edited", "foreign"]:
    """Whose a file with this text is: ours, ours and edited by a person since, or never ours."""
    found = _LINE.findall(text)
    if not found:
        return "foreign"
    return "ours" if _digest_or_none(text) == found[-1] else "edited"


def has_same_code(one: str, other: str) -> bool:
    """Whether two files differ in their layout at most."""
    return one == other or _digest_or_none(one) == _digest_or_none(other) is not None


def _digest_or_none(text: str) -> str | None:
    try:
        return _digest(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # not Python any more: whoever did that wants it so


def _digest(text: str) -> str:
    tree = ast.parse(text)
    digest = sha256()
    digest.update("\n".join(sorted(_imports(tree))).encode())
    for node in tree.body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            digest.update("".join(_parts(node)).encode())
    for comment in _comments(text):
        digest.update(comment.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:12]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            place = f"{node.level} {node.module}" if isinstance(node, ast.ImportFrom) else ""
            for name in node.names:
                yield ascii(f"{place} {name.name} {name.asname}")


def _parts(root: object) -> Iterator[str]:
    """The structure as text that is the same on every Python: fields that are empty or None don't show."""
    stack: list[object] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.AST):
            yield f"({type(item).__name__}"
            stack.append(_CLOSE)
            for name in reversed(item._fields):
                value = getattr(item, name, None)
                if isinstance(item, ast.Constant) and name == "value":
                    stack.append(_Value(value))
                elif name not in ("ctx", "kind") and value is not None and value != []:
                    stack.extend((value, _Value(name)))
        elif isinstance(item, list):
            yield "["
            stack.append(_Value("]"))
            stack.extend(reversed(item))
        elif isinstance(item, _Value):
            yield f" {item.text}"
        else:
            yield f" {item!a}"


class _Value:
    def __init__(self, value: object) -> None:
        if isinstance(value, int):
            self.text = hex(value) if type(value) is int else str(value)
        else:
            self.text = f"{type(value).__name__} {value!a}"


_CLOSE = _Value(")")


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not _LINE.match(token.string):
            yield token.string

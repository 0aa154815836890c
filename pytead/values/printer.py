"""Fits a document to a width: one line where it fits, else one element a line.

A document is text, a list of documents, or one of the classes below; ``layout`` makes them from syntax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from pytead.values.characters import escaped, is_shown

STEP = 4
LINES = 4
"""Lines from which text is written as a block."""


@dataclass(frozen=True, slots=True)
class Line:
    """A place where a group that doesn't fit is broken; ``flat`` stands there in one that does."""

    flat: str = ""


@dataclass(frozen=True, slots=True)
class IfBroken:
    """Text that is there only where the group around it is broken: a trailing comma, a parenthesis."""

    text: str


@dataclass(frozen=True, slots=True)
class Nest:
    """One step further in."""

    content: Document


@dataclass(frozen=True, slots=True)
class Group:
    """On one line as a whole, or broken at each of its own lines; ``hard`` is never on one line."""

    content: Document
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Literal:
    """A string or bytes literal, which breaks into implicitly concatenated parts.

    ``bare`` says that what stands around it already holds it together, so that it needs no parentheses.
    """

    value: str | bytes
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """Short parts with commas between: side by side, as many as a line takes."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Text in triple quotes, each line of it on one of its own, as far in as the literal; see ``is_block``."""

    value: str


Document = Union[str, Line, IfBroken, Nest, Group, Literal, Filled, Block, "list[Document]"]
Work = tuple[int, bool, Document]


def fit(document: Document, width: int, indent: int = 0) -> str:
    """The text of the document, wrapped at ``width`` columns, without the first line's indentation."""
    out: list[str] = []
    column = indent
    stack: list[Work] = [(indent, True, document)]
    while stack:
        depth, is_broken, part = stack.pop()
        if isinstance(part, str):
            out.append(part)
            column += len(part)
        elif isinstance(part, list):
            stack.extend((depth, is_broken, each) for each in reversed(part))
        elif isinstance(part, Nest):
            stack.append((depth + STEP, is_broken, part.content))
        elif isinstance(part, Group):
            stack.append((depth, not _fits(part, width - column, stack), part.content))
        elif isinstance(part, IfBroken):
            if is_broken:
                out.append(part.text)
                column += len(part.text)
        elif isinstance(part, Line):
            if is_broken:
                out.append("\n" + " " * depth)
                column = depth
            else:
                out.append(part.flat)
                column += len(part.flat)
        elif isinstance(part, Filled):
            text = ", ".join(part.parts) if not is_broken else _filled(part.parts, width, depth)
            out.append(text)
            column += len(text)  # of no matter where it is broken: what follows stands on a line of its own
        elif isinstance(part, Block):
            out.append(block(part.value, depth))
            column = depth + 3
        elif not is_broken or _fits(part, width - column, stack):
            flat = quoted(part.value)
            out.append(flat)
            column += len(flat)
        else:
            stack.append((depth, True, _concatenation(part, width, depth)))
    return "".join(out)


def _fits(document: Document, room: int, rest: list[Work]) -> bool:
    """Whether the document on one line, and what follows it up to the next possible break, fits."""
    stack: list[tuple[bool, Document]] = [(False, document)]
    following = len(rest)
    while room >= 0:
        if not stack:
            if not following:
                return True
            following -= 1
            _, is_broken, part = rest[following]
        else:
            is_broken, part = stack.pop()
        if isinstance(part, str):
            room -= len(part)
        elif isinstance(part, list):
            stack.extend((is_broken, each) for each in reversed(part))
        elif isinstance(part, (Nest, Group)):
            if isinstance(part, Group) and part.hard and not is_broken:
                return False
            stack.append((is_broken, part.content))
        elif isinstance(part, IfBroken):
            room -= len(part.text) if is_broken else 0
        elif isinstance(part, Line):
            if is_broken:
                return True
            room -= len(part.flat)
        elif isinstance(part, Block):
            return False
        elif isinstance(part, Filled):
            room -= sum(map(len, part.parts)) + 2 * len(part.parts) - 2
        elif is_broken:
            return room > 0
        else:
            room -= _flat_length(part.value, room)
    return False


def _filled(parts: tuple[str, ...], width: int, depth: int) -> str:
    lines, line = [], ""
    for part in parts:
        if line and depth + len(line) + len(part) + 3 > width:
            lines.append(line)
            line = ""
        line = f"{line}, {part}" if line else part
    return (",\n" + " " * depth).join([*lines, line])


def is_block(value: object) -> bool:
    """Whether something is text of several lines that reads the same between triple quotes, and that
    ``textwrap.dedent`` gives back unchanged however far in all of its lines are moved."""
    if not isinstance(value, str) or value.count("\n") < LINES - 1 or '"""' in value or value.endswith('"'):
        return False
    lines = value.split("\n")
    if any(line != line.rstrip() or not all(map(is_shown, line)) for line in lines):
        return False
    return any(line and not line.startswith(" ") for line in lines)


def block(value: str, depth: int = 0) -> str:
    """The literal of such text, moved in."""
    margin = " " * depth
    lines = [margin + line if line else "" for line in value.replace("\\", "\\\\").split("\n")]
    if not lines[-1]:
        lines[-1] = margin
    return '"""\\\n' + "\n".join(lines) + '"""'


def _flat_length(value: str | bytes, room: int) -> int:
    return len(value) + 2 if len(value) > room else len(quoted(value))


def _concatenation(literal: Literal, width: int, depth: int) -> Document:
    inside = depth if literal.bare else depth + STEP
    parts = _parts(literal.value, max(width - inside, 24))
    lines: list[Document] = []
    for part in parts:
        lines += [Line(), part]
    return lines[1:] if literal.bare else ["(", Nest(lines), Line(), ")"]


def _parts(value: str | bytes, width: int) -> list[str]:
    """The literals that a long string is written as: one a line of it, each of at most ``width`` columns."""
    prefix = "" if isinstance(value, str) else "b"
    text = value if isinstance(value, str) else value.decode("latin-1")
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    parts = [part for line in lines if line for part in _line_parts(line, prefix, width)]
    return parts or [f'{prefix}""']


def _line_parts(line: str, prefix: str, width: int) -> list[str]:
    quote = _quote(line)
    room = width - len(prefix) - 2
    parts: list[str] = []
    current: list[str] = []
    length = space = 0
    for character in line:
        shown = _escaped(character, quote, bool(prefix))
        if length + len(shown) > room and current:
            # Breaking after a space keeps words whole, unless that leaves the line mostly empty.
            keep = space if space > len(current) // 2 else len(current)
            parts.append("".join(current[:keep]))
            current = current[keep:]
            length, space = sum(map(len, current)), 0
        current.append(shown)
        length += len(shown)
        if character == " ":
            space = len(current)
    parts.append("".join(current))
    return [f"{prefix}{quote}{part}{quote}" for part in parts]


def quoted(value: str | bytes) -> str:
    """The literal on one line: double quotes, unless single ones need fewer escapes."""
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        quote = _quote(text)
        return f"b{quote}{''.join(_escaped(each, quote, True) for each in text)}{quote}"
    quote = _quote(value)
    if "\\" in value and quote not in value and value[-1] != "\\" and all(map(is_shown, value)):
        return f"r{quote}{value}{quote}"
    return f"{quote}{''.join(escaped(each, quote) for each in value)}{quote}"


def _quote(text: str) -> str:
    return "'" if text.count('"') > text.count("'") else '"'


def _escaped(character: str, quote: str, is_bytes: bool) -> str:
    if is_bytes and not character.isascii():
        return f"\\x{ord(character):02x}"
    return escaped(character, quote)

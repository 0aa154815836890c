"""Types of numpy arrays, from what they pickle as; numpy isn't imported for it."""

from __future__ import annotations

import ast
import datetime as dt
import struct
from typing import TYPE_CHECKING, Any

from pytead.values.nodes import Atom, Call, Items, Node, Pairs
from pytead.values.syntax import CannotRender, attribute, listed, name

if TYPE_CHECKING:
    from pytead.values.writer import Writer

_NUMBERS = {
    "b1": ("bool_", "?"),
    "i1": ("int8", "b"), "i2": ("int16", "h"), "i4": ("int32", "i"), "i8": ("int64", "q"),
    "u1": ("uint8", "B"), "u2": ("uint16", "H"), "u4": ("uint32", "I"), "u8": ("uint64", "Q"),
    "f2": ("float16", "e"), "f4": ("float32", "f"), "f8": ("float64", "d"),
    "c8": ("complex64", "f"), "c16": ("complex128", "d"),
}  # fmt: skip
"""Type code to its class in numpy and its code in ``struct``."""

_NAT = -(1 << 63)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SECONDS = {"D": 86_400, "h": 3600, "m": 60}


class Dtype:
    """A dtype: what it is called, and how its elements lie in bytes.

    Attributes:
        code: such as ``f8``, ``U3``, ``M8`` or ``O8``.
        unit: of a moment or a span, such as ``D`` or ``25s``; else empty.
        fields: name and type of the fields of a structured type.
        size: bytes of an element.
    """

    def __init__(self, node: Node) -> None:
        args = node.args if isinstance(node, Call) and node.function.dotted == "numpy.dtype" else []
        code = args[0].value if args and isinstance(args[0], Atom) else None
        if type(code) is not str or not isinstance(node, Call):
            raise _odd()
        state = node.state.items if isinstance(node.state, Items) else []
        order = state[1].value if len(state) > 1 and isinstance(state[1], Atom) else "|"
        self.code, self.kind = code, code[:1]
        self.order = ">" if order == ">" else "<"
        self.unit, self.fields = "", []  # type: str, list[tuple[str, Dtype]]
        if self.kind in "Mm":
            self.unit = _unit(state)
        elif self.kind == "V":
            self.fields = _fields(state)
        elif code not in _NUMBERS and code not in ("O8", "O4") and not self.is_text:
            raise CannotRender("value-array", f"an array of the type {code} can't be written")
        if not code[1:].isdigit():
            raise _odd()
        self.size = int(code[1:]) * (4 if self.kind == "U" else 1)
        if self.fields and sum(each.size for _, each in self.fields) != self.size:
            raise CannotRender("value-array", "an array of records with gaps can't be written")

    @property
    def is_text(self) -> bool:
        return self.kind in "US" and self.code[1:].isdigit()

    @property
    def scalar_name(self) -> str:
        """The class of numpy's that its scalars have."""
        by_kind = {"U": "str_", "S": "bytes_", "M": "datetime64", "m": "timedelta64", "V": "void"}
        return by_kind.get(self.kind) or _NUMBERS[self.code][0]

    def text(self) -> str:
        """As in ``dtype="<U3"``."""
        if self.unit:
            word = "datetime64" if self.kind == "M" else "timedelta64"
            return (
                f"{'>' if self.order == '>' else ''}{word if self.order == '<' else self.code}[{self.unit}]"
            )
        return self.code if self.kind in "SVO" or self.size == 1 else f"{self.order}{self.code}"

    def written(self, writer: Writer) -> ast.expr:
        """The expression of the type."""
        if self.fields:
            parts = []
            for field, each in self.fields:
                inner = each.written(writer) if each.fields else writer.scalar(each.text())
                parts.append(ast.Tuple([writer.scalar(field), inner], ast.Load()))
            return listed(parts)
        if self.kind == "O":
            return name("object")
        if self.kind in "USVMm" or (self.order == ">" and self.size > 1):
            return writer.scalar(self.text())
        return attribute(writer.renderer.reference("numpy", ""), _NUMBERS[self.code][0])

    def decode(self, data: bytes) -> list[Any]:
        """The elements, as builtin values; records as tuples, moments as text.

        Raises:
            struct.error: the bytes don't fit.
        """
        size = self.size or 1
        if self.fields:
            return [self._record(data[start : start + size]) for start in range(0, len(data), size)]
        if self.is_text or self.kind == "V":
            return [self._text(data[start : start + size]) for start in range(0, len(data), size)]
        if self.unit:
            numbers = struct.unpack(f"{self.order}{len(data) // 8}q", data)
            return self._moments(numbers) if self.kind == "M" else _spans(numbers)
        code = _NUMBERS[self.code][1]
        count = len(data) // struct.calcsize(f"={code}")
        found = list(struct.unpack(f"{self.order}{count}{code}", data))
        if self.kind == "c":
            return [complex(*found[index : index + 2]) for index in range(0, count, 2)]
        return found

    def _record(self, data: bytes) -> tuple[Any, ...]:
        values, start = [], 0
        for _, each in self.fields:
            values += each.decode(data[start : start + each.size])
            start += each.size
        return tuple(values)

    def _text(self, data: bytes) -> Any:
        if self.kind == "V":
            return data
        if self.kind == "S":
            return data.rstrip(b"\0")
        encoding = "utf-32-be" if self.order == ">" else "utf-32-le"
        return data.decode(encoding, "surrogatepass").rstrip("\0")

    def _moments(self, numbers: tuple[int, ...]) -> list[Any]:
        texts = ["NaT" if each == _NAT else _moment(each, self.unit) for each in numbers]
        if all(texts):
            return texts
        if _NAT in numbers:
            raise CannotRender(
                "value-array", f"an array of moments in {self.unit} with gaps can't be written"
            )
        return list(numbers)


def _odd() -> CannotRender:
    return CannotRender("value-array", "an array of an odd type")


def _unit(state: list[Node]) -> str:
    last = state[-1] if state else None
    parts = last.items[1] if isinstance(last, Items) and len(last.items) == 2 else None
    values = (
        [each.value for each in parts.items if isinstance(each, Atom)] if isinstance(parts, Items) else []
    )
    if len(values) != 4 or type(values[0]) is not bytes or type(values[1]) is not int:
        raise _odd()
    unit = values[0].decode("ascii", "replace")
    if not unit.isalpha() or unit == "generic":
        raise CannotRender("value-array", "an array of moments without a unit can't be written")
    return unit if values[1] == 1 else f"{values[1]}{unit}"


def _fields(state: list[Node]) -> list[tuple[str, Dtype]]:
    if len(state) < 5 or not (isinstance(state[2], Atom) and state[2].value is None):
        raise CannotRender("value-array", "an array of arrays as its elements can't be written")
    names, table = state[3], state[4]
    if not isinstance(names, Items) or not isinstance(table, Pairs):
        return []
    by_name = {key.value: value for key, value in table.pairs if isinstance(key, Atom)}
    found, end = [], 0
    for each in names.items:
        held = by_name.get(each.value) if isinstance(each, Atom) else None
        if not isinstance(each, Atom) or not isinstance(held, Items) or len(held.items) != 2:
            raise _odd()
        inner, offset = Dtype(held.items[0]), held.items[1]
        if not isinstance(offset, Atom) or offset.value != end or inner.kind == "O":
            raise CannotRender("value-array", "an array of records with gaps or objects can't be written")
        found.append((str(each.value), inner))
        end += inner.size
    return found


def _spans(numbers: tuple[int, ...]) -> list[Any]:
    if _NAT in numbers:
        return ["NaT" if each == _NAT else str(each) for each in numbers]
    return list(numbers)


def _moment(number: int, unit: str) -> str:
    """ISO 8601; empty for a unit or a year that it doesn't suit."""
    if unit in ("Y", "M"):
        year, month = (number, 0) if unit == "Y" else divmod(number, 12)
        year += 1970
        if not 0 < year < 10_000:
            return ""
        return f"{year:04}" if unit == "Y" else f"{year:04}-{month + 1:02}"
    part = 0
    if unit in _PER_SECOND:
        number, part = divmod(number, _PER_SECOND[unit])
    elif unit in _SECONDS:
        number *= _SECONDS[unit]
    else:
        return ""
    try:
        moment = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=number)
    except OverflowError:
        return ""
    if unit == "D" or (unit in ("s", "ms", "us", "ns") and not part and moment.time() == dt.time()):
        return moment.date().isoformat()
    if unit in ("h", "m"):
        return moment.isoformat(timespec="hours" if unit == "h" else "minutes")
    digits = len(str(_PER_SECOND[unit])) - 1
    return moment.isoformat(timespec="seconds") + (f".{part:0{digits}}" if part else "")

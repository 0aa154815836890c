"""numpy arrays and scalars, from the bytes they pickle as; numpy isn't imported for it."""

from __future__ import annotations

import ast
import struct
from typing import TYPE_CHECKING, Any

from pytead.values.nodes import Atom, Buffer, Call, Items, Node
from pytead.values.syntax import CannotRender, attribute, call, listed, name, scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.writer import Writer

MOST = 50_000
"""Elements of an array that is still written out."""

_NUMBERS = {
    "b1": ("bool_", "?"),
    "i1": ("int8", "b"), "i2": ("int16", "h"), "i4": ("int32", "i"), "i8": ("int64", "q"),
    "u1": ("uint8", "B"), "u2": ("uint16", "H"), "u4": ("uint32", "I"), "u8": ("uint64", "Q"),
    "f2": ("float16", "e"), "f4": ("float32", "f"), "f8": ("float64", "d"),
    "c8": ("complex64", "f"), "c16": ("complex128", "d"),
}  # fmt: skip
"""Type code to its class in numpy and its code in ``struct``."""


class _Type:
    """A dtype: its code such as ``f8`` or ``U3``, and its byte order."""

    def __init__(self, node: Node) -> None:
        args = node.args if isinstance(node, Call) and node.function.dotted == "numpy.dtype" else []
        code = args[0].value if args and isinstance(args[0], Atom) else None
        if type(code) is not str or not isinstance(node, Call):
            raise CannotRender("value-array", "an array of an odd type")
        state = node.state.items if isinstance(node.state, Items) else []
        order = state[1].value if len(state) > 1 and isinstance(state[1], Atom) else "|"
        self.is_text = code[:1] in "US" and code[1:].isdigit()
        if code not in _NUMBERS and not self.is_text:
            raise CannotRender("value-array", f"an array of the type {code} can't be written")
        self.code = code
        self.order = ">" if order == ">" else "<"
        self.size = int(code[1:]) * (4 if code[0] == "U" else 1)

    def written(self, writer: Writer) -> ast.expr:
        if self.is_text or (self.order == ">" and self.size > 1):
            return writer.scalar(f"{self.order}{self.code}" if self.code[0] != "S" else self.code)
        return attribute(writer.renderer.reference("numpy", ""), _NUMBERS[self.code][0])

    def decode(self, data: bytes) -> list[Any]:
        """The elements, as builtin values."""
        if self.is_text:
            size = self.size or 1
            chunks = [data[start : start + size] for start in range(0, len(data), size)]
            if self.code[0] == "S":
                return [chunk.rstrip(b"\0") for chunk in chunks]
            encoding = "utf-32-be" if self.order == ">" else "utf-32-le"
            return [chunk.decode(encoding, "surrogatepass").rstrip("\0") for chunk in chunks]
        code = _NUMBERS[self.code][1]
        count = len(data) // struct.calcsize(f"={code}")
        numbers = list(struct.unpack(f"{self.order}{count}{code}", data))
        if self.code[0] == "c":
            return [complex(*numbers[index : index + 2]) for index in range(0, count, 2)]
        return numbers


def _scalar(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.multiarray.scalar(dtype, bytes)``."""
    if len(node.args) != 2:
        return None
    kind = _Type(node.args[0])
    values = _decoded(kind, node.args[1])
    if len(values) != 1:
        raise CannotRender("value-array", "a numpy scalar of odd bytes")
    function = {"U": "str_", "S": "bytes_"}.get(kind.code[0]) or _NUMBERS[kind.code][0]
    return call(writer.renderer.reference("numpy", function), [_number(writer, values[0])])


def _array(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.multiarray._reconstruct`` with the state ``(version, shape, dtype, is_fortran, data)``."""
    state = node.state.items if isinstance(node.state, Items) else []
    first = node.args[0] if node.args else None
    if getattr(first, "dotted", "") != "numpy.ndarray" or len(state) != 5 or not isinstance(state[3], Atom):
        raise CannotRender("value-array", "an array of an odd state")
    return _written(writer, state[4], state[2], state[1], "F" if state[3].value else "C")


def _from_buffer(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.numeric._frombuffer(data, dtype, shape, order)``."""
    if len(node.args) != 4 or not isinstance(node.args[3], Atom):
        raise CannotRender("value-array", "an array of an odd state")
    return _written(writer, node.args[0], node.args[1], node.args[2], node.args[3].value)


def _dtype(writer: Writer, node: Call) -> ast.expr | None:
    return call(writer.renderer.reference("numpy", "dtype"), [_Type(node).written(writer)])


def _decoded(kind: _Type, data: Node) -> list[Any]:
    content = data.value if isinstance(data, (Atom, Buffer)) else None
    if not isinstance(content, bytes):
        raise CannotRender("value-array", "an array of odd bytes")
    try:
        return kind.decode(content)
    except (struct.error, UnicodeDecodeError, TypeError):
        raise CannotRender("value-array", "an array of odd bytes") from None


def _written(writer: Writer, data: Node, dtype: Node, shape: Node, order: object) -> ast.expr:
    kind = _Type(dtype)
    sizes = (
        [each.value for each in shape.items if isinstance(each, Atom)] if isinstance(shape, Items) else [-1]
    )
    if not all(type(size) is int and size >= 0 for size in sizes) or order not in ("C", "F"):
        raise CannotRender("value-array", "an array of an odd shape")
    count = 1
    for size in sizes:
        count *= size
    if count > MOST:
        raise CannotRender("value-too-large", f"an array of {count} elements")
    numpy = writer.renderer.reference("numpy", "")
    kwargs = [("dtype", kind.written(writer))]
    if not count:
        shown = ast.Tuple([scalar(size) for size in sizes], ast.Load())
        return call(attribute(numpy, "zeros"), [shown], kwargs)
    values = _decoded(kind, data)
    if len(values) != count:
        raise CannotRender("value-array", "an array whose bytes don't fit its shape")
    strides = [1] * len(sizes)
    axes = range(len(sizes) - 1) if order == "F" else range(len(sizes) - 1, 0, -1)
    for axis in axes:
        nearer = axis + 1 if order == "F" else axis - 1
        strides[nearer] = strides[axis] * sizes[axis]
    if order == "F" and len(sizes) > 1:
        kwargs.append(("order", writer.scalar("F")))

    def nested(axis: int, offset: int) -> ast.expr:
        if axis == len(sizes):
            return _number(writer, values[offset])
        return listed([nested(axis + 1, offset + index * strides[axis]) for index in range(sizes[axis])])

    return call(attribute(numpy, "array"), [nested(0, 0)], kwargs)


def _number(writer: Writer, value: object) -> ast.expr:
    if type(value) is float and value != value:
        return call(name("float"), [writer.scalar("nan")])
    return writer.scalar(value)


KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "numpy.dtype": _dtype,
    **{f"numpy.{core}.multiarray.scalar": _scalar for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray._reconstruct": _array for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": _from_buffer for core in ("core", "_core")},
}

"""numpy arrays and scalars, from the bytes they pickle as; numpy isn't imported for it."""

from __future__ import annotations

import ast
import math
import struct
from functools import partial
from typing import TYPE_CHECKING, Any

from pytead.values.dtypes import Dtype
from pytead.values.nodes import Atom, Buffer, Call, Items, Member, Node, Reference
from pytead.values.syntax import CannotRender, attribute, call, listed, name, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytead.values.writer import Writer

MOST = 50_000
"""Elements of an array that is still written out."""


def _scalar(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.multiarray.scalar(dtype, bytes)``."""
    if len(node.args) != 2:
        return None
    kind = Dtype(node.args[0])
    values = _decoded(kind, node.args[1])
    if len(values) != 1:
        raise CannotRender("value-array", "a numpy scalar of odd bytes")
    made = _element(writer, values[0])
    if kind.kind == "V":
        numpy = attribute(writer.renderer.reference("numpy", ""), "array")
        whole = call(numpy, [made], [("dtype", kind.written(writer))])
        return ast.Subscript(whole, ast.Tuple([], ast.Load()), ast.Load())
    unit = [writer.scalar(kind.unit)] if kind.unit else []
    return call(writer.renderer.reference("numpy", kind.scalar_name), [made, *unit])


def _array(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.multiarray._reconstruct`` with the state ``(version, shape, dtype, is_fortran, data)``."""
    state = node.state.items if isinstance(node.state, Items) else []
    cls = getattr(node.args[0] if node.args else None, "dotted", "")
    if len(state) != 5 or not isinstance(state[3], Atom):
        raise CannotRender("value-array", "an array of an odd state")
    if cls not in ("numpy.ndarray", "numpy.matrix"):
        raise CannotRender("value-array", f"a {cls} can't be written")
    return _written(
        writer, state[4], state[2], state[1], "F" if state[3].value else "C", cls.partition(".")[2]
    )


def _from_buffer(writer: Writer, node: Call) -> ast.expr | None:
    """``numpy.core.numeric._frombuffer(data, dtype, shape, order)``."""
    if len(node.args) != 4 or not isinstance(node.args[3], Atom):
        raise CannotRender("value-array", "an array of an odd state")
    return _written(writer, node.args[0], node.args[1], node.args[2], node.args[3].value)


def _dtype(writer: Writer, node: Call) -> ast.expr | None:
    return call(writer.renderer.reference("numpy", "dtype"), [Dtype(node).written(writer)])


def _decoded(kind: Dtype, data: Node) -> list[Any]:
    content = data.value if isinstance(data, (Atom, Buffer)) else None
    if not isinstance(content, bytes):
        raise CannotRender("value-array", "an array of odd bytes")
    try:
        return kind.decode(content)
    except (struct.error, UnicodeDecodeError, TypeError, KeyError):
        raise CannotRender("value-array", "an array of odd bytes") from None


def _sizes(shape: Node) -> list[int]:
    found = (
        [each.value for each in shape.items if isinstance(each, Atom)] if isinstance(shape, Items) else [-1]
    )
    if not all(type(size) is int and size >= 0 for size in found):
        raise CannotRender("value-array", "an array of an odd shape")
    return found


def _written(
    writer: Writer, data: Node, dtype: Node, shape: Node, order: object, cls: str = "ndarray"
) -> ast.expr:
    kind, sizes = Dtype(dtype), _sizes(shape)
    if order not in ("C", "F"):
        raise CannotRender("value-array", "an array of an odd shape")
    count = math.prod(sizes)
    if count > MOST:
        raise CannotRender("value-too-large", f"an array of {count} elements")
    numpy = writer.renderer.reference("numpy", "")
    kwargs = [("dtype", kind.written(writer))]
    if not count:
        shown = ast.Tuple([scalar(size) for size in sizes], ast.Load())
        return call(attribute(numpy, "zeros"), [shown], kwargs)
    is_object = kind.kind == "O"
    values: Sequence[Any] = data.items if is_object and isinstance(data, Items) else _decoded(kind, data)
    if len(values) != count:
        raise CannotRender("value-array", "an array whose bytes don't fit its shape")
    write = writer.write if is_object else partial(_element, writer)
    if is_object and not all(isinstance(each, (Atom, Member, Reference)) for each in values):
        made: ast.expr = call(
            attribute(numpy, "fromiter"), [listed([write(each) for each in values])], kwargs
        )  # which looks for no sequences inside
        if len(sizes) == 1:
            return made
        return call(attribute(made, "reshape"), [ast.Tuple([scalar(size) for size in sizes], ast.Load())])
    strides = [1] * len(sizes)
    axes = range(len(sizes) - 1) if order == "F" and not is_object else range(len(sizes) - 1, 0, -1)
    for axis in axes:
        nearer = axis + 1 if order == "F" and not is_object else axis - 1
        strides[nearer] = strides[axis] * sizes[axis]
    if order == "F" and len(sizes) > 1:
        kwargs.append(("order", writer.scalar("F")))

    def nested(axis: int, offset: int) -> ast.expr:
        if axis == len(sizes):
            return write(values[offset])
        return listed([nested(axis + 1, offset + index * strides[axis]) for index in range(sizes[axis])])

    function = "matrix" if cls == "matrix" else "array"
    return call(attribute(numpy, function), [nested(0, 0)], kwargs)


def _element(writer: Writer, value: object) -> ast.expr:
    if type(value) is float and value != value:
        return call(name("float"), [writer.scalar("nan")])
    if type(value) is tuple:
        return ast.Tuple([_element(writer, each) for each in value], ast.Load())
    return writer.scalar(value)


KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "numpy.dtype": _dtype,
    **{f"numpy.{core}.multiarray.scalar": _scalar for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray._reconstruct": _array for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": _from_buffer for core in ("core", "_core")},
}

"""Long arrays of numbers in numpy's own format, written without numpy."""

from __future__ import annotations

import ast
import struct
from typing import Any

READABLE = 2000
"""Elements of an array that somebody may want to read or compare."""

_NUMBERS = {
    "bool_": ("|b1", "?"),
    "int8": ("|i1", "b"), "int16": ("<i2", "h"), "int32": ("<i4", "i"), "int64": ("<i8", "q"),
    "uint8": ("|u1", "B"), "uint16": ("<u2", "H"), "uint32": ("<u4", "I"), "uint64": ("<u8", "Q"),
    "float16": ("<f2", "e"), "float32": ("<f4", "f"), "float64": ("<f8", "d"),
}  # fmt: skip
"""Name in numpy to the description in a file, and the code in ``struct``."""


def npy(node: ast.expr) -> bytes | None:
    """What ``np.array([...], dtype=np.float64)`` is as an ``.npy`` file, if it is long and of plain numbers."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or not isinstance(node.func, ast.Attribute):
        return None
    options = {each.arg: each.value for each in node.keywords}
    kind = options.get("dtype")
    known = _NUMBERS.get(kind.attr) if isinstance(kind, ast.Attribute) else None
    if node.func.attr != "array" or set(options) != {"dtype"} or known is None:
        return None
    shape, level = [], [node.args[0]]
    while level and isinstance(level[0], ast.List):
        shape.append(len(level[0].elts))
        level = [each for inner in level if isinstance(inner, ast.List) for each in inner.elts]
    if len(level) <= READABLE:
        return None
    description, code = known
    try:
        content = struct.pack(f"<{len(level)}{code}", *map(_number, level))
    except (struct.error, ValueError, OverflowError):
        return None
    shown = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    head = f"{{'descr': '{description}', 'fortran_order': False, 'shape': {shown}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + content


def _number(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):  # float("nan"), float("inf")
        (only,) = node.args
        return float(ast.literal_eval(only))
    return ast.literal_eval(node)

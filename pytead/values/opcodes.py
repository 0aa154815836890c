"""How scalars are written in pickle opcodes."""

from __future__ import annotations

from struct import Struct

_U4 = Struct("<I")
_U8 = Struct("<Q")
_FLOAT = Struct(">d")


def scalar(value: object) -> bytes:
    """The opcodes that push ``value``: None, or a bool, int, float, str or bytes of exactly that type.

    Raises:
        TypeError: it is anything else.
    """
    kind = type(value)
    if kind is str:
        return text(value)  # type: ignore[arg-type]
    if value is None:
        return b"N"
    if kind is bool:
        return b"\x88" if value else b"\x89"
    if kind is int:
        return integer(value)  # type: ignore[arg-type]
    if kind is float:
        return b"G" + _FLOAT.pack(value)
    if kind is bytes:
        return bytes_head(len(value)) + value  # type: ignore[operator,arg-type]
    raise TypeError(f"{kind.__name__} is no scalar")


def text(value: str) -> bytes:
    """The opcodes that push a string, lone surrogates included."""
    data = value.encode("utf-8", "surrogatepass")
    size = len(data)
    if size < 256:
        return b"\x8c" + bytes((size,)) + data
    return (b"X" + _U4.pack(size) if size < 1 << 32 else b"\x8d" + _U8.pack(size)) + data


def bytes_head(size: int) -> bytes:
    """What stands before ``size`` bytes to push them as a bytes object."""
    if size < 256:
        return b"C" + bytes((size,))
    return b"B" + _U4.pack(size) if size < 1 << 32 else b"\x8e" + _U8.pack(size)


def integer(value: int) -> bytes:
    """The opcodes that push an int of any size."""
    if 0 <= value < 256:
        return b"K" + bytes((value,))
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    if len(data) < 256:
        return b"\x8a" + bytes((len(data),)) + data
    return b"\x8b" + _U4.pack(len(data)) + data

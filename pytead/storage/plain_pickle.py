"""The few pickle opcodes that the entries of a segment are made of, written and read by hand.

What is written here any pickle reader loads. What is read back is only this: None, bool, int, float, str,
bytes, list, tuple and dict. There is no opcode for a class, a call or a memo, so a planted pickle is a
corrupt entry.
"""

from __future__ import annotations

import struct
from struct import Struct

from pytead.values import opcodes

_U4 = Struct("<I")
_U8 = Struct("<Q")
_FLOAT = Struct(">d")
_CUT = "not an entry: a value runs past its end"


def dump(value: object) -> bytes:
    """The opcodes that push ``value``; no header and no stop.

    Raises:
        TypeError: it holds something that is no exact builtin.
    """
    kind = type(value)
    if kind is list:
        return b"](" + b"".join(map(dump, value)) + b"e"  # type: ignore[call-overload]
    if kind is tuple:
        return b"(" + b"".join(map(dump, value)) + b"t"  # type: ignore[call-overload]
    if kind is dict:
        items = value.items()  # type: ignore[attr-defined]
        return b"}(" + b"".join([dump(key) + dump(item) for key, item in items]) + b"u"
    return opcodes.scalar(value)


def load(data: bytes) -> object:
    """The value that ``data`` pushes; it ends with the stop opcode and holds no header.

    Raises:
        ValueError: anything but what ``dump`` writes.
    """
    try:
        return _load(data)
    except (IndexError, struct.error, TypeError, OverflowError) as error:
        # A stack that runs empty, a number that is cut off, an unhashable key.
        raise ValueError(f"not an entry: {error}") from None


def _load(data: bytes) -> object:
    stack: list[object] = []
    marks: list[int] = []
    push = stack.append
    size = len(data)
    at = 0
    while True:
        code = data[at]
        at += 1
        if code == 0x8C:  # SHORT_BINUNICODE
            end = at + 1 + data[at]
            if end > size:
                raise ValueError(_CUT)
            push(data[at + 1 : end].decode("utf-8", "surrogatepass"))
        elif code == 0x43:  # SHORT_BINBYTES
            end = at + 1 + data[at]
            push(_bytes(data, at + 1, end, size))
        elif code == 0x47:  # BINFLOAT
            end = at + 8
            push(_FLOAT.unpack_from(data, at)[0])
        elif code == 0x4B:  # BININT1
            end = at + 1
            push(data[at])
        elif code == 0x42:  # BINBYTES
            end = at + 4 + _U4.unpack_from(data, at)[0]
            push(_bytes(data, at + 4, end, size))
        elif code == 0x28:  # MARK
            end = at
            marks.append(len(stack))
        elif code == 0x7D:  # EMPTY_DICT
            end = at
            push({})
        elif code == 0x75:  # SETITEMS
            end = at
            mark = marks.pop()
            items = stack[mark:]
            del stack[mark:]
            target = stack[-1]
            if type(target) is not dict or len(items) % 2:
                raise ValueError("not an entry: pairs without a dict")
            target.update(zip(items[::2], items[1::2], strict=True))
        elif code == 0x8A:  # LONG1
            end = at + 1 + data[at]
            push(int.from_bytes(_bytes(data, at + 1, end, size), "little", signed=True))
        elif code == 0x8B:  # LONG4
            end = at + 4 + _U4.unpack_from(data, at)[0]
            push(int.from_bytes(_bytes(data, at + 4, end, size), "little", signed=True))
        elif code == 0x5D:  # EMPTY_LIST
            end = at
            push([])
        elif code == 0x65:  # APPENDS
            end = at
            mark = marks.pop()
            added = stack[mark:]
            del stack[mark:]
            target = stack[-1]
            if type(target) is not list:
                raise ValueError("not an entry: items without a list")
            target.extend(added)
        elif code == 0x74:  # TUPLE
            end = at
            mark = marks.pop()
            added = stack[mark:]
            del stack[mark:]
            push(tuple(added))
        elif code == 0x4E:  # NONE
            end = at
            push(None)
        elif code in (0x88, 0x89):  # NEWTRUE, NEWFALSE
            end = at
            push(code == 0x88)
        elif code == 0x58:  # BINUNICODE
            end = at + 4 + _U4.unpack_from(data, at)[0]
            push(_text(data, at + 4, end, size))
        elif code == 0x8D:  # BINUNICODE8
            end = at + 8 + _U8.unpack_from(data, at)[0]
            push(_text(data, at + 8, end, size))
        elif code == 0x8E:  # BINBYTES8
            end = at + 8 + _U8.unpack_from(data, at)[0]
            push(_bytes(data, at + 8, end, size))
        elif code == 0x2E:  # STOP
            if at != size or marks or len(stack) != 1:
                raise ValueError(f"not an entry: it stops at byte {at} of {size}")
            return stack[0]
        else:
            raise ValueError(f"not an entry: opcode {code:#04x}")
        at = end


def _bytes(data: bytes, start: int, end: int, size: int) -> bytes:
    if end > size:
        raise ValueError(_CUT)
    return data[start:end]


def _text(data: bytes, start: int, end: int, size: int) -> str:
    # A UnicodeDecodeError is a ValueError.
    return _bytes(data, start, end, size).decode("utf-8", "surrogatepass")

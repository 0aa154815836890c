"""What calls have in common that differ in numbers alone."""

from __future__ import annotations


class Layout:
    """Where the numbers are in a frozen value, and what is around them.

    Args:
        data: the value.
        floats: where the opcodes of floats stand.
        ints: where ints stand, without their opcodes, each with its size.

    Attributes:
        mask: the bits around the numbers, as one int: nothing compares so many bytes for less.
        expected: what these bits are.
    """

    __slots__ = ("expected", "mask")

    def __init__(self, data: bytes, floats: list[int], ints: list[tuple[int, int]]) -> None:
        around = bytearray(b"\xff" * len(data))
        for start, size in [*ints, *((start + 1, 8) for start in floats)]:
            around[start : start + size] = bytes(size)
        self.mask = int.from_bytes(around, "little")
        self.expected = self.mask & int.from_bytes(data, "little")

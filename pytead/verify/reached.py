"""What the tests reached, put together from the processes that ran them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.verify.meter import Place


class Reached:
    """Lines and branches by test, as bits that mean the same whichever process told of them.

    Attributes:
        places: what each bit stands for.
    """

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._numbers: dict[Place, int] = {}
        self._bits: dict[tuple[int, str], int] = {}
        self._told: list[int] = []
        self._counts_alike = True

    def of(self, module: int, test: str) -> int | None:
        """The bits of a test; None where it wasn't measured."""
        return self._bits.get((module, test))

    def next_process(self) -> None:
        """From here on another process tells, which counts by itself."""
        self._told = []
        self._counts_alike = True

    def take(self, module: int, event: dict[str, Any]) -> None:
        """Read what a process said of one test, if it measured."""
        if "bits" not in event:
            return
        for file, line, way in event["places"]:
            place = file, line, way
            if place not in self._numbers:
                self._numbers[place] = len(self.places)
                self.places.append(place)
            self._counts_alike &= self._numbers[place] == len(self._told)
            self._told.append(self._numbers[place])
        bits = told = int(event["bits"], 16)
        if not self._counts_alike:
            bits = 0
            for number, ours in enumerate(self._told):
                bits |= (told >> number & 1) << ours
        self._bits[module, event["test"]] = bits

"""The surroundings of tests as far as the process itself has to see to them."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from pytead.verify.chance import Chance
from pytead.verify.clock import Clocks
from pytead.verify.sleeping import Sleeping
from pytead.verify.stand_ins import replace

if TYPE_CHECKING:
    from pytead.verify.conditions import Clock, Conditions
    from pytead.verify.wall import Wall

_MACHINE = "elsewhere"


class Disturbed:
    """Puts conditions into effect, and notes what each test looked at.

    Args:
        conditions: those of the process.
        wall: who says whether a sleeper is to be watched, and stops it.
    """

    def __init__(self, conditions: Conditions, wall: Wall) -> None:
        self._conditions = conditions
        self._touched: set[str] = set()
        self._sleeping = Sleeping(wall)
        self._clocks = Clocks(conditions.clock, self._touched.add) if conditions.clock is not None else None
        self._chance = Chance(self._touched.add) if conditions.clock is not None else None
        self._ballast: list[object] = []

    def install(self) -> None:
        """Take effect, for good."""
        self._ballast = [bytearray(64 + number % 512) for number in range(self._conditions.ballast)]
        self._sleeping.install()
        if self._clocks is not None and self._chance is not None:
            self._clocks.install()
            self._chance.install()
        if self._conditions.is_elsewhere:
            replace(socket, "gethostname", lambda _: lambda: _MACHINE)
            replace(os, "getlogin", lambda _: lambda: _MACHINE)
            replace(os, "uname", _on_another_machine)

    def begin(self, seed: int | None, clock: Clock | None) -> None:
        """A test begins, under the conditions of the process or under its own."""
        self._touched.clear()
        self._sleeping.begin()
        if self._clocks is not None and self._chance is not None and self._conditions.clock is not None:
            self._clocks.set(clock or self._conditions.clock)
            self._chance.begin(self._conditions.seed if seed is None else seed)

    def end(self) -> list[str]:
        """A test is over: ``time`` and ``random``, as far as it looked at them."""
        if self._chance is not None:
            self._chance.end()
        return sorted(self._touched)


def _on_another_machine(original: Any) -> Any:
    def uname() -> Any:
        found = original()
        return type(found)((found[0], _MACHINE, *found[2:]))

    return uname

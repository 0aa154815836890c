"""Randomness that comes from a seed, and that tells when it is used."""

from __future__ import annotations

import os
import random
import sys
from typing import TYPE_CHECKING, Any

from pytead.verify.stand_ins import replace

if TYPE_CHECKING:
    from collections.abc import Callable

_urandom = os.urandom
_state = random.getstate


class Chance:
    """All randomness of this process, but what C code asks the system for by itself.

    Args:
        touched: called with ``random`` when code uses any.
    """

    def __init__(self, touched: Callable[[str], None]) -> None:
        self._touched = touched
        self._source: random.Random | None = None
        self._before: object = None

    def install(self) -> None:
        """Put it in the place of the system's, for good."""
        replace(os, "urandom", lambda _: self._bytes)
        random._urandom = os.urandom  # type: ignore[attr-defined]
        seed = random.Random.seed

        def seeded(generator: random.Random, a: Any = None, version: int = 2) -> None:
            if a is None and generator is not self._source:
                a = int.from_bytes(self._bytes(16), "big")
            seed(generator, a, version)

        random.Random.seed = seeded  # type: ignore[method-assign,assignment]

    def begin(self, seed: int | None) -> None:
        """A test begins; with a seed, all that is random comes from that."""
        if seed is not None:
            self._source = random.Random(seed)
            random.seed(seed)
            numpy = sys.modules.get("numpy.random")
            if numpy is not None:
                numpy.seed(seed)
            uuid = sys.modules.get("uuid")
            if uuid is not None:  # else the system makes a uuid1 out of the time and of chance
                uuid._generate_time_safe = uuid._UuidCreate = None  # type: ignore[attr-defined]
        self._before = self._states()

    def end(self) -> None:
        """A test is over."""
        if self._states() != self._before:
            self._touched("random")

    def _states(self) -> tuple[object, ...]:
        numpy = sys.modules.get("numpy.random")
        if numpy is None:
            return (_state(),)
        name, keys, *rest = numpy.get_state()
        return (_state(), name, keys.tobytes(), *rest)

    def _bytes(self, size: int) -> bytes:
        self._touched("random")
        return _urandom(size) if self._source is None else self._source.randbytes(size)

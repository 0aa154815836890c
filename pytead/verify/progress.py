"""How many tests have run so far, for whoever shows it while verification goes on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_listeners: list[Callable[[int], None]] = []


@contextmanager
def told_to(listener: Callable[[int], None]) -> Iterator[None]:
    """Tell ``listener`` how many more tests have run, each time that there are any; it may be in any thread."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def ran(tests: int) -> None:
    """Some more tests have run in a verification process."""
    for listener in list(_listeners) if tests else ():
        listener(tests)

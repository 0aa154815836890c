"""Recursion that does not use the stack: values may be nested deeper than the interpreter allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    Steps = Generator["Steps", Any, Any]


def run(steps: Steps) -> Any:
    """The result of a generator that yields another one where it would call, and is sent its result."""
    path = [steps]
    result: Any = None
    while path:
        result = _advance(path, result)
    return result


def _advance(path: list[Steps], result: Any) -> Any:
    try:
        path.append(path[-1].send(result))
    except StopIteration as done:
        path.pop()
        return done.value
    return None

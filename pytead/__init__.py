"""Pytead: Trace To Test And Doc.

Records the real calls of a running Python program and turns them into pytest tests.

PYTEST_DONT_REWRITE (pytest would warn that it can't, where the program that is recorded is pytest itself).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.capture.decorator import trace

__all__ = ["__version__", "trace"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Generated tests import pytead.replay alone; what they don't need isn't loaded.
    if name == "trace":
        from pytead.capture.decorator import trace

        return trace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Pytead: Trace To Test And Doc.

Records the real calls of a running Python program and turns them into pytest tests; traces what it calls in which
order for snapshot tests.

PYTEST_DONT_REWRITE (pytest would warn that it can't, where the program that is recorded is pytest itself).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead import flow
    from pytead.capture.decorator import trace as trace
    from pytead.flow import *  # noqa: F403
    from pytead.values.reducers.own import reducer as reducer

    __all__ = ["__version__", "reducer", "trace"]
    __all__ += flow.__all__

__version__ = "0.1.0"

if not TYPE_CHECKING:  # for which any name would be one of ours

    def __getattr__(name: str) -> Any:
        # Generated tests import pytead.replay alone; what they don't need isn't loaded.
        if name == "trace":
            from pytead.capture.decorator import trace

            return trace
        if name == "reducer":
            from pytead.values.reducers.own import reducer

            return reducer
        if name == "__all__" or not name.startswith("_"):
            from importlib import import_module

            flow = import_module("pytead.flow")
            if name == "__all__":
                return ["__version__", "reducer", "trace", *flow.__all__]
            if name in flow.__all__:
                return getattr(flow, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

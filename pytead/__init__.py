"""Pytead: Trace To Test And Doc.

Records the real calls of a running Python program and turns them into pytest tests; traces what it calls in which
order for snapshot tests.

PYTEST_DONT_REWRITE (pytest would warn that it can't, where the program that is recorded is pytest itself).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.capture.decorator import trace
    from pytead.flow import (
        AsyncTracer,
        CallEvent,
        CallStackManager,
        FunctionTracer,
        PerformanceMetrics,
        PerformanceTracker,
        RecursiveTracker,
        StandIn,
        StreamingTracer,
        TracedExecution,
        TracedSingleFileExtension,
        TracedSnapshot,
        TracedSnapshotExtension,
        TraceError,
        TraceProcessor,
        TraceValidator,
        TracingDiagnostics,
        build_call_graph,
        trace_legacy_system,
    )
    from pytead.values.reducers.own import reducer

__all__ = [
    "AsyncTracer",
    "CallEvent",
    "CallStackManager",
    "FunctionTracer",
    "PerformanceMetrics",
    "PerformanceTracker",
    "RecursiveTracker",
    "StandIn",
    "StreamingTracer",
    "TraceError",
    "TraceProcessor",
    "TraceValidator",
    "TracedExecution",
    "TracedSingleFileExtension",
    "TracedSnapshot",
    "TracedSnapshotExtension",
    "TracingDiagnostics",
    "__version__",
    "build_call_graph",
    "reducer",
    "trace",
    "trace_legacy_system",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Generated tests import pytead.replay alone; what they don't need isn't loaded.
    if name == "trace":
        from pytead.capture.decorator import trace

        return trace
    if name == "reducer":
        from pytead.values.reducers.own import reducer

        return reducer
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("pytead.flow"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

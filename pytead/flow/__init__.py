"""Flow: which functions a program calls, in which order, with what and to what effect.

Everything is imported when it is asked for first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.flow.asynchronous import AsyncTracer
    from pytead.flow.call_graph import build_call_graph
    from pytead.flow.call_stack import CallStackManager, RecursiveTracker
    from pytead.flow.diagnostics import TracingDiagnostics
    from pytead.flow.events import CallEvent
    from pytead.flow.legacy import trace_legacy_system
    from pytead.flow.metrics import PerformanceMetrics, PerformanceTracker
    from pytead.flow.snapshot import TracedExecution, TracedSnapshot
    from pytead.flow.standins import StandIn
    from pytead.flow.streaming import StreamingTracer, TraceProcessor
    from pytead.flow.syrupy_extension import TracedSingleFileExtension, TracedSnapshotExtension
    from pytead.flow.tracer import FunctionTracer
    from pytead.flow.validation import TraceError, TraceValidator

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
    "build_call_graph",
    "trace_legacy_system",
]

_MODULES = {
    "asynchronous": ("AsyncTracer",),
    "call_graph": ("build_call_graph",),
    "call_stack": ("CallStackManager", "RecursiveTracker"),
    "diagnostics": ("TracingDiagnostics",),
    "events": ("CallEvent",),
    "legacy": ("trace_legacy_system",),
    "metrics": ("PerformanceMetrics", "PerformanceTracker"),
    "snapshot": ("TracedExecution", "TracedSnapshot"),
    "standins": ("StandIn",),
    "streaming": ("StreamingTracer", "TraceProcessor"),
    "syrupy_extension": ("TracedSingleFileExtension", "TracedSnapshotExtension"),
    "tracer": ("FunctionTracer",),
    "validation": ("TraceError", "TraceValidator"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)

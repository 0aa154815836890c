"""What tracing itself costs."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.flow.tracer import FunctionTracer

_CALLS = 2000


class TracingDiagnostics:
    """Says what a tracer did to the program."""

    def analyze_performance_impact(self, tracer: FunctionTracer) -> dict[str, Any]:
        """Measure a tracer.

        Returns:
            ``overhead_percentage``, ``memory_usage_mb``, ``events_per_second`` and ``bottlenecks``.
        """
        metrics = tracer.get_performance_metrics()
        return {
            "overhead_percentage": metrics.calculate_overhead(),
            "memory_usage_mb": metrics.get_memory_usage() / 1024 / 1024,
            "events_per_second": metrics.get_event_rate(),
            "bottlenecks": metrics.identify_bottlenecks(),
        }


def measured(number: int) -> int:
    """What is called to measure; it does nothing."""
    return number


def measure_event(engine: str, detail: str) -> float:
    """Seconds that one event costs on this machine, now: the least of some measurements.

    Args:
        engine: name of the engine.
        detail: the detail level.
    """
    from pytead.errors import PyteadError
    from pytead.flow.tracer import FunctionTracer

    def run() -> float:
        begun = perf_counter()
        for number in range(_CALLS):
            measured(number)
        return perf_counter() - begun

    bare, traced = [], []
    for _ in range(5):
        bare.append(run())
        tracer = FunctionTracer([f"{__name__}.measured"], detail, engine=engine, exceptions=False)
        try:
            with tracer:
                traced.append(run())
        except PyteadError:  # somebody else holds the hook by now
            return 0.0
    return max(min(traced) - min(bare), 0.0) / (2 * _CALLS)

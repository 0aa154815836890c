"""Tracing one call of something that can't be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.flow.tracer import FunctionTracer

if TYPE_CHECKING:
    from collections.abc import Callable


def trace_legacy_system(legacy_function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Call a function and trace all that it does.

    Returns:
        ``result``, ``execution_flow``, ``called_functions`` and ``performance_data``.

    Raises:
        BaseException: what the function raises.
    """
    tracer = FunctionTracer()
    with tracer:
        result = legacy_function(*args, **kwargs)
    return {
        "result": result,
        "execution_flow": tracer.get_execution_flow(),
        "called_functions": tracer.get_function_list(),
        "performance_data": tracer.get_timing_data(),
    }

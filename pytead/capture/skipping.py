"""Calls that go unseen while a function waits for something new and is called often: most of them."""

from __future__ import annotations

from types import MethodType
from typing import Any

from pytead.capture.wrapping import TracedFunction


class _SkippingCall:
    """Decides whether a call is seen, and is off the stack when it runs."""

    def __get__(self, traced: TracedFunction | None, owner: object = None) -> Any:
        if traced is None:
            return self
        site, function = _both(traced)
        if site.skips > 0:
            site.skips -= 1
            return function
        return MethodType(TracedFunction.__call__, traced)


class SkippingFunction(TracedFunction):
    """A traced function that waits, and of whose calls few are seen."""

    __call__ = _SkippingCall()


_both = TracedFunction.__dict__["_self_both"].__get__
SkippingFunction.__name__ = SkippingFunction.__qualname__ = "function"
SkippingFunction.__module__ = "builtins"

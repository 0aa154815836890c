"""Functions of the standard library with others in their place, for what a verification process controls."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class StandIn:
    """What takes the place of a C function: unlike a Python function it isn't bound where it is an attribute.

    Args:
        original: what it stands for.
        function: what it does.
    """

    def __init__(self, original: Any, function: Callable[..., Any]) -> None:
        self.__name__ = original.__name__
        self.__qualname__ = original.__qualname__
        self.__module__ = original.__module__
        self.__doc__ = original.__doc__
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __reduce__(self) -> str:
        return str(self.__qualname__)

    def __copy__(self) -> StandIn:
        return self

    def __deepcopy__(self, memo: object) -> StandIn:
        return self


def replace(module: ModuleType, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
    """Put ``make(original)`` in the place of a function that the module may have."""
    original = getattr(module, name, None)
    if original is not None:
        setattr(module, name, StandIn(original, make(original)))


def replace_class_method(cls: type, name: str, function: Callable[..., Any]) -> bool:
    """Put a Python function in the place of a class method of a C class; whether this Python lets it."""
    try:
        import ctypes

        [members] = gc.get_referents(cls.__dict__)
        members[name] = classmethod(function)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))
    except (ImportError, AttributeError, TypeError, ValueError):
        return False
    return True

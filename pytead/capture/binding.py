"""Where a function's name is bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import MISSING, namespace_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.names import FunctionName


class Binding:
    """A place where a name is bound: a module's or a class's attribute.

    Attributes:
        owner: the module's globals, or the class.
        name: the attribute.
        holder: what is bound there: the wrapper itself, or the descriptor around it; ``MISSING`` for nothing.
    """

    __slots__ = ("holder", "name", "owner")

    def __init__(self, owner: dict[str, Any] | type, name: str, holder: Any) -> None:
        self.owner = owner
        self.name = name
        self.holder = holder

    def rebind(self, value: Any) -> None:
        """Bind the name to ``value``, past any ``__setattr__`` that a metaclass wrote."""
        owner: Any = self.owner
        if issubclass(type(owner), dict):  # isinstance would ask a metaclass for the class of a class
            owner[self.name] = value
        else:
            type.__setattr__(owner, self.name, value)


def bound(function: Callable[..., Any] | None, called: FunctionName) -> Binding | None:
    """What a function's name is bound to now, whatever that is; for a lambda, the name that it is part of."""
    namespace: Any = getattr(function, "__globals__", None)
    owner: Any = namespace
    *path, last = called.qualname.removesuffix(".<lambda>").split(".")
    for part in path:
        owner = namespace.get(part) if namespace is not None else None
        if not issubclass(type(owner), type):
            return None
        namespace = namespace_of(owner)
    if namespace is None:
        return None
    last = last if last in namespace else mangled(last, called.owner)
    return Binding(owner, last, namespace.get(last, MISSING))


def mangled(name: str, owner: str) -> str:
    """The attribute that a class keeps a private name under."""
    cls = owner.rpartition(".")[2].lstrip("_")
    if cls and name.startswith("__") and not name.endswith("__"):
        return f"_{cls}{name}"
    return name

"""What a name is bound to where it isn't the function itself: the descriptors that a class keeps functions in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytead.names import FunctionKind

_set_name: Any = vars(property).get("__set_name__")


def functions_in(holder: Any) -> tuple[tuple[FunctionKind, Any], ...]:
    """The functions that a descriptor of Python's own holds, each with how it is called; none for all else."""
    cls = type(holder)
    if cls is staticmethod:
        return (("staticmethod", holder.__func__),)
    if cls is classmethod:
        return (("classmethod", holder.__func__),)
    if cls is property:
        parts = ("property", holder.fget), ("setter", holder.fset), ("deleter", holder.fdel)
        return tuple((kind, part) for kind, part in parts if part is not None)  # type: ignore[misc]
    if cls is cached_property:
        return (("property", holder.func),)
    return ()


def replaced_in(holder: Any, old: Any, new: Any, owner: Any, name: str) -> Any:
    """What to bind ``owner``'s ``name`` to for ``holder`` to hold ``new`` instead of ``old``.

    Args:
        holder: the function itself, or one of the descriptors that ``functions_in`` knows.
        old: the function to replace.
        new: what takes its place.
        owner: the class, or the namespace of a module.
        name: the attribute.
    """
    if holder is old:
        return new
    if type(holder) is cached_property:
        holder.func = new
        return holder
    if type(holder) is not property:
        return type(holder)(new)
    parts: tuple[Any, ...] = (holder.fget, holder.fset, holder.fdel)
    fget, fset, fdel = (new if part is old else part for part in parts)
    made = property(fget, fset, fdel, holder.__doc__)
    if _set_name is not None and not isinstance(owner, dict):
        _set_name(made, owner, name)
    return made

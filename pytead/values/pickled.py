"""The plain pickle of a value that no source can be written for, where a person allows that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.values.encode import encode
from pytead.values.nodes import Atom, Buffer, Call, Items, Node, Pairs, Reference
from pytead.values.parts import children, copied
from pytead.values.permitted import is_standard, may_call, may_make, may_name

if TYPE_CHECKING:
    from pytead.values.syntax import CannotRender

_MACHINERY = frozenset(
    {"copyreg.__newobj__", "copyreg.__newobj_ex__", "copyreg._reconstructor", "_codecs.encode"}
)


def plain_pickle(node: Node, refusal: CannotRender) -> bytes | None:
    """The pickle of a value that was refused; None if it is no case for one.

    It is one where the value is made by a function of a package, or is an array that source is no place for. What the
    standard library may not be asked for, a pickle may not ask it for either.
    """
    if not isinstance(node, Call):
        return None
    is_array = node.function.module.partition(".")[0] == "numpy"
    if refusal.slug not in (
        ("value-array", "value-too-large") if is_array else ("value-forbidden", "value-array")
    ):
        return None
    (whole,) = copied([node])
    seen: set[int] = set()
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Reference):
            if not _may_load(part):
                return None
            part.kind = "global"
        elif isinstance(part, Call):
            if (part.kwargs and not part.is_new) or not _may_load(part.function):
                return None
            part.function = Reference(part.function.module, part.function.qualname)
        elif not isinstance(part, (Atom, Buffer, Items, Pairs)):
            return None
        waiting += children(part)
    try:
        return encode(whole)
    except ValueError:
        return None


def _may_load(found: Reference) -> bool:
    module, qualname = found.module, found.qualname
    if not is_standard(module):
        return may_name(module, qualname) and bool(qualname)
    return found.dotted in _MACHINERY or may_call(module, qualname) or may_make(module, qualname)

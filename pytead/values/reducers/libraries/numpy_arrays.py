"""What numpy pickles by Python code: masked arrays, and generators of random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.values.marks import call
from pytead.values.reducers.names import NO_KWARGS, Reduction, made_by

if TYPE_CHECKING:
    from collections.abc import Callable


def _masked(value: Any) -> Reduction:
    kwargs = {"mask": value.mask}
    if value._fill_value is not None:
        kwargs["fill_value"] = value.fill_value
    return made_by("numpy.ma:MaskedArray", value.data, **kwargs)


def _generator(value: Any) -> Reduction:
    """Of the state that it has come to: ``np.random.Generator(restore(np.random.PCG64(0), ...))``."""
    return made_by("numpy.random:Generator", value.bit_generator)


def _bit_generator(value: Any) -> Reduction:
    return call, (f"numpy.random:{type(value).__name__}", (0,), NO_KWARGS), value.state


def _random_state(value: Any) -> Reduction:
    return call, ("numpy.random:RandomState", (0,), NO_KWARGS), value.get_state(legacy=False)


_HANDLERS: dict[str, Callable[[Any], Reduction]] = {
    "MaskedArray": _masked,
    "Generator": _generator,
    "RandomState": _random_state,
    **dict.fromkeys(("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"), _bit_generator),
}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    return _HANDLERS.get(key[1]) if cls is base else None

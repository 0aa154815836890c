"""The names that a frozen value uses for what plain pickle opcodes can't say.

The freezer writes a reduction whose callable is one of these; the reader in ``tree`` recognises it by its
name. None of them is ever called: a frozen value is only read symbolically.

Classes and functions are written as text, ``"module:qualname"``, so that freezing imports nothing.
"""

from __future__ import annotations

from typing import NoReturn

CONSTRUCTOR = 1
"""Flag of ``instance``: calling the class with the attributes as keywords gives an equal object."""

VALUE_EQUALITY = 2
"""Flag of ``instance``: the class compares all its fields by value."""

CONTENT = 4
"""Flag of ``instance``: the state is ``(attributes or None, content)``, where content is what the builtin base
holds: a list, dict, tuple, str, ...; for an exception its ``args``."""


class FrozenMark:
    """Stands in a frozen value and is never instantiated."""

    def __new__(cls, *args: object) -> NoReturn:
        raise TypeError(f"{cls.__name__} marks a place in a frozen value; it can't be called")


class instance(FrozenMark):  # noqa: N801 - reads as a word in the byte stream
    """``instance("module:qualname", flags)`` with state ``{attribute: value}``; see the flags above."""


class made(FrozenMark):  # noqa: N801
    """``made(class, "module:qualname", flags)``: as ``instance``, of a class that is a value by its source."""


class member(FrozenMark):  # noqa: N801
    """``member("module:qualname", ("NAME", ...))``: an enum member, or several joined by ``|``."""


class reference(FrozenMark):  # noqa: N801
    """``reference("module:qualname", kind)``: reachable by name; kind is ``class``, ``function``, ``module``
    (then without the colon) or ``constant``."""


class call(FrozenMark):  # noqa: N801
    """``call("module:qualname", args, kwargs)``: a call of a class or known factory that gives an equal value."""


class function(FrozenMark):  # noqa: N801
    """``function(module, code name, "3.12:checksum", qualname, file, line)``: a function by its source.

    The state is None, or a dict with any of ``closure`` (variable to ``cell``), ``defaults``, ``kwdefaults`` and
    ``attributes``. A class has ``methods`` (``name:checksum`` of each), ``constants`` (its plain attributes) and, as
    ``attributes``, the bases that are such classes.
    """


class cell(FrozenMark):  # noqa: N801
    """``cell()`` with state ``(content,)``: a variable that functions share."""


class begun(FrozenMark):  # noqa: N801
    """``begun(function, args, kwargs)``: a generator or coroutine that was made by that call and hasn't started."""


class opaque(FrozenMark):  # noqa: N801
    """``opaque("module.qualname of the type", "slug", "reason")``: a value that can't be rebuilt."""

"""How functions are named."""

from __future__ import annotations

from typing import Literal, NamedTuple

FunctionKind = Literal["function", "method", "classmethod", "staticmethod", "property", "setter", "deleter"]
"""What a recorded function is: it decides how a test calls it. A property is its getter."""

RECEIVING: frozenset[str] = frozenset({"method", "classmethod", "property", "setter", "deleter"})
"""The kinds whose first positional argument is the receiver."""


class FunctionName(NamedTuple):
    """The module a function is imported from and its qualified name inside it; empty for the module itself.

    The module is the one that a test can import: a function of a script ``main.py`` that ran as ``__main__``
    is named ``FunctionName("main", "area")``.
    """

    module: str
    qualname: str

    @property
    def dotted(self) -> str:
        """``module.qualname``, as shown to people and matched by patterns."""
        return f"{self.module}.{self.qualname}" if self.qualname else self.module

    @property
    def name(self) -> str:
        """The last part of the qualified name."""
        return self.qualname.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """Qualified name of the class that a method is defined in; empty for a module-level function."""
        return self.qualname.rpartition(".")[0]

    @property
    def is_local(self) -> bool:
        """Whether the function was defined inside another function, where no test can reach it."""
        return "<locals>" in self.qualname


class Reach(NamedTuple):
    """How a test gets to a function that its own name doesn't lead to.

    Attributes:
        name: a qualified name of the function's module to start from.
        steps: what to do from there on, each ``(word, detail)``: ``attribute`` and a name; ``item`` and a plain key;
            ``named`` and the ``module:qualname`` of a class that is the key; ``raw`` and the name of what a class
            holds under it.
    """

    name: str
    steps: tuple[tuple[str, object], ...] = ()

    @property
    def text(self) -> str:
        """As it is stored; ``parse`` reads it back."""
        return repr(tuple(self))

    @classmethod
    def parse(cls, text: str) -> Reach:
        """Read what ``text`` gave.

        Raises:
            ValueError: it is none of that.
        """
        from ast import literal_eval

        try:
            name, steps = literal_eval(text)
            steps = tuple((str(word), detail) for word, detail in steps)
        except (TypeError, ValueError, SyntaxError, MemoryError, RecursionError):
            raise ValueError(f"{text[:80]!a} is no way to a function") from None
        if type(name) is not str or any(word not in _STEPS for word, _ in steps):
            raise ValueError(f"{text[:80]!a} is no way to a function")
        return cls(name, steps)


NO_REACH = "none"
"""Stored for a function that nothing leads to."""

_STEPS = frozenset({"attribute", "item", "named", "raw"})

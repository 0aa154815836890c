"""How functions are named."""

from __future__ import annotations

from typing import Literal, NamedTuple

FunctionKind = Literal["function", "method", "classmethod", "staticmethod", "property"]
"""What a recorded function is: it decides how a test reaches it."""


class FunctionName(NamedTuple):
    """The module a function is imported from and its qualified name inside that module.

    The module is the one that a test can import: a function of a script ``main.py`` that ran as ``__main__``
    is named ``FunctionName("main", "area")``.
    """

    module: str
    qualname: str

    @property
    def dotted(self) -> str:
        """``module.qualname``, as shown to people and matched by patterns."""
        return f"{self.module}.{self.qualname}"

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

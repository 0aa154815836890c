"""The shapes that tests can have. All are made of the parametrised form, the default, by rewriting its syntax trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ast

    from pytead.select.case import Case

DEFAULT = "parametrize"


@dataclass(slots=True)
class Suite:
    """The tests of one module.

    Attributes:
        body: its statements, imports apart.
        tests: what pytest calls each case inside the module to the case.
        imports: source of what the style imports besides.
        snapshots: what syrupy is to have stored: a snapshot's name to its text.
    """

    body: list[ast.stmt]
    tests: dict[str, Case]
    imports: list[str] = field(default_factory=list)
    snapshots: dict[str, str] = field(default_factory=dict)


class Style(Protocol):
    """A shape of tests."""

    def restyle(self, suite: Suite) -> Suite:
        """The same tests in this shape.

        Args:
            suite: in the parametrised form; its nodes may be changed.
        """


class Parametrized:
    """A function with a table of cases for each thing that is shown; a case with shared values has one for itself."""

    def restyle(self, suite: Suite) -> Suite:
        """As it is."""
        return suite


def style_of(name: str) -> Style:
    """The style that ``--style`` names."""
    if name == "unittest":
        from pytead.codegen.styles.unittest import Unittest

        return Unittest()
    if name == "syrupy":
        from pytead.codegen.styles.syrupy import Syrupy

        return Syrupy()
    return Parametrized()

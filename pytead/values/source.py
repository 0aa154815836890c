"""Nodes to source: ``ast`` expressions and the imports they need.

Nothing a store holds becomes text here: strings end up in ``ast.Constant``, names are checked, and what may
be named or called is decided by ``permitted``. Nothing is imported or called.
"""

from __future__ import annotations

import builtins
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytead.values.equality import has_plain_equality
from pytead.values.imports import ImportTable
from pytead.values.permitted import (
    PUBLIC_MODULES,
    PUBLIC_NAMES,
    forbidden,
    is_standard,
    may_make,
    may_name,
)
from pytead.values.sharing import needs_names
from pytead.values.syntax import CannotRender, is_dotted
from pytead.values.writer import Writer

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytead.values.nodes import Node, Reference
    from pytead.values.originals import Originals

__all__ = ["CannotRender", "Renderer", "has_plain_equality", "needs_names"]

LIMIT = 20_000
"""Characters that the values of one call may take."""

LIMIT_OF_FILES = 1_000_000
"""The same where long values move to files of their own."""


class Renderer:
    """Renders the values of one generated module; owns its import table, so that names are imported once.

    Args:
        reserved: names the module uses itself, such as ``args`` and ``expected``.
        limit: characters that one ``expression`` or ``named`` may give.
        modules: module names to be written differently, such as ``{"__main__": "main"}``.
        originals: where the source of functions is found that are values by it; None for nowhere.
        pickles: gives the expression that loads a pickle, given also a word for it; None where nothing may be pickled.

    Attributes:
        classes: ``(module, qualname)`` of all that the text calls, makes anew or takes an attribute of as a
            class, apart from the standard library; to be proven before the text is run.
    """

    def __init__(
        self,
        reserved: Iterable[str] = (),
        limit: int = LIMIT,
        modules: Mapping[str, str] | None = None,
        originals: Originals | None = None,
        pickles: Callable[[bytes, str], ast.expr] | None = None,
    ) -> None:
        self.originals = originals
        self.pickles = pickles
        self.classes: set[tuple[str, str]] = set()
        self._imports = ImportTable(reserved)
        self._limit = limit
        self._modules = dict(modules or {})

    def expression(self, node: Node) -> ast.expr:
        """One expression; what the node holds twice is written twice. Raises ``CannotRender``."""
        with self._attempt():
            return Writer(self, self._limit).write(node)

    def named(self, nodes: Sequence[Node]) -> tuple[list[ast.stmt], list[ast.expr]]:
        """Statements that make what the nodes share, what holds itself and what nests too deep, then an
        expression for each node. The variables are for one scope. Raises ``CannotRender``."""
        with self._attempt():
            return Writer(self, self._limit).write_named(nodes)

    def reference(self, module: str, qualname: str) -> ast.expr:
        """Import a name, whatever it is, and give the expression; the module for an empty ``qualname``."""
        module = self._modules.get(module, module)
        if "<locals>" in qualname:
            raise CannotRender("value-local", f"{module}.{qualname} is defined inside a function")
        if not is_dotted(module) or (qualname and not is_dotted(qualname)):
            raise CannotRender("value-name", f"{module}.{qualname} is not a name that can be imported")
        if "__main__" in module.split("."):
            raise CannotRender("value-main", f"importing {module} would run the program again")
        return self._imports.refer(module, qualname)

    def imports(self) -> list[ast.stmt]:
        """The import statements so far: standard library, third party, the rest; sorted in each."""
        return self._imports.statements()

    def permitted(self, node: Reference) -> ast.expr:
        """A name that a value holds. Raises ``CannotRender`` if it may not be one."""
        module = PUBLIC_MODULES.get(node.module, node.module)
        qualname = PUBLIC_NAMES.get((module, node.qualname), node.qualname)
        if not may_name(module, qualname):
            raise forbidden(node, "named")
        self._prove_owners(module, qualname)
        return self.reference(module, qualname)

    def cls(self, node: Reference, used: str = "made") -> ast.expr:
        """A class that the text makes objects of."""
        module = PUBLIC_MODULES.get(node.module, node.module)
        if is_standard(module):
            if not may_make(module, node.qualname):
                raise forbidden(node, used)
            return self.reference(module, node.qualname)
        if node.kind in ("function", "module", "constant") or not may_name(module, node.qualname):
            raise forbidden(node, used)
        expression = self.reference(module, node.qualname)
        self.prove(module, node.qualname)
        return expression

    def prove(self, module: str, qualname: str) -> None:
        """Leave it to verification to prove that this is a class, and what it is reached through too."""
        self._prove_owners(module, qualname)
        self.classes.add((self._modules.get(module, module), qualname))

    def _prove_owners(self, module: str, qualname: str) -> None:
        if not is_standard(module) and "." in qualname:
            self.prove(module, qualname.rpartition(".")[0])

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """What a value imported before it turned out impossible doesn't stay."""
        imports, classes = self._imports.copy(), set(self.classes)
        try:
            yield
        except (CannotRender, RecursionError) as error:
            self._imports, self.classes = imports, classes
            if isinstance(error, RecursionError):
                raise CannotRender("value-too-deep", "a value nests too deep to be written") from None
            raise

    def is_imported(self, identifier: str) -> bool:
        """Whether the name is one that the text imports."""
        return self._imports.is_bound(identifier)

    def is_free(self, identifier: str) -> bool:
        """Whether the name means nothing yet, neither in the module nor in any test of it."""
        return self._imports.is_free(identifier)

    def is_global(self, identifier: str) -> bool:
        """Whether the name means the same all over the module: it is imported, a builtin or the module's own."""
        return self.is_imported(identifier) or hasattr(builtins, identifier) or identifier == "__file__"

    def is_taken(self, identifier: str) -> bool:
        """Whether a variable of that name would hide something."""
        return self._imports.is_taken(identifier)

    def reserve(self, identifier: str) -> None:
        """Keep the name of a variable from being imported."""
        self._imports.reserve(identifier)

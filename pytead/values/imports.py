"""The names that a generated module imports."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import TYPE_CHECKING

from pytead.values.permitted import is_standard
from pytead.values.syntax import attribute, name

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUALIFIED = frozenset(
    (
        "ast",
        "asyncio",
        "email",
        "inspect",
        "itertools",
        "json",
        "logging",
        "math",
        "operator",
        "os.path",
        "random",
        "re",
        "statistics",
        "sympy",
        "sys",
        "time",
    )
)
"""Modules whose names read better with the module in front."""

_ALIASES = {
    "PIL.Image": "Image",
    "lxml.etree": "etree",
    "numpy": "np",
    "pandas": "pd",
    "polars": "pl",
    "pyarrow": "pa",
    "xml.etree.ElementTree": "ET",
}
_COLLECTED = frozenset(("setup", "teardown", "setUpModule", "tearDownModule", "load_tests"))
_COLLECTED_STARTS = ("test", "Test", "pytest_", "setup_", "teardown_")


class ImportTable:
    """Gives every imported thing one name, the same one each time.

    Args:
        reserved: names that the module uses itself.
    """

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = {*reserved, *dir(builtins)}
        self._variables: set[str] = set()
        self._bound: dict[str, tuple[str, str]] = {}  # name -> (module, name in it or empty)
        self._names: dict[tuple[str, str], str] = {}
        self._packages: dict[str, str] = {}  # module -> the name bound by a plain ``import a.b``

    def is_taken(self, identifier: str) -> bool:
        """Whether the name means something else already."""
        return identifier in self._reserved or identifier in self._bound or keyword.iskeyword(identifier)

    def is_bound(self, identifier: str) -> bool:
        """Whether the name is one that is imported."""
        return identifier in self._bound

    def reserve(self, identifier: str) -> None:
        """Keep the name of some scope's variable from being imported."""
        self._variables.add(identifier)

    def copy(self) -> ImportTable:
        """The table as it is now."""
        other = ImportTable()
        other._reserved = self._reserved
        other._variables, other._bound = set(self._variables), dict(self._bound)
        other._names, other._packages = dict(self._names), dict(self._packages)
        return other

    def refer(self, module: str, qualname: str) -> ast.expr:
        """Import what is needed and give the expression; a module for an empty ``qualname``."""
        first, *rest = qualname.split(".")
        if module == "builtins":
            return attribute(name(first), *rest)
        if not first:
            return self._module(module)
        bound = self._names.get((module, first))
        if bound is None and module not in _QUALIFIED and module not in _ALIASES and self.is_free(first):
            bound = first
            self._names[module, first] = bound
            self._bound[bound] = (module, first)
        if bound is not None:
            return attribute(name(bound), *rest)
        return attribute(self._module(module), first, *rest)

    def statements(self) -> list[ast.stmt]:
        """The import statements: standard library, then third party, then the rest; each sorted."""
        wanted = [(module, "", bound) for module, bound in self._packages.items()]
        wanted += [
            (module, first, bound)
            for bound, (module, first) in self._bound.items()
            if first or (module not in self._packages and bound not in self._packages.values())
        ]
        return import_statements(wanted)

    def is_free(self, identifier: str) -> bool:
        """Whether the name can be given to something: it means nothing, in no scope, and is no test's."""
        is_collected = identifier in _COLLECTED or identifier.startswith(_COLLECTED_STARTS)
        return not (is_collected or identifier in self._variables or self.is_taken(identifier))

    def _module(self, module: str) -> ast.expr:
        bound = self._names.get((module, ""))
        if bound is not None:
            return name(bound)
        if module in self._packages:
            return attribute(name(self._packages[module]), *module.split(".")[1:])
        top = module.partition(".")[0]
        wanted = _ALIASES.get(module)
        is_bound = self._bound.get(top) == (top, "") and top in self._packages.values()
        if wanted is None and (is_bound or self.is_free(top)):
            self._packages[module] = top
            self._bound[top] = (top, "")
            return attribute(name(top), *module.split(".")[1:])
        alias = stem = wanted or module.replace(".", "_")
        if not self.is_free(alias):
            stem = f"module_{stem}"
        alias, count = stem, 1
        while not self.is_free(alias):
            count += 1
            alias = f"{stem}_{count}"
        self._names[module, ""] = alias
        self._bound[alias] = (module, "")
        return name(alias)


def import_statements(wanted: Iterable[tuple[str, str, str]]) -> list[ast.stmt]:
    """The statements that bind some names: standard library, then third party, then the rest; each sorted.

    Args:
        wanted: module, the name in it (empty for the module itself) and what it is bound to; of a module that is
            bound by its first part, that part.
    """
    found: dict[tuple[int, int, str, str], ast.stmt] = {}
    members: dict[str, dict[str, str]] = {}
    for module, first, bound in wanted:
        if first:
            members.setdefault(module, {})[bound] = first
            continue
        alias = None if bound == module.partition(".")[0] else bound
        found[_section(module), 0, module, bound] = ast.Import([ast.alias(module, alias)])
    for module, names in members.items():
        aliases = [
            ast.alias(names[each], each if each != names[each] else None)
            for each in sorted(names, key=_by_kind)
        ]
        found[_section(module), 1, module, ""] = ast.ImportFrom(module, aliases, 0)
    return [statement for _, statement in sorted(found.items(), key=lambda pair: pair[0])]


def _section(module: str) -> int:
    if is_standard(module):
        return 0
    return 1 if module.partition(".")[0] in ("pytest", "pytead", *_ALIASES) else 2


def _by_kind(identifier: str) -> tuple[int, str]:
    """Constants, classes, functions: as import sorters order them."""
    if identifier.isupper() and len(identifier) > 1:
        return 0, identifier
    return (1 if identifier[:1].isupper() else 2), identifier

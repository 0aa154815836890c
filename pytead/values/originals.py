"""Where the source of a function that is a value comes from: the project's own files, never the store.

The store says a module, a file and a checksum of the code. The file is the one that importing the module would
run, searched for in the project and on ``sys.path`` as importing does it, but without importing; or else the
file that was noted, if it lies in the project and not in the store's own folder. Its text is parsed and compiled,
nothing more, and a definition in it is taken only if it compiles to code with that checksum. So whoever planted
a store can point at code that tests may import anyway, and at nothing else; and where a file has changed since the
recording, the function is refused instead of being taken for what it was.
"""

from __future__ import annotations

import ast
import os
import sys
import tokenize
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, NamedTuple

from pytead.values.bindings import Origin, bindings_of, names_bound
from pytead.values.checksum import checksum
from pytead.values.permitted import is_standard
from pytead.values.syntax import CannotRender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytead.values.sourced import Recipe

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.GeneratorExp)
_APART = 1 << 24
"""A line number beyond all files."""


class Original(NamedTuple):
    """A definition as it stands in the project.

    Attributes:
        node: the definition; not to be changed.
        owner: the class that it stands in, for private names; empty if in none.
        module: the source it is in.
    """

    node: Definition
    owner: str
    module: ModuleSource


class ModuleSource:
    """One parsed file."""

    def __init__(self, name: str, file: str, tree: ast.Module, code: CodeType) -> None:
        self.name = name
        self.is_package = os.path.basename(file) == "__init__.py"
        self.tree = tree
        self.bindings: dict[str, Origin] = bindings_of(tree, name, self.is_package)
        self._code = code
        self._codes: dict[tuple[str, str], set[int]] | None = None
        self._found: dict[tuple[str, str, int], Original | None] = {}

    @property
    def has_string_annotations(self) -> bool:
        """Whether annotations aren't evaluated, by ``from __future__ import annotations``."""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self.tree.body
        )

    def find(self, name: str, wanted: str, line: int) -> Original | None:
        """The definition whose code has that name and checksum; the one nearest to where it was."""
        key = (name, wanted, line)
        if key not in self._found:
            self._found[key] = self._search(name, wanted, line)
        return self._found[key]

    def _search(self, name: str, wanted: str, line: int) -> Original | None:
        lines = self._lines(name, wanted)
        found = [each for each in self._definitions.get(name, ()) if _line(each[0]) in lines]
        if not found:
            return None
        nearest = min((_line(node) for node, _ in found), key=lambda each: abs(each - line))
        found = [each for each in found if _line(each[0]) == nearest]
        if len(found) > 1:
            found = self._told_apart(found, wanted)
        return Original(*found[0], self) if found else None

    def find_class(self, recipe: Recipe) -> Original | None:
        """The class inside a function that has all the methods and plain attributes; the one nearest to its line."""
        found = [
            Original(node, owner, self)
            for node, owner, qualname in _classes(self.tree)
            if qualname == recipe.qualname and self._is_that(node, recipe)
        ]
        return min(found, key=lambda each: abs(_line(each.node) - recipe.line), default=None)

    def _is_that(self, node: ast.ClassDef, recipe: Recipe) -> bool:
        bodies = [
            each
            for each in _codes_in(self._code)
            if each.co_name == node.name and each.co_firstlineno == _line(node)
        ]
        inside = (each for body in bodies for each in body.co_consts if isinstance(each, CodeType))
        methods = {f"{each.co_name}:{checksum(each)}" for each in inside}
        if not methods.issuperset(recipe.methods or ()):
            return False
        recorded = dict(recipe.constants)
        return all(
            repr(recorded.get(name, value)) == repr(value)
            for each in node.body
            for name, value in _plain_attributes(each)
        )

    def at(self, qualname: str) -> Original | None:
        """The function that the module binds to a name or its class to an attribute, if it has no decorators."""
        body, owner = self.tree.body, ""
        *classes, name = qualname.split(".")
        for each in classes:
            inside = [node for node in body if isinstance(node, ast.ClassDef) and node.name == each]
            if len(inside) != 1:
                return None
            body, owner = inside[0].body, each
        if sum(name in names_bound([node]) for node in body) != 1:
            return None
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                return None if node.decorator_list else Original(node, owner, self)
        return None

    def class_at(self, qualname: str) -> ast.ClassDef | None:
        """The class that the module binds to a name, or one inside of it."""
        body = self.tree.body
        found = None
        for name in qualname.split("."):
            inside = [node for node in body if isinstance(node, ast.ClassDef) and node.name == name]
            if len(inside) != 1:
                return None
            found = inside[0]
            body = found.body
        return found

    def definitions(self, qualname: str) -> list[ast.stmt]:
        """All functions that bear the name, whatever decorators they have."""
        bodies: list[list[ast.stmt]] = [self.tree.body]
        *classes, name = qualname.split(".")
        for each in classes:
            bodies = [
                node.body
                for body in bodies
                for node in body
                if isinstance(node, ast.ClassDef) and node.name == each
            ]
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for body in bodies for node in body if isinstance(node, functions) and node.name == name]

    @cached_property
    def _definitions(self) -> dict[str, list[tuple[Definition, str]]]:
        """All functions, lambdas and generator expressions by name, each with the class that it stands in."""
        named: dict[str, list[tuple[Definition, str]]] = {}
        waiting: list[tuple[ast.AST, str]] = [(self.tree, "")]
        while waiting:
            node, owner = waiting.pop()
            if isinstance(node, _DEFINITIONS):
                named.setdefault(_name(node), []).append((node, owner))
            inner = node.name if isinstance(node, ast.ClassDef) else owner
            waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
        return named

    def _lines(self, name: str, wanted: str) -> set[int]:
        if self._codes is None:
            self._codes = {}
            for code in _codes_in(self._code):
                self._codes.setdefault((code.co_name, checksum(code)), set()).add(code.co_firstlineno)
        return self._codes.get((name, wanted), set())

    def _told_apart(self, found: list[tuple[Definition, str]], wanted: str) -> list[tuple[Definition, str]]:
        """Those of several on one line that have the checksum: each is compiled on a line of its own."""
        places = [(node, node.lineno, node.col_offset, node.end_lineno) for node, _ in found]
        try:
            for number, (node, _) in enumerate(found):
                node.lineno = node.end_lineno = _APART + number
                node.col_offset = 0
            code = compile(self.tree, "<apart>", "exec", dont_inherit=True)
        finally:
            for node, first, column, last in places:
                node.lineno, node.col_offset, node.end_lineno = first, column, last
        apart = {each.co_firstlineno - _APART for each in _codes_in(code) if checksum(each) == wanted}
        return [each for number, each in enumerate(found) if number in apart]


class Originals:
    """Finds definitions in the files of a project.

    Args:
        project: the project's folder, absolute.
        roots: folders inside of it that its modules are imported from, relative to it.
        excluded: folders whose files aren't the project's, such as that of the store.
        path: where else modules are searched for; ``sys.path`` if not given.
    """

    def __init__(
        self,
        project: str,
        roots: Iterable[str] = (),
        excluded: Iterable[str] = (),
        path: Iterable[str] | None = None,
    ) -> None:
        self._project = os.path.realpath(project)
        inside = [os.path.realpath(os.path.join(self._project, root)) for root in ("", *sorted(set(roots)))]
        self._excluded = [os.path.realpath(folder) for folder in excluded]
        self._path = [folder for folder in inside if self._is_own(folder)]
        self._path += [os.path.realpath(folder) for folder in (sys.path if path is None else path) if folder]
        self._sources: dict[tuple[str, str], ModuleSource | None] = {}

    def find(self, recipe: Recipe) -> Original:
        """The definition of a function. Raises ``CannotRender``."""
        version, _, wanted = recipe.checksum.partition(":")
        what = f"{recipe.qualname} (line {recipe.line} of {recipe.file})"
        if is_standard(recipe.module):
            raise CannotRender("value-forbidden", f"{what} belongs to the standard library")
        if version != VERSION:
            reason = f"{what} was recorded on Python {version[:9]}, and this is {VERSION}"
            raise CannotRender("value-source", reason)
        is_there = False
        for file in (self._file_of(recipe.module), self._noted(recipe.file)):
            source = self._source(recipe.module, file) if file else None
            found = None
            if source:
                is_class = recipe.methods is not None
                found = (
                    source.find_class(recipe) if is_class else source.find(recipe.name, wanted, recipe.line)
                )
            if found:
                return found
            is_there = is_there or source is not None
        if is_there:
            raise CannotRender("value-source", f"the source of {what} has changed since, or isn't what ran")
        raise CannotRender("value-source", f"the source of {what} is not in this project")

    def function(self, module: str, qualname: str) -> Original | None:
        """What a module of the project or a library defines under a name, if that is a plain function."""
        source = self._module(module)
        return source.at(qualname) if source else None

    def cls(self, module: str, qualname: str) -> ast.ClassDef | None:
        """The class that a module of the project or a library defines under a name."""
        source = self._module(module)
        return source.class_at(qualname) if source else None

    def definitions(self, module: str, qualname: str) -> list[ast.stmt]:
        """All functions that a module of the project or a library defines under a name."""
        source = self._module(module)
        return source.definitions(qualname) if source else []

    def _module(self, module: str) -> ModuleSource | None:
        file = "" if is_standard(module) else self._file_of(module)
        return self._source(module, file) if file else None

    def _file_of(self, module: str) -> str:
        """The file that importing the module would run."""
        folders = self._path
        parts = module.split(".")
        if not all(part.isidentifier() for part in parts):
            return ""
        for part in parts[:-1]:
            packages = [os.path.join(folder, part) for folder in folders]
            whole = [each for each in packages if os.path.isfile(os.path.join(each, "__init__.py"))]
            folders = whole[:1] or [each for each in packages if os.path.isdir(each)]
        for folder in folders:
            for file in (os.path.join(parts[-1], "__init__.py"), f"{parts[-1]}.py"):
                path = os.path.realpath(os.path.join(folder, file))
                if os.path.isfile(path) and not self._is_excluded(path):
                    return path
        return ""

    def _noted(self, file: str) -> str:
        path = os.path.realpath(os.path.join(self._project, file))
        return path if self._is_own(path) and path.endswith(".py") and os.path.isfile(path) else ""

    def _is_own(self, path: str) -> bool:
        return _is_in(path, self._project) and not self._is_excluded(path)

    def _is_excluded(self, path: str) -> bool:
        return any(_is_in(path, folder) for folder in self._excluded)

    def _source(self, module: str, file: str) -> ModuleSource | None:
        key = (module, file)
        if key not in self._sources:
            self._sources[key] = _parsed(module, file)
        return self._sources[key]


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _parsed(module: str, file: str) -> ModuleSource | None:
    import warnings

    try:
        with tokenize.open(file) as stream:
            text = stream.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, file)
            code = compile(tree, file, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return ModuleSource(module, file, tree, code)


def _codes_in(root: CodeType) -> Iterator[CodeType]:
    waiting = [root]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _classes(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, str, str]]:
    """All classes inside functions, each with the class that it stands in and its qualified name."""
    waiting: list[tuple[ast.AST, str, str]] = [(tree, "", "")]
    while waiting:
        node, owner, prefix = waiting.pop()
        if isinstance(node, ast.ClassDef):
            if "<locals>" in prefix:
                yield node, owner, prefix + node.name
            owner, prefix = node.name, f"{prefix}{node.name}."
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            prefix = f"{prefix}{node.name}.<locals>."
        elif isinstance(node, ast.Lambda):
            prefix = f"{prefix}<lambda>.<locals>."
        waiting += [(child, owner, prefix) for child in ast.iter_child_nodes(node)]


def _plain_attributes(node: ast.stmt) -> Iterator[tuple[str, object]]:
    """What a statement in the body of a class sets to a literal."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    value = getattr(node, "value", None)
    if isinstance(value, ast.Constant):
        yield from ((target.id, value.value) for target in targets if isinstance(target, ast.Name))


def _name(node: Definition) -> str:
    if isinstance(node, ast.Lambda):
        return "<lambda>"
    return "<genexpr>" if isinstance(node, ast.GeneratorExp) else node.name


def _line(node: Definition) -> int:
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno

"""Values that are too long to be read in a test: each moves to a file beside it, of the plainest format that gives
it back exactly.

Text goes to ``.txt``, what is JSON to ``.json``, tables to ``.csv``, long arrays of numbers to ``.npy``, all else to a
module of Python source with one name, ``value``. Files lie in ``data/<test module>/``, where ``pytead.replay.data``
finds them.
"""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

from pytead.codegen.generated import DataFile
from pytead.codegen.imports import grouped, names_in, used
from pytead.codegen.npy import npy
from pytead.codegen.tables import Table, table_of
from pytead.values import layout
from pytead.values.characters import is_shown
from pytead.values.syntax import attribute, call, name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import PurePosixPath

    from pytead.values.source import Renderer

FOLDER = "data"
"""Where data files lie, beside the tests."""

WIDTH = 100
_LONGEST_NAME = 60
_SPREAD = frozenset({"args", "kwargs", "args_after", "kwargs_after"})
"""Columns that hold several values."""

_OPEN = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.NamedExpr,
    ast.Await,
    ast.Yield,
)
_VALUES = (ast.Call, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.BinOp, ast.Constant)


class NotPlainError(Exception):
    """An expression that isn't what a format can hold."""


class DataWriter:
    """Takes long values out of the expressions of one test module.

    Args:
        module: its path, relative to the folder that the generation goes to.
        longest: characters that a value may take in the test; 0 for any number.
        renderer: what the module imports.
    """

    def __init__(self, module: PurePosixPath, longest: int, renderer: Renderer) -> None:
        self._folder = module.parent / FOLDER / module.stem
        self._longest = longest
        self._renderer = renderer
        self._names: dict[tuple[str, bytes], str] = {}

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The files so far."""
        files = [DataFile(self._folder / file, content) for (_, content), file in self._names.items()]
        return tuple(sorted(files, key=lambda file: file.path))

    def shortened(self, column: str, value: ast.expr, case: str) -> ast.expr:
        """The value of a column with calls of ``data`` in place of what is too long.

        Args:
            column: such as ``args``.
            value: may be changed.
            case: what the case is called, for the names of files.
        """
        if not self._longest:
            return value
        if column in _SPREAD and isinstance(value, (ast.Tuple, ast.Dict)):
            self._shorten_parts(value, f"{column}_{case}")
            return value
        return self._shortened(value, f"{column}_{case}")

    def pickled(self, pickle: bytes, word: str) -> ast.expr:
        """The expression that loads a pickle."""
        return self._loaded(word, ".pickle", pickle)

    def shorten_in(self, body: list[ast.stmt], case: str) -> None:
        """The same for all that the statements of a test hold."""
        for statement in body if self._longest else ():
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue  # a definition of the program's own
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.Assign) and isinstance(target, ast.Name):
                statement.value = self.shortened(target.id, statement.value, case)
                continue
            for inner in ("body", "orelse", "finalbody"):
                self.shorten_in(getattr(statement, inner, []), case)
            self._shorten_parts(statement, f"value_{case}")

    def _shortened(self, node: ast.expr, hint: str) -> ast.expr:
        if not _exceeds(node, self._longest):
            return node
        moved = self._as_data(node, hint)
        if moved is not None:
            return moved
        self._shorten_parts(node, hint)
        if isinstance(node, _VALUES) and self._is_closed(node) and _exceeds(node, self._longest):
            return self._as_source(node, hint)
        return node

    def _shorten_parts(self, node: ast.AST, hint: str) -> None:
        for field, held in ast.iter_fields(node):
            if isinstance(held, ast.expr):
                setattr(node, field, self._shortened(held, hint))
            elif isinstance(held, list):
                for place, each in enumerate(held):
                    if isinstance(each, ast.expr):
                        held[place] = self._shortened(each, hint)
                    elif isinstance(each, ast.keyword):
                        each.value = self._shortened(each.value, f"{hint}_{each.arg}" if each.arg else hint)

    def _as_data(self, node: ast.expr, hint: str) -> ast.expr | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            try:
                text = node.value if isinstance(node.value, str) else node.value.decode()
            except UnicodeDecodeError:
                return None
            if all(is_shown(each) or each in "\n\t" for each in text):
                loaded = self._loaded(hint, ".txt", text.encode())
                return loaded if isinstance(node.value, str) else call(attribute(loaded, "encode"))
        table = table_of(node)
        if table is not None:
            return self._as_table(table, hint)
        array = npy(node)
        if array is not None:
            return self._loaded(hint, ".npy", array)
        try:
            return self._loaded(hint, ".json", f"{json_text(plain(node))}\n".encode())
        except NotPlainError:
            return None

    def _as_table(self, table: Table, hint: str) -> ast.expr:
        """``pd.DataFrame(data(__file__, "rows.csv"))``, or a module with a few lines that make it of its columns."""
        loaded = self._loaded(hint, ".csv", table.text.encode())
        if table.is_whole:
            assert isinstance(table.node, ast.Call)
            return ast.Call(table.node.func, [loaded], [])
        if not self._is_closed(table.node, {"columns"}):
            return table.node
        return self._as_source(table.node, hint, [ast.Assign([ast.Name("columns", ast.Store())], loaded)])

    def _as_source(self, node: ast.expr, hint: str, before: Sequence[ast.stmt] = ()) -> ast.expr:
        body: list[ast.stmt] = [*before, ast.Assign([ast.Name("value", ast.Store())], node)]
        imports = used(self._renderer.imports(), names_in(body))
        text = layout.module(body, "A value of the test of the same name as this folder.", grouped(imports))
        return self._loaded(hint, ".py", text.encode())

    def _loaded(self, hint: str, suffix: str, content: bytes) -> ast.expr:
        file = self._names.get((suffix, content))
        if file is None:
            stem = re.sub(r"[^A-Za-z0-9_=-]+", "_", hint)[:_LONGEST_NAME].strip("_")
            taken = {each.casefold() for each in self._names.values()}
            file, count = f"{stem}{suffix}", 1
            while file.casefold() in taken:
                count += 1
                file = f"{stem}_{count}{suffix}"
            self._names[suffix, content] = file
        load = self._renderer.reference("pytead.replay", "data")
        return call(load, [name("__file__"), ast.Constant(file)])

    def _is_closed(self, node: ast.expr, own: Collection[str] = ()) -> bool:
        """Whether it means the same in another module that imports the same names."""
        for each in ast.walk(node):
            if isinstance(each, _OPEN):
                return False
            if isinstance(each, ast.Name) and each.id not in own and not self._renderer.is_global(each.id):
                return False
        return True


def _exceeds(node: ast.AST, room: int) -> bool:
    """Whether the source of an expression takes more than so many characters, about."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant):
            room -= len(each.value) if isinstance(each.value, (str, bytes)) else _digits(each.value)
        elif isinstance(each, (ast.Name, ast.Attribute)):
            room -= len(each.id if isinstance(each, ast.Name) else each.attr)
        elif isinstance(each, ast.keyword):
            room -= len(each.arg or "")
        room -= 2 if isinstance(each, (ast.expr, ast.keyword)) else 0
        if room < 0:
            return True
    return False


def _digits(value: object) -> int:
    return value.bit_length() // 3 if type(value) is int else len(repr(value))


def plain(node: ast.expr) -> Any:
    """What an expression gives, if JSON gives exactly that back. Raises ``NotPlainError``."""
    if isinstance(node, ast.Constant):
        value = node.value
        is_short = type(value) is not int or value.bit_length() < layout.LONGEST_DECIMAL
        if (value is None or type(value) in (bool, int, float, str)) and is_short:
            return value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = plain(node.operand)
        if type(value) in (int, float):
            return -value
    elif isinstance(node, ast.List):
        return [plain(each) for each in node.elts]
    elif isinstance(node, ast.Dict):
        keys = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
        if all(type(key) is str for key in keys) and len(set(keys)) == len(keys):
            return {key: plain(each) for key, each in zip(keys, node.values, strict=True)}
    raise NotPlainError


def json_text(value: Any, indent: int = 0) -> str:
    """JSON as a person would lay it out: on one line where it fits, numbers side by side."""
    flat = _flat(value)
    if indent + len(flat) <= WIDTH or not isinstance(value, (list, dict)) or not value:
        return flat
    margin = "\n" + " " * (indent + 2)
    if isinstance(value, dict):
        parts = []
        for key, each in value.items():
            start = f"{_string(key)}: "
            parts.append(start + json_text(each, indent + 2))
        inside, brackets = f",{margin}".join(parts), "{}"
    elif all(isinstance(each, (int, float)) for each in value):
        inside, brackets = _filled([_flat(each) for each in value], indent + 2), "[]"
    else:
        inside, brackets = f",{margin}".join(json_text(each, indent + 2) for each in value), "[]"
    return f"{brackets[0]}{margin}{inside}\n{' ' * indent}{brackets[1]}"


def _filled(parts: list[str], indent: int) -> str:
    lines, line = [], ""
    for part in parts:
        if line and indent + len(line) + len(part) + 3 > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line}, {part}" if line else part
    return f",\n{' ' * indent}".join([*lines, line])


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_string(key)}: {_flat(each)}' for key, each in value.items())}}}"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=not all(is_shown(each) or each in "\n\t\r" for each in value))

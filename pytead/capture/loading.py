"""Gets a module's marked code by way of its own loader, whichever that is.

``SourceFileLoader``
    its source is marked and compiled here, and kept for the next run.
a loader that compiles source in its own way (``source_to_code``)
    typeguard's, say, is given the marked syntax tree in the source's place; one that parses by itself, such as
    beartype's, when it does so.
``zipimporter``
    the source that it has is marked here.
any other (bytecode, extension modules, ciphers)
    the module is executed as always, and swept.
"""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from threading import get_ident
from typing import TYPE_CHECKING, Any
from zipimport import zipimporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType

    from pytead.capture.importhook import Instrument

_bootstrap: Any = sys.modules["importlib._bootstrap"]

COMPILE_ERRORS = (SyntaxError, ValueError, OSError, ImportError, RecursionError, MemoryError)
"""What reading and compiling a source may raise; the loader meets the same and says it in its own words."""

_ONLY_AST = 0x400
"""``ast.PyCF_ONLY_AST``."""

_COMPILED = ("ExtensionFileLoader", "BuiltinImporter", "NamespaceLoader", "_NamespaceLoader")
"""Loaders of modules that no Python code is in; C functions are counted one by one."""


def marked_code(loader: Any, name: str, instrument: Instrument) -> tuple[CodeType | None, str]:
    """The marked code of a module whose loader does no more than to execute its code, and why there is none.

    Without code and reason, no function of it is wanted.
    """
    try:
        if type(loader) is SourceFileLoader:
            file = loader.get_filename(name)
            return instrument.code(name, file, lambda: loader.get_data(file)), ""
        if type(loader) is zipimporter:
            source = loader.get_source(name)
            if source is not None:  # for the name of the file: an archived .pyc has that of its origin
                return instrument.code_through(name, loader.get_code(name).co_filename, source), ""
    except COMPILE_ERRORS as error:
        return None, f"compiling it with marks failed with {type(error).__name__}"
    if (loader.__name__ if isinstance(loader, type) else type(loader).__name__) in _COMPILED:
        return None, ""
    return None, "its source isn't at hand"


under_way: set[int] = set()
"""Ids of the modules that ``execute`` is at."""


def execute(
    loader: Any, module: ModuleType, name: str, instrument: Instrument, usual: Callable[[ModuleType], None]
) -> str:
    """Execute a module, marked if it can be.

    Args:
        loader: its loader.
        module: the module.
        name: its name.
        instrument: marks it.
        usual: executes it without us.

    Returns:
        why it wasn't marked; "" where it was, or need not be.

    Raises:
        BaseException: whatever the module or its loader raises.
    """
    code, why = instrument.code_of(loader, name)
    if code is not None:
        _bootstrap._call_with_frames_removed(exec, code, module.__dict__)
        return ""
    own = getattr(loader, "__dict__", None)
    marks = None
    if type(loader) is not SourceFileLoader and hasattr(loader, "source_to_code") and type(own) is dict:
        marks = _MarksWhileCompiling(loader, own, name, instrument)
    under_way.add(id(module))
    try:
        usual(module)
    finally:
        under_way.discard(id(module))
        if marks is not None:
            marks.end()
    if marks is None:
        return why
    return "" if marks.has_marked else "its loader compiles it in a way of its own"


class _MarksWhileCompiling:
    """Stands in for a loader's ``get_code`` while it executes one module.

    During its own ``get_code`` the loader finds no bytecode of an earlier run, stores none, and is given the marked
    tree to compile. If it can't do with that, it does what it always does.
    """

    def __init__(self, loader: Any, own: dict[str, Any], name: str, instrument: Instrument) -> None:
        self._loader = loader
        self._own = own
        self._name = name
        self._instrument = instrument
        self._thread = get_ident()
        self._get_code: Callable[[str], CodeType | None] = loader.get_code
        self._source_to_code = loader.source_to_code
        self._path_stats: Any = getattr(loader, "path_stats", None)
        self.has_marked = False
        own["get_code"] = self.get_code

    def end(self) -> None:
        """The module is executed, or has failed."""
        self._own.pop("get_code", None)

    def get_code(self, name: str) -> CodeType | None:
        if name != self._name or get_ident() != self._thread:
            return self._get_code(name)
        seams: dict[str, Any] = {"source_to_code": self._compile_marked}
        if self._path_stats is not None:
            seams["path_stats"] = self._no_stats
        self._own.update(seams)
        try:
            return self._get_code(name)
        except Exception:
            self.has_marked = False
        finally:
            for seam in seams:
                self._own.pop(seam, None)
        return self._get_code(name)

    def _no_stats(self, path: Any) -> Any:
        """What ``get_code`` asks before it reads or writes bytecode; it goes without where there is no answer."""
        if get_ident() == self._thread:
            raise FileNotFoundError(path)
        return self._path_stats(path)

    def _compile_marked(self, data: Any, path: Any = "<string>", *args: Any, **kwargs: Any) -> Any:
        if get_ident() == self._thread and not self.has_marked:
            self.has_marked = True

            def compile_tree(tree: Any) -> Any:
                try:
                    return self._source_to_code(tree, path, *args, **kwargs)
                except Exception:  # it wants text
                    return _compiled_by(self._source_to_code, tree, data, path, *args, **kwargs)

            return self._instrument.code_through(self._name, str(path), data, compile_tree)
        return self._source_to_code(data, path, *args, **kwargs)


def _compiled_by(
    source_to_code: Callable[..., CodeType], tree: Any, data: bytes, path: Any, *args: Any, **kwargs: Any
) -> CodeType:
    """The module's code from a loader that parses the source by itself: its ``compile`` gives it the marked tree.

    Raises:
        Exception: as the loader raises, or if it parses something else than the source.
    """
    namespace = getattr(source_to_code, "__func__", source_to_code).__globals__
    text = decode_source(data)
    parsed = False
    thread = get_ident()

    def parse(source: Any, filename: Any, mode: str, flags: int = 0, *more: Any, **named: Any) -> Any:
        nonlocal parsed
        own: Any = text if type(source) is str else data
        if type(source) in (str, bytes) and source == own and flags & _ONLY_AST and get_ident() == thread:
            parsed = True
            return tree
        if not more:  # it isn't to inherit what this module imports from the future
            named.setdefault("dont_inherit", True)
        return compile(source, filename, mode, flags, *more, **named)

    if "compile" in namespace:
        raise LookupError("compile")
    namespace["compile"] = parse
    try:
        code = source_to_code(data, path, *args, **kwargs)
    finally:
        del namespace["compile"]
    if not parsed:
        raise LookupError(text)
    return code

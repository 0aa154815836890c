"""A finder first on ``sys.meta_path`` that has the wanted functions of a module wrapped as it is imported.

The other finders find the module; only how its source is executed changes, and only for modules that a pattern
could match. The module keeps the loader and the spec that it would have had.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from pytead.capture import loading
from pytead.capture.hiding import hide

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType

_bootstrap: Any = sys.modules["importlib._bootstrap"]

TEST_MODULE = "test-module", "test modules and conftest files aren't the program"


class Instrument(Protocol):
    """What the hook asks about modules, and does to them."""

    def may_want(self, module: str, file: str | None) -> bool:
        """Whether a function of this module could be wanted."""

    def code_of(self, loader: Any, name: str) -> tuple[CodeType | None, str]:
        """What to execute for a module to have it recorded, and why there is nothing; see ``loading``."""

    def code(self, module: str, file: str, read: Callable[[], bytes]) -> CodeType | None:
        """The module's code with its wanted functions marked; None to leave the module to its own loader.

        Raises:
            SyntaxError, ValueError, RecursionError, MemoryError: as compiling it raises.
            OSError: as ``read``, which gives its source, raises.
        """

    def code_through(
        self,
        module: str,
        file: str,
        source: Any,
        compile_tree: Callable[[ast.Module], CodeType] | None = None,
    ) -> CodeType:
        """The same of source that is at hand; ``compile_tree`` may change the tree once it has its marks.

        Raises:
            Exception: as compiling it raises.
        """

    def leave(self, module: str, slug: str, reason: str) -> None:
        """Be told of a module that is left as it is, or can't be marked."""

    def is_named(self, module: str) -> bool:
        """Whether a pattern spells the module's name out."""

    def sweep(self, module: ModuleType) -> None:
        """Wrap what marking didn't see, after the module has run."""


class Finder:
    """Finds modules by asking the other finders."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, its loader replaced; None where the module isn't wanted."""
        if not self._instrument.may_want(name, None):
            return None
        spec = self._ask_others(name, path, target)
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return spec
        file = spec.origin if spec.has_location else None
        if not self._instrument.may_want(name, file or ""):
            return spec
        holder: Any = spec
        if _is_lazy(spec.loader):  # it puts off what its own loader does
            holder = spec.loader
        if is_test_module(name, file, holder.loader, self._instrument):
            self._instrument.leave(name, *TEST_MODULE)
        else:
            holder.loader = MarkingLoader(holder.loader, self._instrument, spec)
        return spec

    def _ask_others(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            if finder is self or find_spec is None:
                continue
            spec: ModuleSpec | None = find_spec(name, path, target)
            if spec is not None:
                return spec
        return None

    def invalidate_caches(self) -> None:
        """Nothing is cached here."""


class MarkingLoader:
    """Stands in for a module's loader until the module is executed; in all else that loader."""

    __slots__ = ("__weakref__", "_instrument", "_loader", "_spec")

    def __init__(self, loader: Any, instrument: Instrument, spec: ModuleSpec) -> None:
        set_own = object.__setattr__
        set_own(self, "_loader", loader)
        set_own(self, "_instrument", instrument)
        set_own(self, "_spec", spec)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._loader)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._loader, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._loader, name)

    def __dir__(self) -> Any:
        return dir(self._loader)

    def __repr__(self) -> str:
        return repr(self._loader)

    def __eq__(self, other: object) -> Any:
        return self._loader == (other._loader if type(other) is MarkingLoader else other)

    def __hash__(self) -> int:
        return hash(self._loader)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._loader.__reduce_ex__(protocol)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the module's own loader does it."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module with its wanted functions marked, then sweep it."""
        loader = self._loader
        self._give_back()
        namespace = namespace_of(module)
        if namespace.get("__loader__") is self:
            namespace["__loader__"] = loader
        name = namespace.get("__name__")
        if type(name) is not str:  # no module as we know them
            loader.exec_module(module)
            return
        _tell(
            self._instrument,
            name,
            loading.execute(loader, module, name, self._instrument, loader.exec_module),
        )
        self._instrument.sweep(module)

    @property
    def get_code(self) -> Callable[[str], CodeType | None]:
        """What gives the marked code to ``runpy``, which executes it as ``__main__``.

        A property, so that no frame of ours is in the traceback where the module's own loader raises.
        """
        self._give_back()
        code, _ = self._instrument.code_of(self._loader, self._spec.name)
        if code is not None:
            return lambda name: code
        return self._loader.get_code  # type: ignore[no-any-return]

    def _give_back(self) -> None:
        if self._spec.loader is self:
            self._spec.loader = self._loader


# Tracebacks leave out importlib's own frames; ours stand between them and count as such.
hide(MarkingLoader.exec_module)
hide(loading.execute)


def namespace_of(module: object) -> dict[str, Any]:
    """A module's namespace, past any ``__getattribute__`` that would load it; empty for what is no module."""
    if not issubclass(type(module), ModuleType):
        return {}
    namespace: dict[str, Any] = vars(ModuleType)["__dict__"].__get__(module)
    return namespace


def _is_lazy(loader: object) -> bool:
    util = sys.modules.get("importlib.util")
    return util is not None and issubclass(type(loader), util.LazyLoader)


def is_test_module(name: str, file: str | None, loader: Any, instrument: Instrument) -> bool:
    """Whether a test runner loads the module as one of its tests, or as ``conftest.py``."""
    if type(loader).__module__ == "_pytest.assertion.rewrite":
        # Its hook also sees to plugins and what ``register_assert_rewrite`` names, which are the program's.
        registered = getattr(loader, "_must_rewrite", ())
        return not any(name == one or name.startswith(one + ".") for one in list(registered))
    if file is None or not ("_pytest" in sys.modules or "unittest" in sys.modules):
        return False
    stem, _ = os.path.splitext(os.path.basename(file))
    is_test = stem == "conftest" or stem.startswith("test_") or stem.endswith("_test")
    return is_test and not instrument.is_named(name)


def _tell(instrument: Instrument, name: str, why: str) -> None:
    if why:
        instrument.leave(
            name, "not-marked", f"{why}, so only functions that nothing but their names hold were wrapped"
        )


def install(instrument: Instrument) -> Callable[[], None]:
    """Put the finder first on ``sys.meta_path``, and watch modules that a program loads by hand.

    Returns:
        what takes both away again.
    """
    finder = Finder(instrument)
    sys.meta_path.insert(0, finder)
    stop = _watch_loading_by_hand(instrument)

    def uninstall() -> None:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
        stop()

    return uninstall


def _watch_loading_by_hand(instrument: Instrument) -> Callable[[], None]:
    """Mark what a loader of importlib's executes although our finder wasn't asked.

    So plugins are loaded (``spec_from_file_location``, ``module_from_spec``, ``spec.loader.exec_module(module)``), and
    modules whose finder was put before ours, such as typeguard's.
    """
    owner: Any = next(cls for cls in SourceFileLoader.__mro__ if "exec_module" in vars(cls))
    usual: Any = owner.exec_module

    def exec_module(self: Any, module: Any) -> None:
        namespace = namespace_of(module)
        name, file = namespace.get("__name__"), namespace.get("__file__")
        if (
            id(module) in loading.under_way
            or type(name) is not str
            or not instrument.may_want(name, file or "")
        ):
            usual(self, module)
        elif is_test_module(name, file, self, instrument):
            instrument.leave(name, *TEST_MODULE)
            usual(self, module)
        else:
            _tell(instrument, name, loading.execute(self, module, name, instrument, partial(usual, self)))
            instrument.sweep(module)

    exec_module.__code__ = exec_module.__code__.replace(co_filename=usual.__code__.co_filename)
    exec_module.__qualname__ = usual.__qualname__
    exec_module.__module__ = usual.__module__
    exec_module.__doc__ = usual.__doc__
    owner.exec_module = exec_module

    def stop() -> None:
        if owner.exec_module is exec_module:
            owner.exec_module = usual

    return stop

"""A finder first on ``sys.meta_path`` that has the wanted functions of a module wrapped as it is imported.

The other finders find the module; only how its source is executed changes, and only for modules that a pattern
could match. The module keeps the loader and the spec that it would have had.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

_bootstrap: Any = sys.modules["importlib._bootstrap"]


class Instrument(Protocol):
    """What the hook asks about modules, and does to them."""

    def may_want(self, module: str, file: str | None) -> bool:
        """Whether a function of this module could be wanted."""

    def code_of(self, loader: Any, name: str) -> CodeType | None:
        """A module's code with what is needed to record it; None to leave the module to its own loader.

        Raises:
            SyntaxError, ValueError, OSError, ImportError, RecursionError, MemoryError: the module can't be loaded.
        """

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
        if type(spec.loader).__module__ == "_pytest.assertion.rewrite":
            return spec  # test modules and conftest files aren't the program
        file = spec.origin if spec.has_location else None
        if self._instrument.may_want(name, file or ""):
            spec.loader = MarkingLoader(spec.loader, self._instrument, spec)  # type: ignore[assignment]
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

    def __init__(self, loader: Any, instrument: Instrument, spec: ModuleSpec) -> None:
        self._loader = loader
        self._instrument = instrument
        self._spec = spec

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the module's own loader does it."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module with its wanted functions marked, then sweep it."""
        loader = self._loader
        self._spec.loader = loader
        if getattr(module, "__loader__", None) is self:
            module.__loader__ = loader
        code = self._marked_code(module.__name__)
        if code is None:
            loader.exec_module(module)
        else:
            _bootstrap._call_with_frames_removed(exec, code, module.__dict__)
        self._instrument.sweep(module)

    def get_code(self, name: str) -> CodeType | None:
        """The marked code, for ``runpy``, which executes it as ``__main__``."""
        self._spec.loader = self._loader
        code = self._marked_code(name)
        if code is not None:
            return code
        found: CodeType | None = self._loader.get_code(name)
        return found

    def _marked_code(self, name: str) -> CodeType | None:
        try:
            return self._instrument.code_of(self._loader, name)
        except (SyntaxError, ValueError, OSError, ImportError, RecursionError, MemoryError):
            return None  # the loader meets the same and says it in its own words


# Tracebacks leave out importlib's own frames; ours stands between them and counts as one.
MarkingLoader.exec_module.__code__ = MarkingLoader.exec_module.__code__.replace(
    co_filename=_bootstrap._call_with_frames_removed.__code__.co_filename
)


def install(instrument: Instrument) -> Callable[[], None]:
    """Put the finder first on ``sys.meta_path``.

    Returns:
        what takes it away again.
    """
    finder = Finder(instrument)
    sys.meta_path.insert(0, finder)

    def uninstall() -> None:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)

    return uninstall

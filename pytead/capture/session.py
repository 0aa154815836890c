"""Recording a whole program: targets, import hook and store brought together, from start to summary."""

from __future__ import annotations

import ast
import os
import sys
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.capture import importhook, marking
from pytead.capture.marking import Definition, Marks
from pytead.capture.origins import is_library
from pytead.capture.site import is_plain_function
from pytead.capture.sweep import sweep
from pytead.names import FunctionKind, FunctionName

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.capture.recorder import Recorder
    from pytead.records import FunctionTally
    from pytead.targets import TargetSet


class RunSummary(NamedTuple):
    """What a process recorded.

    Attributes:
        run: id of the run.
        tallies: each function that was called.
        unmatched: patterns that matched no function, each with the nearest names that were seen.
        held: functions that are left alone, as something else than their name holds them.
        unwatched: special methods that are never wrapped.
        storage: the store's folder, as given.
        engine: how calls were seen.
        engine_chosen_by: what said so: a flag, a variable, a key with its file, or ``default``.
    """

    run: str
    tallies: list[FunctionTally]
    unmatched: dict[str, tuple[str, ...]]
    held: tuple[FunctionName, ...]
    unwatched: tuple[FunctionName, ...]
    storage: str
    engine: str
    engine_chosen_by: str


class Session:
    """Records the functions that ``targets`` select, from ``start`` until ``finish``.

    Args:
        targets: the patterns.
        recorder: where calls go.
        storage: the store's folder as given, for the summary.
        chosen_by: what said which engine to use, for the summary.
    """

    engine = "wrap"

    def __init__(
        self, targets: TargetSet, recorder: Recorder, storage: str = "", chosen_by: str = "default"
    ) -> None:
        self._targets = targets
        self._recorder = recorder
        self._storage = storage
        self._chosen_by = chosen_by
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._matched: set[str] = set()
        self._seen: set[str] = set()
        self._held: set[FunctionName] = set()
        self._unwatched: set[FunctionName] = set()
        self._watched: set[FunctionName] = set()
        self._uninstall: Callable[[], None] | None = None
        self._process = os.getpid()

    def start(self) -> None:
        """Watch imports from now on, and wrap what is imported already."""
        self._uninstall = importhook.install(self)
        for name, module in list(sys.modules.items()):
            if name == "__main__" or type(module) is not ModuleType:
                continue
            if self.may_want(name, file_of(module) or ""):
                self.sweep(module)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    def name_main(self, name: str, refusal: tuple[str, str] | None = None) -> None:
        """Tell what tests import the program's own module as, and why they can't if so."""
        self._aliases[name] = ("__main__",)
        self._aliases["__main__"] = (name,)
        self._recorder.name_main(name, refusal)

    def compile_main(self, tree: ast.Module, file: str, name: str) -> CodeType:
        """The program's own code, to be executed as ``__main__``, with its wanted functions marked.

        Raises:
            SyntaxError, ValueError: as compiling the tree raises.
        """
        if not self.may_want(name, file):
            return compile(tree, file, "exec", dont_inherit=True)
        return self._compile(tree, file, name)

    def finish(self) -> RunSummary | None:
        """Stop watching imports, write the tallies, and tell what was recorded; None in a fork of the process."""
        if self._uninstall is not None:
            self._uninstall()
        if not self.is_own_process():
            self._recorder.close()
            return None
        unmatched = self._unmatched()
        self._recorder.close(unmatched)
        held = tuple(sorted(self._held - self._watched))
        unwatched = tuple(sorted(self._unwatched))
        return RunSummary(
            self._recorder.run,
            self._recorder.tallies(),
            unmatched,
            held,
            unwatched,
            self._storage,
            self.engine,
            self._chosen_by,
        )

    def is_own_process(self) -> bool:
        """Whether this is the process that the session was started in, not a fork of it."""
        return os.getpid() == self._process

    # What the import hook asks.

    def may_want(self, module: str, file: str | None) -> bool:
        """Whether a function of this module could be wanted; ``file`` None where it isn't known yet."""
        names = (module, *self._aliases.get(module, ()))
        if file is None:
            return any(self._targets.may_match(name, False) for name in names)
        return any(self._targets.may_match(name, is_library(module, file or None)) for name in names)

    def code_of(self, loader: Any, name: str) -> CodeType | None:
        """The module's code with its wanted functions marked."""
        # A loader that compiles in its own way (pytest's assertion rewriting, a cipher) keeps doing so.
        if type(loader) is not SourceFileLoader:
            return None
        from pytead.capture.pycache import has_current_bytecode

        file = loader.get_filename(name)
        source = loader.get_data(file)
        if not has_current_bytecode(file):
            return self._compile(ast.parse(source, file), file, name)
        import warnings

        # Bare, the module would come from its bytecode, and say nothing about its source.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._compile(ast.parse(source, file), file, name)

    def sweep(self, module: ModuleType) -> None:
        """Wrap what marking didn't see."""
        name = module.__name__
        library = is_library(name, file_of(module))

        def wrap(function: FunctionType, qualname: str, kind: FunctionKind) -> Any:
            return self._recorder.wrap(function, name, qualname, kind)

        def held(qualname: str) -> None:
            self._held.add(FunctionName(self._recorder.module_name(name), qualname))

        sweep(module, lambda qualname: self._wants(name, qualname, library), wrap, held)

    def _compile(self, tree: ast.Module, file: str, module: str) -> CodeType:
        library = is_library(module, file)
        shown = self._recorder.module_name(module)

        def wants(definition: Definition) -> bool:
            if not self._wants(module, definition.qualname, library):
                return False
            if definition.refusal is None or definition.refusal[0] != marking.UNWATCHED:
                return True
            self._unwatched.add(FunctionName(shown, definition.qualname))
            return False

        def inner(made: Any, definition: Definition) -> Any:
            if not is_plain_function(made):
                return made
            return self._recorder.wrap(made, module, definition.qualname, definition.kind, definition.refusal)

        def outer(made: Any, definition: Definition) -> Any:
            # What the decorator also gave to someone else stays the one object that it is.
            if not is_plain_function(made) or not marking.is_unheld(made):
                return made
            return self._recorder.wrap_decorated(made, module, definition.qualname, definition.kind)

        code, wanted = marking.compile_marked(tree, file, wants, Marks(inner, outer))
        self._watched.update(FunctionName(shown, definition.qualname) for definition in wanted)
        return code

    def _wants(self, module: str, qualname: str, library: bool) -> bool:
        name = FunctionName(module, qualname)
        decision = self._targets.decide(name, is_library=library, aliases=self._aliases.get(module, ()))
        self._seen.add(name.dotted)
        if decision.selected and decision.pattern is not None:
            self._matched.add(decision.pattern)
        return decision.selected

    def _unmatched(self) -> dict[str, tuple[str, ...]]:
        missing = [p for p in self._targets.patterns if p not in self._matched and not p.startswith("!")]
        if not missing:
            return {}
        from pytead.targets import nearest

        return {pattern: nearest(pattern, sorted(self._seen)) for pattern in missing}

    def _after_fork(self) -> None:
        self._recorder.after_fork()


def file_of(module: ModuleType) -> str | None:
    file = vars(module).get("__file__")  # not getattr: a module may have a __getattr__ of its own
    return file if type(file) is str else None

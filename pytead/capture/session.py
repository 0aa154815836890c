"""Recording a whole program: targets, import hook and store brought together, from start to summary."""

from __future__ import annotations

import ast
import os
import sys
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytead.capture import importhook, marking, switch
from pytead.capture.importhook import TEST_MODULE, is_test_module, namespace_of
from pytead.capture.loading import marked_code
from pytead.capture.marking import Definition, MarkedCode, Marks
from pytead.capture.onlookers import ONLOOKER, Onlookers
from pytead.capture.pycache import Kept, MarkedCache, has_current_bytecode
from pytead.capture.sweep import compiled_functions, sweep
from pytead.capture.wrapping import TracedFunction
from pytead.libraries import is_library
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
        left_alone: slug and reason to the functions that were never wrapped, and to the modules of which some weren't.
        storage: the store's folder, as given.
        engine: how calls were seen.
        engine_chosen_by: what said so: a flag, a variable, a key with its file, or ``default``.
    """

    run: str
    tallies: list[FunctionTally]
    unmatched: dict[str, tuple[str, ...]]
    left_alone: dict[tuple[str, str], tuple[FunctionName, ...]]
    storage: str
    engine: str = "wrap"
    engine_chosen_by: str = "default"


class Session:
    """Records the functions that ``targets`` select, from ``start`` until ``finish``.

    Args:
        targets: the patterns.
        recorder: where calls go.
        storage: the store's folder as given, for the summary.
        root: the process that the user started; this one unless said otherwise.
        is_with_children: whether forks of the process are recorded.
        chosen_by: what said which engine to use, for the summary.
    """

    engine = "wrap"

    def __init__(
        self,
        targets: TargetSet,
        recorder: Recorder,
        storage: str = "",
        *,
        root: int = 0,
        is_with_children: bool = True,
        chosen_by: str = "default",
    ) -> None:
        self._targets = targets
        self._recorder = recorder
        self._storage = storage
        self._is_with_children = is_with_children
        self._chosen_by = chosen_by
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._matched: set[str] = set()
        self._seen: dict[str, set[str]] = {}
        self._left_alone: dict[tuple[str, str], set[FunctionName]] = {}
        self._unnamed: dict[str, tuple[str, bool, tuple[tuple[str, str, int], ...]]] = {}
        self._swept: set[str] = set()
        self._watched: dict[str, set[str]] = {}
        self._uninstall: Callable[[], None] | None = None
        self._root = root or os.getpid()
        self._cache = MarkedCache()
        self._onlookers = Onlookers()

    def start(self) -> None:
        """Watch imports from now on, and wrap what is imported already."""
        if self.engine == "wrap":
            self._recorder.explore()
        switch.off = switch.usual
        self._uninstall = importhook.install(self)
        for name, module in list(sys.modules.items()):
            if name == "__main__" or type(module) is not ModuleType:
                continue
            # What no name suggests isn't looked for on the disk.
            if self.may_want(name, None) and self.may_want(name, file_in(namespace_of(module)) or ""):
                self.sweep(module)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)

    @property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Further names of the program's own module, once they are known."""
        return self._aliases

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
        return self._bind(marking.mark(tree, file), file, name)[0]

    def finish(self) -> RunSummary | None:
        """Stop watching imports, write the tallies, and tell what was recorded; None in any process but the root."""
        if self._uninstall is not None:
            self._uninstall()
        switch.off = True  # what is called from here on is called by us
        if not self.is_in_root():
            self._recorder.close()
            return None
        self._cache.tidy()
        self._look_for_unseen()
        left_alone = self._what_was_left_alone()
        unmatched = self._unmatched()
        self._recorder.close(unmatched, left_alone)
        return RunSummary(
            self._recorder.run,
            self._recorder.tallies(),
            unmatched,
            left_alone,
            self._storage,
            self.engine,
            self._chosen_by,
        )

    def is_in_root(self) -> bool:
        """Whether this is the process that the user started."""
        return os.getpid() == self._root

    # What the import hook asks.

    def may_want(self, module: str, file: str | None) -> bool:
        """Whether a function of this module could be wanted; ``file`` None where it isn't known yet."""
        names = (module, *self._aliases.get(module, ()))
        if file is None:
            return any(self._targets.may_match(name, False) for name in names)
        return any(self._targets.may_match(name, is_library(module, file or None)) for name in names)

    def code_of(self, loader: Any, name: str) -> tuple[CodeType | None, str]:
        """The module's code with its wanted functions marked, and why there is none."""
        return marked_code(loader, name, self)

    def code(self, module: str, file: str, read: Callable[[], bytes]) -> CodeType | None:
        """The module's code with its wanted functions marked; None where it has none."""
        key = self._cache.key(file)
        kept = self._cache.load(file, key) if key is not None else None
        if kept is None:
            kept = Kept(*_marked_quietly(read(), file))
            if key is not None:
                self._cache.store(file, key, kept)
        if kept.warned and not has_current_bytecode(file):
            # Bare, the source would be compiled, and say so. From its bytecode, it says nothing.
            compile(read(), file, "exec", dont_inherit=True)
        code, has_wanted = self._bind(kept.code, file, module)
        return code if has_wanted else None

    def code_through(
        self,
        module: str,
        file: str,
        source: Any,
        compile_tree: Callable[[ast.Module], CodeType] | None = None,
    ) -> CodeType:
        """The same of source that is at hand; ``compile_tree`` may change the tree once it has its marks."""
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever reads the source says what there is to say
            tree = ast.parse(source, file)
            if compile_tree is None:
                return self._bind(marking.mark(tree, file), file, module)[0]
        found = marking.insert_marks(tree)
        return self._bind(marking.marked(compile_tree(tree), found), file, module)[0]

    def is_named(self, module: str) -> bool:
        """Whether a pattern spells the module's name out."""
        return self._targets.names_module(module)

    def leave(self, module: str, slug: str, reason: str) -> None:
        """Be told of a module that is left as it is, or can't be marked."""
        self._leave_alone((slug, reason), module, "")

    def sweep(self, module: ModuleType) -> None:
        """Wrap what marking didn't see."""
        namespace = namespace_of(module)
        name = namespace.get("__name__")
        if type(name) is not str:
            return
        self._swept.add(name)
        decide = self._decider(name, is_library(name, file_in(namespace)))
        self._take(module, name, decide)
        for qualname in compiled_functions(namespace, name):
            if decide(qualname):
                self._leave_alone(_COMPILED, name, qualname)

    def _take(self, module: ModuleType, name: str, decide: Callable[[str], bool]) -> None:
        """Have the wanted functions of a module that has run recorded, as far as they aren't yet."""
        library = is_library(name, file_in(namespace_of(module)))

        def wrap(function: FunctionType, qualname: str, kind: FunctionKind) -> Any:
            return self._recorder.wrap(function, name, qualname, kind)

        def held(qualname: str) -> None:
            if qualname not in self._watched.get(name, ()):
                self._leave_alone(_HELD, name, qualname)

        def wants(function: FunctionType, qualname: str) -> bool:
            if not decide(qualname):
                return False
            refusal = _why_not_swept(qualname, library)
            if refusal is None and self._onlookers.include(function):
                if qualname in self._watched.get(name, ()):
                    return False  # which is known, or a decorator made it of what is recorded
                refusal = ONLOOKER
            if refusal is not None:
                self._leave_alone(refusal, name, qualname)
            return refusal is None

        sweep(module, wants, wrap, held)

    def _look_for_unseen(self) -> None:
        """Count the modules that a pattern means and that were made without an import."""
        for name, module in list(sys.modules.items()):
            if name in self._swept or name == "__main__" or type(module) is not ModuleType:
                continue
            namespace = namespace_of(module)
            file = file_in(namespace)
            if namespace.get("__name__") != name or not self.may_want(name, file or ""):
                continue
            if is_test_module(name, file, getattr(namespace.get("__spec__"), "loader", None), self):
                self.leave(name, *TEST_MODULE)
                continue
            decide = self._decider(name, is_library(name, file))
            if any(
                type(value) is FunctionType and value.__module__ == name and decide(bound)
                for bound, value in list(namespace.items())
            ):
                self.leave(name, "not-imported", "modules that were made in a way of their own")

    def _bind(self, marked: MarkedCode, file: str, module: str) -> tuple[CodeType, bool]:
        library = is_library(module, file)
        decide = self._decider(module, library)

        def wants(definition: Definition) -> bool:
            if not decide(definition.qualname):
                return False
            if definition.refusal is not None:
                self._leave_alone(definition.refusal, module, definition.qualname)
            return definition.refusal is None

        self._onlookers.meet(marked.code)
        looking: set[str] = set()

        def inner(made: Any, definition: Definition) -> Any:
            if type(made) is not FunctionType:
                return made
            if self._onlookers.include(made):
                looking.add(definition.qualname)
                self._leave_alone(ONLOOKER, module, definition.qualname)
                return made
            wrap = self._recorder.wrap_inner if definition.is_decorated else self._recorder.wrap
            wrapper = wrap(made, module, definition.qualname, definition.kind, definition.refusal)
            return wrapper if definition.is_decorated else as_implied(wrapper, definition)

        def outer(made: Any, definition: Definition) -> Any:
            if definition.qualname in looking or self._onlookers.include(made):
                return made
            # What the decorator also gave to someone else stays the one object that it is.
            if type(made) is not FunctionType or not marking.is_unheld(made):
                return as_implied(made, definition) if issubclass(type(made), TracedFunction) else made
            wrapper = self._recorder.wrap_decorated(made, module, definition.qualname, definition.kind)
            return as_implied(wrapper, definition)

        def as_implied(made: Any, definition: Definition) -> Any:
            if not definition.is_implied:
                return made
            return marking.IMPLIED[definition.qualname.rpartition(".")[2]](made)

        code, wanted = marked.bind(wants, Marks(inner, outer))
        self._watched.setdefault(module, set()).update(wanted)
        if marked.unnamed:
            self._unnamed[module] = file, library, marked.unnamed
        return code, bool(wanted)

    def _leave_alone(self, refusal: tuple[str, str], module: str, qualname: str) -> None:
        name = FunctionName(self._recorder.module_name(module), qualname)
        self._left_alone.setdefault(refusal, set()).add(name)

    def _what_was_left_alone(self) -> dict[tuple[str, str], tuple[FunctionName, ...]]:
        """Of the functions without a name, those whose maker was called."""
        called = self._recorder.called()
        for module, (file, library, found) in self._unnamed.items():
            shown = self._recorder.module_name(module)
            decide = self._decider(module, library)
            for maker, qualname, line in found:
                if maker and FunctionName(shown, maker) not in called:
                    continue
                if not self._recorder.has_noted(file, qualname, line) and decide(qualname):
                    self._leave_alone(_LOCAL, module, qualname)
        return {refusal: tuple(sorted(names)) for refusal, names in sorted(self._left_alone.items())}

    def _decider(self, module: str, library: bool) -> Callable[[str], bool]:
        """Tells which of a module's functions are targets, and remembers what was asked."""
        decide = self._targets.decider(module, is_library=library, aliases=self._aliases.get(module, ()))
        seen = self._seen.setdefault(module, set())
        matched = self._matched

        def is_wanted(qualname: str) -> bool:
            seen.add(qualname)
            decision = decide(qualname)
            if decision.selected and decision.pattern is not None:
                matched.add(decision.pattern)
            return decision.selected

        return is_wanted

    def _unmatched(self) -> dict[str, tuple[str, ...]]:
        missing = [p for p in self._targets.patterns if p not in self._matched and not p.startswith("!")]
        if not missing:
            return {}
        from pytead.targets import nearest

        seen = sorted(f"{module}.{qualname}" for module, names in self._seen.items() for qualname in names)
        return {pattern: nearest(pattern, seen) for pattern in missing}

    def _after_fork(self) -> None:
        if self._is_with_children:
            self._recorder.after_fork()
            return
        self._recorder.stop()
        if self._uninstall is not None:
            self._uninstall()


_LOCAL = marking.LOCAL, "functions inside functions, and lambdas without a name: no test can import them"
_HELD = "held-elsewhere", "something else than their name holds them, and wrapping would part the two"
_COMPILED = "kind-compiled", "functions of compiled code aren't wrapped"


def _why_not_swept(qualname: str, library: bool) -> tuple[str, str] | None:
    """Why a method of a class that is in use already is left as it is; None where it isn't."""
    owner, _, name = qualname.rpartition(".")
    if not (owner and name.startswith("__") and name.endswith("__")):
        return None
    if name in marking.UNWATCHED:
        return marking.SPECIAL, f"{name} is left as it is: {marking.UNWATCHED[name]}"
    if library:
        return marking.SPECIAL, "special methods of a library that was imported before recording began"
    return None


def _marked_quietly(source: bytes, file: str) -> tuple[MarkedCode, bool]:
    """A source's marked code, and whether compiling it warned."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return marking.mark(ast.parse(source, file), file), bool(caught)


def file_in(namespace: dict[str, Any]) -> str | None:
    """The file that a module's namespace names."""
    file = namespace.get("__file__")
    return file if type(file) is str else None

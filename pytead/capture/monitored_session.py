"""A session whose engine is ``monitoring``: modules run as they are, and their code objects are watched."""

from __future__ import annotations

from functools import partial
from importlib.machinery import SourceFileLoader
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import ref

from pytead.capture import marking
from pytead.capture.importhook import namespace_of
from pytead.capture.loading import COMPILE_ERRORS
from pytead.capture.monitoring import Monitor
from pytead.capture.session import Session
from pytead.capture.suspending import is_context_helper
from pytead.capture.suspensions import SUSPENDING, refusal_of
from pytead.capture.sweep import functions
from pytead.capture.watching import DECORATED, Watch, definitions, find, last_line, likeness
from pytead.libraries import is_library

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable
    from types import CodeType, FunctionType, ModuleType

    from pytead.capture.recorder import Recorder
    from pytead.capture.session import RunSummary
    from pytead.capture.site import Site
    from pytead.names import FunctionKind
    from pytead.targets import TargetSet

_SECONDS_A_PASSED_CALL = 2.5e-6
"""Both ends of it are told of, and the arguments are read from its frame."""


class MonitoredSession(Session):
    """Records with ``sys.monitoring``.

    Args:
        targets, recorder, storage, others: as for ``Session``.

    Raises:
        PyteadError: ``no-tool-id``.
    """

    engine = "monitoring"

    def __init__(self, targets: TargetSet, recorder: Recorder, storage: str = "", **others: Any) -> None:
        super().__init__(targets, recorder, storage, **others)
        recorder.passing.seconds_a_call = _SECONDS_A_PASSED_CALL
        self._monitor = Monitor(self._resolve)
        self._watches: dict[str, list[Watch]] = {}

    def finish(self) -> RunSummary | None:
        for watch in chain.from_iterable(self._watches.values()):
            site = watch.site
            if watch.misses and not site.looks:
                early = watch.function is not None
                reason = DECORATED if watch.is_inner else _EARLY if early else _ASTRAY
                site.pass_over(*reason, calls=watch.misses)
        self._monitor.close()
        return super().finish()

    def _after_fork(self) -> None:
        super()._after_fork()
        if self._is_with_children:
            self._monitor.after_fork()
        else:
            self._monitor.close()

    def leave(self, module: str, slug: str, reason: str) -> None:
        """See ``Session``; what nothing marked is watched once it has run."""
        if slug != "not-marked":
            super().leave(module, slug, reason)

    def code_of(self, loader: Any, name: str) -> tuple[CodeType | None, str]:
        """The module's own code, from its bytecode where that is current."""
        if getattr(type(loader), "exec_module", None) is not SourceFileLoader.exec_module:
            return None, ""  # it runs modules in its own way
        try:
            code: CodeType | None = loader.get_code(name)
            if code is not None:
                self._watch_module(code, loader.get_filename(name), name)
        except COMPILE_ERRORS:
            return None, ""  # the loader meets the same and says it in its own words
        return code, ""

    def code_through(
        self,
        module: str,
        file: str,
        source: Any,
        compile_tree: Callable[[ast.Module], CodeType] | None = None,
    ) -> CodeType:
        """The code of source that is at hand; ``compile_tree`` may change its tree."""
        import ast

        if compile_tree is None:
            compile_tree = partial(compile, filename=file, mode="exec", dont_inherit=True)
        code = compile_tree(ast.parse(source, file))
        self._watch_module(code, file, module)
        return code

    def _watch_module(self, code: CodeType, file: str, module: str) -> None:
        self._watch_all(code, file, module)
        if self._aliases.get(module) == ("__main__",):
            self._resolve_by_and_by(code, module)

    def compile_main(self, tree: ast.Module, file: str, name: str) -> CodeType:
        """The program's own code, to be executed as ``__main__``, which no sweep follows."""
        code = compile(tree, file, "exec", dont_inherit=True)
        if self.may_want(name, file):
            self._watch_all(code, file, name)
            self._resolve_by_and_by(code, name)
        return code

    def _resolve_by_and_by(self, code: CodeType, module: str) -> None:
        """See where the names that a module defines lead as soon as it goes on to a later line.

        What a decorator makes is known then before it is called.
        """
        watches = self._watches.get(module, ())
        pending = sorted(((last_line(watch.code), watch) for watch in watches), key=lambda one: -one[0])

        def reached(line: int, namespace: dict[str, Any]) -> None:
            while pending and pending[-1][0] < line:
                _, watch = pending.pop()
                if watch.function is None and not watch.is_inner:
                    self._resolve(watch, namespace)

        if pending:
            self._monitor.follow(code, reached)

    def _watch_all(self, code: CodeType, file: str, module: str) -> None:
        library = is_library(module, file)
        decide = self._decider(module, library)
        self._unnamed[module] = file, library, tuple(marking.unnamed(code))
        for definition in definitions(code):
            if not decide(definition.qualname):
                continue
            name = definition.qualname.rpartition(".")[2]
            if definition.is_member and name in marking.UNWATCHED:
                why = f"{name} is left as it is: {marking.UNWATCHED[name]}"
                self._leave_alone((marking.SPECIAL, why), module, definition.qualname)
                continue
            kind: FunctionKind = "method" if definition.is_member else "function"
            self._watch(definition.code, module, definition.qualname, kind)

    def _watch(
        self,
        code: CodeType,
        module: str,
        qualname: str,
        kind: FunctionKind,
        site: Site | None = None,
    ) -> Watch:
        self._recorder.note(code)
        made = None
        if site is None:
            made = likeness(code, module)
            site = self._recorder.new_site(made, module, qualname, kind, refusal_of(code))
            site.reach = ""  # only what its name leads to is recorded
        watch = Watch(site, code, module)
        watch.likeness = made
        self._watches.setdefault(module, []).append(watch)
        self._monitor.watch(watch)
        return watch

    def _take(self, module: ModuleType, name: str, decide: Callable[[str], bool]) -> None:
        """See where the names of what is watched lead, and watch functions that no ``def`` of the module shows."""
        namespace = namespace_of(module)
        known: set[str] = set()
        for watch in list(self._watches.get(name, ())):
            if watch.function is None and not watch.is_inner:
                self._resolve(watch, namespace)
            if watch.function is not None or watch.is_inner or watch.site.is_done:
                known.add(watch.site.name.qualname)
        for found in functions(module):
            function = found.function
            watches = self._monitor.watches_of(function.__code__)
            if found.qualname in known or any(_is_known(watch, function) for watch in watches):
                continue
            if found.kind != "function" and found.qualname.rpartition(".")[2] in marking.UNWATCHED:
                continue
            if decide(found.qualname):
                self._watch(function.__code__, name, found.qualname, found.kind).function = ref(function)

    def _resolve(self, watch: Watch, namespace: dict[str, Any]) -> bool:
        """Find the function that the name leads to; whether it is that of the watched code."""
        site = watch.site
        if site.refusal is not None:
            return True
        found = find(watch.code, site.name.qualname, namespace)
        if found is None:
            return False
        if found.function is None:
            site.refusal, site.is_done = found.refusal, True
            return False
        site.kind = found.kind
        site.function = watch.likeness = likeness(watch.code, found.function.__module__)
        code = found.function.__code__
        watch.is_context = is_context_helper(found.function)
        if code is watch.code or watch.is_context:
            watch.function = ref(found.function)
            return True
        watch.is_inner = True
        refusal = refusal_of(code)
        if refusal is not None:
            site.refusal, site.is_done = refusal, True
            return False
        outer = self._watch(found.function.__code__, watch.module, site.name.qualname, site.kind, site)
        outer.function = ref(found.function)
        outer.is_around_suspending = bool(watch.code.co_flags & SUSPENDING)
        return False


_ASTRAY = ("unreachable", "its name doesn't lead to it")
_EARLY = ("unreachable", "it was called only before its name led to it, as its class was made")


def _is_known(watch: Watch, function: FunctionType) -> bool:
    known = watch.function() if watch.function is not None else None
    return known is function or (known is not None and not watch.code.co_freevars)

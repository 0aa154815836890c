"""Gives every traced function its site, and takes what the sites keep to the store."""

from __future__ import annotations

import os
import sys
import time
from _weakref import ref
from types import CodeType
from typing import TYPE_CHECKING, Any

from pytead.capture.budget import Budget
from pytead.capture.driving import is_suspending
from pytead.capture.exploring import Explorer
from pytead.capture.holdings import Holdings
from pytead.capture.origins import origin_of
from pytead.capture.reach import reach_of
from pytead.capture.site import Site
from pytead.capture.suspending import SuspendingFunction, is_context_helper
from pytead.capture.waiting import Share
from pytead.capture.wrapping import TracedFunction, add_maker, await_use, idle_references, use
from pytead.names import FunctionKind, FunctionName
from pytead.records import FunctionTally
from pytead.storage.nowhere import NoStore
from pytead.values.checksum import checksum
from pytead.values.reducers.foreign import looking_away
from pytead.values.reducers.names import MODULE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pytead.capture.looking import Looking
    from pytead.storage.store import CallStore


def new_run() -> str:
    """An id for a run: sortable by time, to the microsecond, and unique."""
    now = time.time()
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}{int(now % 1 * 1e6):06}-{os.urandom(4).hex()}"


class Recorder:
    """Records into one store under one run id.

    Args:
        store: where entries go.
        run: id of the run; several processes may share it.
        limit: distinct calls kept per function, 0 for all.
        targets: the patterns, as they were given, for the run's entry.
        folder: the run's working folder, absolute; that of this process unless another one started the run.
        budget: the time that recording may take; the usual one unless given.
    """

    def __init__(
        self,
        store: CallStore,
        run: str,
        limit: int,
        targets: tuple[str, ...] = (),
        folder: str = "",
        budget: Budget | None = None,
    ) -> None:
        self.store = store
        self.run = run
        self.limit = limit
        self.budget = budget or Budget()
        self.holdings = Holdings()
        self.passing = Share(time.perf_counter())
        self.clock_offset = time.time() - time.perf_counter()
        self._targets = targets
        self._folder = folder or os.path.abspath(os.getcwd())
        self._sites: list[Site] = []
        self._decorated: dict[tuple[str, str], tuple[int, type[TracedFunction] | None, ref[Any]]] = {}
        self._maker = add_maker(self.new_site)
        self._explorer: Explorer | None = None
        self._wrapped: set[tuple[str, str, int]] = set()
        self._modules: set[str] = set()
        self._refusals: dict[str, tuple[str, str]] = {}
        self._idle_references: dict[str, int] = {}
        self._has_begun = False
        self._names: dict[str, str] = {}
        self._told: dict[FunctionName, list[tuple[tuple[str, str], int]]] = {}

    def explore(self) -> None:
        """From now on look again at functions that reach lines which no recorded call has, where that can be told."""
        if self.limit:
            self._explorer = Explorer()

    def name_main(self, name: str, refusal: tuple[str, str] | None = None) -> None:
        """Say what tests import the running script as, and why they can't if they can't."""
        for main in ("__main__", "__mp_main__"):  # the latter in a child of multiprocessing
            self._names[main] = name
            MODULE_NAMES[main] = name
        if refusal is not None:
            self._refusals[name] = refusal

    def module_name(self, module: str) -> str:
        """The name that tests import a module by."""
        return self._names.get(module, module)

    def wrap(
        self,
        function: Callable[..., Any],
        module: str,
        qualname: str,
        kind: FunctionKind,
        refusal: tuple[str, str] | None = None,
    ) -> TracedFunction:
        """Wrap ``function``, which a test would reach as ``qualname`` of ``module``."""
        self._note(function)
        return _wrapper_of(function)(function, await_use(self._maker, module, qualname, kind, refusal))

    def new_site(
        self,
        function: Callable[..., Any],
        module: str,
        qualname: str,
        kind: FunctionKind,
        refusal: tuple[str, str] | None = None,
    ) -> Site:
        """What is to be kept of ``function``."""
        name = FunctionName(self.module_name(module), qualname)
        site = Site(function, name, kind, self, refusal)
        self._sites.append(site)
        return site

    def wrap_inner(
        self,
        function: Callable[..., Any],
        module: str,
        qualname: str,
        kind: FunctionKind,
        refusal: tuple[str, str] | None,
    ) -> TracedFunction:
        """Wrap a function that decorators are about to be given; ``wrap_decorated`` is for what they make."""
        self._note(function)
        site = await_use(self._maker, module, qualname, kind, refusal)
        wrapper = _wrapper_of(function)
        self._decorated[module, qualname] = site, wrapper if refusal is None else None, ref(function)
        return wrapper(function, site)

    def wrap_decorated(
        self, function: Callable[..., Any], module: str, qualname: str, kind: FunctionKind
    ) -> Callable[..., Any]:
        """Wrap what a function's decorators made of it; with the function itself it counts as one.

        Returns:
            the wrapper; ``function`` as it is where the function itself is of a sort that isn't recorded, or is
            recorded as what its decorator makes of it.
        """
        known = self._decorated.get((module, qualname))
        if known is None:
            return self.wrap(function, module, qualname, kind)
        site, wrapper, inner = known
        if wrapper is None or is_context_helper(function):
            return function
        self._note(function)
        own = inner()
        if own is not None:
            # Its name is looked for where it was defined, not where its decorator was.
            use(site, own).is_shared = True
        return (wrapper if wrapper is SuspendingFunction else _wrapper_of(function))(function, site)

    def _note(self, function: Callable[..., Any]) -> None:
        code = getattr(function, "__code__", None)
        if type(code) is CodeType:
            self.note(code)

    def note(self, code: CodeType) -> None:
        """Be told that the calls of what has this code are seen."""
        self._wrapped.add((code.co_filename, code.co_name, code.co_firstlineno))

    def has_noted(self, file: str, qualname: str, line: int) -> bool:
        """Whether the calls of a function whose code begins there are seen, under whatever name."""
        return (file, qualname.rpartition(".")[2], line) in self._wrapped

    def called(self) -> set[FunctionName]:
        """The functions that were called."""
        return {site.name for site in self._sites if site.looks}

    def appender(self, site: Site) -> Callable[[bytes, bytes, str, float, float], None]:
        """Open ``site``'s way into the store, writing first what the entries need to be understood."""
        with looking_away():
            self._begin()
            site.kind = site.kind_as_bound()
            module = site.name.module
            if module not in self._modules:
                self._modules.add(module)
                loaded = sys.modules.get(getattr(site.function, "__module__", None) or module)
                origin = origin_of(module, loaded, self._folder)
                self.store.write_run({"modules": {module: origin}})
            reach = reach_of(site) if site.reach is None else site.reach
            if self._explorer is not None and not site.is_done:
                self._explorer.explore(site, site.function)
            append = self.store.appender(site.name, site.kind, _source_hash(site.function), reach)
        return append if type(self.store).__module__ == _NEEDS_NO_LIBRARY else _looking_away(append)

    def _begin(self) -> None:
        if self._has_begun:
            return
        self.store.write_run(
            {
                "started": time.time(),
                "python": sys.version.partition(" ")[0],
                "main": self._names.get("__main__", ""),
                "targets": self._targets,
                "refusals": self._refusals,
            }
        )
        self._has_begun = True

    def idle_references(self, method: str, kind: str) -> int:
        """References that a wrapper of a method, or else of a function of ``kind``, has in its own call if only its
        name holds it."""
        if not self._idle_references:
            self._idle_references = idle_references()
        return self._idle_references.get(method) or self._idle_references[kind]

    def after_fork(self) -> None:
        """In the child: start its own segment and count from nothing."""
        self.store.after_fork()
        self._has_begun = False
        self._told.clear()
        self._modules.clear()
        for site in self._sites:
            site.forget()

    def tell_refusal(self, site: Looking, slug: str, reason: str, calls: int = 1) -> None:
        """Store at once why ``calls`` calls aren't kept, the first time.

        A process that is killed writes no tally at its end.
        """
        try:
            self._begin()
            self.store.write_tally(
                [FunctionTally(site.name, site.kind, calls, 0, 0, 0.0, {(slug, reason): 1})]
            )
            self._told.setdefault(site.name, []).append(((slug, reason), calls))
        except Exception:
            pass  # the stack may have no room left; then it is told at the end

    def stop(self) -> None:
        """In a child that isn't to be recorded: keep nothing more."""
        self.store.after_fork()
        self.store = NoStore()
        for site in self._sites:
            site.forget()
            site.is_done = True  # and waits for nothing

    def tallies(self) -> list[FunctionTally]:
        """What was done with each function that was called, by name."""
        found: dict[tuple[FunctionName, FunctionKind], FunctionTally] = {}
        for site in self._sites:
            if site.looks:
                tally = FunctionTally(
                    site.name,
                    site.kind,
                    site.looks,
                    site.kept,
                    site.raised,
                    site.seconds,
                    dict(site.rejections),
                    site.yielded,
                )
                # A module that was loaded again has made its functions anew.
                known = found.get((site.name, site.kind))
                found[site.name, site.kind] = tally if known is None else known.plus(tally)
        return [found[key] for key in sorted(found)]

    def _untold(self, tally: FunctionTally) -> FunctionTally:
        """What of a tally isn't stored yet."""
        told = self._told.get(tally.function)
        if not told:
            return tally
        rejections = dict(tally.rejections)
        seen = tally.seen
        for refusal, calls in list(told):  # several functions can have one name: a property's
            if rejections.get(refusal):
                told.remove((refusal, calls))
                rejections[refusal] -= 1
                seen -= calls
        return tally._replace(
            seen=seen, rejections={key: count for key, count in rejections.items() if count}
        )

    def close(
        self,
        unmatched: dict[str, tuple[str, ...]] | None = None,
        left_alone: Mapping[tuple[str, str], Collection[FunctionName]] | None = None,
    ) -> None:
        """Write the tallies, generators that are under way, and what else is known by now."""
        if self._explorer is not None:
            self._explorer.close()
        for site in self._sites:
            site.keep_open()
        tallies = self.tallies()
        if tallies:
            self._begin()
            self.store.write_tally([self._untold(tally) for tally in tallies])
            if unmatched:
                self.store.write_run({"unmatched": unmatched})
            if left_alone:
                left = [[*refusal, names] for refusal, names in left_alone.items()]
                self.store.write_run({"left_alone": left})
        self.store.close()


_NEEDS_NO_LIBRARY = "pytead.storage.segments"
"""The store that calls nothing, as a call is stored, that could be a target: not ``json``, nor code of a user's."""


def _looking_away(append: Callable[[bytes, bytes, str, float, float], None]) -> Callable[..., None]:
    def append_unseen(before: bytes, after: bytes, outcome: str, timestamp: float, duration: float) -> None:
        with looking_away():
            append(before, after, outcome, timestamp, duration)

    return append_unseen


def _wrapper_of(function: Callable[..., Any]) -> type[TracedFunction]:
    return SuspendingFunction if is_suspending(function) else TracedFunction


def _source_hash(function: Callable[..., Any] | None) -> str:
    """A hash of what a function's code does, which moving it to another line doesn't change."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ""
    return checksum(code)

"""Gives every traced function its site, and takes what the sites keep to the store."""

from __future__ import annotations

import os
import sys
import time
from types import CodeType
from typing import TYPE_CHECKING, Any
from zlib import adler32, crc32

from pytead.capture.driving import is_suspending
from pytead.capture.origins import origin_of
from pytead.capture.site import Site
from pytead.capture.suspending import SuspendingFunction, is_context_helper
from pytead.capture.wrapping import TracedFunction, add_maker, await_use, idle_references
from pytead.names import FunctionKind, FunctionName
from pytead.records import FunctionTally
from pytead.storage.nowhere import NoStore
from pytead.values.reducers.foreign import looking_away
from pytead.values.reducers.named import MODULE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.storage.store import CallStore


def new_run() -> str:
    """An id for a run: sortable by time, and unique."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.urandom(4).hex()}"


class Recorder:
    """Records into one store under one run id.

    Args:
        store: where entries go.
        run: id of the run; several processes may share it.
        limit: distinct calls kept per function, 0 for all.
        targets: the patterns, as they were given, for the run's entry.
        folder: the run's working folder, absolute; that of this process unless another one started the run.
    """

    def __init__(
        self, store: CallStore, run: str, limit: int, targets: tuple[str, ...] = (), folder: str = ""
    ) -> None:
        self.store = store
        self.run = run
        self.limit = limit
        self.started = time.perf_counter()
        self.heavy_seconds = 0.0
        self.clock_offset = time.time() - time.perf_counter()
        self._targets = targets
        self._folder = folder or os.path.abspath(os.getcwd())
        self._sites: list[Site] = []
        self._decorated: dict[tuple[str, str], tuple[int, type[TracedFunction] | None]] = {}
        self._maker = add_maker(self.new_site)
        self._modules: set[str] = set()
        self._refusals: dict[str, tuple[str, str]] = {}
        self._idle_references: dict[str, int] = {}
        self._has_begun = False
        self._names: dict[str, str] = {}
        self._told: dict[FunctionName, list[tuple[str, str]]] = {}

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
        return _wrapper_of(function)(function, await_use(self._maker, module, qualname, kind, refusal))

    def new_site(
        self,
        function: Callable[..., Any],
        module: str,
        qualname: str,
        kind: FunctionKind,
        refusal: tuple[str, str] | None = None,
        inner: Callable[..., Any] | None = None,
    ) -> Site:
        """What is to be kept of ``function``, or of ``inner`` where ``function`` is what decorators made of it."""
        name = FunctionName(self.module_name(module), qualname)
        site = Site(inner or function, name, kind, self, refusal)
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
        site = await_use(self._maker, module, qualname, kind, refusal, function)
        wrapper = _wrapper_of(function)
        self._decorated[module, qualname] = site, wrapper if refusal is None else None
        return wrapper(function, site)

    def wrap_decorated(
        self, function: Callable[..., Any], module: str, qualname: str, kind: FunctionKind
    ) -> Callable[..., Any]:
        """Wrap what a function's decorators made of it; with the function itself it counts as one.

        Returns:
            the wrapper; ``function`` as it is where the function itself is of a sort that isn't recorded, or is
            recorded as what its decorator makes of it.
        """
        site, wrapper = self._decorated.get((module, qualname), (None, None))
        if site is None:
            return self.wrap(function, module, qualname, kind)
        if wrapper is None or is_context_helper(function):
            return function
        return (wrapper if wrapper is SuspendingFunction else _wrapper_of(function))(function, site)

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
            append = self.store.appender(site.name, site.kind, _source_hash(site.function))
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

    def idle_references(self, kind: str) -> int:
        """References that a wrapper of a function of ``kind`` has in its own call if only its name holds it."""
        if not self._idle_references:
            self._idle_references = idle_references()
        return self._idle_references[kind]

    def after_fork(self) -> None:
        """In the child: start its own segment and count from nothing."""
        self.store.after_fork()
        self._has_begun = False
        self._told.clear()
        self._modules.clear()
        for site in self._sites:
            site.forget()

    def tell_refusal(self, site: Site, slug: str, reason: str) -> None:
        """Store at once why a call isn't kept, the first time: a process that is killed writes no tally at its end."""
        try:
            self._begin()
            self.store.write_tally([FunctionTally(site.name, site.kind, 1, 0, 0, 0.0, {(slug, reason): 1})])
            self._told.setdefault(site.name, []).append((slug, reason))
        except Exception:
            pass  # the stack may have no room left; then it is told at the end

    def stop(self) -> None:
        """In a child that isn't to be recorded: keep nothing more."""
        self.store.after_fork()
        self.store = NoStore()
        for site in self._sites:
            site.forget()
            site.is_done = True

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
        for refusal in list(told):  # several functions can have one name: a property's
            if rejections.get(refusal):
                told.remove(refusal)
                rejections[refusal] -= 1
                seen -= 1
        return tally._replace(
            seen=seen, rejections={key: count for key, count in rejections.items() if count}
        )

    def close(self, unmatched: dict[str, tuple[str, ...]] | None = None) -> None:
        """Write the tallies, and generators that are under way; the other entries are written already."""
        for site in self._sites:
            site.keep_open()
        tallies = self.tallies()
        if tallies:
            self._begin()
            self.store.write_tally([self._untold(tally) for tally in tallies])
            if unmatched:
                self.store.write_run({"unmatched": unmatched})
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


def _source_hash(function: Callable[..., Any]) -> str:
    """A hash of what a function's code does, which moving it to another line doesn't change."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ""
    parts: list[bytes] = []
    _feed(parts.append, code)
    whole = b"".join(parts)
    # Two checksums, since hashlib takes 8 ms to import: it only has to tell versions of one function apart.
    return f"{crc32(whole):08x}{adler32(whole):08x}"


def _feed(update: Callable[[bytes], None], code: CodeType) -> None:
    update(code.co_code)
    update(
        repr((code.co_names, code.co_varnames, code.co_freevars, code.co_flags)).encode("utf-8", "replace")
    )
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _feed(update, constant)
        elif isinstance(constant, frozenset):
            update(repr(sorted(map(repr, constant))).encode("utf-8", "replace"))
        else:
            update(repr(constant).encode("utf-8", "replace"))

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
from pytead.capture.wrapping import TracedFunction, idle_references
from pytead.names import FunctionKind, FunctionName
from pytead.records import FunctionTally
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
    """

    def __init__(self, store: CallStore, run: str, limit: int, targets: tuple[str, ...] = ()) -> None:
        self.store = store
        self.run = run
        self.limit = limit
        self.started = time.perf_counter()
        self.heavy_seconds = 0.0
        self.clock_offset = time.time() - time.perf_counter()
        self._targets = targets
        self._folder = os.path.abspath(os.getcwd())
        self._sites: list[Site] = []
        self._newest: dict[FunctionName, Site] = {}
        self._modules: set[str] = set()
        self._refusals: dict[str, tuple[str, str]] = {}
        self._idle_references: dict[str, int] = {}
        self._has_begun = False
        self._names: dict[str, str] = {}

    def name_main(self, name: str, refusal: tuple[str, str] | None = None) -> None:
        """Say what tests import the running script as, and why they can't if they can't."""
        self._names["__main__"] = name
        MODULE_NAMES["__main__"] = name
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
        return _wrapper(function, self.new_site(function, module, qualname, kind, refusal))

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
        self._newest[name] = site
        return site

    def wrap_decorated(
        self, function: Callable[..., Any], module: str, qualname: str, kind: FunctionKind
    ) -> Callable[..., Any]:
        """Wrap what a function's decorators made of it; with the function itself it counts as one.

        Returns:
            the wrapper; ``function`` as it is where the function itself is of a sort that isn't recorded, or is
            recorded as what its decorator makes of it.
        """
        site = self._newest.get(FunctionName(self.module_name(module), qualname))
        if site is None:
            return self.wrap(function, module, qualname, kind)
        if site.refusal is not None or is_context_helper(function):
            return function
        return (
            SuspendingFunction(function, site) if is_suspending(site.function) else _wrapper(function, site)
        )

    def appender(self, site: Site) -> Callable[[bytes, bytes, str, float, float], None]:
        """Open ``site``'s way into the store, writing first what the entries need to be understood."""
        self._begin()
        site.kind = site.kind_as_bound()
        module = site.name.module
        if module not in self._modules:
            self._modules.add(module)
            loaded = sys.modules.get(getattr(site.function, "__module__", None) or module)
            origin = origin_of(module, loaded, self._folder)
            self.store.write_run({"modules": {module: origin}})
        return self.store.appender(site.name, site.kind, _source_hash(site.function))

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        self.store.write_run(
            {
                "started": time.time(),
                "python": sys.version.partition(" ")[0],
                "main": self._names.get("__main__", ""),
                "targets": self._targets,
                "refusals": self._refusals,
            }
        )

    def idle_references(self, kind: str) -> int:
        """References that a wrapper of a function of ``kind`` has in its own call if only its name holds it."""
        if not self._idle_references:
            self._idle_references = idle_references()
        return self._idle_references[kind]

    def after_fork(self) -> None:
        """In the child: start its own segment and count from nothing."""
        self.store.after_fork()
        self._has_begun = False
        self._modules.clear()
        for site in self._sites:
            site.forget()

    def tallies(self) -> list[FunctionTally]:
        """What was done with each function that was called, by name."""
        return [
            FunctionTally(
                site.name,
                site.kind,
                site.looks,
                site.kept,
                site.raised,
                site.seconds,
                dict(site.rejections),
                site.yielded,
            )
            for site in sorted(self._sites, key=lambda site: site.name)
            if site.looks
        ]

    def close(self, unmatched: dict[str, tuple[str, ...]] | None = None) -> None:
        """Write the tallies, and generators that are under way; the other entries are written already."""
        for site in self._sites:
            site.keep_open()
        tallies = self.tallies()
        if tallies:
            self._begin()
            self.store.write_tally(tallies)
            if unmatched:
                self.store.write_run({"unmatched": unmatched})
        self.store.close()


def _wrapper(function: Callable[..., Any], site: Site) -> TracedFunction:
    return (SuspendingFunction if is_suspending(function) else TracedFunction)(function, site)


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

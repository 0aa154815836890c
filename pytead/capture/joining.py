"""How a process takes part in a run, be it the first or a child."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytead.capture.budget import Budget
from pytead.capture.recorder import Recorder
from pytead.capture.session import Session
from pytead.errors import PyteadError
from pytead.storage.nowhere import NoStore
from pytead.storage.opening import open_for_append
from pytead.targets import TargetSet
from pytead.values import freezer
from pytead.values.reducers import own

if TYPE_CHECKING:
    from pytead.capture.children import Inherited
    from pytead.storage.store import OnError


def join(inherited: Inherited, on_error: OnError, *, is_with_children: bool = True) -> Session:
    """Record this process from now on.

    Args:
        inherited: the run.
        on_error: told why nothing, or nothing more, can be stored.
        is_with_children: whether forks of this process are recorded.

    Raises:
        PyteadError: ``no-monitoring`` or ``no-tool-id``, in the root, where its engine isn't to be had. A child
            wraps functions then.
    """
    targets = TargetSet.parse(inherited.targets)
    try:
        store = open_for_append(inherited.storage_dir, inherited.format, inherited.run, on_error)
    except PyteadError as error:
        on_error(error)
        targets, store = TargetSet.parse(["!*"]), NoStore()
    budget = Budget(inherited.max_overhead)
    recorder = Recorder(store, inherited.run, inherited.limit, targets.patterns, inherited.folder, budget)
    freezer.set_caps(inherited.max_bytes, inherited.max_objects)
    own.set_modules(inherited.reducers)
    storage = inherited.shown_storage_dir

    def make(cls: type[Session]) -> Session:
        return cls(
            targets,
            recorder,
            storage,
            root=inherited.root,
            is_with_children=is_with_children,
            chosen_by=inherited.engine_chosen_by,
        )

    try:
        session = make(_session_class(inherited))
    except PyteadError:
        if os.getpid() == inherited.root:
            raise
        session = make(Session)
    session.start()
    return session


def _session_class(inherited: Inherited) -> type[Session]:
    """What records with the engine that is asked for.

    Raises:
        PyteadError: ``no-monitoring``, where this Python hasn't got what the engine needs.
    """
    if inherited.engine == "wrap":
        return Session
    if not hasattr(sys, "monitoring"):
        raise PyteadError(
            "no-monitoring",
            f"{inherited.engine_chosen_by}: engine monitoring needs Python 3.12 or later, and this is"
            f" {sys.version.partition(' ')[0]}",
            "leave it out: engine wrap records the same on every Python",
        )
    from pytead.capture.monitored_session import MonitoredSession

    return MonitoredSession

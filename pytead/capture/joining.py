"""How a process takes part in a run, be it the first or a child."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.capture.budget import Budget
from pytead.capture.recorder import Recorder
from pytead.capture.session import Session
from pytead.errors import PyteadError
from pytead.storage.nowhere import NoStore
from pytead.storage.opening import open_for_append
from pytead.targets import TargetSet
from pytead.values import freezer

if TYPE_CHECKING:
    from pytead.capture.children import Inherited
    from pytead.storage.store import OnError


def join(inherited: Inherited, on_error: OnError, *, is_with_children: bool = True) -> Session:
    """Record this process from now on.

    Args:
        inherited: the run.
        on_error: told why nothing, or nothing more, can be stored.
        is_with_children: whether forks of this process are recorded.
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
    storage = inherited.shown_storage_dir
    session = Session(targets, recorder, storage, root=inherited.root, is_with_children=is_with_children)
    session.start()
    return session

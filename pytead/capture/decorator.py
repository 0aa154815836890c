"""``@trace``: recording one function without the command line."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pytead.capture import switch
from pytead.capture.recorder import Recorder, new_run
from pytead.capture.wrapping import TracedFunction
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from pytead.names import FunctionKind
    from pytead.storage.store import Format

F = TypeVar("F", bound=Callable[..., Any])

_recorders: dict[tuple[Any, ...], Recorder] = {}
"""One recorder a storage and limit: functions that share them share a segment."""

_run: list[str] = []


@overload
def trace(function: F, /) -> F: ...


@overload
def trace(
    *, limit: int = ..., storage_dir: str | os.PathLike[str] = ..., storage: Any = ..., format: Format = ...
) -> Callable[[F], F]: ...


def trace(
    function: Any = None,
    /,
    *,
    limit: int = 10,
    storage_dir: str | os.PathLike[str] = "call_logs",
    storage: Any = None,
    format: Format = "pickle",  # noqa: A002 - the option's name everywhere
) -> Any:
    """Record the real calls of the decorated function.

    ``@trace`` and ``@trace(...)`` both work. A function that a running ``pytead run`` records as well is wrapped
    once. Recording is off where ``PYTEAD_OFF`` is set and while generated tests run.

    Args:
        function: the function, where the decorator is used without parentheses.
        limit: distinct calls to keep; 0 for all.
        storage_dir: the folder to store them in.
        storage: an object of your own with ``extension``, ``make_path(storage_dir, func_fullname)``,
            ``dump(entry, path)`` and ``load(path)``, which stores each call in a file.
        format: ``pickle``, ``json`` or ``sqlite``, where ``storage`` isn't given.

    Raises:
        PyteadError: ``bad-value``, for an unknown format or a negative limit.
    """
    _check(limit, format)
    if function is not None:
        return _wrap(function, limit, storage_dir, storage, format)
    return lambda decorated: _wrap(decorated, limit, storage_dir, storage, format)


def _check(limit: int, format: str) -> None:  # noqa: A002
    if not isinstance(limit, int) or limit < 0:
        raise PyteadError(
            "bad-value", f"@trace(limit={limit!r}): the limit is a number of calls, or 0 for all"
        )
    if format not in ("pickle", "json", "sqlite"):
        raise PyteadError("bad-value", f"@trace(format={format!r}): choose pickle, json or sqlite")


def _wrap(function: Any, limit: int, storage_dir: Any, storage: Any, format: Format) -> Any:  # noqa: A002
    if switch.off or isinstance(function, TracedFunction):
        return function
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(_wrap(function.__func__, limit, storage_dir, storage, format))
    if not hasattr(function, "__code__"):
        return function
    from pytead.capture.entry_point import judge_running_main
    from pytead.capture.marking import IMPLIED

    qualname = function.__qualname__
    kind: FunctionKind = "method" if "." in qualname and "<locals>" not in qualname else "function"
    try:
        recorder = _recorder(limit, storage_dir, storage, format)
    except PyteadError as error:
        if error.slug == "storage-object":
            raise
        _warn(error)  # the program runs all the same
        return function
    if function.__module__ == "__main__":
        recorder.name_main(*judge_running_main())
    implied = IMPLIED.get(function.__name__) if kind == "method" else None
    if implied is None:
        return recorder.wrap(function, function.__module__, qualname, kind)
    kind = "staticmethod" if implied is staticmethod else "classmethod"
    return implied(recorder.wrap(function, function.__module__, qualname, kind))


def _recorder(limit: int, storage_dir: Any, storage: Any, format: Format) -> Recorder:  # noqa: A002
    folder = os.path.abspath(os.fspath(storage_dir))
    key = (folder, limit, format, id(storage))
    recorder = _recorders.get(key)
    if recorder is None:
        from pathlib import Path

        from pytead.storage import opening

        if not _run:
            _run.append(new_run())
        if storage is not None:
            store = opening.open_entry_files(Path(folder), storage, _run[0], on_error=_warn)
        else:
            store = opening.open_for_append(Path(folder), format, _run[0], on_error=_warn)
        recorder = _recorders[key] = Recorder(store, _run[0], limit)
        atexit.register(recorder.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=recorder.after_fork)
    return recorder


def _warn(error: Exception) -> None:
    from pytead.capture.notice import warn

    warn(f"{error}; nothing more is recorded")

"""Opens a store: to append to it while a program runs, or to read it."""

from __future__ import annotations

import os

from pytead.storage import folder as folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytead.storage.entry_files import EntryStorage
    from pytead.storage.reading.stored import StoredCalls
    from pytead.storage.store import CallStore, Format, OnError


def open_for_append(
    folder: str | os.PathLike[str],
    format: Format,  # noqa: A002 - the option's name
    run: str,
    on_error: OnError | None = None,
) -> CallStore:
    """A store in ``folder`` for this process; the folder and the file are made by the first entry.

    Args:
        folder: relative to the current folder now, wherever the program goes later.
        format: ``pickle`` (segments), ``json`` (JSON lines) or ``sqlite``.
        run: id of the run, which names the files.
        on_error: told once if later something can't be stored; the store keeps nothing more then.

    Raises:
        PyteadError: ``storage-unwritable``, with the path and the reason.
    """
    place = os.path.abspath(os.fspath(folder))
    folders.check(place)
    if format == "pickle":
        from pytead.storage.segments import SegmentStore

        return SegmentStore(place, run, on_error)
    if format == "json":
        from pytead.storage.jsonl import JsonLinesStore

        return JsonLinesStore(place, run, on_error)
    from pytead.storage.sqlite import SqliteStore

    return SqliteStore(place, run, on_error)


def open_entry_files(
    folder: str | os.PathLike[str], storage: EntryStorage, run: str, on_error: OnError | None = None
) -> CallStore:
    """A store that gives each call to a user's storage object; otherwise like ``open_for_append``.

    What the object raises is reported once to ``on_error``; the calls after it are still tried.

    Raises:
        PyteadError: ``storage-unwritable``; ``storage-object``: a member is missing.
    """
    missing = [name for name in ("extension", "make_path", "dump", "load") if not hasattr(storage, name)]
    if missing:
        from pytead.errors import PyteadError

        raise PyteadError(
            "storage-object",
            f"{type(storage).__name__} is no storage object: it has no {' and no '.join(missing)}",
            "it needs extension, make_path(storage_dir, func_fullname), dump(entry, path) and load(path)",
        )
    from pytead.storage.entry_files import EntryFileStore

    place = os.path.abspath(os.fspath(folder))
    folders.check(place)
    return EntryFileStore(storage, place, run, on_error)


def open_for_read(folder: str | os.PathLike[str]) -> StoredCalls:
    """Everything in ``folder`` that is a recorded call, whatever mix of formats.

    A folder without any gives an empty ``StoredCalls``, whose problems say what is there instead.

    Raises:
        PyteadError: ``store-missing`` (exit code 1): there is no such folder; ``store-unreadable``: it
        can't be listed.
    """
    from pathlib import Path

    from pytead.errors import FINDING, PyteadError
    from pytead.storage.reading.stored import StoredCalls

    path = Path(folder)
    if not path.is_dir():
        problem = "is not a folder" if path.exists() else "doesn't exist"
        raise PyteadError(
            "store-missing",
            f"no recorded calls: {os.fspath(folder)} {problem}",
            "record some with: pytead run -t 'PATTERN' SCRIPT",
            exit_code=FINDING,
        )
    try:
        return StoredCalls(path)
    except OSError as error:
        raise PyteadError(
            "store-unreadable", f"can't read {os.fspath(folder)}: {folders.why(error)}", exit_code=FINDING
        ) from None

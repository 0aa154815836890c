"""Snapshots of flows in syrupy's files. Nothing else of flow imports syrupy."""

from __future__ import annotations

from typing import Any

from syrupy.extensions.amber import AmberSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from pytead.flow.snapshot import TracedExecution, TracedSnapshot


class TracedSnapshotExtension(AmberSnapshotExtension):
    """Amber files, in which a traced execution is a dict: calls, call graph and summary.

    ``exclude``, ``include`` and ``matcher`` see that dict.
    """

    def serialize(self, data: Any, **kwargs: Any) -> Any:
        """The text of ``data``; traced executions in it, at any place in dicts, lists and tuples, are spelled out."""
        return super().serialize(_spelled_out(data), **kwargs)


class TracedSingleFileExtension(SingleFileSnapshotExtension):
    """A text file a snapshot, which holds the tree of calls and nothing else."""

    _write_mode = WriteMode.TEXT
    _file_extension = "trace"
    file_extension = "trace"

    def serialize(self, data: Any, **kwargs: Any) -> Any:
        """The tree of a traced execution; the text of anything else."""
        execution = _execution_of(data)
        return (data if execution is None else execution.format_trace()) + "\n"


def _execution_of(data: object) -> TracedExecution | None:
    if isinstance(data, TracedSnapshot):
        return data.execution()
    return data if isinstance(data, TracedExecution) else None


def _spelled_out(data: Any) -> Any:
    execution = _execution_of(data)
    if execution is not None:
        return _spelled_out(execution.as_dict())
    if type(data) is dict:
        return {key: _spelled_out(value) for key, value in data.items()}
    if type(data) in (list, tuple):
        return type(data)(map(_spelled_out, data))
    return data

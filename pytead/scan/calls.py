"""Secrets in recorded calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytead.scan.findings import Finding, masked
from pytead.scan.texts import in_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.records import CallRecord
    from pytead.scan.parameters import Sources
    from pytead.storage.reading.revealed import Revealed
    from pytead.storage.reading.stored import StoredCalls
    from pytead.values.redaction.finding import Finder


def in_store(stored: StoredCalls, finder: Finder, sources: Sources) -> Iterator[Finding]:
    """The secrets in the calls of a store."""
    for file, record in stored.located():
        run = stored.runs.get(record.run)
        origin = run.modules.get(record.function.module) if run else None
        root = origin.root if origin else ""
        function = record.function
        for place, why, text in _in_call(record, finder, sources, root):
            yield Finding(file, function.dotted, place, why, masked(text))


REVEALED = "redacted elsewhere"
"""What gives a secret away that other calls conceal."""


def revealed_in(stored: StoredCalls, revealed: Revealed) -> Iterator[Finding]:
    """The secrets in the calls of a store that other calls of it conceal."""
    for file, record in stored.located():
        for place, data in (("arguments", record.before), ("outcome", record.after)):
            for secret in sorted(map(str, revealed.met.found_in(data))):
                yield Finding(file, record.function.dotted, place, REVEALED, masked(secret))


def _in_call(
    record: CallRecord, finder: Finder, sources: Sources, root: str
) -> Iterator[tuple[str, str, str]]:
    parameters = sources.parameters_of(record.function.module, record.function.qualname, root)
    try:
        found = finder.secrets(record.before, record.after, record.outcome, parameters)
    except (ValueError, LookupError):  # one that nobody recorded: its bytes may say something all the same
        for data in (record.before, record.after):
            for line, why, text in in_text(data.decode("latin-1"), finder):
                yield f"line {line}", why, text
        return
    for each in found:
        yield each.place.shown(), each.why, each.text

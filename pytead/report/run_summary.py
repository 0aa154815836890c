"""The summary of a recorded run: a table on stderr, or JSON for other programs."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, TextIO

from pytead.report.table import counted, lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytead.capture.session import RunSummary
    from pytead.names import FunctionName
    from pytead.records import FunctionTally
    from pytead.report.stored_flow import StoredFlows

_MOST_ROWS = 40


def show(
    summary: RunSummary,
    flow: StoredFlows | None = None,
    stream: TextIO | None = None,
    *,
    is_followed_by_gen: bool = False,
) -> None:
    """Print the summary.

    Args:
        summary: what was recorded.
        flow: what was stored of the run's flow, if that was asked for.
        is_followed_by_gen: whether tests are made of it without anybody asking.
        stream: where to; standard error unless given. Colours and lines only if it is a terminal.
    """
    stream = stream or sys.stderr
    kept = [tally for tally in summary.tallies if tally.kept]
    calls = sum(tally.kept for tally in kept)
    added = _duration(sum(tally.seconds for tally in summary.tallies))
    head = (
        f"pytead: {counted(calls, 'call')} of {counted(len(kept), 'function')} recorded in {summary.storage}"
    )
    by = "" if summary.engine == "wrap" else f", engine {summary.engine} by {summary.engine_chosen_by}"
    lines = [f"{head} ({added} added{by})" if kept else "pytead: no call was recorded"]
    table = _table(kept[:_MOST_ROWS], stream)
    tail = []
    if len(kept) > _MOST_ROWS:
        tail.append(f"and {len(kept) - _MOST_ROWS} more functions: pytead list")
    tail += not_recorded(summary.tallies, summary.left_alone)
    for pattern, nearest in summary.unmatched.items():
        meant = f"; nearest: {', '.join(nearest)}" if nearest else ""
        tail.append(f"pattern '{pattern}' matched nothing{meant}")
    if flow is not None:
        tail.append(flow.line)
    if kept and not is_followed_by_gen:
        tail.append("make tests of them: pytead gen")
    for line in (*lines, *table, *tail):
        stream.write(f"{line}\n")  # not print, which the program may have replaced
    stream.flush()


def as_json(summary: RunSummary, flow: StoredFlows | None = None) -> dict[str, object]:
    """The summary as builtins: ``functions``, ``unmatched``, ``left_alone``, ``engine``, ``flow`` and more."""
    return {
        "run": summary.run,
        "storage_dir": summary.storage,
        "engine": summary.engine,
        "engine_chosen_by": summary.engine_chosen_by,
        "functions": [
            {
                "func": tally.function.dotted,
                "module": tally.function.module,
                "kind": tally.kind,
                "seen": tally.seen,
                "kept": tally.kept,
                "raised": tally.raised,
                "yielded": tally.yielded,
                "seconds_added": round(tally.seconds, 6),
                "rejections": [
                    {"slug": slug, "reason": reason, "calls": calls}
                    for (slug, reason), calls in sorted(tally.rejections.items())
                ],
            }
            for tally in summary.tallies
        ],
        "unmatched": {pattern: list(nearest) for pattern, nearest in summary.unmatched.items()},
        "left_alone": [
            {"func": name.dotted, "slug": slug, "reason": reason}
            for (slug, reason), names in summary.left_alone.items()
            for name in names
        ],
        **({} if flow is None else {"flow": flow._asdict()}),
    }


def _table(tallies: list[FunctionTally], stream: TextIO) -> list[str]:
    if not tallies:
        return []
    rows = [
        (
            tally.function.dotted + (f" ({tally.kind})" if tally.kind in ("setter", "deleter") else ""),
            f"{tally.seen:,}",
            f"{tally.kept:,}",
            _outcomes(tally),
            _duration(tally.seconds),
            ", ".join(sorted({slug for slug, _ in tally.rejections})),
        )
        for tally in tallies
    ]
    heads = ("function", "seen", "kept", "outcomes", "added", "refused")
    if not any(row[-1] for row in rows):
        heads, rows = heads[:-1], [row[:-1] for row in rows]  # type: ignore[assignment,misc]
    return lines_of(heads, rows, stream, numbers=("seen", "kept", "added"), styles=_STYLES)


_STYLES = {"function": "cyan", "kept": "green", "refused": "yellow", "added": "dim"}


def not_recorded(
    tallies: Iterable[FunctionTally], left_alone: Mapping[tuple[str, str], Collection[FunctionName]]
) -> list[str]:
    """A line for each reason why functions have no recorded call, with their names."""
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    cut_short: dict[tuple[str, str], set[str]] = defaultdict(set)
    for tally in tallies:
        for refused in tally.rejections:
            if not tally.kept:
                names[refused].add(tally.function.dotted)
            elif refused[0] == "over-budget":
                cut_short[refused].add(tally.function.dotted)
    for refusal, functions in left_alone.items():
        names[refusal].update(name.dotted for name in functions)
    return [*_named("recorded in part", cut_short), *_named("not recorded", names)]


def _named(what: str, names: dict[tuple[str, str], set[str]]) -> list[str]:
    lines = []
    for (slug, reason), functions in sorted(names.items()):
        first = sorted(functions)[:4]
        more = f" and {len(functions) - len(first)} more" if len(functions) > len(first) else ""
        lines.append(f"{what} ({slug}): {reason}: {', '.join(first)}{more}")
    return lines


def _outcomes(tally: FunctionTally) -> str:
    returned = tally.kept - tally.raised - tally.yielded
    parts = [f"{returned} returned"] if returned else []
    if tally.yielded:
        parts.append(f"{tally.yielded} yielded")
    if tally.raised:
        parts.append(f"{tally.raised} raised")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e6:.0f} us"

"""What is stored of a run: its fields and tallies as builtins, and parts of a run put together again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pytead.records import FunctionTally, RunRecord


def plain_fields(fields: dict[str, object]) -> dict[str, object]:
    """``fields`` of a ``RunRecord`` with every tuple a list and every module's origin a pair, as JSON has
    it.

    Raises:
        TypeError: a field holds something else than builtins and ``ModuleOrigin``s.
    """
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    file, root = getattr(value, "file", None), getattr(value, "root", None)
    if isinstance(file, str) and isinstance(root, str):
        return [file, root]
    raise TypeError(f"a run holds no {type(value).__name__}")


def plain_tallies(tallies: Iterable[FunctionTally]) -> list[object]:
    """Tallies as lists and builtins."""
    return [
        {
            "module": tally.function.module,
            "qualname": tally.function.qualname,
            "kind": tally.kind,
            "seen": tally.seen,
            "kept": tally.kept,
            "raised": tally.raised,
            "seconds": tally.seconds,
            "yielded": tally.yielded,
            "rejections": [[slug, reason, count] for (slug, reason), count in tally.rejections.items()],
        }
        for tally in tallies
    ]


class RunParts:
    """The parts of one run, put together as they are added.

    The earliest start and the first interpreter and main module count; targets, modules, refusals, tallies and what
    was left alone add up; a pattern is unmatched if every part that speaks of patterns says so. Unknown fields are
    left out.
    """

    def __init__(self, run: str) -> None:
        from pytead.records import RunRecord

        self.record: RunRecord = RunRecord(run)
        self._speaks_of_patterns = False

    def add_fields(self, stored: object) -> None:
        """Add what one ``write_run`` stored.

        Raises:
            ValueError: a field has another shape than ``plain_fields`` gives it; nothing is added then.
        """
        from pytead.names import FunctionName
        from pytead.records import ModuleOrigin

        if not isinstance(stored, dict):
            raise ValueError("not the fields of a run")
        get: Callable[..., Any] = stored.get
        try:
            started = float(get("started", 0.0))
            python = str(get("python", ""))
            main = str(get("main", ""))
            targets = tuple(map(str, get("targets", ())))
            modules = {
                str(name): ModuleOrigin(str(file), str(root))
                for name, (file, root) in get("modules", {}).items()
            }
            refusals = {
                str(name): (str(slug), str(reason)) for name, (slug, reason) in get("refusals", {}).items()
            }
            left_alone = {
                (str(slug), str(reason)): {FunctionName(str(module), str(name)) for module, name in names}
                for slug, reason, names in get("left_alone", ())
            }
            unmatched = {
                str(name): tuple(map(str, nearest)) for name, nearest in get("unmatched", {}).items()
            }
        except (TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not the fields of a run: {error}") from None
        run = self.record
        if started and (not run.started or started < run.started):
            run.started = started
        run.main = run.main or main
        run.python = run.python or python
        run.targets = tuple(dict.fromkeys(run.targets + targets))
        run.modules.update(modules)
        run.refusals.update(refusals)
        for refusal, functions in left_alone.items():
            run.left_alone.setdefault(refusal, set()).update(functions)
        if "unmatched" in stored:
            if self._speaks_of_patterns:
                unmatched = {name: near for name, near in run.unmatched.items() if name in unmatched}
            run.unmatched = unmatched
            self._speaks_of_patterns = True

    def add_tallies(self, tallies: object) -> None:
        """Add what one ``write_tally`` stored; there is one tally a function and kind.

        Raises:
            ValueError: they have another shape than ``plain_tallies`` gives them; nothing is added then.
        """
        from pytead.names import FunctionName
        from pytead.records import FunctionTally

        stored: Any = tallies
        try:
            read = [
                FunctionTally(
                    FunctionName(str(tally["module"]), str(tally["qualname"])),
                    str(tally["kind"]),
                    int(tally["seen"]),
                    int(tally["kept"]),
                    int(tally["raised"]),
                    float(tally["seconds"]),
                    {(str(slug), str(reason)): int(count) for slug, reason, count in tally["rejections"]},
                    int(tally.get("yielded", 0)),
                )
                for tally in stored
            ]
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise ValueError(f"not the tallies of a run: {error}") from None
        known = self.record.tallies
        places = {(tally.function, tally.kind): at for at, tally in enumerate(known)}
        for tally in read:
            at = places.get((tally.function, tally.kind))
            if at is None:
                places[tally.function, tally.kind] = len(known)
                known.append(tally)
            else:
                known[at] = known[at].plus(tally)

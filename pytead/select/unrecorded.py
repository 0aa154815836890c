"""Functions that recording met and kept no call of, or not every one: why, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytead.errors import Rejection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.names import FunctionName
    from pytead.storage.reading.stored import StoredCalls
    from pytead.targets import TargetSet


class Unrecorded(NamedTuple):
    """A reason why calls of a function aren't in the store.

    Attributes:
        function: its name; of a module that as a whole wasn't recorded, without a qualified name.
        rejection: the reason.
        calls: how many; 0 where they weren't counted.
    """

    function: FunctionName
    rejection: Rejection
    calls: int


def unrecorded(stored: StoredCalls, targets: TargetSet | None = None) -> Iterator[Unrecorded]:
    """Every reason why a function that recording met has no call in the store, or fewer than there were."""
    with_calls = set(stored.functions())
    for run in stored.runs.values():
        for tally in run.tallies:
            if not stored.is_selected(tally.function, targets):
                continue
            for (slug, reason), count in tally.rejections.items():
                yield Unrecorded(tally.function, _because(slug, reason), count)
            if tally.function not in with_calls and not tally.rejections:
                missing = _because(*(_LOST if tally.kept else _UNFINISHED))
                yield Unrecorded(tally.function, missing, tally.kept or tally.seen)
        for (slug, reason), names in run.left_alone.items():
            for name in sorted(names):
                if stored.is_selected(name, targets):
                    yield Unrecorded(name, _because(slug, reason), 0)


def _because(slug: str, reason: str) -> Rejection:
    hint = HINTS.get(slug, "")
    if not hint and slug.startswith("value-"):
        hint = HINTS["value-..."]
    return Rejection("capture", slug, reason, hint)


_LOST = "calls-lost", "its calls were recorded, but the store holds them no more"
_UNFINISHED = "unfinished", "no call of it was over when recording ended"

HINTS = {
    "calls-lost": "record the program again",
    "unfinished": "let the program run longer, or record what the function calls",
    "over-budget": "give it more time with --max-overhead, or record fewer functions",
    "held-elsewhere": "record with --engine monitoring, which wraps nothing",
    "not-marked": "give its module a source file, or record with --engine monitoring",
    "not-imported": "import its module with an import statement",
    "test-module": "nothing is wrong: test code isn't tested",
    "decorated": "record with --engine wrap",
    "kind-compiled": "record the Python code that calls it",
    "kind-special": "record what it calls",
    "kind-frames": "record with --engine monitoring, which adds no frame",
    "kind-local": "move it to the module, or record the function around it",
    "kind-async": "record what it awaits",
    "kind-context": "enter it with a with statement",
    "kind-generator": "record with --engine wrap, which sees what is sent to it",
    "cancelled": "record a run in which the call comes to its end",
    "not-started": "await the coroutine, or iterate over the generator",
    "unreachable": "give it a name that can be imported",
    "internal": "please report it",
    "value-...": "pass plain values, or record a function further inside",
}
"""What a user can do about each reason that recording has."""

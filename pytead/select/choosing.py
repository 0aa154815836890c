"""Which recorded calls become tests, and why the others don't."""

from __future__ import annotations

import keyword
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytead.errors import Rejection
from pytead.names import NO_REACH
from pytead.records import CallRecord, ModuleOrigin, RunRecord
from pytead.select.brief import brief_call, brief_outcome, weight
from pytead.select.reading import ReadCall, read_call
from pytead.values.nodes import Atom, Node
from pytead.values.tree import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytead.names import FunctionName
    from pytead.select.case import Case
    from pytead.storage.reading.stored import StoredCalls
    from pytead.storage.stories import Story
    from pytead.targets import TargetSet

_UNKNOWN_ORIGIN = ModuleOrigin("", ".")
"""A record without its run, as a person's own storage object keeps them: the working folder is a guess."""


@dataclass(slots=True)
class Selection:
    """What was chosen from a store.

    Attributes:
        cases: by function name; for each function the simplest first.
        rejections: why a call is no case, once for each call.
        functions: every function with a recorded call that was asked for, in order.
        recorded: every function with a recorded call, asked for or not, in order: file names depend on them.
        calls: how many calls of each function that was asked for were read.
        duplicates: how many of them showed nothing that another didn't.
    """

    cases: list[Case] = field(default_factory=list)
    rejections: list[tuple[FunctionName, Rejection]] = field(default_factory=list)
    functions: list[FunctionName] = field(default_factory=list)
    recorded: list[FunctionName] = field(default_factory=list)
    calls: Counter[FunctionName] = field(default_factory=Counter)
    duplicates: Counter[FunctionName] = field(default_factory=Counter)


def choose(stored: StoredCalls, targets: TargetSet | None = None) -> Selection:
    """Choose the cases of a store; with ``targets`` only of the functions that they select."""
    selection = Selection(recorded=sorted(stored.functions()))
    for function in selection.recorded:
        if not stored.is_selected(function, targets):
            continue
        records = list(stored.read(function))
        if records:
            selection.functions.append(function)
            selection.calls[function] = len(records)
            _choose_of_function(function, records, stored.runs, selection)
    return selection


def _choose_of_function(
    function: FunctionName, records: list[CallRecord], runs: dict[str, RunRecord], selection: Selection
) -> None:
    def reject(rejection: Rejection, calls: int = 1) -> None:
        selection.rejections += [(function, rejection)] * calls

    newest = max(records, key=lambda record: _age(record, runs))
    refused = _refusal(newest, runs)
    if refused is not None:
        reject(refused, len(records))
        return
    # The newest run may have seen several sources: one name can have several functions, as a property's has.
    current = {record.source for record in records if record.run == newest.run}
    seen_bytes: set[tuple[object, ...]] = set()
    calls: list[ReadCall] = []
    for record in sorted(records, key=lambda record: _age(record, runs)):
        shown = (record.kind, record.reach, record.before, record.after, record.outcome)
        unreachable = _unreachable(record)
        if unreachable is not None:
            reject(unreachable)
        elif record.source not in current:
            reject(_STALE)
        elif shown in seen_bytes:
            selection.duplicates[function] += 1
        else:
            seen_bytes.add(shown)
            read = read_call(record, origin_of(record, runs))
            if isinstance(read, Rejection):
                reject(read)
            else:
                calls.append(read)
    told: dict[tuple[bytes, bytes], ReadCall] = {}
    for call in calls:
        told.setdefault((call.inputs, call.outcome), call)
    distinct = list(told.values())
    selection.duplicates[function] += len(calls) - len(distinct)
    consistent = []
    for group in _by_inputs(distinct):
        if _contradict_each_other(group):
            reject(_hidden_state(group), len(group))
        else:
            consistent += group
    consistent.sort(key=_simplicity)
    selection.cases += [call.case for call in consistent]


def _unreachable(record: CallRecord) -> Rejection | None:
    function = record.function
    if record.reach == NO_REACH:
        reason = f"{function.dotted} leads to something else by then, and nothing else in its module to the function"
        return Rejection("select", "unreachable", reason, "give it a name of its own")
    if record.reach:
        return None
    if function.name == "<lambda>":
        reason = f"nothing that {function.owner} leads to is the lambda"
        return Rejection("select", "unreachable", reason, "give it a name of its own")
    if function.is_local:
        reason = "it is defined inside a function, where no test can reach it"
        hint = "move it to the module, or record the function around it"
        return Rejection("select", "unreachable", reason, hint)
    parts = [*function.module.split("."), *function.qualname.split(".")]
    strange = next((part for part in parts if not part.isidentifier() or keyword.iskeyword(part)), None)
    if strange is not None:
        reason = f"no import statement can name {strange!a}"
        return Rejection("select", "unreachable", reason, "give it a name that can be imported")
    return None


_STALE = Rejection(
    "select",
    "stale",
    "the function was changed after this call was recorded",
    "nothing is wrong; 'pytead clean' removes old records",
)


def _age(record: CallRecord, runs: dict[str, RunRecord]) -> tuple[float, float]:
    run = runs.get(record.run)
    return ((run.started if run else 0.0) or record.timestamp, record.timestamp)


def _refusal(record: CallRecord, runs: dict[str, RunRecord]) -> Rejection | None:
    run = runs.get(record.run)
    found = run.refusals.get(record.function.module) if run else None
    return Rejection("select", *found) if found else None


def origin_of(record: CallRecord, runs: Mapping[str, RunRecord]) -> ModuleOrigin:
    """Where the module of a record came from."""
    run = runs.get(record.run)
    return (run.modules.get(record.function.module) if run else None) or _UNKNOWN_ORIGIN


def _by_inputs(calls: Iterable[ReadCall]) -> list[list[ReadCall]]:
    groups: dict[bytes, list[ReadCall]] = {}
    for call in calls:
        groups.setdefault(call.inputs, []).append(call)
    found: list[list[ReadCall]] = []
    for group in groups.values():
        # Inputs that differ in the order of a dict alone are equal, and yet may give something else.
        in_order: dict[bytes, list[ReadCall]] = {}
        for call in group:
            in_order.setdefault(call.order, []).append(call)
        found += in_order.values()
    return found


def _contradict_each_other(group: list[ReadCall]) -> bool:
    one = group[0].case.story
    if one is None or any(call.case.story is None for call in group):
        return len({call.outcome for call in group}) > 1
    return any(call.case.story is not None and _differ(one, call.case.story) for call in group[1:])


def _differ(one: Story, other: Story) -> bool:
    """Whether two stories can't both be what one generator does; it may have been driven differently."""
    for index in range(max(len(one.items), len(other.items)) + 1):
        if _resumed(one, index) != _resumed(other, index):
            return False
        ends = [story.end if index == len(story.items) else "" for story in (one, other)]
        if not any(ends):
            if canonical(one.items[index]) != canonical(other.items[index]):
                return True
            continue
        if "closed" in ends or "open" in ends:
            return False
        return ends[0] != ends[1] or canonical(_end(one)) != canonical(_end(other))
    return False


def _resumed(story: Story, index: int) -> list[tuple[str, bytes]]:
    return [(verb, canonical(value)) for at, verb, value in story.resumed if at == index]


def _end(story: Story) -> Node:
    return story.value if story.value is not None else Atom(None)


def _hidden_state(group: list[ReadCall]) -> Rejection:
    one, other = group[:2]
    call = brief_call(one.case.function.name, one.case.args, one.case.kwargs)
    return Rejection(
        "select",
        "hidden-state",
        f"{call} {brief_outcome(one.case)}, and another time it {brief_outcome(other.case)}",
        "pass in what it depends on (a clock, a counter, a random generator), or exclude it with '!"
        f"{one.case.function.dotted}'",
    )


def _simplicity(call: ReadCall) -> tuple[int, int, str]:
    case = call.case
    receiver = [case.receiver] if case.receiver is not None else []
    inputs = weight([*receiver, *case.args, *(node for _, node in case.kwargs)])
    return inputs, weight([case.value]), case.digest

from __future__ import annotations

import pickle
from _thread import allocate_lock
from typing import TYPE_CHECKING, Any, cast

import pytest

from pytead.names import FunctionKind, FunctionName
from pytead.records import CallRecord, ModuleOrigin, Outcome, RunRecord
from pytead.select.choosing import Selection, choose
from pytead.targets import TargetSet
from pytead.values.calls import after_call, before_call
from pytead.values.freezer import freeze

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytead.storage.reading.stored import StoredCalls

FUNCTION = FunctionName("m", "f")


class Account:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Calls:
    """A store in memory."""

    def __init__(self) -> None:
        self.problems: list[object] = []
        self.runs: dict[str, RunRecord] = {}
        self.records: list[CallRecord] = []

    def functions(self) -> list[FunctionName]:
        return list(dict.fromkeys(record.function for record in self.records))

    def read(self, function: FunctionName | None = None) -> Iterator[CallRecord]:
        return (record for record in self.records if function in (None, record.function))

    def is_selected(self, function: FunctionName, targets: TargetSet | None) -> bool:
        return targets is None or targets.decide(function).selected

    def run(self, name: str, **fields: Any) -> None:
        self.runs[name] = RunRecord(name, **fields)

    def add(
        self,
        *args: object,
        kwargs: dict[str, object] | None = None,
        gives: object = None,
        after: tuple[object, ...] | None = None,
        kwargs_after: dict[str, object] | None = None,
        function: FunctionName = FUNCTION,
        kind: FunctionKind = "function",
        outcome: Outcome = "returned",
        run: str = "r",
        source: str = "s",
    ) -> None:
        """A call; ``gives`` and ``after`` share what they share as objects."""
        kwargs = kwargs or {}
        now = after_call(
            args if after is None else after, kwargs if kwargs_after is None else kwargs_after, gives
        )
        timestamp = float(len(self.records))
        before_bytes, after_bytes = freeze(before_call(args, kwargs)), freeze(now)
        self.records.append(
            CallRecord(function, kind, before_bytes, after_bytes, outcome, timestamp, 0.0, run, source)
        )

    def choose(self, *patterns: str) -> Selection:
        targets = TargetSet.parse(patterns) if patterns else None
        return choose(cast("StoredCalls", self), targets)


@pytest.fixture
def calls() -> Calls:
    return Calls()


def slugs(selection: Selection) -> list[str]:
    return [rejection.slug for _, rejection in selection.rejections]


def test_equal_calls_are_one_case_and_the_simplest_comes_first(calls: Calls) -> None:
    for x, y in [(10, 0), (2, 3), (2, 3)]:
        calls.add(x, y, gives=x * y)
    calls.add({1, 2, 3, 9}, gives=0)
    calls.add({9, 1, 3, 2}, gives=0)
    selection = calls.choose()
    assert [len(case.args) for case in selection.cases] == [2, 2, 1]
    assert [case.args[0].value for case in selection.cases[:2]] == [2, 10]
    assert (selection.calls[FUNCTION], selection.duplicates[FUNCTION]) == (5, 2)
    assert selection.rejections == []


def test_equal_objects_in_bytes_that_differ_are_duplicates(calls: Calls) -> None:
    text, equal = (str(10**20) for _ in range(2))
    calls.add([text, text], gives=1)
    calls.add([text, equal], gives=1)
    assert calls.records[0].before != calls.records[1].before
    assert len(calls.choose().cases) == 1


def test_the_choice_does_not_depend_on_the_order_of_recording(calls: Calls) -> None:
    for value in ["b", "a", 1, True, 1.0, None, [1], (1,)]:
        calls.add(value, gives=str(value))
    forward = [case.digest for case in calls.choose().cases]
    calls.records.reverse()
    assert [case.digest for case in calls.choose().cases] == forward
    assert len(set(forward)) == 8


def test_only_what_the_call_changed_has_a_state_after(calls: Calls) -> None:
    calls.add([1], 2, kwargs={"k": [3]}, gives=1, after=([1, 2], 2))
    (case,) = calls.choose().cases
    assert case.receiver_after is None
    assert case.kwargs_after is None
    assert case.args_after is not None
    assert len(case.args_after) == 2


def test_the_receiver_stands_apart_from_the_arguments(calls: Calls) -> None:
    method = FunctionName("m", "Account.deposit")
    calls.add(Account(balance=1), 5, gives=6, after=(Account(balance=6), 5), function=method, kind="method")
    (case,) = calls.choose().cases
    assert case.receiver is not None
    assert case.receiver_after is not None
    assert len(case.args) == 1
    assert case.args_after is None


def test_a_result_that_is_an_argument_is_said_to_be(calls: Calls) -> None:
    account = Account(balance=0)
    method = FunctionName("m", "Account.reset")
    calls.add(Account(balance=3), gives=account, after=(account,), function=method, kind="method")
    rows: list[int] = []
    calls.add("x", rows, gives=rows)
    calls.add("y", kwargs={"rows": rows}, gives=rows)
    calls.add("z", [], gives=[])
    calls.add("text", gives="text")
    assert sorted((case.value_is or "") for case in calls.choose().cases) == [
        "", "", "args[1]", "kwargs['rows']", "receiver"
    ]  # fmt: skip


def test_equal_calls_with_different_outcomes_are_hidden_state(calls: Calls) -> None:
    calls.add(gives=1)
    calls.add(gives=2)
    calls.add(7, gives=ValueError("no", 1), outcome="raised")
    calls.add(7, gives=8)
    calls.add(9, gives=9)
    selection = calls.choose()
    assert [case.args[0].value for case in selection.cases] == [9]
    assert slugs(selection) == ["hidden-state"] * 4
    reasons = {rejection.reason for _, rejection in selection.rejections}
    assert "f() gave 1, and another time it gave 2" in reasons
    assert "f(7) raised ValueError('no', 1), and another time it gave 8" in reasons


def test_the_order_of_a_dict_may_decide_the_outcome(calls: Calls) -> None:
    calls.add(kwargs={"a": 1, "b": 2}, gives="ab")
    calls.add(kwargs={"b": 2, "a": 1}, gives="ba")
    selection = calls.choose()
    assert len(selection.cases) == 2
    assert selection.rejections == []


def test_a_change_that_differs_is_a_different_outcome(calls: Calls) -> None:
    calls.add([1], after=([1, 2],))
    calls.add([1], after=([1, 3],))
    assert slugs(calls.choose()) == ["hidden-state"] * 2


def held() -> object:
    lock = allocate_lock()
    lock.acquire()
    return lock


def test_what_cannot_be_rebuilt_is_named_with_its_place(calls: Calls) -> None:
    calls.add(1, {"rows": [held()]}, gives=1)
    calls.add(2, kwargs={"lock": held()}, gives=1)
    calls.add(3, gives=[held()])
    selection = calls.choose()
    assert selection.cases == []
    assert slugs(selection) == ["value-lock"] * 3
    first, second, third = (rejection.reason for _, rejection in selection.rejections)
    assert first.startswith("args[1]['rows'][0] is a _thread.lock")
    assert second.startswith("kwargs['lock'] is a _thread.lock")
    assert third.startswith("result[0] is a _thread.lock")


def test_a_result_that_cannot_be_rebuilt_leaves_the_change_to_assert(calls: Calls) -> None:
    calls.add([1], gives=held(), after=([],))
    (case,) = calls.choose().cases
    assert case.args_after is not None


def test_none_is_no_test_of_a_change_that_cannot_be_asserted(calls: Calls) -> None:
    method = FunctionName("m", "Account.__init__")
    calls.add(Account(), function=method, kind="method", after=(Account(lock=held()),))
    selection = calls.choose()
    assert selection.cases == []
    ((_, rejection),) = selection.rejections
    assert rejection.reason.startswith("receiver.lock after the call is a _thread.lock")


def test_an_exception_whose_arguments_show_an_address_is_known_by_its_class(calls: Calls) -> None:
    calls.add(1, gives=ValueError("bad <m.Thing object at 0x7f00aa11>"), outcome="raised")
    calls.add(1, gives=ValueError("bad <m.Thing object at 0x7f00bb22>"), outcome="raised")
    (case,) = calls.choose().cases
    assert case.outcome == "raised"


def test_unreadable_entries_cost_only_themselves(calls: Calls) -> None:
    calls.add(1, gives=1)
    good = calls.records[0]
    for before in (b"\x80\x05nonsense", pickle.dumps([1], 5), pickle.dumps([(1,), {2: 3}], 5)):
        calls.records.append(
            CallRecord(FUNCTION, "function", before, good.after, "returned", 9.0, 0.0, "r", "s")
        )
    selection = calls.choose()
    assert len(selection.cases) == 1
    assert slugs(selection) == ["value-corrupt"] * 3


def test_only_the_newest_source_of_a_function_counts(calls: Calls) -> None:
    calls.run("old", started=1.0)
    calls.run("new", started=2.0)
    calls.add(1, gives="new", run="new", source="b")
    calls.add(1, gives="old", run="old", source="a")
    calls.add(2, gives="same source", run="old", source="b")
    selection = calls.choose()
    assert [case.value.value for case in selection.cases] == ["new", "same source"]
    assert slugs(selection) == ["stale"]


@pytest.mark.parametrize(
    ("module", "qualname"), [("m", "f.<locals>.g"), ("m", "<lambda>"), ("my-script", "f"), ("m.class", "f")]
)
def test_what_no_import_statement_reaches_is_unreachable(calls: Calls, module: str, qualname: str) -> None:
    calls.add(1, function=FunctionName(module, qualname))
    assert slugs(calls.choose()) == ["unreachable"]


def test_a_module_that_a_test_cannot_import_has_its_own_reason(calls: Calls) -> None:
    calls.run("r", started=1.0, refusals={"m": ("main-reruns", "importing m runs the program again")})
    calls.add(1, gives=1)
    ((function, rejection),) = calls.choose().rejections
    assert (function, rejection.slug) == (FUNCTION, "main-reruns")


def test_targets_choose_among_the_recorded_functions(calls: Calls) -> None:
    other = FunctionName("n", "g")
    calls.add(1, gives=1)
    calls.add(1, gives=1, function=other)
    selection = calls.choose("n.*")
    assert selection.functions == [other]
    assert selection.recorded == [FUNCTION, other]
    assert [case.function for case in selection.cases] == [other]


def test_the_origin_comes_from_the_run(calls: Calls) -> None:
    calls.run("r", modules={"m": ModuleOrigin("src/m.py", "src")})
    calls.add(1, gives=1)
    calls.add(12345678, gives=1, run="of another tool")
    assert [case.origin.root for case in calls.choose().cases] == ["src", "."]

"""Which cases of a function are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytead.names import FunctionName
from pytead.records import CallRecord, ModuleOrigin, Outcome
from pytead.select.reading import ReadCall, read_call
from pytead.select.smallest import minimised, narrowed, smallest
from pytead.values.calls import after_call, before_call
from pytead.values.freezer import freeze

if TYPE_CHECKING:
    import pytest

    from pytead.select.case import Case


def case(
    *args: Any, gives: Any = None, outcome: Outcome = "returned", function: str = "f", **kwargs: Any
) -> Case:
    """A call of a function as it is read from a store."""
    before, after = freeze(before_call(args, kwargs)), freeze(after_call(args, kwargs, gives))
    record = CallRecord(FunctionName("m", function), "function", before, after, outcome, 0.0, 0.0, "r", "s")
    read = read_call(record, ModuleOrigin("m.py", "."))
    assert isinstance(read, ReadCall)
    return read.case


def test_each_line_is_kept_with_as_few_cases_as_it_takes() -> None:
    cases = [case(number, gives=number) for number in (3, 5, 7, 9, 11)]
    reached = dict(zip(cases, (0b0001, 0b0011, 0b0011, 0b1100, 0b0100), strict=True))
    choice = smallest(cases, 2, reached)
    assert list(choice.kept) == [cases[1], cases[3]]
    assert [shown.reached for shown in choice.kept.values()] == [0b0011, 0b1100]
    assert choice.left == [cases[0], cases[2], cases[4]]
    assert choice.is_measured


def test_every_outcome_and_shape_of_arguments_has_its_case() -> None:
    plain = [case(number, gives=number) for number in range(2, 30)]
    rare = [
        case(3, gives=ValueError("x"), outcome="raised"),
        case(3, gives=KeyError("x"), outcome="raised"),
        case("text", gives=3),
        case(4, gives=None),
        case({"name": 1}, gives=3),
        case({"name": 1, "age": 2}, gives=3),
        case(31, gives=3, qty=1),
    ]
    choice = smallest([*plain, *rare], 8, dict.fromkeys([*plain, *rare], 1))
    assert set(rare) < set(choice.kept)


def test_what_code_tends_to_turn_on_fills_the_room_that_is_left() -> None:
    dull = [case(number, 5000, gives=True) for number in range(6, 60, 2)]
    telling = [case(0, 5000, gives=True), case(-4, 5000, gives=True), case(5000, 5000, gives=True)]
    cases = [*dull, *telling]
    choice = smallest(cases, 4, dict.fromkeys(cases, 1))
    assert set(telling) <= set(choice.kept)


def test_of_calls_that_differ_in_nothing_that_matters_the_simplest_are_kept() -> None:
    cases = [case(f"a{number}z", gives=None) for number in range(20)]
    choice = smallest(cases, 8)
    assert list(choice.kept) == cases[:8]
    assert [bool(shown.words) for shown in choice.kept.values()] == [True] + [False] * 7
    assert not choice.is_measured


def test_all_are_kept_where_all_are_wanted() -> None:
    cases = [case(number, gives=None) for number in range(20)]
    assert list(smallest(cases, 0).kept) == cases
    assert narrowed(cases, 0) == (cases, [])


def test_the_choice_depends_on_the_cases_alone() -> None:
    cases = [case(number, [number] * (number % 3), gives=number % 4) for number in range(40)]
    reached = {one: 1 << number % 5 for number, one in enumerate(cases)}
    assert list(smallest(cases, 6, reached).kept) == list(
        smallest(cases, 6, dict(reversed(reached.items()))).kept
    )


def test_of_very_many_cases_only_some_are_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytead.select.smallest._CANDIDATES", 2)
    cases = [case(number, gives=number) for number in range(2, 50)]
    rare = case(51, gives=ValueError("x"), outcome="raised")
    others = [case(number, gives=1, function="g") for number in (1, 2)]
    candidates, crowded_out = narrowed([*cases, rare, *others], 4)
    assert len(candidates) == 8 + 2
    assert rare in candidates
    assert candidates == [one for one in [*cases, rare, *others] if one not in crowded_out]
    found = minimised(candidates, 4, {}, crowded_out)
    assert [len(choice.kept) + len(choice.left) for choice in found.values()] == [49, 2]

"""What a module holds is written as its name there, where nothing but its identity counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import re
import sys
from typing import Any

import pytest

from pytead.replay import same

from .test_source import node_of, render, run, shown


class Token(tuple):  # noqa: SLOT001
    """As pygments has them: each holds the ones below it, and the one above."""

    parent: Token | None = None

    def __init__(self, names: Any) -> None:
        self.below: set[Token] = set()

    def __getattr__(self, name: str) -> Token:
        if not name[:1].isupper():
            raise AttributeError(name)
        made = Token((*self, name))
        made.parent = self
        setattr(self, name, made)
        self.below.add(made)
        return made


class Missing:
    pass


class Moment(dt.datetime):
    def __new__(cls, text: str) -> Moment:  # noqa: PYI034
        return super().__new__(cls, *map(int, text.split("-")), tzinfo=dt.timezone.utc)

    def __init__(self, text: str) -> None:
        self.text = text

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise AssertionError("Python code of the program")


class Day(dt.date):
    pass


class Hour(dt.time):
    pass


class Span(dt.timedelta):
    pass


class Price(decimal.Decimal):
    def __str__(self) -> str:
        raise AssertionError("Python code of the program")


ROOT = Token(())
TEXT = ROOT.Text
DEEP = ROOT.Name.Function.Magic
MISSING = Missing()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (TEXT, "TEXT"),
        (DEEP, "DEEP"),
        (ROOT.Name.Function, "ROOT.Name.Function"),
        (MISSING, "MISSING"),
        (dataclasses.MISSING, "MISSING"),
        (Missing(), "rebuild(Missing)"),
    ],
)
def test_a_constant_is_its_name(value, text):
    for _ in range(100):  # a module is looked through less and less often
        found = shown(value)
    assert found == text


def test_what_only_a_removed_name_led_to_is_written_by_its_content(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "LATER", later := Token(("x",)), raising=False)
    assert [shown([later]) for _ in range(100)][-1] == "[LATER]"
    monkeypatch.undo()
    assert shown(later).startswith('rebuild(Token, ("x",), below=set()')


@pytest.mark.parametrize(
    ("value", "start"),
    [
        (Moment("2024-5-1"), 'rebuild(Moment, datetime(2024, 5, 1, tzinfo=timezone.utc), text="2024-5-1")'),
        (Day(2024, 5, 1), "rebuild(Day, date(2024, 5, 1))"),
        (Hour(7, 32, fold=1), "rebuild(Hour, time(7, 32, fold=1))"),
        (Span(-3, 4), "rebuild(Span, timedelta(days=-2, hours=-23, minutes=-59, seconds=-56))"),
        (Price("1.20"), 'rebuild(Price, Decimal("1.20"))'),
        (re.compile("a+").match, 're.compile("a+").match'),
    ],
)
def test_subclasses_of_what_is_written_in_c_are_their_content_and_attributes(value, start):
    assert shown(value) == start
    again = run(render(node_of(value)))
    assert type(again) is type(value)
    assert same(again, value)


def test_sets_that_hold_themselves_are_compared_to_an_end():
    def tree() -> Token:
        root = Token(("t",))
        assert root.A.B.parent is root.A
        assert root.C
        return root

    assert same(tree(), tree())
    other = tree()
    assert other.A.D
    assert not same(tree(), other)

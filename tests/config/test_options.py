"""Options and their values."""

from __future__ import annotations

import os

import pytest

from pytead.config.options import BY_NAME, COMMANDS, OPTIONS
from pytead.config.parsing import nearest, parse_text, parse_toml
from pytead.errors import PyteadError

BASE = os.path.abspath("/base")


def test_no_two_options_of_a_command_share_a_flag() -> None:
    for command in COMMANDS:
        flags = [
            flag
            for option in OPTIONS
            if command in option.commands
            for flag in (*option.flags, option.off_flag)
        ]
        flags = [flag for flag in flags if flag]
        assert len(flags) == len(set(flags))
        assert not {"-m", "-h", "--help", "--version"} & set(flags)


def test_a_flag_means_one_option_in_all_commands() -> None:
    flags = [flag for option in OPTIONS for flag in option.flags]
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("targets", "a.*,b", ("a.*,b",)),
        ("limit", "0", 0),
        ("limit", " 12 ", 12),
        ("max_overhead", "20%", "20%"),
        ("max_overhead", " 2.50 ", "2.5%"),
        ("storage_dir", "logs", os.path.join(BASE, "logs")),
        ("storage_dir", "../logs", os.path.abspath("/logs")),
        ("format", "sqlite", "sqlite"),
        ("quiet", "YES", True),
        ("verify", "0", False),
        ("redact", "customer_id, *_code,", ("customer_id", "*_code")),
        ("redact_values", "a{1,2}", ("a{1,2}",)),
        ("paths", "logs", (os.path.join(BASE, "logs"),)),
        ("json", "-", "-"),
        ("json", "3", "3"),
        ("json", "./3", os.path.join(BASE, "3")),
    ],
)
def test_parse_text(name: str, text: str, value: object) -> None:
    assert parse_text(BY_NAME[name], text, "place", BASE) == value


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("limit", "-1", "PYTEAD_X takes a whole number, 0 or more, not '-1'", ""),
        ("max_overhead", "-5%", "PYTEAD_X takes a percentage such as '20%', not '-5%'", ""),
        ("limit", "1.5", "PYTEAD_X takes a whole number, 0 or more, not '1.5'", ""),
        ("limit", "\u0661", "PYTEAD_X takes a whole number, 0 or more, not '\u0661'", ""),
        (
            "format",
            "pickel",
            "PYTEAD_X takes 'pickle' or 'json' or 'sqlite', not 'pickel'",
            "did you mean 'pickle'?",
        ),
        ("quiet", "maybe", "PYTEAD_X takes true or false, not 'maybe'", ""),
        ("storage_dir", "", "PYTEAD_X takes a path, not ''", ""),
    ],
)
def test_a_bad_text_is_shown_with_its_place(name: str, text: str, message: str, hint: str) -> None:
    with pytest.raises(PyteadError) as caught:
        parse_text(BY_NAME[name], text, "PYTEAD_X", BASE)
    assert (caught.value.slug, caught.value.message, caught.value.hint) == ("bad-value", message, hint)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("targets", ["a", "b,c"], ("a", "b,c")),
        ("targets", "a,b", ("a,b",)),
        ("limit", 5, 5),
        ("quiet", False, False),
        ("json", 3, "3"),
        ("output", "tests/x.py", os.path.join(BASE, "tests", "x.py")),
    ],
)
def test_parse_toml(name: str, given: object, value: object) -> None:
    assert parse_toml(BY_NAME[name], given, "place", BASE) == value


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("limit", True, "True (a boolean)"),
        ("limit", "5", "'5' (a string)"),
        ("limit", 5.0, "5.0 (a float)"),
        ("quiet", 1, "1 (an integer)"),
        ("targets", [1], "[1] (an array)"),
        ("storage_dir", ["x"], "['x'] (an array)"),
        ("json", True, "True (a boolean)"),
    ],
)
def test_a_bad_type_is_shown(name: str, given: object, shown: str) -> None:
    with pytest.raises(PyteadError) as caught:
        parse_toml(BY_NAME[name], given, "[run] x in f.toml", BASE)
    assert caught.value.message == f"[run] x in f.toml takes {BY_NAME[name].takes}, not {shown}"


def test_sections_of_tead() -> None:
    assert BY_NAME["limit"].sections("tead") == ("tead", "run", "defaults")
    assert BY_NAME["output"].sections("tead") == ("tead", "gen", "defaults")
    assert BY_NAME["quiet"].sections("tead") == ("tead", "run", "gen", "defaults")
    assert BY_NAME["targets"].sections("gen") == ()


def test_nearest() -> None:
    assert nearest("storagedir", BY_NAME) == "storage_dir"
    assert nearest("qqqq", BY_NAME) == ""

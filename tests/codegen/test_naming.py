from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pytead.codegen.naming import base_name, base_names, file_names, mangled, unique
from pytead.names import FunctionName

IDENTIFIERS = st.from_regex(r"[A-Za-zé_][A-Za-z0-9é_]{0,8}", fullmatch=True)
DOTTED = st.lists(IDENTIFIERS, min_size=1, max_size=12).map(".".join)
FUNCTIONS = st.builds(FunctionName, DOTTED, DOTTED)


def test_files_are_named_after_module_and_function() -> None:
    multiply = FunctionName("mymodule", "multiply")
    deposit = FunctionName("bank.account", "Account.deposit")
    assert file_names([deposit, multiply]) == {
        multiply: "test_mymodule_multiply.py",
        deposit: "test_bank_account_Account_deposit.py",
    }


def test_files_that_only_case_or_dots_tell_apart_get_digits_of_what_they_stand_for() -> None:
    functions = [FunctionName("a.b", "Foo"), FunctionName("a.b", "foo"), FunctionName("a", "b.foo")]
    names = file_names(functions)
    assert all(re.fullmatch(r"test_a_b_[Ff]oo_[0-9a-f]{8}\.py", name) for name in names.values())
    assert file_names(functions[::-1]) == names
    assert file_names(functions[:1]) == {functions[0]: "test_a_b_Foo.py"}


@given(st.lists(FUNCTIONS, max_size=12))
def test_file_names_are_unique_and_stay_in_their_folder(functions: list[FunctionName]) -> None:
    names = file_names(functions)
    assert set(names) == set(functions)
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert re.fullmatch(r"test_\w+\.py", name)
        assert len(name.encode()) <= 104


def test_tests_are_named_after_the_function_alone_unless_another_has_that_name() -> None:
    push, other_push = FunctionName("m", "push"), FunctionName("n", "push")
    add = FunctionName("m", "Money.__add__")
    assert base_name(add) == "test_Money_add"
    assert base_names([push, add]) == {push: "test_push", add: "test_Money_add"}
    assert base_names([push, other_push]) == {push: "test_m_push", other_push: "test_n_push"}


def test_a_taken_name_gets_as_many_digits_as_it_takes() -> None:
    taken = {"test_a", "test_a_0123"}
    assert unique("test_a", "0123456789abcdef", taken) == "test_a_01234"
    assert unique("test_b", "0123456789abcdef", taken) == "test_b"
    assert {"test_a_01234", "test_b"} <= taken


def test_private_names_are_written_as_they_are_reached_from_outside() -> None:
    assert mangled("Account.__secret") == "Account._Account__secret"
    assert mangled("_Outer.__Inner.run") == "_Outer._Outer__Inner.run"
    assert mangled("Account.__add__") == "Account.__add__"
    assert mangled("__helper") == "__helper"

"""Of many calls the few are tested that show all; and for each function it can be asked what became of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {
    "pytest.ini": "[pytest]\nfilterwarnings = error\n",
    "shop.py": """
        import time

        def price(amount, member=False):
            if amount < 0:
                raise ValueError("negative")
            if amount > 1000:
                return wholesale(amount)
            return amount * 0.9 if member else amount

        def wholesale(amount):
            if amount == 5000:
                return 0
            return amount // 2

        def label(name):
            return name.upper()

        def stamp():
            return time.time_ns()

        def odd(number, seen=[]):
            seen.append(number)
            return len(seen)

        class Shelf:
            def __del__(self):
                pass

        async def never():
            pass

        def drop():
            never().close()
    """,
    "main.py": """
        import shop

        for amount in range(1, 60):
            shop.price(amount)
        for amount in (-3, 2000, 5000):
            try:
                shop.price(amount)
            except ValueError:
                pass
        shop.price(8, member=True)
        for number in range(40):
            shop.label(f"a{number}z")
        shop.stamp(), shop.odd(1), shop.odd(1), shop.drop(), shop.Shelf()
    """,
}


@pytest.fixture(scope="module")
def shop(make_shared: Callable[..., Any], few_plugins: dict[str, str]) -> Any:
    """A program all of whose calls were recorded."""
    program = make_shared(FILES)
    program.pytead("run", "-q", "-l", "0", "-t", "shop", "main.py")
    return program


def calls_of(text: str) -> set[str]:
    """The parametrised cases in a generated module."""
    return set(re.findall(r"pytest\.param\((.*), id=", text))


def gen(program: Any, *words: str, env: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """What ``gen`` says of each function."""
    made = program.pytead("gen", "-q", "--json", "-", *words, env=env)
    return {account["func"]: account for account in json.loads(made.stdout)["functions"]}


def test_few_cases_reach_every_line_and_show_every_outcome(shop: Any, few_plugins: dict[str, str]) -> None:
    accounts = gen(shop, "shop.price", env=few_plugins)
    price = accounts["shop.price"]
    calls = " ".join(test["call"] for test in price["tests"])
    assert len(price["tests"]) == price["cases"] <= 8
    assert {"price(-3)", "price(2000)", "price(5000)", "price(8, member=True)"} <= {
        test["call"] for test in price["tests"]
    }, calls
    assert price["chosen_by"] == "lines and values"
    assert len(price["left_out"]) == 63 - price["cases"]
    reached = " ".join(place for test in price["tests"] for place in test["reaches"])
    assert "shop.py:" in reached
    every = gen(shop, "shop.price", "--all-cases", "-d", "all", env=few_plugins)["shop.price"]
    assert (every["cases"], every["left_out"]) == (63, [])
    kept = calls_of(shop.read("tests/generated/test_shop_price.py"))
    assert kept < calls_of(shop.read("all/test_shop_price.py"))
    two = gen(shop, "shop.price", "--max-cases", "2", "-d", "two", env=few_plugins)["shop.price"]
    assert two["cases"] == 2


def test_without_running_them_they_are_chosen_by_their_values_and_that_is_said(shop: Any) -> None:
    made = shop.pytead("gen", "--no-verify", "-d", "blind", "shop.price")
    assert "chosen by their values alone" in made.stderr
    assert "left out: " in made.stderr
    assert "ValueError" in shop.read("blind/test_shop_price.py")


def test_every_function_that_was_seen_has_a_fate(shop: Any, few_plugins: dict[str, str]) -> None:
    accounts = gen(shop, env=few_plugins)
    fates = {name: account["fate"] for name, account in accounts.items()}
    assert fates == {
        "shop.Shelf.__del__": "rejected",
        "shop.drop": "tested",
        "shop.label": "tested",
        "shop.never": "rejected",
        "shop.odd": "rejected",
        "shop.price": "tested",
        "shop.stamp": "rejected",
        "shop.wholesale": "tested",
    }
    why = {name: {one["slug"] for one in account["rejected"]} for name, account in accounts.items()}
    assert why["shop.Shelf.__del__"] == {"kind-special"}
    assert why["shop.never"] == {"not-started"}
    assert why["shop.odd"] == {"hidden-state"}
    assert all(one["hint"] for account in accounts.values() for one in account["rejected"])
    table = shop.pytead("gen", env=few_plugins).stderr
    for name in accounts:
        assert name in table
    assert accounts["shop.label"]["cases"] == 8  # each begins and ends alike, but the results differ


def test_explain_tells_one_function_from_the_store_and_the_last_gen(
    shop: Any, few_plugins: dict[str, str]
) -> None:
    gen(shop, env=few_plugins)
    gen(shop, "shop.label", env=few_plugins)  # which leaves the account of the others as it is
    told = shop.pytead("explain", "shop.price").stdout
    for words in (
        "shop.price\nrecorded  63 calls looked at, 63 kept: 1 raised, 62 returned\n",
        "in tests/generated/test_shop_price.py, chosen by lines and values",
        "  price(-3) raised ValueError('negative')",
        "reaches shop.py:",
        "left out",
        "--all-cases keeps them",
    ):
        assert words in told
    refused = shop.pytead("explain", "shop.odd", "shop.Shelf").stdout
    assert "rejected  hidden-state, 2 calls: odd(1) gave 1, and another time it gave 2" in refused
    assert "rejected  kind-special: __del__" in refused
    (both,) = json.loads(shop.pytead("explain", "--json", "shop.label").stdout)
    assert (both["func"], both["fate"], both["recorded"]["kept"]) == ("shop.label", "tested", 40)
    unknown = shop.pytead("explain", "shop.prise")
    assert unknown.returncode == 1
    assert "shop.price" in unknown.stderr
    assert "[no-targets]" in shop.pytead("explain").stderr


def test_explain_says_what_it_does_not_know_yet(make_program: Callable[..., Any]) -> None:
    program = make_program({"m.py": "def f(x):\n    return x\n", "main.py": "import m\nm.f(1)\n"})
    program.pytead("-q", "-t", "m", "main.py")
    assert "none yet: pytead gen" in program.pytead("explain", "m.f").stdout
    program.pytead("gen", "-q", "--no-verify")
    assert "1 case in tests/generated/test_m_f.py" in program.pytead("explain", "m.f").stdout
    program.write("main.py", "import m\nm.f(2)\n")
    program.pytead("-q", "-t", "m", "main.py")
    assert "more was recorded since" in program.pytead("explain", "m.f").stdout
    assert "foreign" not in program.pytead("list").stderr
    program.pytead("clean", "--yes")
    assert not (program.folder / "call_logs").exists()

"""``gen --with-flow``: generated tests that pin what recorded calls call on their way."""

from __future__ import annotations

import json

import pytest

SHOP = """
    import asyncio
    import functools

    class Basket:
        def __init__(self, prices):
            self.prices = prices

        def total(self):
            return sum(price(each) for each in self.prices)

    def price(each):
        if each < 0:
            raise ValueError(each)
        return each

    def twice(each):
        return price(each) + price(each)

    async def later(n):
        await asyncio.sleep(0)
        return price(n)

    def numbers(n):
        yield price(n)

    @functools.lru_cache
    def known(n):
        return price(n)

    def cached(n):
        return known(n)
    """
MAIN = """
    import asyncio
    from shop import Basket, cached, known, later, numbers, price, twice

    known(3)
    print(Basket([1, 2]).total(), twice(4), asyncio.run(later(7)), list(numbers(5)), cached(3))
    try:
        price(-1)
    except ValueError:
        pass
    """
SUITE = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


@pytest.fixture
def shop(make_program):
    program = make_program({"shop.py": SHOP, "main.py": MAIN})
    recorded = program.pytead("run", "--flow", "-q", "-t", "shop", "main.py")
    assert recorded.returncode == 0, recorded.stderr
    return program


def generated(shop, *targets: str) -> dict:
    result = shop.pytead("gen", "--with-flow", "--json", "report.json", *targets)
    assert result.returncode == 0, result.stderr
    return json.loads(shop.read("report.json"))


def test_a_change_of_the_flow_alone_fails_the_flow_tests_alone(shop) -> None:
    report = generated(shop)
    assert report["flows"] > 0
    before = shop.run(*SUITE)
    assert before.returncode == 0, before.stdout
    snapshot = shop.read("tests/generated/__snapshots__/test_shop_twice_flow.ambr")
    assert "twice(each=4) -> 8\n        price(each=4) -> 4  x 2\n" in snapshot
    assert str(shop.folder) not in snapshot
    raised = shop.read("tests/generated/test_shop_price_flow.py")
    assert "with pytest.raises(error), traced:" in raised
    assert "asyncio.run(later(*args, **kwargs))" in shop.read("tests/generated/test_shop_later_flow.py")
    assert "-> 3\n" in shop.read("tests/generated/__snapshots__/test_shop_Basket_total_flow.ambr")
    shop.write("shop.py", SHOP.replace("price(each) + price(each)", "2 * price(each)"))
    after = shop.run(*SUITE, "-vvv", "--snapshot-no-colors")
    assert after.returncode == 1
    failed = [
        line.split(" ")[0]
        for line in after.stdout.splitlines()
        if line.startswith("tests/") and "FAILED" in line
    ]
    assert failed == ["tests/generated/test_shop_twice_flow.py::test_twice_flow[4]"]
    assert "price(each=4) -> 4  x 2" in after.stdout
    assert "price(each=4) -> 4\n" in after.stdout.replace(" \n", "\n")
    assert shop.run(*SUITE, "--snapshot-update").returncode == 0
    assert shop.run(*SUITE).returncode == 0


def test_each_case_without_a_flow_test_has_a_reason(shop) -> None:
    report = generated(shop, "shop.numbers", "shop.cached")
    rejected = {(each["func"], each["slug"]) for each in report["rejected"]}
    assert ("shop.numbers", "flow-story") in rejected
    assert ("shop.cached", "flow-differs") in rejected
    reason = next(each["reason"] for each in report["rejected"] if each["slug"] == "flow-differs")
    assert reason.endswith("in the recording it called shop.cached x 1")
    assert (shop.folder / "tests/generated/test_shop_cached.py").exists()
    assert not (shop.folder / "tests/generated/test_shop_cached_flow.py").exists()


def test_what_a_person_has_edited_stays_with_its_snapshots(shop) -> None:
    generated(shop)
    file, snapshots = (
        "tests/generated/test_shop_twice_flow.py",
        "tests/generated/__snapshots__/test_shop_twice_flow.ambr",
    )
    edited = shop.read(file).replace("format_trace()", "format_trace().upper()")
    shop.write(file, edited)
    assert shop.run(*SUITE, "--snapshot-update").returncode == 0
    kept = shop.read(snapshots)
    assert "TWICE(EACH=4)" in kept
    generated(shop)
    assert (shop.read(file), shop.read(snapshots)) == (edited, kept)


def test_it_is_the_same_whenever_it_is_made(shop) -> None:
    generated(shop)
    folder = shop.folder / "tests/generated"
    first = {
        path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }
    assert any(path.suffix == ".ambr" for path in first)
    generated(shop)
    assert {path: path.read_bytes() for path in first} == first
    assert not list(folder.parent.glob("*pytead_verify*"))


def test_it_works_among_a_persons_own_tests(shop) -> None:
    shop.write("conftest.py", "")  # by which pytest finds what it tests
    shop.write("tests/generated/conftest.py", "import pytest\n")
    generated(shop)
    assert shop.run(*SUITE).returncode == 0
    snapshots = sorted(path.name for path in (shop.folder / "tests/generated/__snapshots__").iterdir())
    assert "test_shop_twice_flow.ambr" in snapshots
    assert not [name for name in snapshots if "verify" in name]


def test_what_is_missing_is_said(make_program) -> None:
    program = make_program({"shop.py": SHOP, "main.py": MAIN})
    program.pytead("run", "-q", "-t", "shop", "main.py")
    result = program.pytead("gen", "--with-flow")
    assert result.returncode == 1
    assert "[no-flow]" in result.stderr
    assert not (program.folder / "tests").exists()
    clash = program.pytead("gen", "--with-flow", "--no-verify")
    assert clash.returncode == 2
    assert "[options-clash]" in clash.stderr

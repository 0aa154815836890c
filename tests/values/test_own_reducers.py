"""``@pytead.reducer``: how a user's own type is written."""

from __future__ import annotations

import pytest

import pytead
from pytead.values.tree import find_opaque

from .test_source import node_of, render, run, shown


class Money:
    """Hides what it holds, as a class in C would."""

    def __init__(self, cents: int, currency: str) -> None:
        self._all = memoryview(f"{cents} {currency}".encode())[:]

    @classmethod
    def parse(cls, text: str) -> Money:
        number, currency = text.split()
        return cls(round(float(number) * 100), currency)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and self._all == other._all

    __hash__ = None  # type: ignore[assignment]


class Odd:
    pass


class Half(Money):
    pass


def plainly() -> Money:
    return Money(1, "EUR")


@pytest.fixture
def _reducers():
    @pytead.reducer(Money)
    def reduce_money(value):
        number, currency = bytes(value._all).decode().split()
        if currency == "XXX":
            raise ValueError("no currency")
        if currency == "def":
            return plainly, ()
        return Money.parse, (f"{int(number) / 100:.2f} {currency}",)

    @pytead.reducer(Half)
    def reduce_half(value):
        return Half, (), {"cents": 1, "currency": "EUR"}

    yield
    for cls in (Money, Half):
        pytead.reducer(cls)(lambda value: ())


@pytest.mark.usefixtures("_reducers")
def test_a_type_is_written_as_its_reducer_says():
    assert shown([Money(1250, "EUR")]) == '[Money.parse("12.50 EUR")]'
    assert run(render(node_of(Money(1250, "EUR")))) == Money(1250, "EUR")
    assert shown(Half(1, "EUR")) == 'Half(cents=1, currency="EUR")'


@pytest.mark.usefixtures("_reducers")
@pytest.mark.parametrize(
    ("currency", "reason"),
    [
        ("XXX", "ValueError: no currency"),
        ("def", "its reducer has to name a class or a class method, which a test can import"),
    ],
)
def test_a_reducer_that_fails_costs_that_value_alone(currency, reason):
    found = find_opaque(node_of({"paid": Money(5, currency)}))
    assert found is not None
    path, opaque = found
    assert (path, opaque.slug, opaque.reason) == ("['paid']", "value-unpicklable", reason)
    assert shown(Money(5, "EUR")) == 'Money.parse("0.05 EUR")'


def test_only_classes_have_reducers():
    with pytest.raises(TypeError, match="needs a class, not int"):
        pytead.reducer(3)  # type: ignore[arg-type]


APP = {
    "shop/__init__.py": "",
    "shop/money.py": """
        import decimal

        class Money:
            def __init__(self, amount, currency):
                self._box = iter([decimal.Decimal(amount), currency]).__next__
                self.amount, self.currency = decimal.Decimal(amount), currency

            def __eq__(self, other):
                return (self.amount, self.currency) == (other.amount, other.currency)

        def doubled(money):
            return Money(2 * money.amount, money.currency)
        """,
    "main.py": """
        import sys
        from shop.money import Money, doubled
        assert "shop.reducers" not in sys.modules
        print(doubled(Money("1.25", "EUR")).amount)
        """,
}
REDUCERS = """
    import pytead
    from shop.money import Money

    @pytead.reducer(Money)
    def money(value):
        return Money, (str(value.amount), value.currency)
    """


@pytest.mark.parametrize("way", ["flag", "config", "entry point"])
def test_reducers_are_found(make_program, way):
    files = {**APP, "shop/reducers.py": REDUCERS}
    if way == "config":
        files[".pytead/config.toml"] = '[run]\nreducers = ["shop.reducers"]\n'
    if way == "entry point":
        files["shop-1.0.dist-info/entry_points.txt"] = "[pytead.reducers]\nshop = shop.reducers\n"
    program = make_program(files)
    flags = ["--reducers", "shop.reducers"] if way == "flag" else []
    assert program.pytead("-t", "shop.*", *flags, "main.py").stdout == "2.50\n"
    assert program.pytead("gen").returncode == 0
    text = program.read("tests/generated/test_shop_money_doubled.py")
    assert 'Money("1.25", "EUR")' in text
    assert 'Money("2.50", "EUR")' in text


def test_a_module_that_can_not_be_imported_is_named(make_program):
    program = make_program(APP)
    done = program.pytead("-t", "shop.*", "--reducers", "shop.nowhere", "main.py")
    assert "shop.nowhere, named in reducers, can't be imported: ModuleNotFoundError" in done.stderr
    assert done.stdout == "2.50\n"

"""Objects that go into a call are made by a constructor call that is proven to give them."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

from pytead.select.initialisers import keywords_of
from pytead.values.freezer import freeze
from pytead.values.tree import read

SHOP = """
    import itertools
    from dataclasses import dataclass, field

    numbers = itertools.count(1)

    class Customer:
        def __init__(self, name, city="Delft"):
            self._name = name
            self.city = city

    class Cart:
        def __init__(self, owner, items=()):
            self.owner = owner
            self.items = list(items)

        def total(self):
            return sum(price for _, price in self.items)

        def add(self, name, price):
            self.items.append((name, price))

    class Ticket:
        def __init__(self, text):
            self.text = text
            self.number = next(numbers)

        def shown(self):
            return f"{self.number}: {self.text}"

    @dataclass
    class Line:
        price: float
        gross: float = field(init=False)

        def __post_init__(self):
            self.gross = self.price * 1.25

    def whole(lines): return sum(line.gross for line in lines)
    def is_of(cart, items): return cart.items is items
    def first(cart): return Cart(cart.owner, cart.items[:1])
    """
MAIN = """
    import shop

    cart = shop.Cart(shop.Customer("Ann"))
    cart.total(); cart.add("tea", 3); shop.first(cart); cart.add("milk", 2); cart.total()
    shop.is_of(cart, cart.items)
    for text in "ab":
        shop.Ticket(text).shown()
    shop.whole([shop.Line(1.0), shop.Line(2.0)])
    """


def test_what_goes_in_is_constructed_and_what_comes_out_is_not(make_program: Any) -> None:
    program = make_program({"shop.py": SHOP, "main.py": MAIN})
    made = program.pytead("tead", "-t", "shop", "main.py")
    assert made.returncode == 0, made.stderr
    total = program.read("tests/generated/test_shop_Cart_total.py")
    assert 'Cart(Customer("Ann"))' in total  # as it was called
    assert 'Cart(owner=Customer("Ann"), items=[("tea", 3), ("milk", 2)])' in total  # as its source has it
    add = program.read("tests/generated/test_shop_Cart_add.py")
    assert 'Cart(Customer("Ann"))' in add
    assert 'owner=rebuild(Customer, _name="Ann", city="Delft")' in add
    assert "[Line(price=1.0), Line(price=2.0)]" in program.read("tests/generated/test_shop_whole.py")
    # another number each time; a list that is passed in, too
    assert 'rebuild(Ticket, text="b", number=2)' in program.read("tests/generated/test_shop_Ticket_shown.py")
    assert "items = [" in program.read("tests/generated/test_shop_is_of.py")
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert program.run(*suite).returncode == 0
    program.write("shop.py", program.read("shop.py").replace("self.city = city", "self.city = city.upper()"))
    assert "test_first" in program.run(*suite).stdout


CLASSES = """
    class Plain:
        def __init__(self, name, *, size=3, tags=None):
            self.name = name
            self._size: int = size
            self.__tags = tags or []
            self.seen = {}

    class Version:
        def __init__(self, major, minor=0, part=None):
            parts = {"major": int(major), "minor": int(minor)}
            self._major = parts["major"]
            if parts["minor"] >= 0:
                self.__minor = parts["minor"]
            self.part = part

    class Spread:
        def __init__(self, *names):
            self.names = names

    class Helped:
        def __init__(self, name):
            self.load(name)
    """


@pytest.mark.parametrize(
    ("cls", "attributes", "keywords"),
    [
        ("Plain", {"name": "a", "_size": 3, "_Plain__tags": [], "seen": {}}, ["name", "tags"]),
        ("Version", {"_major": 1, "_Version__minor": 2, "part": None}, ["major", "minor"]),
        ("Version", {"_major": 1, "_Version__minor": 2, "part": None, "extra": 1}, None),
        ("Plain", {"name": "a", "_size": 4, "_Plain__tags": [], "seen": {}}, ["name", "size", "tags"]),
        (
            "Plain",
            {"name": "a", "_size": 3, "_Plain__tags": [], "seen": {1: 2}},
            None,
        ),  # it was empty at first
        ("Plain", {"name": "a", "_size": 3, "_Plain__tags": [], "seen": {}, "other": 1}, None),
        ("Plain", {"_size": 3, "_Plain__tags": [], "seen": {}}, None),
        ("Spread", {"names": ()}, None),
        ("Helped", {"name": "a"}, ["name"]),
    ],
)
def test_parameters_are_those_that_the_source_assigns_or_an_attribute_is_called_like(
    cls: str, attributes: dict[str, Any], keywords: list[str] | None
) -> None:
    tree = ast.parse(textwrap.dedent(CLASSES))
    (definition,) = [each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == cls]
    found = keywords_of(definition, [(name, read(freeze(value))) for name, value in attributes.items()])
    assert (None if found is None else [name for name, _ in found]) == keywords

"""Tests of ``shop.basket.Basket.add``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest
from pytead.replay import same

from shop.basket import Basket, Line
from shop.catalogue import Category, Product


def line():
    return Line(
        product=Product(
            sku="b1",
            name="Fluent Pythons",
            price=Decimal("39.90"),
            category=Category.BOOK,
        ),
        quantity=1,
    )


def basket():
    return Basket(customer="Ann", lines=[line()])


def line_2():
    return Line(
        product=Product(
            sku="t1",
            name="Wooden train",
            price=Decimal("24.00"),
            category=Category.TOY,
        ),
        quantity=2,
    )


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected, receiver_after",
    [
        pytest.param(
            Basket(customer="Ann", lines=[]),
            (
                Product(
                    sku="b1",
                    name="Fluent Pythons",
                    price=Decimal("39.90"),
                    category=Category.BOOK,
                ),
                1,
            ),
            {},
            1,
            basket(),
            id="Product-1-c855",
        ),
        pytest.param(
            basket(),
            (
                Product(
                    sku="t1",
                    name="Wooden train",
                    price=Decimal("24.00"),
                    category=Category.TOY,
                ),
                2,
            ),
            {},
            2,
            Basket(customer="Ann", lines=[line(), line_2()]),
            id="Product-2-3235",
        ),
    ],
)
def test_Basket_add_changes_receiver(receiver, args, kwargs, expected, receiver_after):
    result = receiver.add(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)
    assert same(receiver, receiver_after)


def test_Basket_add_changes_receiver_with_shared_values_77df():
    product = Product(
        sku="b1",
        name="Fluent Pythons",
        price=Decimal("39.90"),
        category=Category.BOOK,
    )
    receiver = Basket(customer="Ann", lines=[Line(product=product, quantity=1), line_2()])
    args = (product, 1)
    kwargs = {}
    expected = 2
    receiver_after = Basket(
        customer="Ann",
        lines=[
            Line(
                product=Product(
                    sku="b1",
                    name="Fluent Pythons",
                    price=Decimal("39.90"),
                    category=Category.BOOK,
                ),
                quantity=2,
            ),
            line_2(),
        ],
    )
    result = receiver.add(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)
    assert same(receiver, receiver_after)


# pytead: 96b757318fbe (edit this file and Pytead leaves it alone)

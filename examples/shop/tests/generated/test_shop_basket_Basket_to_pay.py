"""Tests of ``shop.basket.Basket.to_pay``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest

from shop.basket import Basket, Line
from shop.catalogue import Category, Product


def basket():
    return Basket(
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
            Line(
                product=Product(
                    sku="t1",
                    name="Wooden train",
                    price=Decimal("24.00"),
                    category=Category.TOY,
                ),
                quantity=2,
            ),
        ],
    )


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected",
    [
        pytest.param(basket(), (), {}, Decimal("135.38"), id="Basket-Ann-be4b"),
        pytest.param(basket(), (), {"is_regular": True}, Decimal("132.53"), id="is_regular=True"),
    ],
)
def test_Basket_to_pay(receiver, args, kwargs, expected):
    result = receiver.to_pay(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)


# pytead: 142217459848 (edit this file and Pytead leaves it alone)

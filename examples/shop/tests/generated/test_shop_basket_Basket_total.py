"""Tests of ``shop.basket.Basket.total``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest

from shop.basket import Basket, Line
from shop.catalogue import Category, Product


@pytest.mark.parametrize(
    "receiver, expected",
    [
        pytest.param(
            Basket(
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
            ),
            Decimal("142.51"),
            id="Basket-Ann-0b57",
        ),
    ],
)
def test_Basket_total(receiver, expected):
    result = receiver.total
    assert result == expected
    assert type(result) is type(expected)


# pytead: 9284809461b3 (edit this file and Pytead leaves it alone)

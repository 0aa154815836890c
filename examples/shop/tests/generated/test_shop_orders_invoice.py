"""Tests of ``shop.orders.invoice``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from datetime import date
from decimal import Decimal
from textwrap import dedent

import pytest

from shop.basket import Basket, Line
from shop.catalogue import Category, Product
from shop.orders import invoice


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
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
                date(2024, 3, 1),
            ),
            {},
            dedent(
                """\
                Invoice for Ann, 01 March 2024

                  2 Fluent Pythons          85.39
                  2 Wooden train            57.12

                to pay by 15 March 2024: 135.38"""
            ),
            id="Basket-2024_3_1-dffc",
        ),
    ],
)
def test_invoice(args, kwargs, expected):
    assert invoice(*args, **kwargs) == expected


# pytead: f6106f4d1577 (edit this file and Pytead leaves it alone)

"""Tests of ``shop.pricing.gross``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest

from shop.catalogue import Category, Product
from shop.pricing import gross


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
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
            Decimal("57.12"),
            id="Product-2-943f",
        ),
        pytest.param(
            (
                Product(
                    sku="b1",
                    name="Fluent Pythons",
                    price=Decimal("39.90"),
                    category=Category.BOOK,
                ),
                2,
            ),
            {},
            Decimal("85.39"),
            id="Product-2-06c6",
        ),
    ],
)
def test_gross(args, kwargs, expected):
    result = gross(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    "args, kwargs, error, error_args",
    [
        pytest.param(
            (Product(sku="f1", name="Green tea", price=Decimal("4.50"), category=Category.FOOD), 0),
            {},
            ValueError,
            ("quantity must be at least 1, not 0",),
            id="raises-ValueError-Product-0-6166",
        ),
    ],
)
def test_gross_raises(args, kwargs, error, error_args):
    with pytest.raises(error) as caught:
        gross(*args, **kwargs)
    assert caught.type is error
    assert caught.value.args == error_args


# pytead: 8030001be52f (edit this file and Pytead leaves it alone)

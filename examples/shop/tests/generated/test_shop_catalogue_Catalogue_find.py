"""Tests of ``shop.catalogue.Catalogue.find``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest
from pytead.replay import same

from shop.catalogue import Catalogue, Category, Product, UnknownProduct


def catalogue():
    return Catalogue(
        [
            Product(
                sku="b1",
                name="Fluent Pythons",
                price=Decimal("39.90"),
                category=Category.BOOK,
            ),
            Product(sku="f1", name="Green tea", price=Decimal("4.50"), category=Category.FOOD),
            Product(sku="t1", name="Wooden train", price=Decimal("24.00"), category=Category.TOY),
        ],
    )


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected",
    [
        pytest.param(
            catalogue(),
            ("f1",),
            {},
            Product(sku="f1", name="Green tea", price=Decimal("4.50"), category=Category.FOOD),
            id="f1",
        ),
        pytest.param(
            catalogue(),
            ("t1",),
            {},
            Product(sku="t1", name="Wooden train", price=Decimal("24.00"), category=Category.TOY),
            id="t1",
        ),
        pytest.param(
            catalogue(),
            ("b1",),
            {},
            Product(
                sku="b1",
                name="Fluent Pythons",
                price=Decimal("39.90"),
                category=Category.BOOK,
            ),
            id="b1",
        ),
    ],
)
def test_Catalogue_find(receiver, args, kwargs, expected):
    assert same(receiver.find(*args, **kwargs), expected)


@pytest.mark.parametrize(
    "receiver, args, kwargs, error, error_args",
    [
        pytest.param(
            catalogue(),
            ("x9",),
            {},
            UnknownProduct,
            ("x9",),
            id="raises-UnknownProduct-x9",
        ),
    ],
)
def test_Catalogue_find_raises(receiver, args, kwargs, error, error_args):
    with pytest.raises(error) as caught:
        receiver.find(*args, **kwargs)
    assert caught.type is error
    assert caught.value.args == error_args


# pytead: d5842bf77da6 (edit this file and Pytead leaves it alone)

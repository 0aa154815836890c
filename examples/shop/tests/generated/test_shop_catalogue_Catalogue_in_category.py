"""Tests of ``shop.catalogue.Catalogue.in_category``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest
from pytead.replay import same

from shop.catalogue import Catalogue, Category, Product


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected",
    [
        pytest.param(
            Catalogue(
                [
                    Product(
                        sku="b1",
                        name="Fluent Pythons",
                        price=Decimal("39.90"),
                        category=Category.BOOK,
                    ),
                    Product(
                        sku="f1",
                        name="Green tea",
                        price=Decimal("4.50"),
                        category=Category.FOOD,
                    ),
                    Product(
                        sku="t1",
                        name="Wooden train",
                        price=Decimal("24.00"),
                        category=Category.TOY,
                    ),
                ],
            ),
            (Category.TOY,),
            {},
            [Product(sku="t1", name="Wooden train", price=Decimal("24.00"), category=Category.TOY)],
            id="TOY",
        ),
    ],
)
def test_Catalogue_in_category(receiver, args, kwargs, expected):
    assert same(receiver.in_category(*args, **kwargs), expected)


# pytead: be9dfff1f381 (edit this file and Pytead leaves it alone)

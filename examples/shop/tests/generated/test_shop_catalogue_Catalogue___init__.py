"""Tests of ``shop.catalogue.Catalogue.__init__``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest
from pytead.replay import rebuild, same

from shop.catalogue import Catalogue, Category, Product


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
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
            {},
            rebuild(
                Catalogue,
                _by_sku={
                    "b1": Product(
                        sku="b1",
                        name="Fluent Pythons",
                        price=Decimal("39.90"),
                        category=Category.BOOK,
                    ),
                    "f1": Product(
                        sku="f1",
                        name="Green tea",
                        price=Decimal("4.50"),
                        category=Category.FOOD,
                    ),
                    "t1": Product(
                        sku="t1",
                        name="Wooden train",
                        price=Decimal("24.00"),
                        category=Category.TOY,
                    ),
                },
            ),
            id="list3-ace2",
        ),
    ],
)
def test_Catalogue_init(args, kwargs, expected):
    assert same(Catalogue(*args, **kwargs), expected)


# pytead: ae594d47e89a (edit this file and Pytead leaves it alone)

"""Tests of ``office.orders.labels``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from office.orders import Address, Customer, Line, Order, labels


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
                Order(
                    number=17,
                    customer=Customer(
                        name="Ann Brook",
                        billing=Address(street="Canal 12", city="Delft", country="NL"),
                        shipping=None,
                    ),
                    lines=[Line(sku="b1", quantity=2), Line(sku="t7", quantity=1)],
                ),
            ),
            {},
            ["17/b1: Ann Brook, Delft", "17/t7: Ann Brook, Delft"],
            id="Order-ca92",
        ),
    ],
)
def test_labels(args, kwargs, expected):
    assert labels(*args, **kwargs) == expected


# pytead: ed5d2026fa7e (edit this file and Pytead leaves it alone)

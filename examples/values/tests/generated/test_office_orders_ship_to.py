"""Tests of ``office.orders.ship_to``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from office.orders import Address, Customer, Line, Order, ship_to


@pytest.mark.parametrize(
    "args, kwargs, args_after",
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
                "Leiden",
            ),
            {},
            (
                Order(
                    number=17,
                    customer=Customer(
                        name="Ann Brook",
                        billing=Address(street="Canal 12", city="Delft", country="NL"),
                        shipping=Address(street="Canal 12", city="Leiden", country="NL"),
                    ),
                    lines=[Line(sku="b1", quantity=2), Line(sku="t7", quantity=1)],
                ),
                "Leiden",
            ),
            id="Order-Leiden-a9c6",
        ),
    ],
)
def test_ship_to_returns_changed_argument(args, kwargs, args_after):
    assert ship_to(*args, **kwargs) is args[0]
    assert args == args_after


# pytead: c3fbc44dccce (edit this file and Pytead leaves it alone)

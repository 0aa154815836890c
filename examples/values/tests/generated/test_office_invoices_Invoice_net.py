"""Tests of ``office.invoices.Invoice.net``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from datetime import date
from decimal import Decimal

import pytest
from pytead.replay import same

from office.invoices import Invoice, Position


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected",
    [
        pytest.param(
            Invoice(
                number="2024-031",
                day=date(2024, 3, 1),
                positions=(
                    Position(
                        text="Paper, white, 500 sheets",
                        price=Decimal("4.50"),
                        quantity=10,
                        tax=Decimal("0.21"),
                    ),
                    Position(text="Coffee", price=Decimal("8.90"), quantity=3, tax=Decimal("0.09")),
                    Position(
                        text="Chair, oak",
                        price=Decimal("129.00"),
                        quantity=2,
                        tax=Decimal("0.21"),
                    ),
                ),
            ),
            (),
            {},
            Decimal("329.70"),
            id="Invoice-2024-031-7003",
        ),
    ],
)
def test_Invoice_net(receiver, args, kwargs, expected):
    assert same(receiver.net(*args, **kwargs), expected)


# pytead: 88e9471691ab (edit this file and Pytead leaves it alone)

"""Tests of ``office.models.raised``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from datetime import date
from decimal import Decimal

import pytest
from pytead.replay import same

from office.models import Employee, raised


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (Employee(name="Dee", since=date(2020, 5, 1), salary=Decimal("4200.00")), 3),
            {},
            Decimal("4326.00"),
            id="Employee-3-1363",
        ),
    ],
)
def test_raised(args, kwargs, expected):
    assert same(raised(*args, **kwargs), expected)


# pytead: 296429ccd800 (edit this file and Pytead leaves it alone)

"""Tests of ``shop.pricing.discount``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest

from shop.pricing import discount


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (Decimal("142.51"),),
            {"is_regular": False},
            Decimal("7.13"),
            id="142.51-is_regular=False",
        ),
        pytest.param(
            (Decimal("142.51"),),
            {"is_regular": True},
            Decimal("9.98"),
            id="142.51-is_regular=True",
        ),
    ],
)
def test_discount(args, kwargs, expected):
    result = discount(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)


# pytead: 6d360add2ef1 (edit this file and Pytead leaves it alone)

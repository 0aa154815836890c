"""Tests of ``shop.orders.due_date``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from datetime import date

import pytest

from shop.orders import due_date


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param((date(2024, 3, 1),), {}, date(2024, 3, 15), id="2024_3_1"),
    ],
)
def test_due_date(args, kwargs, expected):
    assert due_date(*args, **kwargs) == expected


# pytead: d86061da8817 (edit this file and Pytead leaves it alone)

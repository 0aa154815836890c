"""Tests of ``shop.pricing.rounded``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

from decimal import Decimal

import pytest

from shop.pricing import rounded


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param((Decimal("7.1255"),), {}, Decimal("7.13"), id="7.1255"),
        pytest.param((Decimal("9.9757"),), {}, Decimal("9.98"), id="9.9757"),
        pytest.param((Decimal("57.1200"),), {}, Decimal("57.12"), id="57.1200"),
        pytest.param((Decimal("85.3860"),), {}, Decimal("85.39"), id="85.3860"),
    ],
)
def test_rounded(args, kwargs, expected):
    result = rounded(*args, **kwargs)
    assert result == expected
    assert type(result) is type(expected)


# pytead: 4dc9ac6d4df1 (edit this file and Pytead leaves it alone)

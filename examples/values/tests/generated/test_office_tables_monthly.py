"""Tests of ``office.tables.monthly``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest
from pytead.replay import same

import pandas as pd
from office.tables import monthly


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
                pd.DataFrame(
                    {
                        "month": [1, 1, 2, 2, 3],
                        "customer": ["Ann", "Bob", "Ann", "Cy", "Bob"],
                        "amount": [120.5, 80.0, 45.25, 300.0, 19.99],
                    },
                ),
            ),
            {},
            pd.DataFrame({"month": [1, 2, 3], "amount": [200.5, 345.25, 19.99]}),
            id="DataFrame-9954",
        ),
    ],
)
def test_monthly(args, kwargs, expected):
    assert same(monthly(*args, **kwargs), expected)


# pytead: 0c8bc8fb6add (edit this file and Pytead leaves it alone)

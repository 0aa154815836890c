"""Tests of ``office.stock.missing``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from office.stock import Kind, missing


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            ({Kind.PAPER: 12, Kind.CHAIRS: 1}, {Kind.PAPER: 10, Kind.PENS: 25, Kind.CHAIRS: 4}),
            {},
            {Kind.PENS: 25, Kind.CHAIRS: 3},
            id="dict2-dict3-1131",
        ),
    ],
)
def test_missing(args, kwargs, expected):
    assert missing(*args, **kwargs) == expected


# pytead: 981208c09f21 (edit this file and Pytead leaves it alone)

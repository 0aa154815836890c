"""Tests of ``mymodule.multiply``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from mymodule import multiply


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param((2, 3), {}, 6, id="2-3"),
        pytest.param((10, 0), {}, 0, id="10-0"),
    ],
)
def test_multiply(args, kwargs, expected):
    assert multiply(*args, **kwargs) == expected


# pytead: 28e37abdbc9c (edit this file and Pytead leaves it alone)

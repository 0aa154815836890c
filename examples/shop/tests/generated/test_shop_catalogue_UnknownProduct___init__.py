"""Tests of ``shop.catalogue.UnknownProduct.__init__``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest
from pytead.replay import rebuild, same

from shop.catalogue import UnknownProduct


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(("x9",), {}, rebuild(UnknownProduct, ("x9",), sku="x9"), id="x9"),
    ],
)
def test_UnknownProduct_init(args, kwargs, expected):
    assert same(UnknownProduct(*args, **kwargs), expected)


# pytead: 1d726dbe1707 (edit this file and Pytead leaves it alone)

"""Tests of ``shop.catalogue.UnknownProduct.__str__``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from shop.catalogue import UnknownProduct


@pytest.mark.parametrize(
    "receiver, args, kwargs, expected",
    [
        pytest.param(UnknownProduct("x9"), (), {}, "no product 'x9'", id="UnknownProduct-x9-26a2"),
    ],
)
def test_UnknownProduct_str(receiver, args, kwargs, expected):
    assert receiver.__str__(*args, **kwargs) == expected


# pytead: 22b5e2cb6ed8 (edit this file and Pytead leaves it alone)

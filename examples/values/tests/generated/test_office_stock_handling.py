"""Tests of ``office.stock.handling``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest

from office.stock import Flags, Kind, handling


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(([Kind.CHAIRS],), {}, Flags.FRAGILE | Flags.HEAVY, id="list1-180b"),
    ],
)
def test_handling(args, kwargs, expected):
    assert handling(*args, **kwargs) == expected


# pytead: a3a99cab5016 (edit this file and Pytead leaves it alone)

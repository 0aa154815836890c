"""Tests of ``office.desk.wanted``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest
from pytead.replay import same

from flask import Request
from office.desk import wanted


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
                Request.from_values(
                    "/orders",
                    method="POST",
                    headers=[("Content-Type", "application/json"), ("X-Customer", "Ann Brook")],
                    data=b'{"sku": "T7"}',
                    environ_base={"REMOTE_ADDR": "127.0.0.1"},
                ),
            ),
            {},
            {"sku": "t7", "count": 1, "by": "Ann Brook", "is_express": False},
            id="Request-464e",
        ),
        pytest.param(
            (
                Request.from_values(
                    "/orders?speed=express",
                    method="POST",
                    headers=[("Content-Type", "application/json"), ("X-Customer", "Ann Brook")],
                    data=b'{"count": 2, "sku": "B1"}',
                    environ_base={"REMOTE_ADDR": "127.0.0.1"},
                ),
            ),
            {},
            {"sku": "b1", "count": 2, "by": "Ann Brook", "is_express": True},
            id="Request-2e49",
        ),
    ],
)
def test_wanted(args, kwargs, expected):
    assert same(wanted(*args, **kwargs), expected)


# pytead: 2caba21e0f9e (edit this file and Pytead leaves it alone)

"""Tests of ``office.settings.address``, made by Pytead from calls that a running program made.

Make them again with: pytead gen
"""

import pytest
from pytead.replay import rebuild

from office.settings import Settings, address
from pydantic.types import SecretStr


@pytest.mark.parametrize(
    "args, kwargs, expected",
    [
        pytest.param(
            (
                Settings(
                    host="db.local",
                    password=rebuild(SecretStr, _secret_value="redacted-bb796d2f820f"),
                    opening_hours={"mon": (9, 17), "sat": (10, 13)},
                ),
            ),
            {},
            "postgres://office:***@db.local:5432",
            id="Settings-f523",
        ),
    ],
)
def test_address(args, kwargs, expected):
    assert address(*args, **kwargs) == expected


# pytead: bc0dcca37edf (edit this file and Pytead leaves it alone)

"""The billing run as it is, pinned by one snapshot before it is refactored: its result and how it comes to it."""

import pytest
from billing import bill

from pytead import TracedSnapshotExtension

ORDERS = [
    {"customer": "Ann", "lines": [{"price": 30, "count": 2}, {"price": 5, "count": 1}]},
    {"customer": "Bob", "lines": [{"price": 10, "count": 4}]},
    {"customer": "Ann", "lines": [{"price": 1, "count": 3}]},
    {"customer": "Cid", "lines": [{"price": 99, "count": 1}]},
]


@pytest.mark.trace_modules("billing")
def test_billing(traced_snapshot, snapshot):
    with traced_snapshot:
        result = bill(ORDERS)
    assert traced_snapshot.execution(result) == snapshot(extension_class=TracedSnapshotExtension)

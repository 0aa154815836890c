"""Workers that are given their work by somebody else: Celery's, and pytest-xdist's."""

from __future__ import annotations

import sys

import pytest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="it needs fork and signals of POSIX")

CELERY = """
from celery import Celery
from shop import total

app = Celery("tasks", broker="filesystem://", backend="file://results")
folders = {"data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control", "polling_interval": 0.05}
app.conf.update(broker_transport_options=folders, broker_connection_retry_on_startup=True)

@app.task
def bill(prices):
    return total(prices)
"""


@posix_only
def test_celery_prefork(make_program, start):
    program = make_program({"tasks.py": CELERY, "shop.py": "def total(prices):\n    return sum(prices)\n"})
    for folder in ("queue", "control", "results"):
        (program.folder / folder).mkdir()
    options = ("-P", "prefork", "-c", "1", "-l", "INFO", "--without-gossip", "--without-mingle")
    worker = start(
        program, "-m", "pytead", "run", "shop.*,tasks.*", "--", "celery", "-A", "tasks", "worker", *options
    )
    worker.says("ready")
    client = "from tasks import bill; print(bill.delay([2, 3]).get(timeout=60))"
    asked = program.run("-c", client)
    assert asked.stdout == "5\n", asked.stderr + worker.output()
    # Celery takes five seconds to stop; what its workers recorded doesn't wait for that.
    assert program.recorded() == {"shop.total": 1, "tasks.bill": 1}


def test_xdist(make_program):
    program = make_program(
        {
            "shop.py": "def total(prices):\n    return sum(prices)\n",
            "test_shop.py": """
                import os, pytest, shop
                @pytest.mark.parametrize("n", range(4))
                def test_total(n):
                    assert os.environ["PYTEST_XDIST_WORKER"]
                    assert shop.total([n, 1]) == n + 1
            """,
        }
    )
    recorded = program.pytead("run", "shop.*", "--", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider")
    assert recorded.returncode == 0
    assert "4 passed" in recorded.stdout
    assert program.recorded() == {"shop.total": 4}
    assert "pytead: 4 calls of 1 function recorded" in recorded.stderr

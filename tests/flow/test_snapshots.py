"""Snapshots of flows in real pytest runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

SHOP = """
    def checkout(prices):
        return total(prices) - discount(len(prices))

    def total(prices):
        return sum(price(each) for each in prices)

    def price(each):
        return each

    def discount(count):
        return 1 if count > 2 else 0
    """
SUITE = """
    import pytest
    from pytead import TracedSingleFileExtension, TracedSnapshotExtension
    from shop import checkout

    @pytest.fixture
    def flows(snapshot):
        return snapshot.use_extension(TracedSnapshotExtension)

    @pytest.mark.trace_modules("shop", detail="standard")
    def test_flow(traced_snapshot, flows):
        with traced_snapshot:
            result = checkout([1, 1, 1])
        assert traced_snapshot.execution(result) == flows

    @pytest.mark.trace_modules("shop")
    def test_nested(traced_snapshot, flows):
        with traced_snapshot:
            checkout([2])
        assert {"flow": traced_snapshot.execution(), "more": (1,)} == flows

    @pytest.mark.trace_modules("shop")
    def test_by_syrupy_alone(traced_snapshot, snapshot):
        with traced_snapshot:
            checkout([2])
        assert {"flow": traced_snapshot.execution()} == snapshot

    @pytest.mark.trace_modules("shop", detail="detailed")
    def test_file(traced_snapshot, snapshot):
        with traced_snapshot:
            checkout([1, 1, 1])
        assert traced_snapshot == snapshot(extension_class=TracedSingleFileExtension)

    @pytest.mark.trace_modules("shop")
    def test_excluded(traced_snapshot, flows):
        from syrupy.filters import props
        with traced_snapshot:
            checkout([2])
        assert traced_snapshot.execution() == flows(exclude=props("performance_summary", "call_graph"))

    def test_tracer(function_tracer):
        with function_tracer:
            checkout([3])
        assert function_tracer.get_function_list()[0] == "shop.checkout"
        assert function_tracer.detail_level == "minimal"
    """
INI = """
    [pytest]
    trace_modules =
        shop.*
    trace_detail = minimal
    """


@pytest.fixture
def suite(make_program):
    return make_program({"shop.py": SHOP, "test_shop.py": SUITE, "pytest.ini": INI})


def run(suite, *options: str) -> subprocess.CompletedProcess[str]:
    return suite.run(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *options,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_flow_is_pinned_and_a_changed_one_shows_the_call(suite) -> None:
    missing = run(suite)
    assert missing.returncode == 1, missing.stdout
    made = run(suite, "--snapshot-update")
    assert made.returncode == 0, made.stdout
    amber = suite.read("__snapshots__/test_shop.ambr")
    assert '"checkout(prices=[1, 1, 1]) -> 2"' in amber or "'checkout(prices=[1, 1, 1]) -> 2'" in amber
    assert "price(each=1) -> 1  x 3" in amber
    assert amber.count("performance_summary") == 2
    assert str(suite.folder) not in amber
    (single,) = (suite.folder / "__snapshots__/test_shop").glob("*.trace")
    assert single.read_text("utf-8").splitlines()[:2] == [
        "checkout(prices=[1, 1, 1]) -> 2",
        "  total(prices=[1, 1, 1]) -> 3",
    ]
    again = run(suite)
    assert again.returncode == 0, again.stdout
    suite.write("shop.py", SHOP.replace("count > 2", "count > 3"))
    changed = run(suite, "-k", "test_flow", "-vvv", "--snapshot-no-colors")
    assert changed.returncode == 1
    assert "discount(count=3) -> 0" in changed.stdout
    assert "discount(count=3) -> 1" in changed.stdout


def test_a_pure_refactoring_passes(suite) -> None:
    assert run(suite, "--snapshot-update").returncode == 0
    suite.write("shop.py", SHOP.replace("return 1 if count > 2 else 0", "return int(count > 2)"))
    assert run(suite).returncode == 0


def test_a_snapshot_that_is_used_no_more_is_found(suite) -> None:
    assert run(suite, "--snapshot-update").returncode == 0
    suite.write("test_shop.py", SUITE.replace("test_excluded", "test_renamed"))
    result = run(suite, "--snapshot-details")
    assert result.returncode == 1
    assert "test_excluded" in result.stdout
    assert "unused" in result.stdout


def test_it_works_with_xdist(suite) -> None:
    assert run(suite, "--snapshot-update").returncode == 0
    result = run(suite, "-n", "2")
    assert result.returncode == 0, result.stdout


def test_pytest_works_without_syrupy(make_program) -> None:
    suite = make_program(
        {
            "syrupy.py": "raise ImportError('there is no syrupy')\n",
            "test_it.py": """
                import pytest
                def double(x):
                    return 2 * x
                def test_tracing(function_tracer, traced_snapshot):
                    with function_tracer, traced_snapshot:
                        double(2)
                    assert traced_snapshot.format_trace() == "double(x=2) -> 4"
                def test_the_extension_says_what_it_needs():
                    with pytest.raises(ImportError, match="syrupy"):
                        from pytead import TracedSnapshotExtension
                """,
        }
    )
    paths = os.pathsep.join([str(suite.folder), str(Path(__file__).parents[2])])
    result = suite.run(
        "-m", "pytest", "-q", "-p", "no:syrupy", "-p", "no:cacheprovider", env={"PYTHONPATH": paths}
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_plugin_loads_nothing_of_flow_until_a_fixture_is_used(make_program) -> None:
    suite = make_program(
        {
            "test_it.py": """
                import sys
                def test_nothing_is_loaded():
                    assert not [name for name in sys.modules if name.startswith("pytead.flow")]
                """,
        }
    )
    result = run(suite)
    assert result.returncode == 0, result.stdout


def test_importing_pytead_loads_nothing() -> None:
    import subprocess

    code = "import sys; before = set(sys.modules); import pytead; print(sorted(set(sys.modules) - before))"
    result = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert set(eval(result.stdout)) <= {
        "pytead",
        "__future__",
        "typing",
        "collections",
        "collections.abc",
    } | set(_modules_of("typing"))


def _modules_of(name: str) -> list[str]:
    import subprocess

    code = f"import sys, {name}; print(*sys.modules)"
    return subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

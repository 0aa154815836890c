"""How a generated test tells that something is different: exactly or nearly, and where."""

from __future__ import annotations

from typing import Any

import pytest

MODULE = """
    from dataclasses import dataclass

    @dataclass
    class Item:
        name: str
        price: float

    class Order:
        def __init__(self, items): self.items = items

    def order(n): return Order([Item(f"i{i}", i * 1.5) for i in range(n)])
    def items(n): return {"of": [Item(f"i{i}", 0.25 + i * 1.5) for i in range(n)], "count": str(n)}
    def count(n): return n
    def walk(n):
        sent = yield n / 3
        yield sent / 3
    """
MAIN = """
    import work
    work.order(3); work.items(3); work.count(3)
    w = work.walk(1); next(w); w.send(1.5); list(w)
    """


@pytest.fixture(scope="module")
def program(program_class: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = program_class(tmp_path_factory.mktemp("program"), {"work.py": MODULE, "main.py": MAIN})
    assert made.pytead("tead", "-q", "-t", "work", "main.py").returncode == 0
    return made


def run(program: Any, name: str) -> str:
    path = f"tests/generated/test_work_{name}.py"
    return str(program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", path).stdout)


def test_a_failing_test_shows_where_the_values_differ(program: Any) -> None:
    source = program.read("work.py")
    program.write("work.py", source.replace("i * 1.5", "i * 1.5 + (i == 2)"))
    try:
        by_structure, by_equality = run(program, "order"), run(program, "items")
    finally:
        program.write("work.py", source)
    assert "assert .items[2].price: 4.0 != 3.0" in by_structure
    assert "E         ['of'][2].price: 4.25 != 3.25" in by_equality
    assert "Omitting 1 identical items" in by_equality  # what pytest says itself


def test_a_tolerance_is_in_the_test_where_there_are_floats(program: Any) -> None:
    made = program.pytead("gen", "--tolerance", "1e-9")
    assert made.returncode == 0, made.stderr
    assert "assert same(order(*args, **kwargs), expected, tolerance=1e-09)" in program.read(
        "tests/generated/test_work_order.py"
    )
    assert "assert count(*args, **kwargs) == expected" in program.read("tests/generated/test_work_count.py")
    assert "tolerance=1e-09" in program.read("tests/generated/test_work_walk.py")
    source = program.read("work.py")
    for change, result in (("1e-13", "1 passed"), ("1e-3", "1 failed")):
        program.write(
            "work.py", source.replace("i * 1.5", f"i * 1.5 + {change}").replace("/ 3", f"/ 3 + {change}")
        )
        assert [result in run(program, name) for name in ("order", "items", "walk")] == [True] * 3
    program.write("work.py", source)


def test_what_no_tolerance_can_be(program: Any) -> None:
    made = program.pytead("gen", "--tolerance", "-1")
    assert (made.returncode, "takes a number such as 1e-9, 0 or more, not '-1'" in made.stderr) == (2, True)

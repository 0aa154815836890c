"""Classes that are defined inside functions: by their source, where their objects or they themselves are arguments."""

from __future__ import annotations

from typing import Any

import pytest

WORK = """
    class Base:
        rate = 2
        def price(self): return 10 * self.rate
    def total(items): return sum(i.price() for i in items)
    def bump(item): item.n += 1; return item.n
    def kind(cls): return cls.__name__
    def show(x): return x.show()
    def free(x): return x.show()
    def make(n):
        class Inner:
            def __init__(self): self.n = n
        return Inner()
    def twin(x): return type(x)(x.n + 1)
    def raised(e):
        try: raise e
        except Exception as x: return str(x)
    def cyclic(x): return x.me is x
    """
USE = """
    from __future__ import annotations
    import work
    from dataclasses import dataclass
    from abc import ABC, abstractmethod

    UNIT = "kg"

    def run(factor):
        class Fake(work.Base):
            rate = 5
            def __init__(self, n): self.n = n
            def price(self):
                return super().price() + factor + self.n
        class Deeper(Fake):
            def price(self): return super().price() * 2
        @dataclass
        class Point:
            n: int
            unit: str = UNIT
            def show(self) -> str: return f"{self.n} {UNIT} {factor}"
        class Abstract(ABC):
            @abstractmethod
            def show(self): ...
        class Real(Abstract):
            def show(self): return "real"
        class Bad(Exception):
            def __str__(self): return "bad: " + ", ".join(map(str, self.args))
        class MyList(list):
            def price(self): return len(self)
        class Uses:
            x = factor
            def show(self): return self.x
        class Recursive:
            def __init__(self, n): self.n = n
            def show(self): return Recursive(1).n + self.n
        work.total([Fake(1), Fake(2), Deeper(3)])
        work.total([MyList([1, 2])])
        work.bump(Fake(1)); work.bump(Point(2))
        work.kind(Fake)
        work.show(Point(4)); work.show(Real()); work.show(Recursive(4)); work.free(Uses())
        work.make(3)
        work.twin(Fake(3)); work.twin(Point(3))
        work.raised(Bad(1, 2))
        ring = Recursive(1); ring.me = ring; work.cyclic(ring)
    """
FILES = {"work.py": WORK, "use.py": USE, "main.py": "import use\nuse.run(3)\n"}


@pytest.mark.parametrize("stored", ["pickle", "json"])
def test_objects_of_local_classes_are_arguments(stored: str, make_program: Any) -> None:
    program = make_program(FILES)
    program.assert_unchanged("main.py", targets="work")
    made = program.pytead("tead", "--format", stored, "-s", "other", "-t", "work", "main.py")
    assert made.returncode == 0, made.stderr
    assert made.stderr.endswith(
        "10 functions recorded, 8 with tests\n15 cases written to tests/generated, 2 rejected\n"
    )
    assert "value-free-name: run.<locals>.Uses" in made.stderr
    assert "uses factor, which use doesn't define" in made.stderr
    assert "make.<locals>.Inner is a class that was made during the call: work.make" in made.stderr
    total = program.read("tests/generated/test_work_total.py")
    assert "    factor = 3\n\n    class Fake(work.Base):\n        rate = 5\n" in total
    assert "    class Deeper(Fake):\n" in total
    assert "rebuild(Deeper, n=3)" in total
    assert 'Point(n=4, unit="kg")' in program.read("tests/generated/test_work_show.py")
    bump = program.read("tests/generated/test_work_bump.py")
    assert bump.count("class Point:") == 1  # before and after the call it is one class
    assert "15 passed" in program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").stdout
    program.write("work.py", program.read("work.py").replace("item.n += 1", "item.n += 2"))
    assert "2 failed" in program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Fake(work.Base):", "Fakes(work.Base):"),
        ("factor + self.n", "factor - self.n"),
        ("rate = 5", "rate = 6"),
    ],
)
def test_a_class_that_has_changed_since_is_refused(old: str, new: str, make_program: Any) -> None:
    program = make_program(FILES)
    assert program.pytead("-q", "-t", "work.kind", "main.py").returncode == 0
    program.write("use.py", program.read("use.py").replace(old, new))
    made = program.pytead("gen", "--no-verify")
    assert (made.returncode, "value-source" in made.stderr) == (1, True), made.stderr


def test_what_has_no_source_is_refused_and_nothing_is_kept_alive(make_program: Any) -> None:
    program = make_program(
        {
            "work.py": "def f(x): return 1\n",
            "main.py": """
                import collections, enum, gc, weakref, work
                def run():
                    class Color(enum.Enum):
                        RED = 1
                    class Big:
                        def me(self): return Big, self
                    big = Big()
                    work.f(Color.RED); work.f(collections.namedtuple("P", "x")(1)); work.f(big); work.f(Big)
                    namespace = {}
                    exec("class Hidden:\\n    def f(self): return 1", namespace)
                    work.f(namespace["Hidden"]())
                    return weakref.ref(big), weakref.ref(Big)
                refs = run()
                gc.collect()
                print([ref() for ref in refs])
                """,
        }
    )
    assert program.assert_unchanged("main.py", targets="work").stdout == "[None, None]\n"
    made = program.pytead("gen", "--no-verify")
    assert "2 cases written" in made.stderr, made.stderr
    assert "value-local-class" in made.stderr

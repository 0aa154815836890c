"""What a test tells of the type of a result, and of what an exception was raised from, where ``==`` tells neither."""

from __future__ import annotations

import re
from typing import Any

MODULE = """
    import enum
    from collections import OrderedDict
    from decimal import Decimal

    class Level(enum.IntEnum):
        LOW = 1

    class ConfigError(Exception): pass

    def half(n): return n / 2
    def middle(a, b): return (a + b) // 2
    def halves(ns): return [n / 2 for n in ns]
    def mean(ns): return {"n": len(ns), "mean": sum(ns) / len(ns)}
    def count(text): return int(text)
    def level(n): return Level(n)
    def found(n): return Level(n) if n else None
    def price(text): return Decimal(text)
    def flags(ns): return {"any": bool(ns[0])}
    def ordered(pairs): return OrderedDict(pairs)
    def frozen(xs): return frozenset(xs)
    def looked_up(names, name):
        try: return names[name]
        except KeyError as error: raise ConfigError(name) from error
    async def awaited(names, name):
        try: return names[name]
        except KeyError as error: raise ConfigError(name) from error
    def product(a, b): return a * b
    def name(n): return "a" * n
    """
MAIN = """
    import asyncio, work
    work.half(4); work.half(5); work.middle(2, 4); work.halves([2, 4]); work.mean([1, 3]); work.count("12")
    work.level(1); work.found(1); work.found(0); work.price("3"); work.flags([1]); work.ordered([("a", 1)])
    work.frozen([1]); work.product(2, 3); work.name(2)
    for call in (lambda: work.looked_up({}, "a"), lambda: asyncio.run(work.awaited({}, "a"))):
        try: call()
        except work.ConfigError: pass
    """
OTHERS = {
    "n / 2": "n // 2",
    "(a + b) // 2": "(a + b) / 2",
    "sum(ns) / len(ns)": "sum(ns) // len(ns)",
    "int(text)": "float(text)",
    "return Level(n)\n": "return n\n",
    "Level(n) if n": "n if n",
    "Decimal(text)": "int(text)",
    "bool(ns[0])": "ns[0]",
    "OrderedDict(pairs)": "dict(pairs)",
    "frozenset(xs)": "set(xs)",
    "from error": "from None",
}


def test_a_value_of_another_type_that_is_equal_fails_the_test(make_program: Any) -> None:
    program = make_program({"work.py": MODULE, "main.py": MAIN})
    for storage, *more in (("json", "--no-verify"), ("pickle",)):
        arguments = (
            "-q",
            "--format",
            storage,
            "-s",
            storage,
            "-c",
            storage,
            "-o",
            f"test_{storage}.py",
            *more,
        )
        assert program.pytead("tead", *arguments, "-t", "work", "main.py").returncode == 0
    text, of_json = (program.read(f"test_{storage}.py").splitlines() for storage in ("pickle", "json"))
    assert text[4:-1] == of_json[4:-1]
    text = "\n".join(text)
    assert "    assert level(*args, **kwargs) is expected\n" in text
    # what needs no more stays plain
    assert "    assert product(*args, **kwargs) == expected\n" in text
    assert "    assert name(*args, **kwargs) == expected\n" in text
    assert "    assert type(caught.value.__cause__) is cause\n" in text
    assert "    assert caught.value.__cause__.args == cause_args\n" in text
    source = program.read("work.py")
    for old, new in OTHERS.items():
        assert old in source
        source = source.replace(old, new)
    program.write("work.py", source)
    ended = program.run("-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider", "test_pickle.py")
    passed = set(re.findall(r"PASSED .*::test_(\w+)", ended.stdout))
    assert "14 failed, 3 passed" in ended.stdout
    assert passed == {"product", "name", "found"}  # that is None

"""Functions, iterators and furniture that a program hands around."""

from __future__ import annotations

import pytest

APP = """
    import functools
    import threading

    LIMIT = 3

    def check(number): return number < LIMIT
    def pick(items, wanted): return [item for item in items if wanted(item)]
    def call(function, *args): return function(*args)
    def times(function, count): return [function() for _ in range(count)]
    def compose(outer, inner):
        def composed(*args):
            return outer(inner(*args))
        return composed
    def total(numbers): return sum(numbers)
    def first(iterator): return next(iterator)
    def squares(count):
        for number in range(count):
            yield number * LIMIT

    def traced(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return ["traced", function(*args, **kwargs)]
        return wrapper

    def char(wanted):
        def parse(text, place=0):
            if text[place:place + 1] != wanted:
                raise ValueError(f"no {wanted!r} at {place}")
            return wanted, place + 1
        return parse
    def sequence(*parsers):
        def parse(text, place=0):
            found = []
            for parser in parsers:
                value, place = parser(text, place)
                found.append(value)
            return found, place
        return parse
    def parsed(parser, text): return parser(text)[0]

    class Bus:
        def __init__(self):
            self.handlers = {}
            self.lock = threading.Lock()
        def on(self, name, handler): self.handlers.setdefault(name, []).append(handler)
        def emit(self, name, *args):
            with self.lock:
                return [handler(*args) for handler in self.handlers.get(name, [])]
    """
MAIN = """
    import functools
    import app

    def main():
        app.pick([1, 5], lambda number: app.check(number) and number > 0)
        args = 4
        app.pick([1, 5], lambda number: number > args)
        expected = [2]
        def print(item, app=args):
            return item in expected or item == app
        app.pick([1, 2, 4], print)
        count = 0
        def tick():
            nonlocal count
            count += 1
            return count
        app.times(tick, 2)
        app.call(app.compose(str, abs), -1)
        app.call(app.traced(app.check), 1)
        app.call(functools.partial(app.compose(len, list), "abc"))
        app.parsed(app.sequence(app.char("a"), app.char("b")), "ab")
        try: app.parsed(app.char("a"), "b")
        except ValueError: pass
        app.total(app.squares(3))
        app.total(number * args for number in [1, 2])
        app.total({1: 2}.values())
        rest = iter([1, 2, 3])
        next(rest)
        app.first(rest)
        bus = app.Bus()
        seen = []
        bus.on("it", lambda value: seen.append(value) or len(seen))
        bus.emit("it", "x")
        bus.emit("it", "y")

    main()
    """


@pytest.fixture(scope="module")
def program(make_shared):
    made = make_shared({"app.py": APP, "main.py": MAIN})
    recorded = made.pytead("-t", "app", "main.py")
    assert recorded.returncode == 0, recorded.stderr
    return made


def test_calls_with_them_become_tests_that_pass_and_notice_changes(program, few_plugins):
    made = program.pytead("gen", "-d", "tests/made", env=few_plugins)
    for function in ("pick", "times", "call", "compose", "parsed", "total", "first", "Bus.on", "Bus.emit"):
        rejected = [line for line in made.stderr.splitlines() if line.split()[:1] == [f"app.{function}"]]
        assert [len(line.split()) for line in rejected] == [2], made.stderr
    ended = program.command("pytest", "-q", "-W", "error", "tests/made", env=few_plugins)
    assert ended.returncode == 0, ended.stdout
    app = program.folder / "app.py"
    text = app.read_text()
    for old, new in [
        ("if wanted(item)", "if not wanted(item)"),
        ("outer(inner(*args))", "inner(outer(*args))"),
    ]:
        app.write_text(text.replace(old, new))
        ended = program.command("pytest", "-q", "tests/made", env=few_plugins)
        assert ended.returncode == 1, (old, ended.stdout)
    app.write_text(text)


def test_source_that_has_changed_since_is_not_taken_for_what_ran(program, few_plugins):
    main = program.folder / "main.py"
    text = main.read_text()
    main.write_text(text.replace("number > args", "number < args"))
    made = program.pytead("gen", "--no-verify", "-d", "tests/changed", "app.pick", env=few_plugins)
    main.write_text(text)
    assert "value-source: the source of main.<locals>.<lambda> (line" in made.stderr
    assert "has changed since" in made.stderr
    written = (program.folder / "tests/changed/test_app_pick.py").read_text()
    assert "number < args" not in written

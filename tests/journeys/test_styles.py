"""Tests in other shapes than the default one, each verified, each finding what the default finds."""

from __future__ import annotations

import re

import pytest

KINDS = {
    "kinds.py": """
        import contextlib

        class Refused(Exception):
            pass

        class Account:
            def __init__(self, owner, balance=0):
                self.owner = owner
                self.balance = balance

            def deposit(self, amount, *, note=""):
                if amount <= 0:
                    raise Refused(f"can't deposit {amount}")
                self.balance += amount
                return self

            @property
            def label(self):
                return f"{self.owner}: {self.balance}"

            @label.setter
            def label(self, text):
                self.owner = text

            @classmethod
            def empty(cls, owner):
                return cls(owner)

        def table(rows):
            return "\\n".join(f"{name}|{count}" for name, count in rows)

        def summary(rows):
            return {"names": [name for name, _ in rows], "total": sum(count for _, count in rows), "tags": {"a", "b"}}

        def sort(rows):
            rows.sort()
            return rows

        def fails(number):
            return 1 // number

        def steps(count):
            for number in range(count):
                yield number * 2
            return "done"

        @contextlib.contextmanager
        def opened(name):
            yield name.upper()

        async def fetch(key, default=None):
            return {"key": key}.get("key", default)

        def nothing(value):
            return None
        """,
    "main.py": """
        import asyncio
        import kinds

        account = kinds.Account("Ann", 5)
        account.deposit(3, note="x")
        account.label
        account.label = "Bob"
        kinds.Account.empty("Cid")
        try:
            account.deposit(-1)
        except kinds.Refused:
            pass
        kinds.table([("a", 1), ("b", 2)])
        kinds.summary([("a", 1), ("b", 2)])
        kinds.sort([3, 1, 2])
        kinds.fails(1)
        try:
            kinds.fails(0)
        except ZeroDivisionError:
            pass
        list(kinds.steps(3))
        with kinds.opened("it") as name:
            pass
        asyncio.run(kinds.fetch("k"))
        kinds.nothing(1)
        """,
}
FAULTS = (
    ("balance += amount", "balance += amount + 1"),
    ("can't deposit", "won't deposit"),
    ("{self.owner}: {self.balance}", "{self.owner} {self.balance}"),
    ("self.owner = text", "self.owner = text + text"),
    ("return cls(owner)", "return cls(owner, 1)"),
    ("{name}|{count}", "{name}:{count}"),
    ('{"a", "b"}', '{"a"}'),
    ("rows.sort()", "rows.sort(reverse=True)"),
    ("1 // number", "2 // (number or 1)"),
    ("number * 2", "number * 3"),
    ('return "done"', 'return "over"'),
    ("name.upper()", "name.title()"),
    ('.get("key", default)', '.get("other", default)'),
    ("return None", "return 0"),
)
STYLES = ("parametrize", "unittest", "syrupy")


def results(program, env, *command):
    ended = program.run(
        *(command or ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "syrupy", "tests")), env=env
    )
    return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", ended.stdout)}, ended


@pytest.fixture(scope="module")
def recorded(make_shared):
    program = make_shared(KINDS)
    assert program.pytead("-q", "-t", "kinds", "main.py").returncode == 0
    return program


@pytest.mark.parametrize("style", STYLES)
def test_each_style_has_every_case_and_finds_every_fault(style, recorded, few_plugins):
    program = recorded
    made = program.pytead("gen", "--style", style, "-d", f"tests/in_{style}")
    assert made.returncode == 0, made.stderr
    assert "16 cases written" in made.stderr, made.stderr
    assert ", 0 rejected" in made.stderr
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "syrupy", f"tests/in_{style}")
    assert results(program, few_plugins, *suite)[0] == {"passed": 16}
    assert program.pytead("gen", "--style", style, "-d", f"tests/in_{style}", "--check", "-q").returncode == 0
    source = program.read("kinds.py")
    survived = []
    for old, new in FAULTS:
        assert old in source
        program.write("kinds.py", source.replace(old, new))
        if "failed" not in results(program, few_plugins, *suite)[0]:
            survived.append(new)
    program.write("kinds.py", source)
    assert survived == []


def test_unittest_runs_its_own(recorded):
    made = recorded.pytead("gen", "--style", "unittest", "-d", "tests/plain", "--no-verify")
    assert made.returncode == 0
    files = sorted(path.as_posix() for path in recorded.folder.glob("tests/plain/test_*.py"))
    ran = recorded.run("-m", "unittest", *files)
    assert ran.stderr.splitlines()[-1] == "OK", ran.stderr
    assert "Ran 16 tests" in ran.stderr
    texts = [recorded.read(file) for file in files]
    assert not any("pytest" in text for text in texts)
    assert '        self.assertEqual(table([("a", 1), ("b", 2)]), "a|1\\nb|2")\n' in "".join(texts)


@pytest.mark.parametrize("is_there", [True, False])
def test_the_snapshots_are_those_that_syrupy_writes(is_there, make_program, few_plugins):
    program = make_program(ODD)
    made = program.pytead("tead", "--style", "syrupy", "-t", "odd", "main.py")
    assert made.returncode == 0, made.stderr
    file = program.folder / "tests" / "generated" / "__snapshots__" / "test_odd_give.ambr"
    before = file.read_bytes()
    assert before.count(b"# name: ") >= 20
    if not is_there:
        file.unlink()
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "syrupy")
    written = program.run(*suite, "--snapshot-update", "tests", env=few_plugins)
    assert written.returncode == 0, written.stdout
    assert file.read_bytes().replace(b"\r\n", b"\n") == before
    assert program.run(*suite, "tests", env=few_plugins).returncode == 0


ODD = {
    "odd.py": """
        VALUES = [
            None, True, 1, 1.0, -0.0, float("nan"), float("inf"), 10**30, "", "a", "a'b\\"c", "two\\nlines", "\\nends\\n", "'''\\n",
            "  indented\\n\\n  twice", "tab\\t", "\\x00\\x1b\\u2028", "a\\u2028b\\nc", "a\\r\\nb", "\\ud800", "\\ud800\\n", "é\\n😀",
            "# name: x\\n# ---", b"\\x00bytes", [], (), {}, set(), frozenset(), [1, [2, (3,)], {"k": {"n": None}}],
            {"b": 1, "a": 2, 3: "x"}, {(1, 2): 3, (0, 5): 4}, {"z", "a"}, frozenset({1, 2.5}), {frozenset({1}), frozenset({2})},
            ["two\\nlines", {"k": "two\\nlines"}], 1j, bytearray(b"x"), [[[[[[[]]]]]]], {1: 1, True: 2, "1": 3}, (None,), range(3),
        ]

        def give(number):
            return VALUES[number]
        """,
    "main.py": """
        import odd

        for number in range(len(odd.VALUES)):
            odd.give(number)
        """,
    ".pytead/config.toml": "[run]\nlimit = 0\n[defaults]\nstyle = 'syrupy'\nall_cases = true\n",
}


def test_what_syrupy_updates_is_a_persons(make_program, few_plugins):
    program = make_program(ODD)
    assert program.pytead("-q", "-t", "odd", "main.py").returncode == 0
    assert program.pytead("gen").returncode == 0
    folder = program.folder / "tests" / "generated"
    module, file = folder / "test_odd_give.py", folder / "__snapshots__" / "test_odd_give.ambr"
    first = module.read_bytes(), file.read_bytes()
    source, plain = program.read("odd.py"), "return VALUES[number]"
    program.write("odd.py", source.replace(plain, f"{plain} if number != 7 else 10**31"))
    suite = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "syrupy")
    assert "1 failed" in program.run(*suite, "tests", env=few_plugins).stdout
    # One way to bring them up to date is syrupy's ...
    assert program.run(*suite, "--snapshot-update", "tests", env=few_plugins).returncode == 0
    updated = file.read_bytes()
    assert updated != first[1]
    left = program.pytead("gen", "--no-verify")
    assert "left alone: " in left.stderr
    assert (module.read_bytes(), file.read_bytes()) == (first[0], updated)
    # ... the other is to record again, which then gives the same.
    assert program.pytead("-q", "-t", "odd", "main.py").returncode == 0
    assert program.pytead("gen", "--no-verify").returncode == 0
    assert file.read_bytes() == updated
    assert program.pytead("gen", "--no-verify", "--check").returncode == 0
    # Single changes can be refused here too.
    program.write(
        "odd.py", source.replace(plain, "return {7: 10**32, 15: 'tabs'}.get(number, VALUES[number])")
    )
    assert program.pytead("-q", "-t", "odd", "main.py").returncode == 0
    shown = program.pytead("gen", "--no-verify", "--update")
    assert [line for line in shown.stdout.splitlines() if line[:4] not in ("same", "noth")] == [
        "changed  tests/generated/test_odd_give.py::test_give[15]",
        r"  - 'tab\t'",
        "  + 'tabs'",
        "changed  tests/generated/test_odd_give.py::test_give[7]",
        "  - 1" + 31 * "0",
        "  + 1" + 32 * "0",
    ]
    assert program.pytead("gen", "--no-verify", "--update", "--accept", "7").returncode == 0
    now = file.read_text("utf-8")
    assert "1" + 32 * "0" in now
    assert r"'tab\t'" in now
    ended = program.run(*suite, "tests", env=few_plugins)
    assert "1 failed" in ended.stdout
    assert "[15]" in ended.stdout


PROPERTIES = {
    "props.py": """
        import base64

        calls = []

        def clean(text):
            return text.strip().lower()

        def encode(text):
            return base64.b64encode(text.encode()).decode()

        def decode(data):
            return base64.b64decode(data).decode()

        def divide(a, b=1):
            return a / b

        def seven(number):
            return {7: "x"}[number]

        def flaky(number):
            calls.append(number)
            return number if len(calls) < 4 else None

        def writes(name, number):
            if number == 5:
                open("seen", "w").close()
            return name

        def parse(text):
            if text == "-3":
                raise ValueError(text)
            return len(text)
        """,
    "main.py": """
        import props

        props.clean("  Ab "), props.clean("ab"), props.clean("X")
        for text in ("hello", "x y", "abc"):
            props.decode(props.encode(text))
        props.divide(4, 2), props.divide(7.5, 2), props.divide(3)
        props.seven(7)
        props.flaky(1), props.flaky(20)
        props.writes("a", 1), props.writes("b", 9)
        props.parse("22")
        try:
            props.parse("-3")
        except ValueError:
            pass
        """,
}


def test_what_held_in_every_call_is_tried_with_others(make_program, few_plugins):
    program = make_program(PROPERTIES)
    made = program.pytead("tead", "--hypothesis", "-t", "props", "main.py")
    assert made.returncode == 0, made.stderr
    folder = program.folder / "tests" / "generated"
    texts = {path.name[11:-14]: path.read_text("utf-8") for path in folder.glob("test_props_*_properties.py")}
    assert set(texts) == {"clean", "encode", "decode", "divide", "seven", "parse", "writes"}
    assert "no property test: props.flaky, as" in made.stderr
    assert "7 property tests made" in made.stderr
    assert 'st.text(" AXab", min_size=1, max_size=5)' in texts["clean"]
    assert "    assert clean(result) == result\n" in texts["clean"]
    assert "    assert decode(result) == args[0]\n" in texts["encode"]
    assert "    except ValueError:\n" in texts["parse"]
    assert "st.integers(1, 9)" not in texts["writes"]  # which would have met the call that writes
    assert "st.sampled_from([1, 9])" in texts["writes"]
    assert texts["divide"].count("@example(") == 3
    assert not (program.folder / "seen").exists()
    env = {**few_plugins, "HYPOTHESIS_STORAGE_DIRECTORY": str(program.folder / "hypothesis")}
    ended = program.command("pytest", "-q", "-p", "no:cacheprovider", "tests", env=env)
    assert ended.returncode == 0, ended.stdout
    # They stay, and are nobody's business, when tests are made without them.
    again = program.pytead("gen")
    assert "_properties" not in again.stderr
    assert len(list(folder.glob("*_properties.py"))) == 7
    program.write("props.py", program.read("props.py").replace(".strip().lower()", ".lower()[1:] or text"))
    ended = program.command("pytest", "-q", "-p", "no:cacheprovider", "tests", "-k", "properties", env=env)
    assert "1 failed, 6 passed" in ended.stdout
    assert "FAILED tests/generated/test_props_clean_properties.py::test_clean_properties" in ended.stdout


def test_without_hypothesis_it_says_so(recorded):
    blocked = recorded.folder / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(
        "import sys, importlib.machinery as m\n"
        "class Block(m.PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, path=None, target=None):\n"
        "        if name == 'hypothesis': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Block)\n"
    )
    made = recorded.pytead("gen", "--no-verify", "--hypothesis", env={"PYTHONPATH": str(blocked)})
    assert (made.returncode, made.stdout) == (1, "")
    assert "[no-hypothesis]" in made.stderr

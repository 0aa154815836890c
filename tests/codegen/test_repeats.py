"""A long value that several cases use is written once, and no case sees what another did to it."""

from __future__ import annotations

import ast
from typing import Any

MODULE = """
    from dataclasses import dataclass, field

    @dataclass
    class Product:
        sku: str
        name: str
        tags: list = field(default_factory=list)

    @dataclass
    class Shop:
        products: list
        motto: str

        def find(self, sku):
            found = [each for each in self.products if each.sku == sku][0]
            found.tags.append(sku)
            return found

    def first_word(text): return text.split()[0]
    def last_word(text, n): return text.split()[-n]
    def both(xs, ys): xs.append(0); return ys
    def short(xs, n): return xs[n]
    """
MAIN = """
    import work

    TEXT = "many words in one long line: " + "they go on and on, " * 8
    def product(sku):
        return work.Product(sku, f"a product that has a long name, {sku}, and a longer one that is spelled out")
    def shop():
        return work.Shop([product("a"), product("b")], TEXT)

    for sku in "ab":
        shop().find(sku)
    work.last_word(TEXT, 1); work.last_word(TEXT, 2); work.first_word(TEXT)
    xs = [shop()]
    work.both(xs, xs); work.both([shop()], [])
    work.short([1, 2, 3], 0); work.short([1, 2, 3], 1)
    """


def test_cases_share_the_source_and_not_the_object(make_program: Any) -> None:
    program = make_program({"work.py": MODULE, "main.py": MAIN})
    made = program.pytead("tead", "-t", "work", "main.py")
    assert (made.returncode, "0 rejected" in made.stderr) == (0, True), made.stderr
    find = program.read("tests/generated/test_work_Shop_find.py")
    assert find.count("def shop():") == 1
    assert find.count("    shop(),\n") == 2
    assert find.count("many words") == 1
    words = program.read("tests/generated/test_work_last_word.py")
    assert "TEXT = (\n" in words
    assert '(TEXT, 1), {}, "on,", id=' in words
    assert words.index("TEXT = ") < words.index("@pytest")
    assert "many" in program.read("tests/generated/test_work_first_word.py").split("def test")[0]
    assert "TEXT" not in program.read("tests/generated/test_work_first_word.py")
    assert "[1, 2, 3], 0" in program.read("tests/generated/test_work_short.py")
    # a test with statements of its own uses it too, and has its own variables beside it
    both = program.read("tests/generated/test_work_both.py")
    assert both.count("many words") == 1
    ended = program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert ended.returncode == 0, ended.stdout
    for path in (program.folder / "tests/generated").glob("test_*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        defined = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert len(defined) == len(set(defined))


def test_all_tests_in_one_module_have_them_where_they_are_first_needed(make_program: Any) -> None:
    program = make_program({"work.py": MODULE, "main.py": MAIN})
    assert program.pytead("tead", "-o", "tests/test_all.py", "-t", "work", "main.py").returncode == 0
    text = program.read("tests/test_all.py")
    assert text.count("def shop():") == 1
    assert text.count("many words") == 1
    assert text.index("def shop():") < text.index("shop(),")
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").returncode == 0


def test_lines_of_text_are_written_line_by_line(make_program: Any) -> None:
    program = make_program(
        {
            "work.py": "def shout(text): return text.upper()\ndef same_text(text): return text\n"
            "def dedent(text): return len(text)\n"
            "def kept(f): return f()\n"
            "def run():\n    return kept(lambda: dedent('''a\n      b\n      c\n      d'''))\n",
            "main.py": "import work\nwork.shout('Dear Ann,\\n\\n  soon.\\nBob\\n')\n"
            "work.same_text('a line of some length\\n' * 8)\nwork.run()\n"
            "work.shout('ends with space \\n' * 4)\n",
        }
    )
    made = program.pytead("tead", "-t", "work", "main.py")
    assert (made.returncode, "0 rejected" in made.stderr) == (0, True), made.stderr
    text = program.read("tests/generated/test_work_shout.py")
    assert "    DEAR ANN,\n\n                  SOON.\n" in text
    assert '"ends with space \\nends' in text
    named = program.read("tests/generated/test_work_same_text.py")
    assert named.count("a line of some length") == 8
    assert 'TEXT = """\\\na line of some length\n' in named
    assert "dedent" not in named
    # what a program calls dedent itself is another thing
    assert "a\\n      b" in program.read("tests/generated/test_work_kept.py")
    again = program.pytead("gen", "--json", "-")
    assert '"update"' not in again.stdout
    assert program.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests").returncode == 0

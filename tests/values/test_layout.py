from __future__ import annotations

import ast
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytead.values import layout
from pytead.values.phrasing import Dedented
from pytead.values.printer import is_block

texts = st.text(st.characters(codec=None), max_size=150)
names = st.sampled_from(["first", "Perm", "a_rather_long_name_of_something", "x"])
scalars = st.one_of(
    texts,
    st.binary(max_size=60),
    st.booleans(),
    st.none(),
    st.integers(min_value=0),
    st.floats(min_value=0, allow_nan=False).filter(lambda number: str(number)[0] != "-"),
    st.just(...),
).map(ast.Constant)
leaves = scalars | names.map(lambda name: ast.Name(name, ast.Load()))


def _compound(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    several = st.lists(inner, max_size=4)
    keywords = st.dictionaries(names, inner, max_size=3).map(
        lambda found: [ast.keyword(name, value) for name, value in found.items()]
    )
    operators = st.sampled_from([ast.BitOr(), ast.Sub(), ast.Mult(), ast.Pow(), ast.LShift()])
    return st.one_of(
        several.map(lambda items: ast.List(items, ast.Load())),
        several.map(lambda items: ast.Tuple(items, ast.Load())),
        several.filter(bool).map(ast.Set),
        st.lists(st.tuples(st.none() | inner, inner), max_size=3).map(
            lambda pairs: ast.Dict([key for key, _ in pairs], [value for _, value in pairs])
        ),
        st.builds(ast.Call, inner, several, keywords),
        st.builds(lambda value, name: ast.Attribute(value, name, ast.Load()), inner, names),
        st.builds(lambda value, index: ast.Subscript(value, index, ast.Load()), inner, inner),
        st.builds(ast.UnaryOp, st.sampled_from([ast.USub(), ast.Not(), ast.Invert()]), inner),
        st.builds(ast.BinOp, inner, operators, inner),
        st.builds(ast.IfExp, inner, inner, inner),
        st.builds(
            ast.BoolOp, st.sampled_from([ast.And(), ast.Or()]), st.lists(inner, min_size=2, max_size=3)
        ),
        st.builds(
            lambda left, ops: ast.Compare(left, [op for op, _ in ops], [each for _, each in ops]),
            inner,
            st.lists(
                st.tuples(st.sampled_from([ast.Eq(), ast.IsNot(), ast.NotIn()]), inner),
                min_size=1,
                max_size=2,
            ),
        ),
    )


expressions = st.recursive(leaves, _compound, max_leaves=25)


@given(expressions, st.sampled_from([0, 4, 60, 95]))
def test_text_parses_back_to_the_same_tree(node: ast.expr, indent: int) -> None:
    text = layout.expression(node, indent)
    assert ast.dump(ast.parse(f"({text})", mode="eval").body) == ast.dump(node)
    statement = layout.statement(ast.Assert(node), 4)
    assert ast.dump(ast.parse(f"if 1:\n{statement}").body[0].body[0].test) == ast.dump(node)  # type: ignore[attr-defined]


@given(texts)
def test_docstrings_keep_any_text(value: str) -> None:
    (node,) = ast.parse(layout.statement(ast.Expr(ast.Constant(value)))).body
    assert node.value.value == value  # type: ignore[attr-defined]


@given(texts)
def test_what_cannot_be_seen_is_escaped(value: str) -> None:
    text = layout.expression(ast.Constant(value))
    assert text.isprintable() or "\n" in text
    assert not set("\u200b\u202e\u2028\ufeff\u00a0\u3164\ufe0f\u00ad") & set(text)
    text.encode()  # no surrogate is left


def test_what_can_be_read_stays_readable() -> None:
    assert layout.expression(ast.Constant("naïve Ωμέγα 日本 😀")) == '"naïve Ωμέγα 日本 😀"'
    assert layout.expression(ast.Constant('it\'s ""')) == "'it\\'s \"\"'"
    assert layout.expression(ast.Constant("\ufe0f\U0001fae8\u1c89")) == '"\\ufe0f\\U0001fae8\\u1c89"'


STATEMENTS = '''\
import os.path as path
from a.b import c as d, e
from .near import *
from a.rather.long.package.name import first_function, second_function, third_function, fourth


@pytest.fixture
async def test_it(a, /, b: int = 1, *args, c, d=(1,), **kwargs) -> None:
    """Says "hello" \\\\ and\\nmore."""
    first = second = (await thing)[1:, ::2]
    counted: int = -1
    counted += 2 ** -1
    with pytest.raises(ValueError, match="^a$") as caught, open(x):
        for one in (1, 2):
            del one
    assert not a, f(*args, **kwargs)
    raise ValueError(1) from error


class Thing(Base, metaclass=Meta):
    x = 1

    def method(self):
        return


def bare(*, only):
    pass
'''


def test_statements_parse_back_to_the_same_tree() -> None:
    tree = ast.parse(STATEMENTS)
    text = layout.module(tree.body, "About.", [])
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse('"""About."""\n' + STATEMENTS))
    assert max(map(len, text.splitlines())) <= layout.WIDTH
    assert layout.module(ast.parse(text).body[1:], "About.") == text


def test_a_generated_module_reads_as_agreed() -> None:
    source = """
@pytest.mark.parametrize("args, kwargs, expected", [pytest.param((2, 3), {}, 6, id="2-3")])
def test_multiply(args, kwargs, expected):
    assert multiply(*args, **kwargs) == expected
"""
    groups = [ast.parse("import pytest").body, [], ast.parse("from mymodule import multiply").body]
    assert layout.module(ast.parse(source).body, "Tests.", groups) == textwrap.dedent('''\
        """Tests."""

        import pytest

        from mymodule import multiply


        @pytest.mark.parametrize(
            "args, kwargs, expected",
            [
                pytest.param((2, 3), {}, 6, id="2-3"),
            ],
        )
        def test_multiply(args, kwargs, expected):
            assert multiply(*args, **kwargs) == expected
        ''')


def test_what_does_not_fit_is_one_element_a_line() -> None:
    source = f"x = f({{'key': 'word ' * 1, 'text': {'word ' * 20!r}, 'lines': {('a' * 60 + chr(10)) * 2!r}}}, g(1, 2))"
    (node,) = ast.parse(source).body
    assert layout.statement(node) == textwrap.dedent("""\
        x = f(
            {
                "key": "word " * 1,
                "text": (
                    "word word word word word word word word word word word word word word word word word "
                    "word word word "
                ),
                "lines": (
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n"
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n"
                ),
            },
            g(1, 2),
        )""")


def test_long_chains_are_wrapped_before_their_operators() -> None:
    (node,) = ast.parse("x = " + " | ".join(f"Permission.NUMBER_{index}" for index in range(6))).body
    lines = layout.statement(node).splitlines()
    assert lines[0] == "x = ("
    assert lines[2] == "    | Permission.NUMBER_1"


def test_numbers_too_long_for_decimal_are_written_in_hex() -> None:
    number = 10**5000
    assert ast.literal_eval(layout.expression(ast.Constant(number))) == number


@pytest.mark.parametrize("source", ["[next(x) for x in y]", "[await x async for x in f(*y)]"])
def test_comprehensions(source: str) -> None:
    text = "async def f():\n    return " + source
    assert layout.statement(ast.parse(text).body[0]) == text


@pytest.mark.parametrize(
    "file", sorted(Path(layout.__file__).parent.rglob("*.py"), key=str), ids=lambda file: file.stem
)
def test_real_code_parses_back_to_the_same_tree(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    text = layout.module(tree.body)
    assert ast.dump(ast.parse(text)) == ast.dump(tree)


ODD = '''
async def around():
    """Text

    of several lines."""
    match await thing:
        case {"a": [1, *rest], **more} if more:
            text = """first
            second"""
        case _:
            pass
    async with lock, other as name:
        yield f"{text!r:>{width}}"
    total = (yield) or (lambda: (yield))
    if (found := look()) and not (a if b else c):
        return [x async for x in y for z in (1, 2) if x if z]
    elif (lambda *a, b=1, **c: a)(1):
        nonlocal_ = {**a, "b": {c for c in d}, **{k: v for k, v in e}}
    else:
        while 1:
            continue
        else:
            x[1:2, ...] = *a, b = c
    try:
        global thing
    except* ValueError:
        import a.b as c
'''


def test_odd_code_parses_back_to_the_same_tree() -> None:
    odd = ODD if sys.version_info >= (3, 11) else ODD.replace("except*", "except")
    tree = ast.parse(odd)
    text = layout.module(tree.body)
    assert ast.dump(ast.parse(text)) == ast.dump(tree)


@pytest.mark.parametrize("value", [-1, -0.0, float("nan"), 1 + 2j])
def test_constants_that_no_literal_gives_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="layout can't write the constant"):
        layout.expression(ast.Constant(value))  # type: ignore[arg-type]


def test_numbers_stand_side_by_side() -> None:
    numbers = ast.parse(repr([*range(-3, 60), 1.5]), mode="eval").body
    text = layout.expression(numbers, 4)
    assert len(text.splitlines()) == 5
    assert text.splitlines()[1].startswith("        -3, -2, -1, 0, 1,")
    assert max(map(len, text.splitlines())) <= 100
    assert text.endswith("1.5,\n    ]")
    assert ast.dump(ast.parse(text, mode="eval").body) == ast.dump(numbers)


def test_backslashes_are_not_doubled_where_that_can_be() -> None:
    assert layout.expression(ast.Constant(r"\d+ \"\w")) == r"""r'\d+ \"\w'"""
    for text in ("a\\", "\\\n", "\\'\"", "\\\u202e", "\\ud800\ud800"):
        shown = layout.expression(ast.Constant(text))
        assert not shown.startswith("r")
        assert ast.literal_eval(shown) == text


lines = st.lists(st.text("ab \\\"'\t\u202e", max_size=6), min_size=4, max_size=7).map("\n".join)


@given(lines | texts, st.sampled_from([0, 4, 12]))
def test_a_block_of_text_is_dedented_to_exactly_that_text(value: str, indent: int) -> None:
    call = ast.Call(ast.Name("dedent", ast.Load()), [Dedented(value)], [])
    if not is_block(value):
        return
    margin = " " * indent
    head = "".join(f"{margin[:depth]}if True:\n" for depth in range(0, indent, 4))
    source = f"{head}{margin}value = {layout.expression(call, indent)}\n"
    found: dict[str, object] = {"dedent": textwrap.dedent}
    exec(source, found)
    assert found["value"] == value


@given(lines)
def test_a_block_of_text_under_a_name_is_as_it_is(value: str) -> None:
    text = layout.module([ast.Assign([ast.Name("TEXT", ast.Store())], ast.Constant(value))])
    assert ast.literal_eval(text.removeprefix("TEXT = ")) == value


def test_what_blocks_look_like() -> None:
    letter = 'Dear Ann,\n\n  \\o/ "soon"\nBob\n'
    call = ast.Call(ast.Name("dedent", ast.Load()), [Dedented(letter)], [])
    shown = layout.statement(ast.Expr(ast.Call(ast.Name("f", ast.Load()), [call, ast.Constant(1)], [])))
    assert shown.splitlines() == [
        "f(",
        "    dedent(",
        '        """\\',
        "        Dear Ann,",
        "",
        '          \\\\o/ "soon"',
        "        Bob",
        '        """',
        "    ),",
        "    1,",
        ")",
    ]
    assert not is_block("a \nb\nc\nd")  # nobody would see the space
    assert not is_block("  a\n  b\n  c\n  d")  # dedent would take the margin
    assert not is_block('a\nb\nc\n"""')
    assert not is_block("a\nb\nc")  # short enough for one line

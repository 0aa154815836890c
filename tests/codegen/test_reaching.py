"""The way to a function, from the text that is stored to the text of a test."""

from __future__ import annotations

import pytest

from pytead.codegen.reaching import reached
from pytead.names import Reach
from pytead.values.source import CannotRender, Renderer

WAYS = {
    "double": Reach("double"),
    "hello.callback": Reach("hello", (("attribute", "callback"),)),
    "show.registry[Decimal]": Reach("show", (("attribute", "registry"), ("named", "decimal:Decimal"))),
    "TABLE['a\\nb'][0][None]": Reach("TABLE", (("item", "a\nb"), ("item", 0), ("item", None))),
    "vars(Box)['size'].function": Reach("Box", (("raw", "size"), ("attribute", "function"))),
    "Box._Box__hidden.__wrapped__": Reach("Box.__hidden", (("attribute", "__wrapped__"),)),
}


@pytest.mark.parametrize("source", WAYS)
def test_a_way_is_stored_read_back_and_written(source):
    reach = Reach.parse(WAYS[source].text)
    assert reach == WAYS[source]
    assert reached(reach, "m", Renderer()) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f",
        "()",
        "('f',)",
        "('f', 3)",
        "(1, ())",
        "('f', (('call', 'g'),))",
        "('f', ((1,),))",
        "f()",
        "(" * 9999,
    ],
)
def test_what_is_no_way_is_refused(text):
    with pytest.raises(ValueError, match="is no way to a function"):
        Reach.parse(text)


@pytest.mark.parametrize(
    "step",
    [
        ("attribute", "a; b"),
        ("attribute", "class"),
        ("attribute", 3),
        ("raw", "x y"),
        ("item", 1.5),
        ("item", (1,)),
        ("named", "m:f()"),
    ],
)
def test_a_step_that_could_be_code_is_not_written(step):
    with pytest.raises(CannotRender):
        reached(Reach("f", (step,)), "m", Renderer())

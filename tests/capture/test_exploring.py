"""Past its limit a function is looked at again where other calls reach lines that no recorded one has."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring")

MODULE = """
def ordinal(n):
    if n % 100 in (11, 12, 13):
        return "th"
    if n % 10 == 1:
        return "st"
    return "th"

class Parser:
    def __init__(self): self.seen = []
    def parse(self, text):
        self.seen.append(text)
        if text == "nan":
            return "not a number"
        if text.startswith("["):
            return [self.parse(each) for each in text[1:-1].split(",")]
        return text

def once(n):
    if n == 500:
        return "late"
    return "early"
"""
MAIN = """
    import m, sys
    for n in range(20, 320): m.ordinal(n)
    parser = m.Parser()
    for n in range(300): parser.parse(str(n))
    for text in ("nan", "nan", "[nan]", "[1,2]", "[3,4]"): m.Parser().parse(text)
    for n in range(1000): m.once(n)
    if {tools}: print([sys.monitoring.get_tool(tool) for tool in range(6)])
    """


def test_calls_that_reach_further_lines_are_kept(make_program):
    program = make_program({"m.py": MODULE, "main.py": MAIN.format(tools=False)})
    program.assert_unchanged("main.py", targets="m")
    calls = [call for call in program.calls() if call.function.name in ("ordinal", "parse")]
    inputs = {name: [call for call in calls if call.function.name == name] for name in ("ordinal", "parse")}
    assert len(inputs["ordinal"]) == 11  # 112, which the call with 111 before it told to look at
    assert any(b"nan" in call.before for call in inputs["parse"])
    assert any(b"[3,4]" in call.before for call in inputs["parse"])
    assert len(inputs["parse"]) <= 30


def test_a_program_that_holds_the_tool_id_keeps_it(make_program):
    taken = "import sys\nsys.monitoring.use_tool_id(4, 'mine')\n"
    program = make_program({"m.py": MODULE, "sitecustomize.py": taken, "main.py": MAIN.format(tools=True)})
    result = program.pytead("-q", "-t", "m", "main.py", env={"PYTHONPATH": str(program.folder)})
    assert result.stdout == "[None, None, None, None, 'mine', None]\n"
    assert program.recorded()["m.once"] == 10

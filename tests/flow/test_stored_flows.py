"""Flows that are stored with a run's calls: complete, bounded, read again, and the program unchanged."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from pytead.errors import PyteadError
from pytead.flow import TraceValidator
from pytead.flow.formatting import Formatter
from pytead.flow.stored import ProcessFlow, flows_in
from pytead.flow.storing import Order, StoredFlow

if TYPE_CHECKING:
    from pathlib import Path

EVERY_ENGINE = True
APP = """
    import asyncio

    class Basket:
        def __init__(self, prices):
            self.prices = prices

        def total(self):
            return sum(price(each) for each in self.prices)

    def price(each):
        if each < 0:
            raise ValueError(each)
        return each

    def numbers():
        yield price(1)
        yield price(2)

    async def later(n):
        await asyncio.sleep(0)
        return price(n)
    """
MAIN = """
    import asyncio
    from app import Basket, later, numbers, price

    def main():
        print(Basket([1, 2]).total(), list(numbers()), asyncio.run(later(7)))
        try:
            price(-1)
        except ValueError as error:
            print("caught", error)

    main()
    """
TREE = """\
main() -> None
  Basket.__init__(prices=[1, 2]) -> None
  Basket.total() -> 3
    price(each=1) -> 1
    price(each=2) -> 2
  numbers() yields 1, 2
    price(each=1) -> 1
    price(each=2) -> 2
  later(n=7) -> 7
    price(each=7) -> 7
  price(each=-1) raises ValueError(-1)"""


@pytest.fixture
def app(make_program):
    return make_program({"app.py": APP, "main.py": MAIN})


def tree(flow: ProcessFlow) -> str:
    found = Formatter().tree(flow.read())
    assert flow.unreadable == 0
    return found


def flows(program, count: int = 1) -> list[ProcessFlow]:
    found = flows_in(program.folder / "call_logs")
    assert len(found) == count
    return found


@pytest.mark.parametrize("stored_as", ["pickle", "json", "sqlite"])
def test_the_flow_is_stored_with_the_calls(app, stored_as: str) -> None:
    app.assert_unchanged("main.py", targets="app,main", env={"PYTEAD_FLOW": "1", "PYTEAD_FORMAT": stored_as})
    (flow,) = flows(app)
    assert tree(flow) == TREE
    assert flow.events == sum(1 for _ in flow.read())
    assert flow.targets == ("app,main",)
    listed = app.pytead("list")
    assert "app.price" in listed.stdout
    assert listed.stderr == ""
    assert app.pytead("clean", "--yes").returncode == 0
    assert not (app.folder / "call_logs").exists()


def test_the_summary_says_what_was_stored(app) -> None:
    result = app.pytead("--flow", "--json", "summary.json", "-t", "app", "main.py")
    assert result.returncode == 0, result.stderr
    assert "\nflow: 26 events of 1 process\n" in result.stderr
    flow = json.loads(app.read("summary.json"))["flow"]
    assert flow == {"processes": 1, "events": 26, "full": 0, "cut_short": 0}
    assert "flow" not in app.pytead("-t", "app", "main.py").stderr


def test_another_interpreter_and_tead_store_it_as_well(app) -> None:
    assert app.pytead("run", "--flow", "-t", "app", "--", "python", "-B", "main.py").returncode == 0
    flows(app)
    assert app.pytead("tead", "--flow", "-t", "app", "main.py").returncode == 0
    flows(app, 2)


def test_it_is_bounded_and_says_so(make_program) -> None:
    program = make_program(
        {"main.py": "def f(n):\n    return n\n\ndef g():\n    for n in range(30000):\n        f(n)\n\ng()\n"}
    )
    result = program.pytead("--flow", "--flow-events", "5000", "-t", "main", "main.py")
    assert "1 of them traced no further than --flow-events says" in result.stderr
    (flow,) = flows(program)
    events = list(flow.read())
    assert flow.events == len(events) == 5002
    assert flow.is_full
    assert events[-1].outcome == "unfinished"
    TraceValidator().validate_call_balance(events)
    whole = program.pytead("--flow", "--flow-events", "0", "-t", "main", "main.py")
    assert "60,002 events of 1 process" in whole.stderr


CHILDREN = """
    import multiprocessing, os, subprocess, sys
    from app import price

    if __name__ == "__main__":
        price(1)
        with multiprocessing.get_context({method!r}).Pool(1) as pool:
            print(pool.map(price, [2]))
            pool.close()
            pool.join()
        subprocess.run([sys.executable, "-c", "import app; app.price(3)"], check=True)
    """


@pytest.mark.parametrize("method", ["spawn", *(["fork"] if hasattr(os, "fork") else [])])
def test_processes_that_the_program_starts_have_flows_of_their_own(make_program, method: str) -> None:
    program = make_program({"app.py": APP, "main.py": CHILDREN.format(method=method)})
    program.assert_unchanged("main.py", targets="app", env={"PYTEAD_FLOW": "1"})
    found = flows(program, 3)
    assert sorted(map(tree, found)) == [f"price(each={n}) -> {n}" for n in (1, 2, 3)]
    assert [flow.events for flow in found] == [2, 2, 2]
    assert len({flow.run for flow in found}) == 1
    assert program.pytead("clean", "--yes").returncode == 0
    assert program.pytead("--flow", "--no-children", "-t", "app", "main.py").returncode == 0
    assert tree(flows(program)[0]) == "price(each=1) -> 1"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no such signal")
def test_what_a_killed_process_had_written_is_read(make_program) -> None:
    program = make_program(
        {
            "main.py": """
                import os, signal
                def f(n):
                    return n
                for n in range(3000):
                    f(n)
                os.kill(os.getpid(), signal.SIGKILL)
                """
        }
    )
    program.pytead("--flow", "-t", "main", "main.py")
    (flow,) = flows(program)
    assert flow.events is None
    assert sum(1 for _ in flow.read()) >= 5000


def test_a_damaged_line_costs_itself_alone(app, tmp_path: Path) -> None:
    app.pytead("--flow", "-t", "app", "main.py")
    (flow,) = flows(app)
    lines = flow.path.read_text("utf-8").splitlines(keepends=True)
    copy = tmp_path / flow.path.name
    copy.write_text("".join([*lines[:3], '["call", 77]\n', "what\n", *lines[3:]]), "utf-8")
    damaged = ProcessFlow(copy)
    assert list(damaged.read()) == list(flow.read())
    assert damaged.unreadable == 2
    copy.write_text('{"flow": 99}\n', "utf-8")
    with pytest.raises(ValueError, match="later"):
        ProcessFlow(copy)
    assert flows_in(tmp_path) == []


def test_a_place_that_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    def f(n):
        return n

    flow = StoredFlow(Order(str(tmp_path / "taken"), "run", (f"{__name__}.*",)), {})
    flow.start()
    assert [f(n) for n in range(3000)] == list(range(3000))
    with pytest.raises(PyteadError, match="can't store calls in") as caught:
        flow.finish()
    assert caught.value.slug == "storage-unwritable"
    flow.finish()

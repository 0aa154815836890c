"""Secrets in flows: shown, exported and kept by none of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from pytead import FunctionTracer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Program


@dataclasses.dataclass
class Login:
    user: str
    password: str


def check(user: str, password: str) -> str:
    return f"{user}:{password}"


def enter(login: Login) -> str:
    return login.password


def fail(api_key: str) -> None:
    raise ValueError(f"bad {api_key}")


def steps(token: str) -> Any:
    yield f"with {token}"


def alone(password: Any) -> Any:
    return password


def plain(size: int, text: str) -> str:
    return text


def test_events_hold_no_secret() -> None:
    with FunctionTracer(filter_modules=[__name__], detail_level="verbose") as tracer:
        check("ann", "hunter2-Zq")
        enter(Login("ann", "hunter2-Zq"))
        with pytest.raises(ValueError, match="k-4711-xyz"):
            fail("k-4711-xyz")
        list(steps("a1b2c3d4e5"))
        alone("hunter2-Zq")
        alone({"x": ["hunter2-Zq"]})
        plain(3, "postgres://ann:hunter2-Zq@db")
        plain(4, "hello")
    shown = tracer.format_trace()
    assert "hunter2" not in shown + repr([event.as_dict() for event in tracer.get_events()])
    assert "k-4711" not in shown
    assert "a1b2c3d4e5" not in shown
    calls = {event.function_name: event for event in tracer.get_events() if event.event_type == "call"}
    assert calls["check"].args == {"user": "ann", "password": "<redacted>"}
    assert repr(calls["enter"].args["login"]) == "Login(user='ann', password='<redacted>')"
    assert calls["plain"].args == {"size": 4, "text": "hello"}
    returned = [event.return_value for event in tracer.get_events() if event.event_type == "return"]
    assert returned[0] == "ann:<redacted>"
    assert "hello" in returned


def test_an_exported_flow(make_program: Callable[[Mapping[str, str]], Program]) -> None:
    program = make_program(
        {
            "app.py": "def login(user, password, customer):\n    return password + customer\n",
            "main.py": "import app\nprint(app.login('ann', 'hunter2-Zq', 'Smith'))\n",
        }
    )
    for name in ("flow.jsonl", "flow.trace.json", "flow.txt"):
        result = program.pytead(
            "flow", "--returns", "--redact", "customer", "-t", "app.*", "--export", name, "main.py"
        )
        assert result.stdout == "hunter2-ZqSmith\n"
        assert "hunter2" not in program.read(name) + result.stderr
        assert "Smith" not in program.read(name) + result.stderr
    program.pytead("flow", "--no-redact", "*", "-t", "app.*", "--export", "flow.jsonl", "main.py")
    assert "hunter2-Zq" in program.read("flow.jsonl")


def outer(password: str, pin: int) -> str:
    return inner(f"with {password}", [pin])


def inner(text: str, numbers: list[int]) -> str:
    innermost(numbers[0])
    return text * len(numbers)


def innermost(number: int) -> int:
    return number


def test_a_secret_that_is_passed_on() -> None:
    with FunctionTracer(filter_modules=[__name__], detail_level="verbose") as tracer:
        outer("hunter2-Zq", 73519462)
        plain(3, "hunter2-Zq")
        plain(4, "hello")
    shown = tracer.format_trace() + repr([event.as_dict() for event in tracer.get_events()])
    assert "hunter2" not in shown
    assert "73519462" not in shown
    calls = [event for event in tracer.get_events() if event.event_type == "call"]
    assert [event.function_name for event in calls] == ["outer", "inner", "innermost", "plain", "plain"]
    assert calls[1].args["text"] == "with <redacted>"
    assert calls[4].args == {"size": 4, "text": "hello"}

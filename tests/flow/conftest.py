"""Tracing the programs of ``programs``."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

RUNNER = """
import json, os, shutil, sys, tempfile
from pytead.flow import FunctionTracer, TraceValidator

def flow_of(event):
    shown = [event.event_type, event.qualname, event.depth]
    if event.event_type == "call":
        shown.append(repr(event.args))
    elif event.event_type == "return":
        shown += [event.outcome, repr(event.exception if event.is_unwound else event.return_value)]
    elif event.event_type == "yield":
        shown.append(repr(event.return_value))
    elif event.event_type == "exception":
        shown += [repr(event.exception), event.caught_by]
    return shown

found = {}
folder = tempfile.mkdtemp()
os.chdir(folder)
for name, source in json.load(sys.stdin).items():
    file = os.path.join(folder, f"program{len(found)}.py")
    with open(file, "w") as stream:
        stream.write(source)
    found[name] = {}
    for key, options in json.loads(sys.argv[1]).items():
        sys.modules["program"] = module = type(sys)("program")
        module.__file__ = file
        exec(compile(source, file, "exec"), module.__dict__)
        tracer = FunctionTracer(["program", "made"], **options)
        with tracer:
            module.main()
        events = tracer.get_events()
        TraceValidator().validate_call_balance(events)
        assert tracer.problems == 0, name
        order = {}
        for event in events:
            order.setdefault(event.thread_id, len(order))
        found[name][key] = {
            "engine": tracer.engine,
            "events": [flow_of(event) for event in events],
            "lines": [event.line_number for event in events],
            "trace": tracer.format_trace(),
        }
shutil.rmtree(folder)
print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def flows_of() -> Callable[..., dict[str, dict[str, Any]]]:
    """Traces programs with several sets of options, by this interpreter or another one."""
    import subprocess

    def trace(
        programs: dict[str, str], options: dict[str, dict[str, Any]], python: str = sys.executable
    ) -> dict[str, dict[str, Any]]:
        sources = {name: textwrap.dedent(source) for name, source in programs.items()}
        result = subprocess.run(
            [python, "-c", RUNNER, json.dumps(options)],
            input=json.dumps(sources),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return trace

"""Traces each program that standard input has, with each set of options; run as a script, by any interpreter."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile

from pytead.flow import FunctionTracer, TraceValidator


def shown(event):
    """One event on one line, indented as deep as its call is."""
    line = f"{'  ' * event.depth}{event.event_type} {event.qualname}"
    if event.event_type == "call":
        line += f"({', '.join(f'{name}={value!r}' for name, value in event.args.items())})"
    elif event.event_type == "return":
        line += f" {event.outcome} {event.exception if event.is_unwound else event.return_value!r}"
    elif event.event_type == "yield":
        line += f" {event.return_value!r}"
    elif event.event_type == "exception":
        line += f" {event.exception!r}" + (f", caught by {event.caught_by}" if event.caught_by else "")
    return line


def traced(source, file, options):
    sys.modules["program"] = module = type(sys)("program")
    module.__file__ = file
    exec(compile(source, file, "exec"), module.__dict__)
    tracer = FunctionTracer(["program", "made"], **options)
    with tracer:
        module.main()
    events = tracer.get_events()
    TraceValidator().validate_call_balance(events)
    assert tracer.problems == 0
    return {
        "engine": tracer.engine,
        "events": [shown(event) for event in events],
        "lines": [event.line_number for event in events if event.outcome != "raised"],
        "tree": tracer.format_trace().split("\n"),
    }


found = {}
folder = tempfile.mkdtemp()
os.chdir(folder)
for name, source in json.load(sys.stdin).items():
    file = os.path.join(folder, f"program{len(found)}.py")
    with open(file, "w") as stream:
        stream.write(source)
    found[name] = {key: traced(source, file, options) for key, options in json.loads(sys.argv[1]).items()}
shutil.rmtree(folder)
print(json.dumps(found))

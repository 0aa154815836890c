"""Starts Pytead with a fault in its wrapper: ``planting.py FAULT ARGUMENTS...``."""

from __future__ import annotations

import sys
import types

from pytead.capture import suspending, wrapping

kept = []


def planted(traced_call, before=lambda traced, args, kwargs: (args, kwargs), result=None, error=None):
    """A ``__call__`` like a wrapper's, with a fault before or after it; its frame hides as that one does."""

    def __call__(self, /, *args, **kwargs):
        args, kwargs = before(wrapping.function_of(self), args, kwargs)
        try:
            value = traced_call(self, *args, **kwargs)
        except BaseException as raised:
            if raised.__traceback__ is not None:
                raised.__traceback__ = raised.__traceback__.tb_next
            if error is not None:
                error(raised)
            raise
        if result is not None:
            result(value)
        return value

    __call__.__code__ = __call__.__code__.replace(co_filename=traced_call.__code__.co_filename)
    return __call__


def swapped(function, args, kwargs):
    """The last two arguments become keywords of each other's names."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    if 1 < len(args) <= len(names) and not kwargs and not function.__code__.co_posonlyargcount:
        count = len(args)
        return args[:-2], {names[count - 2]: args[-1], names[count - 1]: args[-2]}
    return args, kwargs


def keep(function, args, kwargs):
    kept.append(args)
    return args, kwargs


def lose_cause(error):
    error.__cause__ = None


def advance(value):
    if type(value) is types.GeneratorType:
        next(value, None)


FAULTS = {
    "none": {},
    "arguments swapped for keywords": {"before": swapped},
    "a lost exception cause": {"error": lose_cause},
    "a generator advanced": {"result": advance},
    "a reference kept": {"before": keep},
}

if __name__ == "__main__":
    fault = sys.argv.pop(1)
    if fault == "a broken __reduce_ex__":
        wrapping.TracedFunction.__reduce_ex__ = lambda self, protocol: (dict, ())
    else:
        for wrapper in (wrapping.TracedFunction, suspending.SuspendingFunction):
            wrapper.__call__ = planted(wrapper.__call__, **FAULTS[fault])
    from pytead.cli.main import main

    sys.exit(main(sys.argv[1:]))

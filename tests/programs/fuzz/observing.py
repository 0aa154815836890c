"""What the random programs share: values that tell on whoever touches them, and printing of all that can be seen."""

from __future__ import annotations

import functools
import inspect
import logging
import pickle
import sys
import traceback
import types
import typing
import warnings
import weakref

HAS_CLEAN_TRACEBACKS = sys.version_info >= (3, 11)


def say(*parts):
    print(*parts)


def show_warning(message, category, filename, lineno, file=None, line=None):
    say("warning", message, category.__name__, file_name(filename), lineno)


def file_name(path):
    return path.replace("\\", "/").rpartition("/")[2]


warnings.simplefilter("always")
warnings.showwarning = show_warning
logger = logging.getLogger("fuzz")
_handler = logging.StreamHandler(sys.stdout)
_handler.setFormatter(logging.Formatter("log %(filename)s:%(lineno)d %(funcName)s %(message)s"))
logger.addHandler(_handler)
logger.propagate = False


class Odd:
    """Tells of each special method that runs."""

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        say("eq", self.number)
        return self is other

    def __hash__(self):
        say("hash", self.number)
        return self.number

    def __bool__(self):
        say("bool", self.number)
        return True

    def __len__(self):
        say("len", self.number)
        return 1

    def __iter__(self):
        say("iter", self.number)
        return iter((1, 2))

    def __repr__(self):
        say("repr", self.number)
        return "odd"


class Pickled:
    """Its reduction prints, raises, warns, logs or calls back."""

    def __init__(self, way):
        self.way = way

    def __reduce_ex__(self, protocol):
        say("reduce", self.way)
        if self.way == "raise":
            raise SystemExit(9)
        if self.way == "warn":
            warnings.warn("reduced", stacklevel=1)
        return Pickled, (self.way,)

    def __getstate__(self):
        say("getstate")
        return {}


class Lazy:
    """Evaluates itself at any look."""

    __slots__ = ("_made",)

    def __getattribute__(self, name):
        say("lazy", name)
        return object.__getattribute__(self, name)

    @property
    def __class__(self):
        say("lazy class")
        return int


class Meta(type):
    def __getattribute__(cls, name):
        say("meta", name)
        return super().__getattribute__(name)

    def __instancecheck__(cls, instance):
        say("instancecheck")
        return False

    def __hash__(cls):
        say("meta hash")
        return 1


class OfMeta(metaclass=Meta):
    __module__ = "observing"


class Listed(list):
    def __iter__(self):
        say("listed iter")
        return super().__iter__()


class Mapped(dict):
    def items(self):
        say("mapped items")
        return ()

    def __getitem__(self, key):
        say("mapped getitem")
        return 0


class Loud:
    """Says when it dies."""

    def __init__(self, name):
        self.name = name

    def __del__(self):
        say("gone", self.name)


class Crowd(Loud):
    """More than is recorded."""

    def __init__(self):
        super().__init__("crowd")
        self._members = [Custom(number) for number in range(1100)]


class Custom(Exception):
    def __init__(self, text, code=0):
        super().__init__(text)
        self.code = code


class Outside(BaseException):
    pass


def shown(value, depth=3):
    """A value without addresses."""
    cls = type(value)
    if cls in (int, float, str, bytes, bool, type(None)):
        return repr(value)
    if depth == 0:
        return "..."
    if cls in (list, tuple):
        return f"{cls.__name__}({', '.join(shown(item, depth - 1) for item in value)})"
    if cls in (set, frozenset):
        return f"{cls.__name__}({', '.join(sorted(shown(item, depth - 1) for item in value))})"
    if cls is dict:
        return "{" + ", ".join(f"{shown(k)}: {shown(v, depth - 1)}" for k, v in value.items()) + "}"
    if isinstance(value, types.FunctionType):
        return f"<{type(value).__name__} {value.__module__}.{value.__qualname__}>"
    if isinstance(value, types.MethodType):
        return f"<method {value.__func__.__qualname__} of {type(value.__self__).__name__}>"
    if isinstance(value, BaseException):
        return described(value, depth - 1)
    state = getattr(value, "__dict__", None) if cls is not Crowd else None
    return f"<{cls.__name__} {shown(state, depth - 1) if type(state) is dict and state else ''}>"


def described(error, depth=2):
    """An exception with all that hangs on it."""
    if error is None or depth < 0:
        return "-"
    parts = [type(error).__name__, shown(error.args, depth)]
    parts += [f"notes={getattr(error, '__notes__', None)} suppress={error.__suppress_context__}"]
    parts += [f"cause=({described(error.__cause__, depth - 1)})"]
    parts += [f"context=({described(error.__context__, depth - 1)})"]
    if HAS_CLEAN_TRACEBACKS:
        frames = traceback.extract_tb(error.__traceback__)
        parts += [" > ".join(f"{file_name(f.filename)}:{f.lineno}:{f.name}" for f in frames)]
    return " ".join(parts)


def attempt(label, action):
    """Do it, and show what came of it."""
    try:
        result = action()
    except BaseException as error:
        say(label, "raised", described(error))
    else:
        say(label, "gave", shown(result))


def looked_at(name, function, home):
    """All that a program can ask a function without calling it."""
    say("look", name, function.__name__, function.__qualname__, function.__module__, shown(function.__doc__))
    say(shown(function.__defaults__), shown(function.__kwdefaults__), shown(vars(function)))
    attempt("annotations", lambda: sorted(function.__annotations__))
    attempt("hints", lambda: typing.get_type_hints(function))
    attempt("signature", lambda: str(inspect.signature(function)))
    attempt("source", lambda: inspect.getsource(function))
    attempt("file", lambda: file_name(inspect.getsourcefile(function)))
    attempt("module", lambda: inspect.getmodule(function) is home)
    attempt("unwrap", lambda: inspect.unwrap(function) is function)
    attempt("wrapped", lambda: hasattr(function, "__wrapped__"))
    attempt("wraps", lambda: functools.wraps(function)(lambda *args: 1).__wrapped__ is function)
    say(
        inspect.isfunction(function),
        inspect.isgeneratorfunction(function),
        inspect.iscoroutinefunction(function),
        inspect.isasyncgenfunction(function),
        inspect.isroutine(function),
        inspect.ismethod(function),
        isinstance(function, types.FunctionType),
        callable(function),
        len({function, function}),
        function.__code__.co_name,
        function.__code__.co_firstlineno,
        function.__globals__ is vars(home),
        shown(function),
        repr(function).partition(" at ")[0],
    )
    say("weak", weakref.ref(function)() is function)


def pickled(label, value):
    """Whether it comes back as itself."""
    attempt(f"pickle {label}", lambda: pickle.loads(pickle.dumps(value)) is value)


def run(generator, steps):
    """Drive a generator by ``steps``: next, ('send', value), ('throw', error) or close."""
    for step in steps:
        if step == "next":
            attempt("next", lambda: next(generator))
        elif step == "close":
            attempt("close", generator.close)
        elif step[0] == "send":
            attempt("send", functools.partial(generator.send, step[1]))
        else:
            attempt("throw", functools.partial(generator.throw, step[1]))

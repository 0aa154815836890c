"""Makes random programs: a module of callables of all kinds, and what drives them and shows what comes of it."""

from __future__ import annotations

import sys

from hypothesis import strategies as st

CAN_NAME_CALLERS = sys.version_info >= (3, 11)  # before, logging counts a wrapper's frame as a caller

VALUES = (
    "1", "-7", "2.5", "'text'", "None", "True", "[1, 2]", "{'k': 1}", "(1, [2])", "{3, 4}", "b'b'", "lambda: 4",
    "Odd(1)", "Pickled('raise')", "Pickled('print')", "Pickled('warn')", "Lazy()", "OfMeta()", "OfMeta", "Listed([1])",
    "Mapped(a=1)", "Loud('value')", "iter([1, 2])", "(n for n in range(3))", "io.StringIO('line')", "threading.Lock()",
    "weakref.ref(Odd)", "Custom('c')", "[Odd(2)]", "{'lazy': Lazy()}", "map(str, [1])", "object()", "Crowd()", "...",
)  # fmt: skip

RAISES = (
    "raise Custom('x') from KeyError('cause')",
    "raise Custom('x') from None",
    "raise Custom('x', code=2)",
    "raise ValueError('v')",
    "raise Outside('o')",
    "raise StopIteration('s')",
    "raise SystemExit(3)",
    "raise Lookup('missing')",  # a NameError
    "try:\n    {}['k']\nexcept KeyError:\n    raise Custom('y')",
    "error = Custom('n'); error.__notes__ = ['note']; raise error",
    "assert 0, 'no'",
)

MODULE = """\
from __future__ import annotations
import abc, asyncio, contextlib, functools, io, logging, sys, threading, warnings, weakref
from observing import *
counter = 0
registry = {}
def plain_decorator(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
def wrapping(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
def register(function):
    registry[function.__name__] = function
    return function
"""


class Program:
    """A program being made: the lines of its module, and of the function that drives it."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.module: list[str] = []
        self.drive: list[str] = []
        self.earlier: list[str] = []
        self._levels: tuple[int, ...] = (1, 2)
        self.names = 0

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def some(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def name(self) -> str:
        self.names += 1
        return f"f{self.names}"

    # Parts of functions.

    def signature(self, first: str = "") -> tuple[str, list[str]]:
        """Parameters as text, and their names."""
        only, usual, keyword = self.some(0, 1), self.some(0, 2), self.some(0, 1)
        text, names = ([first] if first else []), []
        has_default = False
        for count, letter in ((only, "p"), (usual, "a")):
            for index in range(count):
                names.append(f"{letter}{index}")
                has_default = has_default or self.pick(False, True)
                text.append(f"{names[-1]}={self.pick('None', '5', '[]')}" if has_default else names[-1])
            if letter == "p" and only:
                text.append("/")
        has_star = self.pick(False, True)
        if has_star:
            text.append("*rest")
        elif keyword:
            text.append("*")
        if keyword:
            text.append(self.pick("k0", "k0=None"))
        if self.pick(False, True):
            text.append("**others")
        return ", ".join(text), names

    def body(
        self, names: list[str], where: str, *, may_raise: bool = True, suspends: bool = False
    ) -> list[str]:
        """Statements without a return.

        A generator's caller is seen one frame further up, as its frame stands inside one of ours.
        """
        self._levels = (1,) if suspends else (1, 2)
        lines: list[str] = [f"say('in', {where!r}, sorted(locals()))"]
        for _ in range(self.some(0, 3)):
            lines += self.statement(names, where, may_raise).splitlines()
        return lines

    def statement(self, names: list[str], where: str, may_raise: bool) -> str:
        kind = self.pick(
            "change", "warn", "log", "inner", "call", "raise", "local", "frame", "count", "nested"
        )
        a = self.pick(*names) if names else "counter"
        if kind == "change":
            return (
                f"if type({a}) is list: {a}.append({self.some(0, 9)})\nif type({a}) is dict: {a}['new'] = 1"
            )
        if kind == "warn":
            return f"warnings.warn('w', stacklevel={self.pick(*self._levels)})"
        if kind == "log":
            return f"logger.warning('l', stacklevel={self.pick(*self._levels) if CAN_NAME_CALLERS else 1})"
        if kind == "call" and self.earlier:
            return f"{self.pick(*self.earlier)}({self.pick('1', a, a)})"
        if kind == "inner" and self.earlier:
            return f"attempt('inner', lambda: {self.pick(*self.earlier)}({a}))"
        if kind == "raise" and may_raise:
            return f"if type({a}) is {self.pick('int', 'str', 'list')}:\n" + indented(self.pick(*RAISES))
        if kind == "local":
            return f"local = Loud('local of {where}')"
        if kind == "frame":
            return "say(sys._getframe().f_code.co_name, sys._getframe().f_lineno)"
        if kind == "nested":
            return f"def nested(x): return x, {a}\nsay(shown(nested({a})))"
        return "registry['count'] = registry.get('count', 0) + 1\nsay(registry['count'])"

    def result(self, names: list[str]) -> str:
        given = self.pick(*names) if names else "counter"
        return self.pick(
            given,
            given,
            f"[{given}, 1]",
            "None",
            "(x for x in (1, 2))",
            "Loud('result')",
            "lambda: 1",
            "Odd(5)",
        )

    def function(self, name: str, first: str = "", head: str = "def", prefix: str = "") -> list[str]:
        parameters, names = self.signature(first)
        lines = self.body(names, prefix + name, suspends=head != "def")
        return [f"{head} {name}({parameters}):", *map(indented, lines), f"    return {self.result(names)}"]

    # Parts of the drive.

    def arguments(self, most: int = 3) -> str:
        return "[" + ", ".join(self.pick(*VALUES) for _ in range(self.some(0, most))) + "]"

    def keywords(self) -> str:
        name = self.pick("", "", "k0", "a0", "other")
        return f"{{{name!r}: {self.pick(*VALUES)}}}" if name else "{}"

    def call(self, target: str) -> None:
        """A call whose arguments the caller holds, and lets go of afterwards."""
        way = self.pick("{f}(*box, **keys)", "{f}(*box, **keys)", "functools.partial({f}, *box)(**keys)")
        self.drive += [
            f"box, keys = {self.arguments()}, {self.keywords()}",
            f"attempt({target!r}, lambda: {way.format(f=target)})",
            "say('after', shown(box), shown(keys))",
            "box.clear(); keys.clear()",
        ]

    def calls(self, target: str) -> None:
        for _ in range(self.some(1, 2)):
            self.call(target)
        if self.pick(False, False, True):  # past the limit
            self.drive.append(
                f"for number in range(14): attempt('many', lambda: {target}(*[number][: number % 3]))"
            )

    def look(self, target: str) -> None:
        self.drive.append(f"looked_at({target!r}, {target}, case)")

    # Kinds of callables.

    def plain(self) -> None:
        name = self.name()
        decorators = [self.pick("", "", "@register", "@wrapping", "@plain_decorator", "@functools.lru_cache")]
        doc = [f'    "doc of {name}"'] if self.pick(False, True) else []
        head, *rest = self.function(name)
        self.module += [*filter(None, decorators), head, *doc, *rest]
        self.calls(f"case.{name}")
        if not decorators[0]:
            self.look(f"case.{name}")
            self.drive += [
                f"pickled({name!r}, case.{name})",
                f"say(copy.copy(case.{name}) is copy.deepcopy([case.{name}])[0] is case.{name})",
                f"say(case.{name} is vars(case)[{name!r}], {{case.{name}: 1}}[case.{name}])",
            ]
        if decorators[0] == "@register":
            self.drive.append(f"say(case.registry[{name!r}] is case.{name})")
            self.call(f"case.registry[{name!r}]")
        self.earlier.append(name)

    def recursion(self) -> None:
        one, other = self.name(), self.name()
        self.module += [
            f"def {one}(n, seen=None):",
            "    seen = [] if seen is None else seen",
            "    if type(n) is not int or n <= 0:",
            f"        {self.pick('return seen', 'return len(seen)', 'raise Custom(len(seen))')}",
            "    seen.append(n)",
            f"    return {self.pick(one, other)}(n - 1, seen)",
            f"def {other}(n, seen): return {one}(n - 1, seen)",
        ]
        for _ in range(self.some(1, 3)):
            self.drive.append(f"attempt('recursion', lambda: case.{one}({self.some(0, 70)}))")
        self.earlier.append(one)

    def of_class(self) -> None:
        base, derived, inner = self.name().title(), self.name().title(), self.name()
        made = [f"class {base}({self.pick('', 'abc.ABC', 'Loud')}):"]
        if "Loud" not in made[0] and self.pick(False, False, True):
            made.append("    __slots__ = ('x', '__weakref__')")
        name = "; self.name = 'object'" if "Loud" in made[0] else ""
        made.append(f"    def __init__(self, x=0): self.x = x{name}")
        methods = [self.name() for _ in range(self.some(1, 3))]
        kinds = [self.pick("self", "self", "cls", "static", "property", "private") for _ in methods]
        for method, kind in zip(methods, kinds, strict=True):
            first = {"static": "", "cls": "cls"}.get(kind, "self")
            if kind == "property":
                body = [
                    *map(indented, self.body([], f"{base}.{method}")),
                    f"    return {self.pick('self', '1', 'Odd(4)')}",
                ]
                lines = ["@property", f"def {method}(self):", *body]
            else:
                lines = self.function(method, first, prefix=f"{base}.")
                lines[:0] = {"static": ["@staticmethod"], "cls": ["@classmethod"]}.get(kind, [])
            made += map(indented, lines)
        special = self.pick("eq", "hash", "call", "len", "iter", "getitem", "enter", "none")
        made += map(indented, SPECIAL[special].splitlines())
        first_method, first_kind = methods[0], kinds[0]
        made.append(f"class {derived}({base}):")
        made.append(f"    def {inner}(self, *args): return super().{first_method}")
        if first_kind in ("self", "private"):
            made += [
                f"    def {first_method}(self, *args): say('derived'); return super().{first_method}(*args)"
            ]
        self.module += made
        self.drive.append(f"one, two = case.{base}(), case.{derived}()")
        for method, kind in zip(methods, kinds, strict=True):
            for receiver in (self.pick("one", "two"), f"case.{base}"):
                target = f"{receiver}.{method}"
                if kind == "property":
                    self.drive.append(f"attempt('property', lambda: {target})")
                else:
                    self.calls(target)
            if kind in ("self", "static"):
                self.look(f"case.{base}.{method}")
                self.drive.append(f"pickled('static', case.{base}.{method})")
        self.drive += [
            f"attempt('super', lambda: two.{inner}(1))",
            f"say([name for name, _ in inspect.getmembers(case.{base}, inspect.isfunction)])",
            f"say(sorted(vars(case.{base})), case.{base}.{first_method} == case.{base}.{first_method})",
        ]
        self.drive += DRIVE_SPECIAL[special].splitlines()
        self.drive += ["reference = weakref.ref(two)", "del one, two", "say('left', reference() is None)"]

    def generator(self) -> None:
        name = self.name()
        body = self.body(["a"], name, suspends=True)
        self.module += [
            f"def {name}(a=1):",
            f"    held = Loud('of generator {name}')",
            "    try:",
            *(f"        {line}" for line in body),
            "        got = yield a",
            "        say('got', shown(got))",
            f"        {self.pick('yield from [2, 3]', 'yield [got]', 'raise Custom(1)', 'return 9')}",
            f"    except {self.pick('ValueError', 'GeneratorExit', 'Exception')} as error:",
            f"        say('in generator', described(error)); {self.pick('raise', 'return 4', 'pass')}",
            "    finally:",
            "        say('finally')",
            "    return 7",
        ]
        steps = [
            self.pick("'next'", "'next'", "('send', [1])", "('throw', ValueError('t'))", "'close'")
            for _ in range(4)
        ]
        self.drive += [
            f"attempt('list', lambda: list(case.{name}({self.pick(*VALUES)})))",
            f"generator = case.{name}({self.pick(*VALUES)})",
            "say(type(generator).__name__, generator.__name__, inspect.isgenerator(generator))",
            f"run(generator, [{', '.join(steps[: self.some(0, 4)])}])",
            "reference = weakref.ref(generator)",
            "del generator",
            "say('left', reference() is None)",
        ]
        self.look(f"case.{name}")

    def coroutine(self) -> None:
        name = self.name()
        lines = self.function(name, head="async def")
        lines.insert(-1, f"    await asyncio.sleep({self.pick('0', '0', '0.001')})")
        self.module += lines
        self.drive += [
            f"boxes = [{self.arguments()}, {self.arguments()}]",
            f"async def many(): return await asyncio.gather(*[case.{name}(*box) for box in boxes], return_exceptions=True)",
            "attempt('gather', lambda: asyncio.run(many()))",
            "async def cancelled():",
            f"    task = asyncio.ensure_future(case.{name}())",
            "    await asyncio.sleep(0)",
            "    task.cancel()",
            "    return await task",
            "attempt('cancelled', lambda: asyncio.run(cancelled()))",
            "boxes.clear()",
        ]
        self.look(f"case.{name}")

    def async_generator(self) -> None:
        name = self.name()
        self.module += [
            f"async def {name}(a=1):",
            "    try:",
            *(f"        {line}" for line in self.body(["a"], name, suspends=True)),
            "        yield a",
            "        await asyncio.sleep(0)",
            "        yield 2",
            "    finally:",
            "        say('finally')",
        ]
        self.drive += [
            f"async def every(): return [shown(x) async for x in case.{name}({self.pick(*VALUES)})]",
            "attempt('every', lambda: asyncio.run(every()))",
            f"async def first():\n        async for x in case.{name}():\n            return x",
            "attempt('first', lambda: asyncio.run(first()))",
        ]

    def context(self) -> None:
        name = self.name()
        self.module += [
            "@contextlib.contextmanager",
            f"def {name}(a=1):",
            *map(indented, self.body(["a"], name, may_raise=False, suspends=True)),
            "    try:",
            "        yield a",
            f"    except {self.pick('ValueError', 'KeyError')}:",
            f"        {self.pick('raise', 'pass', 'raise Custom(1)')}",
        ]
        self.drive += [
            f"def within():\n        with case.{name}({self.pick(*VALUES)}) as x:\n            {self.pick('pass', 'raise ValueError(x)')}",
            "attempt('with', within)",
        ]

    def factory(self) -> None:
        name, made = self.name(), self.name()
        self.module += [
            f"def {name}(a=1):",
            "    state = [a]",
            "    def made(b=2):",
            "        nonlocal state",
            "        state = [*state, b]",
            "        return len(state)",
            "    return made",
            f"{made} = {name}(3)",
        ]
        self.drive += [f"attempt('made', lambda: [case.{made}(), case.{made}(5), case.{name}(1)(2)])"]
        self.calls(f"case.{name}")
        self.earlier.append(made)

    def text(self, number: int) -> tuple[str, str]:
        head = "import asyncio, copy, functools, inspect, io, threading, weakref\nfrom observing import *\n"
        drive = "".join(f"    {line}\n" for line in self.drive)
        module = "\n".join(self.module)
        return f"{MODULE}{module}\n", f"{head}import case_{number} as case\ndef drive():\n{drive}"


SPECIAL = {
    "eq": "def __eq__(self, other): say('eq'); return True\ndef __hash__(self): say('hash'); return 1",
    "hash": "def __hash__(self): say('hash'); return 2",
    "call": "def __call__(self, *args): say('call'); return args",
    "len": "def __len__(self): say('len'); return 0\ndef __bool__(self): say('bool'); return False",
    "iter": "def __iter__(self): say('iter'); yield 1\ndef __contains__(self, x): say('contains'); return True",
    "getitem": "def __getitem__(self, key): say('getitem'); return [][key]",
    "enter": "def __enter__(self): say('enter'); return self\n"
    "def __exit__(self, *args): say('exit', len(args)); return True",
    "none": "",
}
DRIVE_SPECIAL = {
    "eq": "attempt('eq', lambda: (one == two, len({one, two}), one != 1))",
    "hash": "attempt('hash', lambda: {one: 1}[one])",
    "call": "attempt('call', lambda: one(1, [2]))",
    "len": "attempt('len', lambda: (len(one), bool(two)))",
    "iter": "attempt('iter', lambda: (list(one), 1 in two))",
    "getitem": "attempt('getitem', lambda: one[0])",
    "enter": "def within():\n        with one: raise ValueError(1)\nattempt('with', within)",
    "none": "",
}
KINDS = (
    Program.plain, Program.plain, Program.recursion, Program.of_class, Program.of_class, Program.generator,
    Program.coroutine, Program.async_generator, Program.context, Program.factory,
)  # fmt: skip


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


@st.composite
def programs(draw):
    program = Program(draw)
    for _ in range(draw(st.integers(2, 4))):
        draw(st.sampled_from(KINDS))(program)
    return program

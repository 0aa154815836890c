"""What lives in the running program: functions by their code, iterators by what they have left, locks and queues."""

from __future__ import annotations

from _thread import LockType, RLock, _local
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodWrapperType,
    ModuleType,
)
from typing import Any

from pytead.replay import messages
from pytead.replay.differing import check

Child = tuple[Any, object, object]
"""How to get there, the actual and the expected value."""

Comparison = Callable[[Any, Any], Iterator[Child]]

_BEHAVES = 0x2AC
"""Flags of code that say what it does: ``*args``, ``**kwargs``, a generator, a coroutine or both."""

_EMPTY = object()

_OVER: tuple[Any, ...] = (
    [], (), "", "\xe9", b"", bytearray(), range(0), range(1 << 70), set(), {}, {}.values(), {}.items(),
)  # fmt: skip
_REVERSED: tuple[Any, ...] = ([], range(0), {}, {}.values(), {}.items())
_OTHERS: tuple[Any, ...] = (iter(array("b")), iter(OrderedDict()), iter(deque()), reversed(deque()))
BY_CONTENT = (
    *(type(iter(each)) for each in _OVER),
    *(type(reversed(each)) for each in _REVERSED),
    *map(type, _OTHERS),
)
"""Iterators that are what they have left, whatever it is that they go over."""

_BEGUN = {GeneratorType: "gi", CoroutineType: "cr", AsyncGeneratorType: "ag"}


def comparison_of(value: object) -> Comparison | None:
    """What tells two objects like this one apart; None for what isn't compared in a way of its own."""
    cls = type(value)
    if isinstance(value, FunctionType):
        return _functions if "<" in value.__qualname__ else None
    if cls in _BEGUN:
        return _begun
    if isinstance(value, _VIEWS):
        return _views
    if cls in _LOCKS:
        return _locks
    if isinstance(value, _local):
        return _locals
    if isinstance(value, (BuiltinFunctionType, MethodWrapperType)):
        owner = value.__self__
        return None if owner is None or isinstance(owner, (ModuleType, type)) else _methods
    return _FURNITURE.get((cls.__module__, cls.__qualname__)) or messages.comparison_of(cls)


def _views(one: Any, other: Any) -> Iterator[Child]:
    yield "", list(one), list(other)


def _locks(one: Any, other: Any) -> Iterator[Child]:
    """What they show first: ``<unlocked``."""
    check(repr(one).split()[0] == repr(other).split()[0], one, other)
    yield from ()


def _locals(one: Any, other: Any) -> Iterator[Child]:
    yield ".__dict__", vars(one), vars(other)


def _conditions(one: Any, other: Any) -> Iterator[Child]:
    yield "._lock", one._lock, other._lock


def _methods(one: Any, other: Any) -> Iterator[Child]:
    """Methods in C of two objects."""
    yield ".__name__", one.__name__, other.__name__
    yield ".__self__", one.__self__, other.__self__


def _matches(one: Any, other: Any) -> Iterator[Child]:
    for name in ("re", "string", "pos", "endpos", "regs"):
        yield f".{name}", getattr(one, name), getattr(other, name)


def _structs(one: Any, other: Any) -> Iterator[Child]:
    yield ".format", one.format, other.format


def _random(one: Any, other: Any) -> Iterator[Child]:
    """numpy's generators: where they stand, not what they were seeded with."""
    name = "bit_generator" if hasattr(one, "bit_generator") else "state"
    yield f".{name}", getattr(one, name), getattr(other, name)


def _queues(one: Any, other: Any) -> Iterator[Child]:
    for name in ("maxsize", "queue", "unfinished_tasks"):
        yield f".{name}", getattr(one, name), getattr(other, name)


def _executors(one: Any, other: Any) -> Iterator[Child]:
    yield "._max_workers", one._max_workers, other._max_workers
    yield "._shutdown", one._shutdown, other._shutdown


def _weak(one: Any, other: Any) -> Iterator[Child]:
    yield ".data", list(one.data), list(other.data)


def _simple_queues(one: Any, other: Any) -> Iterator[Child]:
    yield ".qsize()", one.qsize(), other.qsize()


def _do_the_same(one: CodeType, other: CodeType) -> bool:
    """Whether two pieces of code are the same, wherever they stand and however their lines are broken."""
    if _signature(one) != _signature(other):
        return False
    pairs = list(zip(one.co_consts, other.co_consts, strict=True))
    if not all(_is_same_constant(*pair) for pair in pairs):
        return False
    return one.co_code == other.co_code or _instructions(one) == _instructions(other)


def _signature(code: CodeType) -> tuple[object, ...]:
    arguments = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & _BEHAVES)
    return (*arguments, code.co_names, code.co_varnames, len(code.co_freevars), len(code.co_consts))


def _is_same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _do_the_same(one, other)
    return type(one) is type(other) and repr(one) == repr(other)


def _instructions(code: CodeType) -> list[tuple[str, object]]:
    """Without what depends on where lines are broken: marks of lines, pairs in one, jumps over jumps."""
    import dis

    jumps = {*dis.hasjrel, *dis.hasjabs}
    found = [each for each in dis.get_instructions(code) if each.opname not in ("NOP", "EXTENDED_ARG")]
    told: list[tuple[str, object]] = []
    is_joined = False
    for each, after, beyond in zip(found, [*found[1:], None], [*found[2:], None, None], strict=False):
        name = each.opname.replace("FORWARD_", "").replace("BACKWARD_", "")
        if is_joined:
            is_joined = False
            continue
        if each.opcode in jumps and after and beyond and each.argval == beyond.offset:
            is_joined = after.opname.startswith("JUMP_") and name in _INVERSE
            name = _INVERSE[name] if is_joined else name
        if "_FAST" in name:  # two in one, from 3.13 on, where they stand on one line
            names = each.argval if isinstance(each.argval, tuple) else (each.argval,)
            words = name.replace("_BORROW", "").replace("_CHECK", "").split("_FAST")
            told += [(word.strip("_"), local) for word, local in zip(words, names, strict=False)]
        else:
            told.append((name, None if each.opcode in jumps else each.arg))
    return told


_INVERSE = {"POP_JUMP_IF_TRUE": "POP_JUMP_IF_FALSE", "POP_JUMP_IF_FALSE": "POP_JUMP_IF_TRUE"}


def _has_started(value: Any, prefix: str) -> bool:
    import inspect

    if prefix == "gi":
        return inspect.getgeneratorstate(value) != inspect.GEN_CREATED
    if prefix == "cr":
        return inspect.getcoroutinestate(value) != inspect.CORO_CREATED
    suspended = getattr(value, "ag_suspended", None)  # which 3.10 and 3.11 don't tell
    return bool(suspended)


def _functions(one: FunctionType, other: FunctionType) -> Iterator[Child]:
    check(_do_the_same(one.__code__, other.__code__), one, other)
    yield ".__defaults__", one.__defaults__, other.__defaults__
    yield ".__kwdefaults__", one.__kwdefaults__, other.__kwdefaults__
    yield ".__dict__", one.__dict__, other.__dict__
    cells = zip(one.__code__.co_freevars, one.__closure__ or (), other.__closure__ or (), strict=False)
    for name, mine, theirs in cells:
        yield f" with {name}", _content(mine), _content(theirs)


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def left(iterator: Any) -> list[Any]:
    """What an iterator over a builtin container would still give; it isn't advanced."""
    function, (owner, *begun), *place = iterator.__reduce__()
    if begun:  # of a deque
        return list(reversed(owner) if "reverse" in function.__name__ else owner)[begun[0] :]
    if function is reversed:
        return list(owner)[place[0] :: -1] if place and place[0] >= 0 else []
    return list(owner)[place[0] or 0 if place else 0 :]


def _begun(one: Any, other: Any) -> Iterator[Child]:
    """Generators and coroutines are the same if they run the same code and stand at the same place in it."""
    prefix = _BEGUN[type(one)]
    mine, theirs = getattr(one, f"{prefix}_frame"), getattr(other, f"{prefix}_frame")
    if mine is None or theirs is None:
        check(mine is theirs, one, other)
        return
    check(_do_the_same(mine.f_code, theirs.f_code), one, other)
    check(
        _has_started(one, prefix) is _has_started(other, prefix) is False,
        one,
        other,
        "one of the two had started",
    )
    for left, right in zip(_variables(mine), _variables(theirs), strict=True):
        yield f" with {right[0]}", left[1], right[1]


def _variables(frame: Any) -> list[tuple[str, object]]:
    """Those of the frame and of its closure, in the code's order."""
    code, values = frame.f_code, frame.f_locals
    return [(name, values.get(name, _EMPTY)) for name in (*code.co_varnames, *code.co_freevars)]


_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_LOCKS = (LockType, type(RLock()))
_FURNITURE: dict[tuple[str, str], Comparison] = {
    ("numpy.random._generator", "Generator"): _random,
    **{(f"numpy.random._{each.lower()}", each): _random for each in ("MT19937", "PCG64", "Philox", "SFC64")},
    ("re", "Match"): _matches,
    ("_struct", "Struct"): _structs,
    ("threading", "Condition"): _conditions,
    ("queue", "Queue"): _queues,
    ("queue", "LifoQueue"): _queues,
    ("queue", "PriorityQueue"): _queues,
    ("_queue", "SimpleQueue"): _simple_queues,
    ("concurrent.futures.thread", "ThreadPoolExecutor"): _executors,
    ("_weakrefset", "WeakSet"): _weak,
    ("weakref", "WeakKeyDictionary"): _weak,
    ("weakref", "WeakValueDictionary"): _weak,
}

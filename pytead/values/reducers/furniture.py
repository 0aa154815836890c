"""Locks, queues and other furniture inside of objects: made anew where they are as they were made.

Handlers see objects of exactly the named type, so that attributes may be read plainly: they are the library's own.
What is in use (a lock that is held, a queue that somebody waits at, a weak dictionary with entries) can't be rebuilt.
"""

from __future__ import annotations

import sys
from _io import TextIOWrapper
from _thread import LockType, RLock
from _thread import _local as _local_type
from collections.abc import Callable
from typing import Any

from pytead.values.reducers.constants import reduce_constant
from pytead.values.reducers.introspect import module_namespace, type_key, type_name
from pytead.values.reducers.names import Reduction, is_bound, made_by, unrebuildable

Handler = Callable[[Any], Reduction]


def _in_use(value: Any, why: str, slug: str = "value-lock") -> Reduction:
    return unrebuildable(type(value), slug, f"a {type_name(type(value))} that {why}")


def _lock(value: Any) -> Reduction:
    return _in_use(value, "is held") if value.locked() else made_by("threading:Lock")


def _reentrant_lock(value: Any) -> Reduction:
    return made_by("threading:RLock") if repr(value).startswith("<unlocked") else _in_use(value, "is held")


def _condition(value: Any) -> Reduction:
    if value._waiters:
        return _in_use(value, "threads wait for")
    return made_by("threading:Condition", value._lock)


def _event(value: Any) -> Reduction:
    if value._cond._waiters:
        return _in_use(value, "threads wait for")
    made = made_by("threading:Event")
    return (*made, {"_flag": True}) if value._flag else made


def _semaphore(value: Any) -> Reduction:
    if value._cond._waiters:
        return _in_use(value, "threads wait for")
    count = getattr(value, "_initial_value", value._value)
    made = made_by(f"threading:{type(value).__name__}", count)
    return made if count == value._value else (*made, {"_value": value._value})


def _barrier(value: Any) -> Reduction:
    if value._state or value._count:
        return _in_use(value, "threads wait at")
    return made_by("threading:Barrier", value._parties, value._action, value._timeout)


def _local(value: Any) -> Reduction:
    attributes = value.__dict__  # of this thread
    made = made_by("threading:local")
    return (*made, attributes) if attributes else made


def _queue(value: Any) -> Reduction:
    if value.mutex.locked() or value.not_empty._waiters or value.not_full._waiters:
        return _in_use(value, "threads wait at")
    made = made_by(f"queue:{type(value).__name__}", *([value.maxsize] if value.maxsize else []))
    if not value.queue and not value.unfinished_tasks:
        return made
    return (*made, {"queue": value.queue, "unfinished_tasks": value.unfinished_tasks})


def _simple_queue(value: Any) -> Reduction:
    return made_by("queue:SimpleQueue") if value.empty() else _in_use(value, "holds items")


def _executor(value: Any) -> Reduction:
    if value._threads or value._shutdown or not value._work_queue.empty():
        return _in_use(value, "has been used", "value-future")
    return made_by("concurrent.futures:ThreadPoolExecutor", max_workers=value._max_workers)


def _awaited_lock(value: Any) -> Reduction:
    return _in_use(value, "is held") if value._locked or value._waiters else made_by("asyncio:Lock")


def _awaited_event(value: Any) -> Reduction:
    if value._waiters:
        return _in_use(value, "tasks wait for")
    made = made_by("asyncio:Event")
    return (*made, {"_value": True}) if value._value else made


def _awaited_semaphore(value: Any) -> Reduction:
    if value._waiters:
        return _in_use(value, "tasks wait for")
    return made_by("asyncio:Semaphore", value._value)


def _awaited_queue(value: Any) -> Reduction:
    if value._getters or value._putters:
        return _in_use(value, "tasks wait at")
    made = made_by(f"asyncio:{type(value).__name__}", *([value._maxsize] if value._maxsize else []))
    if value._unfinished_tasks:
        return _in_use(value, "holds items")
    return made


def _weak(value: Any) -> Reduction:
    if len(value.data):
        return _in_use(value, "holds objects that something else keeps alive", "value-weakref")
    return made_by(f"weakref:{type(value).__name__}")


def _sentinel(value: Any) -> Reduction:
    """``MISSING = object()``: nothing but its identity counts."""
    return reduce_constant(value) or made_by("builtins:object")


def _context_variable(value: Any) -> Reduction:
    return unrebuildable(
        type(value), "value-unreachable", f"{value.name} is a context variable without a name"
    )


def stream_name(value: Any) -> str:
    """``sys:stdout`` or ``sys:stdout.buffer`` for what is that now; empty for any other file."""
    for name in ("stdin", "stdout", "stderr"):
        stream = module_namespace(sys).get(name)
        if value is stream:
            return f"sys:{name}"
        if type(stream) is TextIOWrapper and value is stream.buffer:
            return f"sys:{name}.buffer"
    return ""


_BY_NAME: dict[tuple[str, str], Handler] = {
    ("threading", "Condition"): _condition,
    ("threading", "Event"): _event,
    ("threading", "Semaphore"): _semaphore,
    ("threading", "BoundedSemaphore"): _semaphore,
    ("threading", "Barrier"): _barrier,
    ("queue", "Queue"): _queue,
    ("queue", "LifoQueue"): _queue,
    ("queue", "PriorityQueue"): _queue,
    ("_queue", "SimpleQueue"): _simple_queue,
    ("concurrent.futures.thread", "ThreadPoolExecutor"): _executor,
    ("asyncio.locks", "Lock"): _awaited_lock,
    ("asyncio.locks", "Event"): _awaited_event,
    ("asyncio.locks", "Semaphore"): _awaited_semaphore,
    ("asyncio.queues", "Queue"): _awaited_queue,
    ("asyncio.queues", "LifoQueue"): _awaited_queue,
    ("asyncio.queues", "PriorityQueue"): _awaited_queue,
    ("_weakrefset", "WeakSet"): _weak,
    ("weakref", "WeakKeyDictionary"): _weak,
    ("weakref", "WeakValueDictionary"): _weak,
    ("_contextvars", "ContextVar"): _context_variable,
}

_BY_TYPE: dict[type, Handler] = {
    object: _sentinel,
    LockType: _lock,
    type(RLock()): _reentrant_lock,
    _local_type: _local,
}


def furniture_handler(cls: type) -> Handler | None:
    """The handler of a type of furniture; None for all others."""
    for known, handler in _BY_TYPE.items():
        if cls is known:
            return handler
    key = type_key(cls)
    by_name = _BY_NAME.get(key) if key else None
    return by_name if by_name and key and is_bound(*key, cls) else None

"""Kinds of objects that live only in the running program: they are named, never advanced or evaluated."""

from __future__ import annotations

import types
from _weakref import CallableProxyType, ProxyType, ReferenceType
from typing import TYPE_CHECKING, Any

from pytead.values.marks import reference
from pytead.values.reducers.furniture import stream_name
from pytead.values.reducers.introspect import (
    MISSING,
    is_python_class,
    mro_of,
    namespace_of,
    type_key,
    type_name,
)
from pytead.values.reducers.names import Reduction, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_BY_TYPE: list[tuple[type, str]] = [
    (types.CodeType, "code"),
    (types.FrameType, "frame"),
    (types.TracebackType, "traceback"),
    (types.GetSetDescriptorType, "descriptor"),
    (types.MemberDescriptorType, "descriptor"),
    (super, "descriptor"),
    (ReferenceType, "weakref"),
    (ProxyType, "weakref"),
    (CallableProxyType, "weakref"),
]

_BY_NAME: dict[tuple[str, str], str] = {
    ("_io", "_IOBase"): "file",
    ("tempfile", "_TemporaryFileWrapper"): "file",
    ("_thread", "lock"): "lock",
    ("_thread", "RLock"): "lock",
    ("threading", "_RLock"): "lock",
    ("threading", "Condition"): "lock",
    ("threading", "Semaphore"): "lock",
    ("threading", "Event"): "lock",
    ("threading", "Barrier"): "lock",
    ("threading", "Thread"): "thread",
    ("_thread", "_local"): "thread",
    ("_threading_local", "local"): "thread",
    ("_socket", "socket"): "socket",
    ("ssl", "SSLObject"): "socket",
    ("_ssl", "_SSLContext"): "socket",
    ("weakref", "WeakSet"): "weakref",
    ("_weakrefset", "WeakSet"): "weakref",
    ("weakref", "WeakKeyDictionary"): "weakref",
    ("weakref", "WeakValueDictionary"): "weakref",
    ("subprocess", "Popen"): "process",
    ("sqlite3", "Connection"): "connection",
    ("sqlite3", "Cursor"): "connection",
    ("_asyncio", "Future"): "future",
    ("asyncio.futures", "Future"): "future",
    ("concurrent.futures._base", "Future"): "future",
    ("concurrent.futures._base", "Executor"): "future",
    ("asyncio.events", "AbstractEventLoop"): "loop",
    ("os", "_Environ"): "environ",
}
"""By the name of any class of the MRO."""

_ITERATORS = ("__next__", "__anext__")
_REASONS = {
    "environ": "the environment of the process is not recorded",
}


def kind_of(cls: type) -> str:
    """The kind of a live object (``generator``, ``file``, ``lock``, ...); empty for what may be rebuilt."""
    for known, kind in _BY_TYPE:
        if cls is known:
            return kind
    iterates = ""
    for klass in mro_of(cls):
        key = type_key(klass)
        if key in _BY_NAME:
            return _BY_NAME[key]
        if klass is ReferenceType:
            return "weakref"
        if not is_python_class(klass):
            namespace: Any = namespace_of(klass)
            if any(namespace.get(name, MISSING) is not MISSING for name in _ITERATORS):
                iterates = "iterator"
    return iterates


def _reduce_file(value: Any) -> Reduction:
    """``sys.stdout`` is a name; of any other open file a test has no second."""
    name = stream_name(value)
    if name:
        return reference, (name, "constant")
    cls = type(value)
    return unrebuildable(cls, "value-file", f"a file ({type_name(cls)}) lives only in the running program")


def kind_handler(cls: type, kind: str) -> Callable[[Any], Reduction]:
    """Gives the opaque value for every object of the class."""
    name = type_name(cls)
    if kind == "file":
        return _reduce_file
    article = "an" if kind[0] in "aeiou" else "a"
    reason = _REASONS.get(kind) or f"{article} {kind} ({name}) lives only in the running program"
    reduction = unrebuildable(cls, f"value-{kind}", reason)

    def reduce_live(value: Any) -> Reduction:
        return reduction

    return reduce_live

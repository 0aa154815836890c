"""What each audit event is about to do, and whether that is forbidden.

The events are those of the table in the documentation of the standard library. An event that isn't listed
here is allowed.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from pytead.verify.ground import Ground, is_importing, shorten

Finding = tuple[str, str]
"""Slug and what would have happened: ``("filesystem", "would delete 'x.txt'")``."""

Check = Callable[[Ground, "tuple[Any, ...]"], "Finding | None"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _open(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    path, mode, flags = args
    if isinstance(flags, int) and flags:
        writes = bool(flags & _WRITING)
    else:
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    if not writes:
        return _read(ground, args)
    if isinstance(path, int) or ground.allows(path):
        return None
    return "filesystem", f"would write {ground.show(path)}"


def _read(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    if not ground.is_personal(args[0]):
        return None
    return "filesystem", f"would read {ground.show(args[0])}, which other machines lack"


def _at(verb: str, dir_fd: int | None = None, *, follow: bool = True, path: int = 0) -> Check:
    """A check of one path; ``path`` and ``dir_fd`` are the positions of the event's arguments."""

    def check(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
        start = args[dir_fd] if dir_fd is not None and dir_fd < len(args) else -1
        if ground.allows(args[path], start, follow=follow):
            return None
        return "filesystem", f"would {verb} {ground.show(args[path])}"

    return check


def _between(verb: str) -> Check:
    """A check of an event that changes a source and a target: ``os.rename``, ``os.link``."""

    def check(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
        source, target, source_fd, target_fd = (*args, -1, -1)[:4]
        if ground.allows(source, source_fd, follow=False) and ground.allows(target, target_fd, follow=False):
            return None
        return "filesystem", f"would {verb} {ground.show(source)} to {ground.show(target)}"

    return check


def _sqlite(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    database = args[0]
    if database in (":memory:", "", b":memory:", b""):
        return None
    if isinstance(database, (str, bytes)) and os.fsdecode(database).startswith("file:"):
        from urllib.parse import parse_qs, unquote, urlsplit

        parts = urlsplit(os.fsdecode(database))
        options = parse_qs(parts.query)
        in_memory = options.get("mode") == ["memory"] or parts.path == ":memory:"
        database = unquote(parts.path)
        if in_memory:
            return None
        if options.get("mode") == ["ro"] or options.get("immutable") == ["1"]:
            return _read(ground, (database,))
    if ground.allows(database):
        return None
    return "filesystem", f"would open the database {ground.show(database)}"


def _windows_file(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    path, access = args[0], args[1]
    generic_write_or_all = 0x50000000
    if str(path).startswith("\\\\.\\pipe\\"):
        return None
    if not access & generic_write_or_all:
        return _read(ground, (path,))
    if ground.allows(path):
        return None
    return "filesystem", f"would write {ground.show(path)}"


def _always(slug: str, doing: str) -> Check:
    return lambda ground, args: (slug, f"would {doing}")


def _starts(position: int) -> Check:
    """A check of an event that starts a process; ``position`` is the argument that shows which."""

    def check(ground: Ground, args: tuple[Any, ...]) -> Finding:
        command = args[position] or args[0]
        return "process", f"would start {shorten(repr(_command(command)), 100)}"

    return check


def _command(command: object) -> str:
    if isinstance(command, (list, tuple)):
        return shlex.join(_text(part) for part in command)
    return _text(command)


def _text(part: object) -> str:
    try:
        return os.fsdecode(part)  # type: ignore[arg-type]
    except TypeError:
        return str(part)


def _browser(ground: Ground, args: tuple[Any, ...]) -> Finding:
    return "process", f"would open {shorten(repr(args[0]))} in a browser"


def _socket(verb: str) -> Check:
    def check(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
        address = args[1]
        if address is None or _makes_socketpair():
            return None  # a send on what is connected already
        return "network", f"would {verb} {_address(address)}"

    return check


def _makes_socketpair() -> bool:
    """Whether ``socket.socketpair`` is at work, which asyncio needs: on Windows it connects to itself."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in _SOCKETPAIR:
            return True
        frame = frame.f_back
    return False


def _address(address: object) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        return shorten(repr(f"{address[0]}:{address[1]}"))
    return shorten(repr(address))


def _named(verb: str, position: int) -> Check:
    """A check of an event that uses the network; ``position`` is the argument with the host's name."""

    def check(ground: Ground, args: tuple[Any, ...]) -> Finding:
        return "network", f"would {verb} {_address(args[position])}"

    return check


def _request(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    url = str(args[0])
    if url.split(":", 1)[0].lower() in ("file", "data"):
        return None
    return "network", f"would request {shorten(repr(url))}"


def _kill(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
    if args[1] == 0 and os.name != "nt":
        return None  # only asks whether the process exists
    return "signal", f"would send signal {int(args[1])} to process {args[0]}"


def _native(verb: str, position: int) -> Check:
    def check(ground: Ground, args: tuple[Any, ...]) -> Finding | None:
        name = args[position] if position < len(args) else None
        # None is the interpreter itself; and what an import loads, any test session loads.
        if not name or is_importing():
            return None
        return "native", f"would {verb} {shorten(repr(name))}"

    return check


def _python_code(*functions: object) -> frozenset[CodeType]:
    codes = (getattr(function, "__code__", None) for function in functions)
    return frozenset(code for code in codes if isinstance(code, CodeType))


_SOCKETPAIR = _python_code(getattr(socket, "socketpair", None), getattr(socket, "_fallback_socketpair", None))

CHECKS: dict[str, Check] = {
    "open": _open,
    "os.listdir": _read,
    "os.scandir": _read,
    "os.remove": _at("delete", 1, follow=False),
    "os.rmdir": _at("delete the folder", 1, follow=False),
    "os.mkdir": _at("create the folder", 2, follow=False),
    "os.rename": _between("rename"),
    "os.link": _between("link"),
    "os.symlink": _at("create the link", 2, follow=False, path=1),
    "os.truncate": _at("truncate"),
    "os.chmod": _at("change the mode of", 2),
    "os.chown": _at("change the owner of", 3),
    "os.chflags": _at("change the flags of"),
    "os.utime": _at("change the times of", 3),
    "os.setxattr": _at("change an attribute of"),
    "os.removexattr": _at("change an attribute of"),
    "shutil.rmtree": _at("delete the folder", 1, follow=False),
    "shutil.copyfile": _at("write", path=1),
    "shutil.copytree": _at("write the folder", path=1),
    "shutil.copymode": _at("change the mode of", path=1),
    "shutil.copystat": _at("change the times of", path=1),
    "shutil.move": _between("move"),
    "shutil.chown": _at("change the owner of"),
    "shutil.make_archive": _at("write the archive"),
    "shutil.unpack_archive": _at("unpack into", path=1),
    "tempfile.mkstemp": _at("write"),
    "tempfile.mkdtemp": _at("create the folder"),
    "sqlite3.connect": _sqlite,
    "syslog.syslog": _always("filesystem", "write to the system log"),
    "winreg.CreateKey": _always("filesystem", "change the registry"),
    "winreg.DeleteKey": _always("filesystem", "change the registry"),
    "winreg.DeleteValue": _always("filesystem", "change the registry"),
    "winreg.SetValue": _always("filesystem", "change the registry"),
    "winreg.LoadKey": _always("filesystem", "change the registry"),
    "winreg.SaveKey": _always("filesystem", "change the registry"),
    "_winapi.CreateFile": _windows_file,
    "_winapi.CreateJunction": _at("create the link", path=1, follow=False),
    "subprocess.Popen": _starts(1),
    "os.system": _starts(0),
    "os.exec": _starts(1),
    "os.posix_spawn": _starts(1),
    "os.spawn": _starts(2),
    "os.startfile": _starts(0),
    "os.startfile/2": _starts(0),
    "os.fork": _always("process", "fork"),
    "os.forkpty": _always("process", "fork"),
    "pty.spawn": _starts(0),
    "_winapi.CreateProcess": _starts(1),
    "webbrowser.open": _browser,
    "socket.connect": _socket("connect to"),
    "socket.bind": _socket("listen on"),
    "socket.sendto": _socket("send to"),
    "socket.sendmsg": _socket("send to"),
    "socket.getaddrinfo": _named("look up", 0),
    "socket.gethostbyname": _named("look up", 0),
    "socket.gethostbyaddr": _named("look up", 0),
    "socket.getnameinfo": _named("look up", 0),
    "socket.sethostname": _always("network", "rename the machine"),
    "urllib.Request": _request,
    "http.client.connect": _named("connect to", 1),
    "ftplib.connect": _named("connect to", 1),
    "imaplib.open": _named("connect to", 1),
    "nntplib.connect": _named("connect to", 1),
    "poplib.connect": _named("connect to", 1),
    "smtplib.connect": _named("connect to", 1),
    "telnetlib.Telnet.open": _named("connect to", 1),
    "os.kill": _kill,
    "os.killpg": _kill,
    "signal.pthread_kill": _kill,
    "_winapi.TerminateProcess": _always("signal", "end another process"),
    "ctypes.dlopen": _native("load the library", 0),
    "ctypes.dlsym": _native("use the foreign function", 1),
    "ctypes.dlsym/handle": _native("use the foreign function", 1),
    "ctypes.call_function": _always("native", "call a foreign function by its address"),
    "sqlite3.load_extension": _native("load the library", 1),
}

"""A Python process that a recorded program started: it records as well, into the same run."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from pytead.capture.children import Inherited, install
from pytead.cli.bootstrap import Packages

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from pytead.capture.session import Session
    from pytead.errors import PyteadError

_leave: list[Callable[[], object]] = []
"""What ends the recording of this process."""


def start(text: str, startup: str) -> None:
    """Record this process from now on, which is before it knows its program.

    Args:
        text: what the process that started it said, as ``Inherited.dump`` wrote it.
        startup: the folder that brought us here.

    Raises:
        Exception: whatever is wrong with ``text`` or with the store; nothing is recorded then.
    """
    inherited = Inherited.load(text)
    wrapt = Packages(inherited.packages)
    sys.meta_path.append(wrapt)
    try:
        from pytead.capture import joining, program
    finally:
        sys.meta_path.remove(wrapt)
    _leave.append(install(inherited, startup))
    session = joining.join(inherited, _say_nothing)
    _leave.append(session.finish)
    program.last_at_exit.append(lambda: _finish(session, inherited))
    if inherited.flow_events is not None:
        _store_flow(inherited, session)
    _watch_main(session)


def _finish(session: Session, inherited: Inherited) -> None:
    if not _leave:
        return
    if session.is_in_root():  # the user's own process, after it called exec
        from pytead.cli.run import finish

        finish(session, inherited)
    else:
        try:
            session.finish()
        except Exception:
            pass  # the calls are stored already, and nobody is to be told here


def _store_flow(inherited: Inherited, session: Session) -> None:
    from pytead.capture import program
    from pytead.cli import run
    from pytead.errors import PyteadError

    try:
        end = run.store_flow(inherited, session)
    except PyteadError:
        return  # that a process has no flow shows in their number
    _leave.append(end)
    program.last_at_exit.insert(0, end)


def leave() -> None:
    """Record this process no more, as it is the one of a run of its own now."""
    while _leave:
        _leave.pop()()


def _say_nothing(error: PyteadError) -> None:
    """What a child writes to its streams, the program may read."""


def _watch_main(session: Session) -> None:
    """See to it that the program's own module, which isn't imported, is recorded like the others."""
    first = sys.argv[0] if sys.argv else ""
    if first == "-m" or (first == "-c" and _is_of_multiprocessing(sys.orig_argv)):
        _watch_runpy(session)
    elif first in ("", "-", "-c"):
        session.name_main("__main__", ("unreachable", "the process has no file that a test could import"))
    else:
        _watch_script(session, first)


_RUNS_ALL = sys.version_info < (3, 11)
"""Wrappers' frames show in tracebacks before 3.11, and are taken out of that of a program that we run ourselves."""


def _is_of_multiprocessing(command: list[str]) -> bool:
    """Whether it is a process that gets its main module from another one."""
    return any(" import spawn_main" in word or ".forkserver import main" in word for word in command)


class _Script:
    """Runs a script in place of the interpreter, which asks the hooks of ``sys.path`` whether it is a folder."""

    def __init__(self, path: str, session: Session) -> None:
        self._path = path
        self._file = os.path.abspath(path)
        self._session = session

    def __call__(self, path: str) -> _Script:
        """The importer of the script, for the interpreter."""
        if path not in (self._path, self._file):
            raise ImportError(path)
        sys.path_hooks.remove(self)
        return self

    def find_spec(self, name: str, target: object = None) -> ModuleSpec | None:
        """What the interpreter is to run as ``__main__``."""
        return ModuleSpec(name, self) if name == "__main__" else None  # type: ignore[arg-type]

    def get_code(self, name: str) -> CodeType:
        """Code that calls ``run``, for ``runpy``."""
        for path in (self._path, self._file):
            sys.path_importer_cache.pop(path, None)
        if sys.flags.isolated or getattr(sys.flags, "safe_path", False):
            sys.path.remove(self._file)  # elsewhere it stands where the script's folder comes
        return compile("__loader__.run()", "<pytead>", "exec", dont_inherit=True)

    def run(self) -> None:
        """Run the script; what it raises is its own."""
        from pytead.capture import program

        program.run_file(self._path, self._session, is_command=_is_command(self._file))


def _watch_script(session: Session, path: str) -> None:
    from pytead.capture import program

    if not os.path.exists(path) or not os.access(path, os.R_OK):
        return  # the interpreter says it
    if not os.path.isfile(path) and not os.path.isdir(path):  # a pipe can be read only once
        session.name_main("__main__", ("unreachable", f"'{path}' is no file that a test could import"))
    elif program.is_program_in_folder(path):
        program.name_folder(path, session)
    elif _RUNS_ALL or any(session.may_want(name, path) for name in ("__main__", _stem(path))):
        sys.path_hooks.insert(0, _Script(path, session))
    else:
        program.name_file(path, session, is_command=_is_command(path))


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _is_command(path: str) -> bool:
    """Whether a script is one that an installer put beside the interpreter, which no test imports."""
    return not path.endswith((".py", ".pyw", ".pyc")) or os.path.dirname(
        os.path.abspath(path)
    ) == os.path.dirname(sys.executable)


class _Intercepted:
    """A function of a module that something of ours comes before, and that leaves no frame in its tracebacks."""

    def __init__(
        self, original: Callable[..., Any], replace: Callable[[Any], Callable[..., Any] | None]
    ) -> None:
        self._original = original
        self._replace = replace

    @property
    def __call__(self) -> Callable[..., Any]:
        """What is to be called instead, which may be the function itself."""
        return self._replace(sys._getframe(1)) or self._original


def _watch_runpy(session: Session) -> None:
    """Be there when ``-m`` runs the main module, or when ``multiprocessing`` imports it in a child."""
    import runpy

    from pytead.capture import program

    def module_details(frame: Any) -> Callable[..., Any] | None:
        name = frame.f_locals.get("mod_name")
        if frame.f_code.co_name == "_run_module_as_main":
            names = ("__main__", name, f"{name}.__main__")
            is_wanted = _RUNS_ALL or any(session.may_want(each, None) for each in names)
            if is_wanted and not has_started and not sys.flags.inspect:
                has_started.append(True)
                program.run_named_module(name, session)
                sys.exit()
            program.name_module_when_found(name, session)
        elif frame.f_locals.get("run_name") == "__mp_main__":
            program.name_module_when_found(name, session)
        return None

    def code_from_file(frame: Any) -> Callable[..., Any] | None:
        if frame.f_locals.get("run_name") != "__mp_main__":
            return None
        file = frame.f_locals.get("path_name")
        if type(file) is not str:
            return None
        try:
            code = program.code_of_file(file, session, is_command=_is_command(file))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None  # the original meets the same and says it in its own words
        return lambda *args: code if len(args) == 1 else (code, file)  # before 3.13, with the module's name

    has_started: list[bool] = []
    module: Any = runpy
    module._get_module_details = _Intercepted(module._get_module_details, module_details)
    module._get_code_from_file = _Intercepted(module._get_code_from_file, code_from_file)

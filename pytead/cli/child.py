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

    if program.is_program_in_folder(path):
        program.name_folder(path, session)
    elif session.may_want("__main__", path) or session.may_want(_stem(path), path):
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


def _watch_runpy(session: Session) -> None:
    """Name the main module when ``-m`` runs it, or when ``multiprocessing`` imports it in a child."""
    import runpy

    from pytead.capture import program

    module: Any = runpy
    details, from_file = module._get_module_details, module._get_code_from_file

    def get_module_details(name: str, *error: Any) -> Any:
        if not _is_for_main(sys._getframe(1)):
            return details(name, *error)
        session.name_main(name)
        try:
            found = details(name, *error)
        except BaseException as failure:
            _drop_our_frame(failure)
            raise
        program.name_module(found[0], found[1], session)
        return found

    def get_code_from_file(*args: Any) -> Any:
        file = args[-1]  # before 3.13 the module's name stands before it, and the file beside the code
        if _is_for_main(sys._getframe(1)):
            try:
                code = program.code_of_file(file, session, is_command=_is_command(file))
                return code if len(args) == 1 else (code, file)
            except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
                pass  # the original meets the same and says it in its own words
        try:
            return from_file(*args)
        except BaseException as failure:
            _drop_our_frame(failure)
            raise

    module._get_module_details, module._get_code_from_file = get_module_details, get_code_from_file


def _is_for_main(frame: Any) -> bool:
    name = frame.f_code.co_name
    return bool(name == "_run_module_as_main" or frame.f_locals.get("run_name") == "__mp_main__")


def _drop_our_frame(error: BaseException) -> None:
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next

"""Runs a program as Python itself would: same ``sys.argv``, ``sys.path[0]``, ``__main__``, traceback, exit code."""

from __future__ import annotations

import ast
import atexit
import io
import os
import sys
from importlib.machinery import BuiltinImporter, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from pytead.capture.entry_point import refusal_of
from pytead.capture.wrapping import TracedFunction
from pytead.errors import PyteadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec


class Watcher(Protocol):
    """Who wants to know what the program's own module is: a recording session, or the tracing of a flow."""

    def name_main(self, name: str, refusal: tuple[str, str] | None = None) -> None:
        """Take the name that its module is imported by, and why a test can't import it."""

    def compile_main(self, tree: ast.Module, file: str, name: str) -> CodeType:
        """The code to execute as ``__main__``."""


_interpreter_options: list[str] = []


def set_interpreter_options(options: tuple[str, ...]) -> None:
    """Say which options the interpreter was started with, for the program's ``sys.orig_argv``."""
    _interpreter_options[:] = options


def run_script(path: str, args: tuple[str, ...], session: Watcher, *, is_command: bool = False) -> None:
    """``python PATH ARGS...``; a folder or zip file with a ``__main__.py`` counts as a script.

    Args:
        path: the script, as typed.
        args: its arguments.
        session: records it.
        is_command: it was found on ``PATH``; no test imports such a script by its name.

    Raises:
        PyteadError: ``script-missing``.
        BaseException: whatever the program raises and doesn't catch.
    """
    sys.argv[:] = [path, *args]
    sys.orig_argv[:] = [sys.executable, *_interpreter_options, path, *args]
    if is_program_in_folder(path):
        _set_first_path(path)
        main = _new_main()
        name_folder(path, session)
        _execute(lambda: _run_module_as_main("__main__", alter_argv=False), main)
    else:
        run_file(path, session, is_command=is_command)


def run_file(path: str, session: Watcher, *, is_command: bool) -> None:
    """Run a script for which ``sys.argv`` is right already; arguments and errors as for ``run_script``."""
    file = os.path.abspath(path)
    try:
        with io.open_code(file) as stream:
            source = stream.read()
    except OSError as error:
        raise PyteadError(
            "script-missing",
            f"can't open '{path}': {error.strerror or error}",
            "give the path of a Python script, or -m MODULE",
        ) from None
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    main = _new_main()
    main.__file__ = file
    main.__dict__["__cached__"] = None
    main.__loader__ = SourceFileLoader("__main__", file)

    def execute() -> None:
        code = _script_code(source, file, session, is_command=is_command)
        assert code is not None
        exec(code, main.__dict__)

    _execute(execute, main)


def run_module(name: str, args: tuple[str, ...], session: Watcher) -> None:
    """``python -m NAME ARGS...``.

    Raises:
        BaseException: whatever the program raises and doesn't catch.
    """
    sys.argv[:] = ["-m", *args]
    sys.orig_argv[:] = [sys.executable, *_interpreter_options, "-m", name, *args]
    run_named_module(name, session)


def run_named_module(name: str, session: Watcher) -> None:
    """Run a module for which ``sys.argv`` is right already; errors as for ``run_module``."""
    _set_first_path(os.getcwd())
    main = _new_main()

    name_module_when_found(name, session)
    _execute(lambda: _run_module_as_main(name, alter_argv=True), main)


def run_code(source: str, args: tuple[str, ...], session: Watcher) -> None:
    """``python -c SOURCE ARGS...``.

    Raises:
        BaseException: whatever the program raises and doesn't catch.
    """
    sys.argv[:] = ["-c", *args]
    sys.orig_argv[:] = [sys.executable, *_interpreter_options, "-c", source, *args]
    _set_first_path("")
    main = _new_main()
    session.name_main("__main__", ("unreachable", "what -c runs has no file that a test could import"))

    def execute() -> None:
        exec(
            session.compile_main(_parsed(source.encode(), "<string>"), "<string>", "__main__"), main.__dict__
        )

    _execute(execute, main)


def run_stdin(args: tuple[str, ...], session: Watcher) -> None:
    """``python - ARGS...``: the program comes from standard input.

    Raises:
        BaseException: whatever the program raises and doesn't catch.
    """
    sys.argv[:] = ["-", *args]
    sys.orig_argv[:] = [sys.executable, *_interpreter_options, "-", *args]
    _set_first_path("")
    main = _new_main()
    session.name_main("__main__", ("unreachable", "standard input has no file that a test could import"))

    def execute() -> None:
        source = sys.stdin.buffer.read()
        exec(session.compile_main(_parsed(source, "<stdin>"), "<stdin>", "__main__"), main.__dict__)

    _execute(execute, main)


def is_program_in_folder(path: str) -> bool:
    """Whether ``path`` is a folder or a zip file, whose ``__main__.py`` is what runs."""
    return os.path.isdir(path) or _is_zip(path)


def name_folder(path: str, session: Watcher) -> None:
    """Tell the session what runs where ``path`` is a program in a folder."""
    session.name_main(
        "__main__", ("unreachable", f"'{path}' is run whole; tests can't import its main module")
    )


def name_file(path: str, session: Watcher, *, is_command: bool) -> None:
    """Tell the session which script runs, where the interpreter itself runs it."""
    try:
        code_of_file(path, session, is_command=is_command, is_to_run=False)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        pass  # the interpreter meets the same and says it


def code_of_file(path: str, session: Watcher, *, is_command: bool, is_to_run: bool = True) -> CodeType | None:
    """The code of a script that is to be executed as the main module; names it as well.

    Args:
        path: the script.
        session: records it.
        is_command: see ``run_script``.
        is_to_run: else it is named only, and there is no code.

    Raises:
        OSError: the file can't be read.
        SyntaxError, ValueError, RecursionError, MemoryError: as compiling raises them.
    """
    with io.open_code(os.path.abspath(path)) as stream:
        source = stream.read()
    return _script_code(source, path, session, is_command=is_command, is_to_run=is_to_run)


def _script_code(
    source: bytes, file: str, session: Watcher, *, is_command: bool, is_to_run: bool = True
) -> CodeType | None:
    if file.endswith(".pyc"):
        import marshal

        session.name_main("__main__", ("unreachable", f"'{file}' has no source"))
        code: CodeType = marshal.loads(source[16:])
        return code
    tree = _parsed(source, file)
    name = "__main__"
    if is_command:
        session.name_main(name, ("unreachable", f"tests don't import the command '{os.path.basename(file)}'"))
    else:
        name = os.path.splitext(os.path.basename(file))[0]
        session.name_main(name, refusal_of(tree, file))
    return session.compile_main(tree, file, name) if is_to_run else None


def _parsed(source: bytes, file: str) -> ast.Module:
    # Not ast.parse: a SyntaxError would show its frame.
    tree = compile(source, file, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def name_module_when_found(name: str, session: Watcher) -> None:
    """Have the session told what module ``-m NAME`` runs, once ``runpy`` has imported the packages around it."""
    sys.meta_path.insert(0, _MainNamer(name, session))


class _MainNamer:
    """Finds the main module as the other finders do, and names it."""

    def __init__(self, name: str, session: Watcher) -> None:
        self._names = (name, f"{name}.__main__")
        self._session = session

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the others find; nothing for any other name."""
        if name not in self._names or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)  # else those of the others that ask all finders would ask us
        spec = _find_spec(name, path, target)
        if spec is None or spec.submodule_search_locations is not None:
            sys.meta_path.insert(0, self)  # of a package, its __main__ is yet to come
            return spec
        if not spec.origin or not spec.origin.endswith(".py"):
            return spec
        try:
            with io.open_code(spec.origin) as stream:
                tree = _parsed(stream.read(), spec.origin)
        except (ValueError, TypeError, OSError, SyntaxError, RecursionError, MemoryError):
            return spec  # running it meets the same
        self._session.name_main(name, refusal_of(tree, spec.origin))
        return _find_spec(name, path, target)  # that it is the main module may have made it wanted


def _find_spec(name: str, path: Any, target: Any) -> ModuleSpec | None:
    for finder in list(sys.meta_path):
        find_spec = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find_spec(name, path, target) if find_spec is not None else None
        if spec is not None:
            return spec
    return None


def _run_module_as_main(name: str, *, alter_argv: bool) -> None:
    # What the interpreter itself calls for -m: its frames are in the tracebacks that users know.
    import runpy

    runpy._run_module_as_main(name, alter_argv)  # type: ignore[attr-defined]


def _new_main() -> ModuleType:
    """A fresh ``__main__``, laid out as the interpreter lays it out."""
    main = ModuleType("__main__")
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    main.__loader__ = BuiltinImporter
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    _replaced.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    return main


_replaced: list[ModuleType] = []
"""The ``__main__`` that started us: its globals are still in use."""


def _set_first_path(folder: str) -> None:
    """Put ``folder`` where the interpreter put the folder of what started us, if it did."""
    if getattr(sys.flags, "safe_path", False) or sys.flags.isolated:
        return
    if sys.path:
        sys.path[0] = folder
    else:
        sys.path.append(folder)


def _is_zip(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            if stream.read(2) not in (b"PK", b"#!"):
                return False
    except OSError:
        return False
    import zipfile

    return zipfile.is_zipfile(path)


def _execute(action: Callable[[], None], main: ModuleType) -> None:
    """Run ``action``; what it raises is shown as if our frames weren't there."""
    try:
        action()
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _without_ours(error.__traceback__)
        _show_without_ours(error)
        raise


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from the program's first frame on."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        traceback = traceback.tb_next
        if code.co_filename == __file__ and code.co_name in ("execute", "_run_module_as_main"):
            while traceback is not None and _is_ours(traceback.tb_frame.f_code.co_filename):
                traceback = traceback.tb_next
            return traceback
    return None


def _is_ours(filename: str) -> bool:
    return os.path.dirname(os.path.abspath(filename)) == os.path.dirname(os.path.abspath(__file__))


def _show_without_ours(error: BaseException) -> None:
    """Have the interpreter show ``error`` as it does after us, less the frames that raising it again adds."""
    shown = error.__traceback__
    hook = sys.excepthook

    def show(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> Any:
        sys.excepthook = hook
        if value is error:
            value.__traceback__ = shown
            _drop_wrapper_frames(value)
            traceback = sys.last_traceback = value.__traceback__
        if value is error and isinstance(value, KeyboardInterrupt) and os.name == "posix":
            _die_by_interrupt_at_exit()
        try:
            return hook(kind, value, traceback)
        except BaseException as failure:  # the interpreter shows it too
            if failure.__traceback__ is not None:
                failure.__traceback__ = failure.__traceback__.tb_next
            raise

    sys.excepthook = show


def _drop_wrapper_frames(error: BaseException) -> None:
    """Take the frames of wrappers out of what will be shown; on 3.11 and later they aren't there."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        pending += [one.__cause__, one.__context__]
        while one.__traceback__ is not None and _is_wrapper(one.__traceback__):
            one.__traceback__ = one.__traceback__.tb_next
        link = one.__traceback__
        while link is not None:
            while link.tb_next is not None and _is_wrapper(link.tb_next):
                link.tb_next = link.tb_next.tb_next
            link = link.tb_next


def _is_wrapper(traceback: TracebackType) -> bool:
    return traceback.tb_frame.f_code is TracedFunction.__call__.__code__


def _die_by_interrupt_at_exit() -> None:
    """End as a script that Ctrl-C ended: by the signal, so that a shell loop around it stops as well."""
    import signal

    def die() -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                pass  # closed by the program
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)

    # Called last: the handlers that the program registered come first.
    last_at_exit.append(die)


last_at_exit: list[Callable[[], None]] = []
"""What is to be done when the program's own exit handlers are through."""


@atexit.register
def _run_last() -> None:
    for action in last_at_exit:
        action()

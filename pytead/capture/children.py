"""Has the Python processes that the program starts record as well, without the program seeing how.

What they need is in two variables, and a folder on ``PYTHONPATH`` has a ``sitecustomize`` that reads them. They are
set behind the back of ``os.environ``: a child that is given no environment inherits them from the process itself, and
those that are given one get them added as they start.
"""

from __future__ import annotations

import os
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Literal

    from pytead.storage.store import Format

VARIABLE = "PYTEAD_INHERITED"
"""What a child is to do, as ``Inherited.dump`` writes it."""

_PATH = "PYTHONPATH"


class Inherited(NamedTuple):
    """What a process needs to take part in a run.

    Attributes:
        run: id of the run.
        root: the process that the user started.
        folder: its working folder when it started, absolute.
        storage_dir: the store's folder, absolute.
        format: how calls are stored.
        limit: distinct calls kept per function and process.
        max_overhead: what recording may take of each process's time, from 0; None for the usual budget.
        max_bytes: bytes of a frozen value; 0 for any number.
        max_objects: objects in one; 0 for any number.
        targets: the patterns.
        packages: folders of packages that an interpreter with none of them installed needs.
        json: where the root writes its summary as JSON, if anywhere.
        quiet: whether the root shows no summary.
        is_followed_by_gen: whether tests are made next without anybody asking.
        engine: how calls are seen.
        engine_chosen_by: what said so, for the summary.
        flow_events: events of each process's flow that are stored, 0 for any number; None for no flow.
        flow_engine: what the flow is traced with.
        reducers: modules that say how objects of the user's types are written.
    """

    run: str
    root: int
    folder: str
    storage_dir: str
    format: Format
    limit: int
    max_overhead: float | None
    max_bytes: int
    max_objects: int
    targets: tuple[str, ...]
    packages: tuple[str, ...]
    json: str | None
    quiet: bool
    is_followed_by_gen: bool
    engine: Literal["wrap", "monitoring"]
    engine_chosen_by: str
    flow_events: int | None = None
    flow_engine: str = "auto"
    reducers: tuple[str, ...] = ()

    @property
    def shown_storage_dir(self) -> str:
        """The store's folder as a person in the run's folder would write it."""
        inside = os.path.relpath(self.storage_dir, self.folder)
        return f"{self.storage_dir if inside.startswith('..') else inside}{os.sep}"

    def dump(self) -> str:
        """As text that an environment can hold, whatever is in the paths."""
        return ascii(tuple(self))

    @classmethod
    def load(cls, text: str) -> Inherited:
        """What ``dump`` wrote.

        Raises:
            ValueError, SyntaxError, TypeError: it is something else.
        """
        import ast

        return cls(*ast.literal_eval(text))


def install(inherited: Inherited, startup: str) -> Callable[[], None]:
    """Hand ``inherited`` on to every process that is started from now on.

    Args:
        inherited: what they are told.
        startup: the folder with the ``sitecustomize``, absolute.

    Returns:
        what ends it.
    """
    if os.pathsep in startup:
        return lambda: None  # it can't stand on a path of search
    environment = _Environment(inherited.dump(), startup)
    undo = [environment.install(), *_wrap_all(environment)]

    def uninstall() -> None:
        while undo:
            undo.pop()()

    return uninstall


class _Environment:
    """Our two variables, and where they are to be added."""

    def __init__(self, text: str, startup: str) -> None:
        self._text = text
        self._startup = startup
        self._is_over = False
        self.put = os.putenv

    def install(self) -> Callable[[], None]:
        """Set the variables of the process itself, which ``os.environ`` keeps a copy of and doesn't show."""
        unset = os.unsetenv
        self.put(VARIABLE, self._text)
        self.put(_PATH, self.path(os.environ.get(_PATH)))

        def uninstall() -> None:
            self._is_over = True
            unset(VARIABLE)
            if _PATH in os.environ:
                self.put(_PATH, os.environ[_PATH])
            else:
                unset(_PATH)

        return uninstall

    def path(self, theirs: str | None) -> str:
        """The ``PYTHONPATH`` for a program that would have ``theirs``; None where it would have none."""
        if theirs is None:
            return self._startup
        if not theirs:
            return self._startup + os.sep  # for Python an empty variable is none, but not for the program
        return theirs if theirs.startswith(self._startup) else self._startup + os.pathsep + theirs

    def added(self, env: Any, executable: Any) -> Any:
        """``env`` as a program that starts ``executable`` gave it, with the variables added."""
        if self._is_over:  # a module that was imported meanwhile has our function for good
            return env
        if type(env) is list:
            return self._added_to_list(env, executable)
        if type(env) is not dict and env is not os.environ:
            return env
        keys = {os.fsdecode(key): key for key in env}
        if not _may_start_python(executable, "PATH" in keys):
            return env
        key = keys.get(_PATH, _PATH)
        theirs = env.get(key)
        return {**env, key: self.path(None if theirs is None else os.fsdecode(theirs)), VARIABLE: self._text}

    def _added_to_list(self, env: list[Any], executable: Any) -> Any:
        start, path = os.fsencode(f"{_PATH}="), None
        if any(type(entry) is not bytes for entry in env):
            return env
        if not _may_start_python(executable, any(entry.startswith(b"PATH=") for entry in env)):
            return env
        rest = []
        for entry in env:
            if entry.startswith(start):
                path = os.fsdecode(entry[len(start) :])
            else:
                rest.append(entry)
        return [*rest, start + os.fsencode(self.path(path)), os.fsencode(f"{VARIABLE}={self._text}")]


def _may_start_python(executable: Any, has_path: bool) -> bool:
    """Whether a program that is given an environment is Python, or could find it there."""
    if has_path:
        return True
    candidates = executable if isinstance(executable, (list, tuple)) else (executable,)
    return any(
        isinstance(each, (str, bytes)) and b"python" in os.path.basename(os.fsencode(each)).lower()
        for each in candidates
    )


def _wrap_all(environment: _Environment) -> list[Callable[[], None]]:
    """Stand before the functions that start a process or change what one inherits; what puts them back."""
    undo = [
        _replace(os, "putenv", lambda original: _putenv(original, environment)),
        _replace(os, "unsetenv", lambda original: _unsetenv(original, environment)),
    ]
    undo += [
        _replace(os, name, lambda original: _with_env(original, environment, 2, 0))
        for name in ("execve", "posix_spawn", "posix_spawnp")
        if hasattr(os, name)
    ]
    if sys.platform == "win32":
        import _winapi

        undo.append(
            _replace(_winapi, "CreateProcess", lambda original: _with_env(original, environment, 6, 0))
        )
        return undo
    try:
        import _posixsubprocess
    except ImportError:
        return undo
    wrapper = _with_env(_posixsubprocess.fork_exec, environment, 5, 1)
    undo.append(_replace(_posixsubprocess, "fork_exec", lambda original: wrapper))
    subprocess = sys.modules.get("subprocess")
    if subprocess is not None and hasattr(subprocess, "_fork_exec"):
        undo.append(_replace(subprocess, "_fork_exec", lambda original: wrapper))
    return undo


def _replace(
    module: ModuleType, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Callable[[], None]:
    original = getattr(module, name)
    wrapper = wrap(original)
    setattr(module, name, wrapper)

    def undo() -> None:
        if vars(module).get(name) is wrapper:
            setattr(module, name, original)

    return undo


def _with_env(
    original: Callable[..., Any], environment: _Environment, env_at: int, executable_at: int
) -> Callable[..., Any]:
    """``original`` with our variables added to the environment that it is given, if it is given one."""

    @wraps(original)
    def start(*args: Any, **kwargs: Any) -> Any:
        try:
            if len(args) > env_at and args[env_at] is not None:
                env = environment.added(args[env_at], args[executable_at])
                args = (*args[:env_at], env, *args[env_at + 1 :])
            elif "env" in kwargs:
                kwargs["env"] = environment.added(kwargs["env"], args[0] if args else kwargs.get("path"))
        except Exception:
            pass  # what is wrong with the arguments the original says itself
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            _drop_our_frame(error)
            raise

    return start


def _drop_our_frame(error: BaseException) -> None:
    """Let ``error`` look as if the original had been called: on 3.11 and later, where raising again adds nothing."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _putenv(original: Callable[..., Any], environment: _Environment) -> Callable[..., Any]:
    @wraps(original)
    def putenv(name: Any, value: Any, /) -> None:
        try:
            if os.fsdecode(name) == _PATH:
                value = environment.path(os.fsdecode(value))
        except Exception:
            pass  # what is wrong with the arguments the original says itself
        try:
            original(name, value)
        except BaseException as error:
            _drop_our_frame(error)
            raise

    return putenv


def _unsetenv(original: Callable[..., Any], environment: _Environment) -> Callable[..., Any]:
    @wraps(original)
    def unsetenv(name: Any, /) -> None:
        try:
            if os.fsdecode(name) == _PATH:
                environment.put(_PATH, environment.path(None))
            else:
                original(name)
        except BaseException as error:
            _drop_our_frame(error)
            raise

    return unsetenv

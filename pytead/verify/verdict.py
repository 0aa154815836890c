"""What verification says about each generated test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytead.errors import Rejection
from pytead.select.walking import walk
from pytead.values.nodes import Atom, Buffer
from pytead.values.redaction.placeholders import holds_placeholder

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from pytead.select.case import Case
    from pytead.verify.meter import Place


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one test.

    Attributes:
        module: ``GeneratedModule.path`` of its module.
        test: its name there, as in ``GeneratedModule.tests``.
        case: what it replays.
        rejection: why it must not be delivered; None if it passed every run.
        reached: the lines and branches that it reaches, a bit for each of ``Verification.places``; None where that
            wasn't measured.
    """

    module: PurePosixPath
    test: str
    case: Case
    rejection: Rejection | None
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of all tests.

    Attributes:
        verdicts: one for each test, in the order of the modules and their tests.
        seconds: wall-clock time it took.
        processes: how many pytest processes ran: three at least, more where many cores share the work, and where
            something failed.
        places: lines and branches of the measured files that any test reached.
    """

    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    processes: int = 0
    places: tuple[Place, ...] = ()

    @property
    def rejected(self) -> tuple[Verdict, ...]:
        """The verdicts on tests that must not be delivered."""
        return tuple(verdict for verdict in self.verdicts if verdict.rejection is not None)


HINTS = {
    "filesystem": "pass it a path inside a temporary folder, or test it by hand with tmp_path",
    "network": "split the part that computes from the part that talks to the network, and record that",
    "process": "split the part that computes from the part that starts processes, and record that",
    "signal": "test it by hand: replaying it would send a signal",
    "native": "test it by hand: what a foreign function does can't be watched",
    "timeout": "raise the time limit if it is only slow",
    "crash": "run the function alone with these arguments to see how it ends",
    "mismatch": "it depends on something besides its arguments, or the code changed since the recording",
    "time": "pass the time in, or exclude the function",
    "random": "pass a seeded random generator in, or exclude the function",
    "hash-order": "sort what comes out of a set, and don't give away what hash() says",
    "order-dependent": "it shares state with the other test: pass that state in, or reset it in a fixture",
    "hidden-state": "it keeps state between its calls: pass that state in, or reset it in a fixture",
    "cwd": "use absolute paths, or paths relative to the module's own file",
    "environment": "pass what it reads of its surroundings in as an argument",
    "identity": "leave addresses, process and thread numbers out of what it gives",
    "sleep": "pass the delay or the sleeping function in, or exclude the function",
    "unstable": "run the test some times by itself: it looks like a race between threads",
    "unreachable": "make the module importable from the project's folder without running the program",
    "value-rebuild": "a recorded value refuses to be built again; record another call",
    "value-forbidden": "record again: the store names something that is not a class as one",
    "secret": "test it by hand with a value of your own; --no-redact NAME records what isn't secret after all",
    "skipped": "a conftest.py or the code itself skips it",
    "not-collected": "look at python_functions and collect_ignore in the project's pytest settings",
    "invalid-source": "",
}
"""What a user can do about each slug that verification gives."""


_OF_VALUES = ("mismatch", "unstable", "value-rebuild")
"""What may come of a placeholder where the secret was."""

_UNRECORDED = "it depends on a secret that was not recorded"
"""What the test showed instead isn't told: the program may have made it of the secret, and it would be stored."""


def judged(case: Case, found: Rejection | None) -> Rejection | None:
    """The rejection of a case's test, by its cause: that a secret of it isn't what it was."""
    if found is None or found.slug not in _OF_VALUES or not _is_redacted(case):
        return found
    return rejection("secret", _UNRECORDED)


def _is_redacted(case: Case) -> bool:
    kept = [case.receiver, case.value, case.receiver_after, *case.args, *(case.args_after or ())]
    kept += [node for _, node in (*case.kwargs, *(case.kwargs_after or ()))]
    if case.story is not None:
        kept += [*case.story.items, *(node for _, _, node in case.story.resumed), case.story.value]
    nodes = walk(node for node in kept if node is not None)
    return any(isinstance(node, (Atom, Buffer)) and holds_placeholder(node.value) for node in nodes)


def rejection(slug: str, reason: str) -> Rejection:
    """A rejection of this stage, with the hint that belongs to its slug."""
    return Rejection("verify", slug, reason, HINTS.get(slug, ""))

"""A record chosen to be a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pytead.names import FunctionKind, FunctionName, Reach
    from pytead.records import ModuleOrigin
    from pytead.storage.stories import Story
    from pytead.values.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One recorded call as a test will replay it.

    Attributes:
        function: what is called.
        kind: how it is called.
        reach: the way to it where its name leads to something else; else None.
        receiver: the object of a method or property, or the class of a class method; None for the other
            kinds, and where it was given by keyword.
        args: positional arguments, the receiver taken out, as they were before the call.
        kwargs: keyword arguments before the call, in the order they were given.
        outcome: whether the call returned, raised, gave a generator (``yielded``) or a context manager that is
            made of one (``entered``).
        is_async: whether it has to be awaited, or iterated or entered asynchronously.
        story: what the generator did; None where there is none.
        value: what it returned, or the exception (an ``Instance`` whose content holds its ``args``, or None
            where nothing of them can be asserted). It may hold an ``Opaque`` if one of the fields below is
            set: then that is what a test can assert. For a story, all of it as one value.
        cause: the exception that the one it raised was raised ``from``, likewise; else None.
        value_is: what the returned value is the very same mutable object as, written as a test says it:
            ``receiver``, ``args[0]``, ``kwargs['rows']``; else None.
        receiver_after: the receiver after the call, where the call changed it; else None.
        args_after: the positional arguments after the call, where it changed any of them; else None.
        kwargs_after: likewise for the keyword arguments.
        origin: where the function's module came from.
        digest: 16 hex digits of the canonical form of everything above; the same call gives the same digest
            in every run, whatever the order of recording.
        inputs: likewise of what goes in alone, so that it stays when the call gives something else one day.

    ``receiver``, ``args`` and ``kwargs`` share nodes where the call shared objects; so do ``value`` and the
    nodes after the call among themselves.
    """

    function: FunctionName
    kind: FunctionKind
    reach: Reach | None
    receiver: Node | None
    args: tuple[Node, ...]
    kwargs: tuple[tuple[str, Node], ...]
    outcome: Literal["returned", "raised", "yielded", "entered"]
    value: Node
    value_is: str | None
    receiver_after: Node | None
    args_after: tuple[Node, ...] | None
    kwargs_after: tuple[tuple[str, Node], ...] | None
    origin: ModuleOrigin
    digest: str
    inputs: str
    is_async: bool = False
    cause: Node | None = None
    story: Story | None = None

    @property
    def error(self) -> Node | None:
        """The exception that the call, or what it gave, ended with."""
        if self.story is not None:
            return self.story.value if self.story.end == "raised" else None
        return self.value if self.outcome == "raised" else None

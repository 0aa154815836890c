"""What a test asserts of a call, and so what its test function looks like.

Cases with the same ``Form`` are rows of one test function.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pytead.codegen.stories import TITLES, StoryForm, tell
from pytead.errors import Rejection
from pytead.select.walking import walk
from pytead.values.nodes import Atom, Call, Instance, Items, Member, Node, Pairs, Reference
from pytead.values.source import has_plain_equality
from pytead.values.sourced import is_function
from pytead.values.tree import canonical, find_opaque

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.names import FunctionName, Reach
    from pytead.select.case import Case
    from pytead.select.constructing import Constructions

CallForm = Literal[
    "function", "receiver", "subclass", "owner", "constructor", "getter", "owner getter", "setter", "owner setter",
    "deleter", "owner deleter", "reached"
]  # fmt: skip
"""How the call is written: ``push(...)`` and ``Box.cube(...)``, ``receiver.deposit(...)``, the same on a
class that inherits the class method, ``Account.deposit(receiver, ...)`` where the receiver is of a subclass
that may have its own, ``Account(...)``, ``receiver.volume``, ``Box.volume.__get__(receiver)`` likewise,
``receiver.volume = ...``, ``Box.volume.__set__(receiver, ...)``, ``del receiver.volume``,
``Box.volume.__delete__(receiver)``, ``show.registry[Box](receiver, ...)`` with any ``Reach``."""

Comparison = Literal["==", "is", "type", "same", "close"]
"""``is`` for True and False, which 1 and 0 equal; ``type`` is ``==`` and the type, where other types have equal
values; ``close`` is ``same`` with a tolerance."""

_INPUTS: dict[CallForm, tuple[str, ...]] = {
    "function": ("args", "kwargs"),
    "receiver": ("receiver", "args", "kwargs"),
    "subclass": ("receiver", "args", "kwargs"),
    "owner": ("receiver", "args", "kwargs"),
    "constructor": ("args", "kwargs"),
    "getter": ("receiver",),
    "owner getter": ("receiver",),
    "setter": ("receiver", "args"),
    "owner setter": ("receiver", "args"),
    "deleter": ("receiver",),
    "owner deleter": ("receiver",),
    "reached": ("receiver", "args", "kwargs"),
}

_STATEMENTS = ("setter", "owner setter", "deleter", "owner deleter")
"""Calls that give nothing: all there is to check is what they did to the receiver."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one test function looks like.

    Attributes:
        call: how the call is written.
        raises: whether it raises.
        value_is: the object that it gives back, as ``Case.value_is``.
        checks: each further column that something is compared with, and how.
        reach: the way to the function where its name leads to something else.
        is_async: whether the call is awaited, or iterated or entered asynchronously.
        story: how the story of a generator is told.
        has_cause: whether it raises ``from`` another exception.
    """

    call: CallForm
    raises: bool
    value_is: str | None
    checks: tuple[tuple[str, Comparison], ...]
    reach: Reach | None = None
    is_async: bool = False
    story: StoryForm | None = None
    has_cause: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that the call itself takes."""
        return _INPUTS[self.call]

    @property
    def columns(self) -> tuple[str, ...]:
        """The parameters of the test function."""
        thrown = ("thrown",) if self.story == "enter and throw" else ()
        error = ("error", "cause") if self.has_cause else ("error",) if self.raises else ()
        return (*_INPUTS[self.call], *thrown, *error, *(column for column, _ in self.checks))

    @property
    def changes(self) -> tuple[str, ...]:
        """What the call changed: ``receiver``, ``args`` and ``kwargs``, as far as they are checked."""
        return tuple(column[:-6] for column, _ in self.checks if column.endswith("_after"))

    @property
    def uses_structure(self) -> bool:
        """Whether anything is compared by structure, because its class doesn't compare by value."""
        return any(comparison in ("same", "close") for _, comparison in self.checks)

    @property
    def title(self) -> str:
        """What the test shows beyond the plain result, for its name; empty for a plain one."""
        returned = _OBJECT_WORDS[self.value_is.partition("[")[0]][0] if self.value_is else ""
        call = self.call.rpartition(" ")[2]
        is_statement = self.call in _STATEMENTS
        changed = [name for name in self.changes if not (is_statement and name == "receiver")]
        words = ["of_subclass"] if self.call == "subclass" or self.call.startswith("owner") else []
        words += [{"setter": "set", "deleter": "deleted"}[call]] if is_statement else []
        words += [TITLES[self.story]] if self.story and TITLES[self.story] else []
        if self.raises and self.story != "steps":
            word = "raises" if "error_args" in dict(self.checks) else "raises_type"
            words.append(f"{word}_from_cause" if self.has_cause else word)
        if returned and [returned] == [_OBJECT_WORDS[name][0] for name in changed]:
            words.append(f"returns_changed_{returned}")
            changed = []
        elif returned:
            words.append(f"returns_{returned}")
        if changed:
            words.append("changes_" + "_and_".join(_OBJECT_WORDS[name][1] for name in changed))
        joined = "_and_".join(words)
        for first in ("of_subclass", "set", "deleted"):
            joined = joined.replace(f"{first}_and_", f"{first}_")
        return joined

    @property
    def place(self) -> tuple[object, ...]:
        """Where its test function stands among those of one function: the plain results first."""
        kind = (self.raises, len(self.changes), self.uses_structure)
        return (
            *kind,
            self.title,
            self.call,
            self.checks,
            self.value_is or "",
            self.reach.text if self.reach else "",
            self.story or "",
            self.is_async,
            self.has_cause,
        )


_OBJECT_WORDS = {
    "receiver": ("receiver", "receiver"),
    "args": ("argument", "arguments"),
    "kwargs": ("keyword_argument", "keyword_arguments"),
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """A case with its form and a value for each of the form's columns."""

    case: Case
    form: Form
    nodes: dict[str, Node]

    @property
    def roots(self) -> list[list[Node]]:
        """The values, those together that the call got together: what they share, the test shares too."""
        inputs = _INPUTS[self.form.call]
        outputs = [[node] for column, node in self.nodes.items() if column not in inputs]
        return [[self.nodes[column] for column in inputs], *outputs]


def expect(
    case: Case, may_render: Callable[[Node], bool], has_tolerance: bool = False
) -> Expectation | Rejection:
    """Decide how a case is called and what is asserted of it."""
    call = _call_form(case)
    nodes: dict[str, Node] = {
        "receiver": case.receiver if case.receiver is not None else Atom(None),
        "args": Items("tuple", list(case.args)),
        "kwargs": _pairs(case.kwargs),
    }
    nodes = {column: nodes[column] for column in _INPUTS[call]}
    checked: dict[str, Node] = {}
    story = tell(case, case.story) if case.story is not None else None
    if isinstance(story, str):
        return Rejection("codegen", "kind-context", story)
    if story is not None:
        checked.update(story.checked)
        if story.thrown is not None:
            nodes["thrown"] = story.thrown
    raised = case.error
    if raised is not None:
        error = _class_of(raised)
        if error is None:
            reason = f"no test can name the class of the exception that {case.function.dotted} raised"
            return Rejection("codegen", "value-opaque", reason)
        nodes["error"] = error
        cause = _class_of(case.cause) if case.cause is not None else None
        if cause is not None and may_render(cause):
            nodes["cause"] = cause
        told = [("error_args", raised), *([("cause_args", case.cause)] if "cause" in nodes else [])]
        for column, exception in told:
            arguments = error_arguments(exception) if exception is not None else None
            if arguments is not None and may_render(arguments):
                checked[column] = arguments
    elif story is not None:
        pass
    elif call == "constructor" and case.receiver_after is not None:
        checked["expected"] = case.receiver_after
    elif call not in _STATEMENTS and find_opaque(case.value) is None and not _shows_result(case):
        checked["expected"] = case.value
    if case.receiver_after is not None and call != "constructor":
        checked["receiver_after"] = case.receiver_after
    elif call in _STATEMENTS and case.outcome == "returned" and not case.args_after:
        checked["receiver_after"] = nodes["receiver"]  # that it stayed as it was
    if case.args_after is not None:
        checked["args_after"] = Items("tuple", list(case.args_after))
    if case.kwargs_after is not None:
        checked["kwargs_after"] = _pairs(case.kwargs_after)
    others = set(checked) - {"expected", "error_args", "cause_args"}
    if others and "expected" in checked and _holds_function(case.value) and not may_render(case.value):
        del checked["expected"]  # what the call changed is a test without it
    checks = tuple((column, comparison_of(node, has_tolerance)) for column, node in checked.items())
    form = Form(
        call,
        raised is not None,
        case.value_is,
        checks,
        case.reach,
        case.is_async,
        story.form if story is not None else None,
        "cause" in nodes,
    )
    return Expectation(case, form, {**nodes, **checked})


def constructed(expectation: Expectation, constructions: Constructions) -> Expectation:
    """The same with constructor calls in place of the objects that go in and that they give."""
    columns = expectation.form.inputs
    made = constructions.put(expectation.case, [expectation.nodes[column] for column in columns])
    return replace(expectation, nodes={**expectation.nodes, **dict(zip(columns, made, strict=True))})


def _shows_result(case: Case) -> bool:
    """Whether the result is the receiver, or an argument that is compared after the call anyway."""
    field = (case.value_is or "").partition("[")[0]
    after = {"args": case.args_after, "kwargs": case.kwargs_after}
    return field == "receiver" or after.get(field) is not None


def _holds_function(value: Node) -> bool:
    return any(is_function(node) for node in walk([value]))


def _call_form(case: Case) -> CallForm:
    if case.kind in ("function", "staticmethod") or case.receiver is None:
        return "function"
    if case.reach is not None:
        return "reached"
    is_own = _is_class(_class_of(case.receiver), case.function)
    if case.kind == "setter" or (case.kind == "property" and case.args):
        return "setter" if is_own else "owner setter"
    if case.kind == "deleter":
        return "deleter" if is_own else "owner deleter"
    if case.kind == "property":
        return "getter" if is_own else "owner getter"
    if case.kind == "classmethod":
        return "function" if _is_class(case.receiver, case.function) else "subclass"
    if case.function.name == "__init__" and is_own and _is_fresh(case):
        return "constructor" if case.receiver_after is not None or case.outcome == "raised" else "receiver"
    return "receiver" if is_own else "owner"


def _is_class(node: Node | None, function: FunctionName) -> bool:
    return isinstance(node, Reference) and (node.module, node.qualname) == (function.module, function.owner)


def _is_fresh(case: Case) -> bool:
    """Whether the receiver is as ``__new__`` leaves it, where that is one of Python's own."""
    node = case.receiver
    if not isinstance(node, Instance) or node.attributes:
        return False
    if isinstance(node.content, Pairs):
        return not node.content.pairs
    if not isinstance(node.content, Items) or not node.content.items:
        return node.content is None or isinstance(node.content, Items)
    # An exception has its arguments from the start.
    return not case.kwargs and canonical(node.content) == canonical(Items("tuple", list(case.args)))


def _class_of(node: Node) -> Reference | None:
    """The class of an object, as far as it can be told without importing it."""
    if isinstance(node, (Instance, Member)):
        return node.cls
    if isinstance(node, Call) and (node.is_new or node.function.kind == "class"):
        return node.function
    return None


def _pairs(kwargs: tuple[tuple[str, Node], ...]) -> Pairs:
    return Pairs([(Atom(name), node) for name, node in kwargs])


def comparison_of(node: Node, has_tolerance: bool = False) -> Comparison:
    """How a value is compared faithfully, or nearly so where floats may differ a little."""
    if has_tolerance and any(map(_may_be_float, walk([node]))):
        return "close"
    if isinstance(node, Atom) and isinstance(node.value, bool):
        return "is"
    return "==" if has_plain_equality(node) else "same"


def _may_be_float(node: Node) -> bool:
    if isinstance(node, Atom):
        return isinstance(node.value, (float, complex))
    return isinstance(node, Call) and node.function.module.partition(".")[0] in ("numpy", "pandas")


def error_arguments(value: Node) -> Node | None:
    """What the exception's ``args`` are, where that is known and can be had again."""
    if not isinstance(value, Instance) or not isinstance(value.content, Items):
        return None
    if find_opaque(value.content) is not None:
        return None
    items = value.content.items
    if _is_os_error(value.cls) and 3 <= len(items) <= 5:
        items = items[:2]  # the file names that OSError is made with don't show in its args
    return Items("tuple", items)


def _is_os_error(cls: Reference) -> bool:
    found = getattr(builtins, cls.qualname, None) if cls.module == "builtins" else None
    return isinstance(found, type) and issubclass(found, OSError)

"""Objects of the standard library that read better by their constructor than by what they pickle as."""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from pytead.values.arguments import atoms, attributes_of
from pytead.values.nodes import Atom, Call, Items, Member, Node, Pairs, Reference
from pytead.values.permitted import is_syntax
from pytead.values.syntax import CannotRender, attribute, call

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.writer import Writer


def _context(writer: Writer, node: Call) -> ast.expr | None:
    """``decimal.Context``: what differs from the default."""
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps")
    if len(node.args) != len(names) or node.kwargs:
        return None
    usual: dict[str, Any] = {
        "rounding": "ROUND_HALF_EVEN", "Emin": -999999, "Emax": 999999, "capitals": 1, "clamp": 0
    }  # fmt: skip
    written = []
    for key, value in zip(names, node.args, strict=True):
        is_usual = isinstance(value, Atom) and key in usual and value.value == usual[key]
        if not (is_usual or (key == "flags" and isinstance(value, Items) and not value.items)):
            written.append((key, value))
    return call(writer.renderer.reference("decimal", "Context"), [], writer.keywords(written))


def _signature(writer: Writer, node: Call) -> ast.expr | None:
    state, parameters = attributes_of(node.state), node.args[0] if len(node.args) == 1 else None
    if (
        state is None
        or not isinstance(parameters, Items)
        or [key for key, _ in state] != ["_return_annotation"]
    ):
        return None
    args = [writer.write(Items("list", parameters.items))] if parameters.items else []
    kwargs = [("return_annotation", value) for _, value in state if not _is_empty(value)]
    return call(writer.renderer.reference("inspect", "Signature"), args, writer.keywords(kwargs))


def _parameter(writer: Writer, node: Call) -> ast.expr | None:
    state = attributes_of(node.state)
    if state is None or len(node.args) != 2 or {key for key, _ in state} - {"_default", "_annotation"}:
        return None
    kind = node.args[1]
    if not isinstance(kind, Member) or len(kind.names) != 1:
        return None
    cls = writer.renderer.reference("inspect", "Parameter")
    kwargs = [(key.lstrip("_"), value) for key, value in state if not _is_empty(value)]
    return call(cls, [writer.write(node.args[0]), attribute(cls, kind.names[0])], writer.keywords(kwargs))


def _is_empty(node: Node) -> bool:
    return isinstance(node, Reference) and node.dotted in ("inspect._empty", "inspect.Parameter.empty")


def _syntax(writer: Writer, node: Call) -> ast.expr | None:
    """A node of a syntax tree: its fields and its place as keywords."""
    state = attributes_of(node.state)
    places = atoms(node.args)  # Nones for what it must have, from Python 3.13 on
    if state is None or places is None or any(each is not None for each in places) or node.kwargs:
        return None
    return call(writer.renderer.reference("ast", node.function.qualname), [], writer.keywords(state))


def _element(writer: Writer, node: Call) -> ast.expr | None:
    """An element of XML: its markup where that gives it back, else its parts."""
    state = dict(attributes_of(node.state) or [])
    if set(state) != {"tag", "_children", "attrib", "text", "tail"}:
        return None
    made = None if _has_variable(writer, node) else _made(node)
    if made is not None and made.tail is None:
        markup = ET.tostring(made, "unicode")
        try:
            is_whole = _parts(ET.fromstring(markup)) == _parts(made)
        except ET.ParseError:
            is_whole = False
        if is_whole:
            return call(
                writer.renderer.reference("xml.etree.ElementTree", "fromstring"), [writer.scalar(markup)]
            )
    element = call(
        writer.renderer.reference("xml.etree.ElementTree", "Element"), [writer.write(state["tag"])]
    )
    rest = [(Atom(key), value) for key, value in state.items() if not _is_nothing(value)]
    return call(writer.replay("restore"), [element, writer.pairs(rest)]) if len(rest) > 1 else element


def _is_nothing(node: Node) -> bool:
    if isinstance(node, Atom):
        return node.value is None
    return not (node.items if isinstance(node, Items) else isinstance(node, Pairs) and node.pairs)


def _has_variable(writer: Writer, node: Node) -> bool:
    """Whether something else holds one of the elements inside."""
    state = dict(attributes_of(node.state) or []) if isinstance(node, Call) else {}
    children = state.get("_children")
    inside = children.items if isinstance(children, Items) else []
    return any(id(each) in writer.variables or _has_variable(writer, each) for each in inside)


def _made(node: Node) -> ET.Element | None:
    """The element itself, of texts alone."""
    state = dict(attributes_of(node.state) or []) if isinstance(node, Call) else {}
    tag, texts = state.get("tag"), [state.get("text"), state.get("tail")]
    children, attrib = state.get("_children"), state.get("attrib")
    if not isinstance(tag, Atom) or type(tag.value) is not str or not isinstance(attrib, Pairs):
        return None
    words = atoms([each for pair in attrib.pairs for each in pair])
    if words is None or not all(type(each) is str for each in words) or not isinstance(children, Items):
        return None
    if not all(isinstance(each, Atom) and (each.value is None or type(each.value) is str) for each in texts):
        return None
    made = ET.Element(tag.value, dict(zip(words[::2], words[1::2], strict=True)))
    made.text, made.tail = (each.value for each in texts if isinstance(each, Atom))
    for each in children.items:
        child = _made(each)
        if child is None:
            return None
        made.append(child)
    return made


def _parts(element: ET.Element) -> object:
    return element.tag, element.attrib, element.text, element.tail, [_parts(child) for child in element]


def _message(writer: Writer, node: Call) -> ast.expr | None:
    """``email.message_from_string(text, policy=...)``."""
    if len(node.args) != 1 or {key for key, _ in node.kwargs} - {"policy"} or node.state is not None:
        raise CannotRender("value-forbidden", f"{node.function.dotted} may not be called by a value")
    callee = writer.renderer.reference("email", node.function.qualname)
    return call(callee, writer.writes(node.args), writer.keywords(node.kwargs))


def _sequence(writer: Writer, node: Call) -> ast.expr | None:
    """A sequence with names of the system's; what isn't part of it as a tuple comes apart."""
    args = node.args[:1] if len(node.args) == 2 and _is_nothing(node.args[1]) else node.args
    callee = writer.renderer.reference(node.function.module, node.function.qualname)
    return call(callee, writer.writes(args))


KNOWN: dict[str, Callable[[Writer, Call], ast.expr | None]] = {
    "decimal.Context": _context,
    "email.message_from_bytes": _message,
    "email.message_from_string": _message,
    "inspect.Parameter": _parameter,
    "inspect.Signature": _signature,
    "os.stat_result": _sequence,
    "os.terminal_size": _sequence,
    "time.struct_time": _sequence,
    "xml.etree.ElementTree.Element": _element,
    **{f"ast.{cls}": _syntax for cls in vars(ast) if is_syntax(f"ast.{cls}")},
}

"""Calls that values are made with, written as a person would.

``KNOWN`` holds what isn't simply its own name and arguments: containers whose items come apart from their
arguments, and the reductions of the pickle protocol (a datetime from ten bytes, ``copyreg._reconstructor``).
"""

from __future__ import annotations

import ast
import builtins
import struct
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from pytead.values import arrays, callables, definitions, iterating, library, moments
from pytead.values.arguments import atoms, attributes_of
from pytead.values.nodes import Atom, Buffer, Call, Instance, Items, Member, Node, Pairs, Reference
from pytead.values.permitted import FACTORIES, PUBLIC_MODULES, is_standard, may_call
from pytead.values.syntax import CannotRender, attribute, call, listed, name, scalar

if TYPE_CHECKING:
    from pytead.values.writer import Writer

Handler = Callable[["Writer", Call], "ast.expr | None"]
"""Writes a call; None where the call isn't of the form that it knows."""


def normal(node: Call) -> Call | Instance:
    """The same call without the indirections of the pickle protocol."""
    function = node.function.dotted
    first = node.args[0] if node.args else None
    if function in ("copyreg.__newobj__", "copyreg.__newobj_ex__") and isinstance(first, Reference):
        args, kwargs = node.args[1:], node.kwargs
        if function.endswith("_ex__") and len(args) == 2 and isinstance(args[0], Items):
            kwargs = attributes_of(args[1]) or []
            args = args[0].items
        return normal(Call(first, args, kwargs, True, node.state, node.items, node.pairs))
    if function == "copyreg._reconstructor" and len(node.args) == 3 and isinstance(first, Reference):
        base = node.args[1]
        if isinstance(base, Reference) and base.dotted == "builtins.object":
            return normal(Call(first, [], [], True, node.state, node.items, node.pairs))
        attributes = attributes_of(node.state)
        if attributes is not None and not node.items and not node.pairs:
            return Instance(first, attributes, node.args[2])
    if node.is_new and is_standard(node.function.module) and not node.args and not node.kwargs:
        attributes = attributes_of(_slots_too(node.state))
        made = node.function.dotted
        if made == "uuid.UUID" and attributes:
            return _uuid(node, dict(attributes))
        if made in ("io.StringIO", "io.BytesIO", "_io.StringIO", "_io.BytesIO"):
            return Call(node.function, state=node.state)
        if made == "xml.etree.ElementTree.Element":
            return Call(node.function, state=node.state)
        if attributes is not None and not node.items and not node.pairs:
            return Instance(node.function, attributes)
    return node


def _slots_too(state: Node | None) -> Node | None:
    """The state ``(attributes or None, slots)`` as one dict."""
    if not isinstance(state, Items) or state.kind != "tuple" or len(state.items) != 2:
        return state
    own, slots = state.items
    if not isinstance(slots, Pairs) or not (isinstance(own, Pairs) or _is_none(own)):
        return state
    return Pairs([*(own.pairs if isinstance(own, Pairs) else []), *slots.pairs])


def _is_none(node: Node) -> bool:
    return isinstance(node, Atom) and node.value is None


def plain_call(writer: Writer, node: Call) -> ast.expr:
    """``function(*args, **kwargs)``, and what is put into it."""
    module = PUBLIC_MODULES.get(node.function.module, node.function.module)
    function = Reference(module, node.function.qualname, node.function.kind)
    if node.is_new:
        cls = writer.renderer.cls(function)
        if is_standard(module) and not node.args and not node.kwargs:
            return writer.completed(call(writer.replay("rebuild"), [cls]), node)
        if is_standard(module):
            raise CannotRender("value-forbidden", f"{function.dotted} may not be made by a value")
        made: ast.expr = call(
            attribute(cls, "__new__"), [cls, *writer.writes(node.args)], writer.keywords(node.kwargs)
        )
        if not node.args and not node.kwargs and node.state is None:
            made = call(writer.replay("rebuild"), [cls])
        return writer.completed(made, node)
    if function.dotted in FACTORIES and not node.is_new:
        callee = writer.renderer.reference(module, function.qualname)
        return writer.completed(call(callee, writer.writes(node.args), writer.keywords(node.kwargs)), node)
    if not is_standard(module) and function.kind != "class" and not _looks_like_class(function.qualname):
        raise CannotRender("value-forbidden", f"{function.dotted} is no class, so no value may call it")
    callee = writer.renderer.cls(function, "called")
    if (
        is_standard(module)
        and not may_call(module, function.qualname)
        and not _is_builtin_exception(function)
    ):
        raise CannotRender("value-forbidden", f"{function.dotted} may not be called by a value")
    made = call(callee, writer.writes(node.args), writer.keywords(node.kwargs))
    attributes = attributes_of(node.state)
    if is_standard(module) and node.state is not None and attributes is not None:
        made = call(writer.replay("fill"), [made], writer.keywords(attributes)) if attributes else made
        return writer.completed(made, Call(function, items=node.items, pairs=node.pairs))
    return writer.completed(made, node)


def remade_exception(writer: Writer, node: Instance) -> ast.expr | None:
    """``ValueError("x")``, if that call gives all that is known of the exception; else None."""
    if not _is_builtin_exception(node.cls) or not (node.content is None or isinstance(node.content, Items)):
        return None
    args = node.content.items if isinstance(node.content, Items) else []
    if node.attributes and not _setsattributes_of(node.cls.qualname, args, node.attributes):
        return None
    return call(name(node.cls.qualname), writer.writes(args))


def _is_builtin_exception(cls: Reference) -> bool:
    found = getattr(builtins, cls.qualname, None) if cls.module == "builtins" else None
    return isinstance(found, type) and issubclass(found, BaseException)


def _setsattributes_of(cls: str, args: list[Node], attributes: list[tuple[str, Node]]) -> bool:
    """Whether the builtin exception takes the attributes from its arguments, as ``SystemExit.code``."""
    values = [each.value for each in args if isinstance(each, Atom)]
    if len(values) != len(args):
        return False
    try:
        made: object = getattr(builtins, cls)(*values)
    except (TypeError, ValueError):
        return False
    for key, node in attributes:
        if not isinstance(node, Atom) or not hasattr(made, key):
            return False
        value = getattr(made, key)
        if type(value) is not type(node.value) or value != node.value:
            return False
    return True


def _looks_like_class(qualname: str) -> bool:
    """Nobody vouched for it: a factory function isn't called, and a class, or one whose method it is, has yet to be
    proven."""
    return any(name.lstrip("_")[:1].isupper() for name in qualname.split(".")[-2:])


def _container(word: str) -> Handler:
    """A dict of some kind: its pairs as one dict."""

    def write(writer: Writer, node: Call) -> ast.expr | None:
        args = list(node.args)
        own = args.pop(0) if word == "defaultdict" and args else None
        pairs = [] if own is None else [writer.write(own)]
        if word == "defaultdict" and own is None and node.pairs:
            pairs = [scalar(None)]
        if len(args) > 1 or node.kwargs or node.items or (args and node.pairs):
            return None
        if node.pairs:
            pairs.append(writer.pairs(node.pairs))
        elif args and not (isinstance(args[0], (Pairs, Items)) and not _held(args[0])):
            pairs.append(writer.write(args[0]))
        made: ast.expr = call(writer.renderer.reference("collections", word), pairs)
        attributes = attributes_of(node.state)
        if attributes is None:
            return None
        return call(writer.replay("fill"), [made], writer.keywords(attributes)) if attributes else made

    return write


def _held(node: Node) -> bool:
    return bool(node.pairs if isinstance(node, Pairs) else isinstance(node, Items) and node.items)


def _deque(writer: Writer, node: Call) -> ast.expr | None:
    args, kwargs = list(node.args), dict(node.kwargs)
    if len(args) == 2:
        kwargs["maxlen"] = args.pop()
    first = args[0] if args else None
    if len(args) > 1 or (first is not None and not isinstance(first, Items)) or set(kwargs) - {"maxlen"}:
        return None
    if node.state is not None or node.pairs:
        return None
    limit = kwargs.get("maxlen")
    items = [*(first.items if isinstance(first, Items) else []), *node.items]
    written = (
        [] if limit is None or (isinstance(limit, Atom) and limit.value is None) else [("maxlen", limit)]
    )
    content = [listed(writer.writes(items))] if items else []
    return call(writer.renderer.reference("collections", "deque"), content, writer.keywords(written))


def _collection(writer: Writer, node: Call) -> ast.expr | None:
    """``set([...])`` and ``frozenset([...])``, as pickle writes them."""
    kind = node.function.qualname
    if kind not in ("set", "frozenset") or len(node.args) > 1 or node.kwargs:
        return None
    items = node.args[0].items if node.args and isinstance(node.args[0], Items) else []
    return writer.write(Items("set" if kind == "set" else "frozenset", items))


def _path(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    cls = node.function.qualname
    if args is None or not all(type(each) is str for each in args):
        return None
    text = str((PureWindowsPath if "Windows" in cls else PurePosixPath)(*args)) if len(args) != 1 else args[0]
    public = cls if cls.startswith("Pure") else "Path"
    return call(writer.renderer.reference("pathlib", public), [writer.scalar(text)])


def _fraction(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    if not args or len(args) != 1 or type(args[0]) is not str:
        return None
    numerator, _, denominator = args[0].partition("/")
    try:
        parts = [int(numerator), *([int(denominator)] if denominator else [])]
    except ValueError:
        return None
    return call(writer.renderer.reference("fractions", "Fraction"), [writer.scalar(each) for each in parts])


def _uuid(node: Call, attributes: dict[str, Node]) -> Call:
    number, safety = attributes.get("int"), attributes.get("is_safe")
    if not isinstance(number, Atom) or type(number.value) is not int or not 0 <= number.value < 1 << 128:
        raise CannotRender("value-corrupt", "a UUID without its number")
    digits = f"{number.value:032x}"
    text = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    known = {0: "safe", -1: "unsafe"}
    kwargs: list[tuple[str, Node]] = []
    if isinstance(safety, Atom) and safety.value in known:
        kwargs = [("is_safe", Member(Reference("uuid", "SafeUUID", "class"), (known[safety.value],)))]
    return Call(Reference("uuid", "UUID", "class"), [Atom(text)], kwargs)


_FLAGS = {
    2: "IGNORECASE",
    4: "LOCALE",
    8: "MULTILINE",
    16: "DOTALL",
    64: "VERBOSE",
    128: "DEBUG",
    256: "ASCII",
}


def _pattern(writer: Writer, node: Call) -> ast.expr | None:
    """``re.compile``; the flag that every str pattern has isn't written."""
    args = atoms(node.args[:1])
    flags = _flags(node.args[1]) if len(node.args) == 2 else 0
    if not args or flags is None or node.kwargs or len(node.args) > 2:
        return None
    if type(args[0]) is str:
        flags &= ~32
    rest = [_written_flags(writer, flags)] if flags else []
    return call(writer.renderer.reference("re", "compile"), [writer.scalar(args[0]), *rest])


def _flags(node: Node) -> int | None:
    if isinstance(node, Call) and node.function.dotted == "re.RegexFlag" and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, Member) and node.cls.dotted == "re.RegexFlag":
        numbers = {each: number for number, each in _FLAGS.items()} | {"UNICODE": 32}
        return sum(numbers.get(each, 0) for each in node.names) if set(node.names) <= set(numbers) else None
    return node.value if isinstance(node, Atom) and type(node.value) is int else None


def _written_flags(writer: Writer, flags: int) -> ast.expr:
    if flags & ~sum(_FLAGS):
        return scalar(flags)
    written = [writer.renderer.reference("re", each) for number, each in _FLAGS.items() if flags & number]
    joined = written[0]
    for each in written[1:]:
        joined = ast.BinOp(joined, ast.BitOr(), each)
    return joined


def _regex_flag(writer: Writer, node: Call) -> ast.expr | None:
    flags = _flags(node)
    return None if not flags or flags < 0 or flags & ~sum(_FLAGS) else _written_flags(writer, flags)


def _range(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    if args is None or len(args) != 3 or args[2] != 1:
        return None
    shown = args[:2] if args[0] else args[1:2]
    return call(name("range"), [writer.scalar(each) for each in shown])


def _slice(writer: Writer, node: Call) -> ast.expr | None:
    args = list(node.args)
    while len(args) == 3 and isinstance(args[2], Atom) and args[2].value is None:
        args.pop()
    if len(args) == 2 and isinstance(args[0], Atom) and args[0].value is None:
        args.pop(0)
    return call(name("slice"), writer.writes(args))


def _complex(writer: Writer, node: Call) -> ast.expr | None:
    args = atoms(node.args)
    if args is None or [type(each) for each in args] != [float, float]:
        return None
    return writer.scalar(complex(*args))


def _latin(writer: Writer, node: Call) -> ast.expr | None:
    """``_codecs.encode(text, "latin1")``: how old protocols write bytes."""
    content = _latin_bytes(atoms(node.args))
    if content is None:
        raise CannotRender("value-forbidden", "_codecs.encode may not be called by a value")
    return writer.scalar(content)


def _latin_bytes(args: list[Any] | None) -> bytes | None:
    if not args or len(args) != 2 or type(args[0]) is not str or args[1] not in ("latin1", "latin-1"):
        return None
    try:
        return args[0].encode("latin-1")
    except UnicodeEncodeError:
        return None  # no bytes were ever written so


_ARRAY_FORMATS = {
    0: "<{}B", 1: "<{}b", 2: "<{}H", 3: ">{}H", 4: "<{}h", 5: ">{}h",
    6: "<{}I", 7: ">{}I", 8: "<{}i", 9: ">{}i",
    10: "<{}Q", 11: ">{}Q", 12: "<{}q", 13: ">{}q", 14: "<{}f", 15: ">{}f", 16: "<{}d", 17: ">{}d",
}  # fmt: skip


def _array(writer: Writer, node: Call) -> ast.expr | None:
    """``array.array`` from ``_array_reconstructor(array, typecode, format, bytes)``."""
    args = atoms(node.args[1:])
    if args is None or len(args) != 3 or args[1] not in _ARRAY_FORMATS or type(args[2]) is not bytes:
        raise CannotRender("value-state", "an array.array of an odd format")
    layout = _ARRAY_FORMATS[args[1]]
    count = len(args[2]) // struct.calcsize(layout.format(1))
    try:
        numbers = struct.unpack(layout.format(count), args[2])
    except struct.error:
        raise CannotRender("value-corrupt", "an array.array of odd bytes") from None
    content = [listed([writer.scalar(each) for each in numbers])] if numbers else []
    return call(writer.renderer.reference("array", "array"), [writer.scalar(args[0]), *content])


def _bytes(writer: Writer, node: Call) -> ast.expr | None:
    """``bytes`` and ``bytearray``, as every protocol writes them; never of a size, which may be any."""
    args = atoms(node.args)
    content: object = b"" if args == [] else args[0] if args and len(args) == 1 else None
    if args and len(args) == 2 and type(args[0]) is str:
        content = _latin_bytes(args)
    if type(content) is not bytes or node.state is not None:
        raise CannotRender("value-forbidden", f"{node.function.dotted} may not be called by a value")
    return writer.write(Atom(content) if node.function.qualname == "bytes" else Buffer(content))


def _namespace(writer: Writer, node: Call) -> ast.expr | None:
    attributes = attributes_of(node.state)
    if node.args or not attributes:
        return None
    return call(writer.renderer.reference("types", "SimpleNamespace"), [], writer.keywords(attributes))


KNOWN: dict[str, Handler] = {
    "builtins.bytearray": _bytes,
    "builtins.bytes": _bytes,
    "builtins.complex": _complex,
    "builtins.frozenset": _collection,
    "builtins.range": _range,
    "builtins.set": _collection,
    "builtins.slice": _slice,
    "collections.Counter": _container("Counter"),
    "collections.OrderedDict": _container("OrderedDict"),
    "collections.defaultdict": _container("defaultdict"),
    "collections.deque": _deque,
    "fractions.Fraction": _fraction,
    "re._compile": _pattern,
    "re.compile": _pattern,
    "re.RegexFlag": _regex_flag,
    "types.SimpleNamespace": _namespace,
    "_codecs.encode": _latin,
    "array._array_reconstructor": _array,
    **{
        f"pathlib.{cls}": _path
        for cls in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    },
    **arrays.KNOWN,
    **callables.KNOWN,
    **definitions.KNOWN,
    **iterating.KNOWN,
    **library.KNOWN,
    **moments.KNOWN,
}
"""By the dotted name of what is called."""

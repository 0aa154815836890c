"""What rendered source may name and call.

A store is input: somebody may have written it by hand. From the standard library only what is listed here may
be named, and less of it called. What isn't of the standard library may be named, and called where it is a
class: the renderer collects these, so that verification can prove that they are classes before anything runs.
"""

from __future__ import annotations

import ast
import builtins
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from pytead.values.syntax import CannotRender

if TYPE_CHECKING:
    from pytead.values.nodes import Reference


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_LONGER_STANDARD = _words(
    "aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils formatter imghdr imp "
    "lib2to3 mailcap msilib nis nntplib ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol "
    "telnetlib test uu xdrlib annotationlib compression tomllib"
)
_STANDARD = sys.stdlib_module_names | _NO_LONGER_STANDARD

PUBLIC_MODULES = {
    "_collections": "collections",
    "_datetime": "datetime",
    "_decimal": "decimal",
    "_functools": "functools",
    "_io": "io",
    "_operator": "operator",
    "_pydatetime": "datetime",
    "_pydecimal": "decimal",
    "_random": "random",
    "_struct": "struct",
    "_bisect": "bisect",
    "_heapq": "heapq",
    "_csv": "csv",
    "_socket": "socket",
    "_ssl": "ssl",
    "asyncio.exceptions": "asyncio",
    "concurrent.futures._base": "concurrent.futures",
    "json.decoder": "json",
    "json.encoder": "json",
    "nt": "os",
    "ntpath": "os.path",
    "pathlib._abc": "pathlib",
    "pathlib._local": "pathlib",
    "posix": "os",
    "posixpath": "os.path",
    "email._header_value_parser": "email.headerregistry",
    "email._policybase": "email.policy",
    "_ast": "ast",
    "_contextvars": "contextvars",
    "re._compiler": "re",
    "sre_constants": "re",
    "zoneinfo._common": "zoneinfo",
    "zoneinfo._zoneinfo": "zoneinfo",
}
"""Where a name of a private module of the standard library is found in every version and on every system."""


def _dotted(module: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in _words(names))


ENUMS = (
    _dotted("http", "HTTPStatus HTTPMethod")
    | _dotted("re", "RegexFlag")
    | _dotted("uuid", "SafeUUID")
    | _dotted("signal", "Signals Handlers Sigmasks")
    | _dotted("socket", "AddressFamily SocketKind MsgFlag AddressInfo")
    | _dotted("ssl", "AlertDescription Options Purpose TLSVersion VerifyFlags VerifyMode")
    | _dotted("inspect", "_ParameterKind")
    | _dotted("calendar", "Day Month")
    | _dotted("enum", "FlagBoundary EnumCheck")
    | _dotted("plistlib", "PlistFormat")
    | _dotted("pstats", "SortKey")
    | _dotted("py_compile", "PycInvalidationMode")
)

CALLABLE = (
    ENUMS
    | _dotted("builtins", "complex dict frozenset list memoryview object range set slice tuple")
    | _dotted("datetime", "date datetime time timedelta timezone")
    | _dotted("zoneinfo", "ZoneInfo ZoneInfo.no_cache")
    | _dotted("decimal", "Context Decimal")
    | _dotted("fractions", "Fraction")
    | _dotted("inspect", "Parameter Signature")
    | _dotted("email", "message_from_bytes message_from_string")
    | _dotted("os", "stat_result terminal_size")
    | _dotted("typing", "ForwardRef")
    | frozenset(
        f"encodings.{each}.StreamWriter" for each in _words("ascii cp1252 latin_1 utf_16 utf_8 utf_8_sig")
    )
    | _dotted("plistlib", "UID")
    | _dotted("struct", "Struct")
    | _dotted("xml.etree.ElementTree", "Element ElementTree")
    | _dotted("uuid", "UUID SafeUUID")
    | _dotted("pathlib", "Path PurePath PurePosixPath PureWindowsPath")
    | _dotted("collections", "ChainMap Counter OrderedDict defaultdict deque UserDict UserList UserString")
    | _dotted("ipaddress", "IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network")
    | _dotted("types", "MappingProxyType MethodType SimpleNamespace")
    | _dotted("re", "compile RegexFlag")
    | _dotted("array", "array")
    | _dotted("builtins", "classmethod enumerate filter iter map property reversed staticmethod zip")
    | _dotted("functools", "partial")
    | _dotted(
        "itertools",
        "accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile "
        "filterfalse groupby islice pairwise permutations product repeat starmap takewhile zip_longest",
    )
    | _dotted("operator", "attrgetter itemgetter methodcaller")
    | _dotted("threading", "Barrier BoundedSemaphore Condition Event Lock RLock Semaphore local")
    | _dotted("queue", "LifoQueue PriorityQueue Queue SimpleQueue")
    | _dotted("asyncio", "Event LifoQueue Lock PriorityQueue Queue Semaphore")
    | _dotted("concurrent.futures", "ThreadPoolExecutor")
    | _dotted("weakref", "WeakKeyDictionary WeakSet WeakValueDictionary")
    | _dotted("io", "BytesIO StringIO")
    | _dotted("random", "Random")
    | _dotted("time", "struct_time")
    | _dotted("string", "Template")
    | _dotted("argparse", "Namespace")
    | _dotted("logging", "getLogger")
    | _dotted("urllib.parse", "DefragResult ParseResult SplitResult")
    | _dotted("urllib.parse", "DefragResultBytes ParseResultBytes SplitResultBytes")
)
"""Makers of values: calling one makes an object and does nothing else."""

FACTORIES = (
    _dotted("pandas", "array DataFrame.set_axis IntervalIndex.from_arrays MultiIndex.from_tuples")
    | _dotted("PIL.Image", "frombytes")
    | _dotted("dateutil.tz", "gettz")
    | _dotted("lxml.etree", "fromstring")
    | _dotted("lxml.html", "fragment_fromstring")
    | _dotted("pyarrow", "array scalar table type_for_alias")
)
"""Functions of other packages that a value may call: each makes an object and does nothing else."""

SYNTAX_WORDS = _dotted(
    "ast",
    "Add And BitAnd BitOr BitXor Del Div Eq FloorDiv Gt GtE In Invert Is IsNot LShift Load Lt LtE MatMult Mod Mult "
    "Not NotEq NotIn Or Pow RShift Store Sub UAdd USub",
)
"""Nodes of syntax trees that hold nothing: the parser gives the same one each time."""

REBUILDABLE = (
    _dotted("collections", "UserDict UserList UserString ChainMap Counter")
    | _dotted("types", "SimpleNamespace")
    | _dotted("argparse", "Namespace")
    | _dotted("string", "Template Formatter")
    | _dotted("logging", "Formatter LoggerAdapter")
    | _dotted("logging", "Filter LogRecord NullHandler PercentStyle StrFormatStyle StringTemplateStyle")
    | _dotted("subprocess", "CompletedProcess")
    | _dotted("urllib.request", "Request")
    | _dotted("zipfile", "ZipInfo")
    | _dotted("http.client", "HTTPMessage")
    | _dotted("codecs", "CodecInfo")
    | _dotted("builtins", "object")
)
"""Classes of the standard library whose objects may be made from attributes: they own nothing."""

DATA_MODULES = _words(
    "argparse calendar configparser contextlib copy csv dataclasses decimal difflib email.charset "
    "email.contentmanager email.header email.headerregistry email.message email.policy functools "
    "graphlib html.parser http.cookiejar http.cookies inspect json json.decoder json.encoder optparse "
    "platform plistlib pprint reprlib shlex statistics string textwrap tokenize traceback"
)
"""Modules of the standard library all of whose classes are such."""

IMMUTABLE = (
    _dotted("builtins", "bytes complex frozenset range slice tuple getattr type")
    | _dotted("datetime", "date datetime time timedelta timezone")
    | _dotted("zoneinfo", "ZoneInfo ZoneInfo.no_cache ZoneInfo._unpickle")
    | _dotted("decimal", "Decimal")
    | _dotted("fractions", "Fraction")
    | _dotted("uuid", "UUID SafeUUID")
    | _dotted("pathlib", "Path PurePath PurePosixPath PureWindowsPath PosixPath WindowsPath")
    | _dotted("ipaddress", "IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network")
    | _dotted("types", "MappingProxyType MethodType GenericAlias UnionType")
    | _dotted("struct", "Struct")
    | SYNTAX_WORDS
    | _dotted("re", "compile _compile RegexFlag")
    | _dotted("functools", "partial")
    | _dotted("re", "Pattern.match Pattern.search")
    | _dotted("builtins", "classmethod property staticmethod")
    | _dotted("operator", "attrgetter itemgetter methodcaller getitem or_")
    | _dotted("time", "struct_time")
    | _dotted("logging", "getLogger")
    | _dotted("urllib.parse", "DefragResult ParseResult SplitResult")
    | _dotted("pkgutil", "resolve_name")
    | _dotted("_codecs", "encode")
)
"""Makers of values that can't be changed: one of them at two places is no other than two equal ones."""

UNCHANGING = IMMUTABLE | (
    _dotted("numpy", "dtype core.multiarray.scalar _core.multiarray.scalar")
    | _dotted("pandas", "Period Timedelta Timestamp")
    | _dotted("pendulum", "Timezone")
    | _dotted("pyarrow", "type_for_alias")
    | _dotted("sympy", "Add Float Integer Mul Pow Rational Symbol")
    | _dotted("yarl", "URL")
)
"""The same with those of other packages, which ``==`` may see too little of."""

_OPEN_MODULES = _words(
    "abc ast base64 binascii bisect calendar cmath collections collections.abc copy csv dataclasses "
    "datetime decimal difflib email.message email.policy email.utils enum fractions functools heapq "
    "html html.entities inspect itertools ipaddress json keyword math numbers operator os.path pprint "
    "random re statistics string struct textwrap time typing unicodedata urllib.parse zlib zoneinfo"
)
"""Modules that only compute: every public function and class of theirs may be a value."""

_NAMED = (
    _dotted(
        "builtins",
        "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict dir divmod "
        "enumerate filter float format frozenset hasattr hash hex id int isinstance issubclass iter len list "
        "map max memoryview min next object oct ord pow print property range repr reversed round set "
        "slice sorted staticmethod str sum super "
        "tuple type zip Ellipsis NotImplemented",
    )
    | _dotted(
        "uuid", "UUID SafeUUID uuid3 uuid4 uuid5 NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500"
    )
    | _dotted("pathlib", "Path PurePath PurePosixPath PureWindowsPath")
    | _dotted("os.path", "abspath basename commonpath commonprefix dirname isabs join normcase normpath")
    | _dotted("os.path", "relpath split splitdrive splitext")
    | _dotted("os", "PathLike fspath fsdecode fsencode")
    | _dotted("hashlib", "blake2b blake2s md5 new sha1 sha224 sha256 sha384 sha512 sha3_256 sha3_512")
    | _dotted("logging", "Logger getLogger")
    | _dotted("shlex", "join quote split")
    | _dotted("fnmatch", "filter fnmatch fnmatchcase translate")
    | _dotted("argparse", "ArgumentParser Namespace")
    | _dotted("array", "array")
    | _dotted("io", "BytesIO StringIO IOBase TextIOBase RawIOBase BufferedIOBase")
    | _dotted("contextlib", "closing nullcontext suppress")
    | _dotted("threading", "Lock RLock")
    | _dotted("sys", "stderr stdin stdout stderr.buffer stdin.buffer stdout.buffer")
    | _dotted("inspect", "Parameter.empty Signature.empty")
    | _dotted(
        "types",
        "AsyncGeneratorType BuiltinFunctionType BuiltinMethodType CoroutineType EllipsisType "
        "FunctionType GeneratorType GenericAlias LambdaType MappingProxyType MethodType ModuleType "
        "NoneType "
        "NotImplementedType SimpleNamespace TracebackType UnionType",
    )
)

_EXCEPTION_MODULES = _words(
    "argparse array asyncio binascii bz2 calendar codecs concurrent.futures configparser copy csv "
    "dataclasses decimal email.errors enum ftplib getopt graphlib gzip html.parser http.client "
    "http.cookies imaplib importlib.metadata io ipaddress json locale lzma mailbox multiprocessing "
    "netrc optparse os pickle plistlib poplib queue re select shutil signal smtplib socket sqlite3 "
    "ssl statistics string struct subprocess tarfile threading tokenize tomllib unittest "
    "unittest.case urllib.error uuid wave xml.dom xml.etree.ElementTree xml.parsers.expat xml.sax "
    "xmlrpc.client zipfile zlib zoneinfo"
)
_EXCEPTION_ENDINGS = tuple(
    _words(
        "Error Exception Warning Expired Empty Full Timeout timeout Fault error gaierror herror "
        "BadZipFile LargeZipFile ConversionSyntax DivisionByZero DivisionImpossible DivisionUndefined "
        "Inexact InvalidContext InvalidOperation Overflow Rounded Subnormal Underflow Clamped "
        "FloatOperation SkipTest NotConnected BadStatusLine IncompleteRead InvalidURL RemoteDisconnected "
        "Abort Exit NotSupportedErr"
    )
)

_HARMLESS_SPECIAL = _words(
    "__abs__ __add__ __and__ __bool__ __call__ __contains__ __eq__ __float__ __floordiv__ __ge__ "
    "__getitem__ __gt__ __hash__ __index__ __init__ __int__ __invert__ __iter__ __le__ __len__ __lt__ "
    "__mod__ __mul__ __ne__ __neg__ __new__ __next__ __or__ __pos__ __pow__ __radd__ __repr__ "
    "__rmul__ __rsub__ __setitem__ __str__ __sub__ __truediv__ __xor__ __enter__ __exit__ __delitem__ "
    "__post_init__ __format__ __bytes__"
)


PUBLIC_NAMES = {("inspect", "_empty"): "Parameter.empty"}
"""How a private name of the standard library is reached."""


def public_name(module: str, qualname: str) -> str:
    """The dotted name by which the tables here know a thing of the standard library."""
    return f"{PUBLIC_MODULES.get(module, module)}.{qualname}"


def is_standard(module: str) -> bool:
    """Whether the module is one of the standard library, in any version of Python that we know."""
    return module.partition(".")[0] in _STANDARD


def may_name(module: str, qualname: str) -> bool:
    """Whether a class, function or constant (a module for an empty ``qualname``) may be a value."""
    first, *rest = qualname.split(".")
    if not is_standard(module):
        return not (first.startswith("__") and first.endswith("__")) and all(map(may_have, rest))
    if module in _OPEN_MODULES:
        if not qualname:
            return True
        # ``statistics.sys.exit``: what a module imported is not its own; ``ast.keyword`` is.
        own = _attribute_of(module, first)
        is_import = isinstance(own, ModuleType) or (own is None and first in _STANDARD)
        return not first.startswith("_") and not is_import and all(map(may_have, rest))
    owner = f"{module}.{first}"
    if is_exception(module, qualname) or f"{module}.{qualname}" in _NAMED:
        return True
    return module == "builtins" and owner in _NAMED and bool(rest) and all(map(may_have, rest))


def _attribute_of(module: str, name: str) -> object:
    """What a module of the standard library has; None also where this Python lacks the module."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


def may_make(module: str, qualname: str) -> bool:
    """Whether objects of that class of the standard library may be made."""
    dotted = f"{module}.{qualname}"
    if dotted in CALLABLE or dotted in REBUILDABLE or is_exception(module, qualname):
        return True
    return is_syntax(dotted) or (module in DATA_MODULES and _is_class(module, qualname))


def may_call(module: str, qualname: str) -> bool:
    """Whether that class or function of the standard library may be called."""
    dotted = f"{module}.{qualname}"
    return dotted in CALLABLE or is_syntax(dotted) or (module in DATA_MODULES and _is_class(module, qualname))


def is_syntax(dotted: str) -> bool:
    """Whether it is a class of nodes of syntax trees."""
    module, _, cls = dotted.rpartition(".")
    found = getattr(ast, cls, None) if module == "ast" else None
    return isinstance(found, type) and issubclass(found, ast.AST)


def _is_class(module: str, qualname: str) -> bool:
    found: object = import_module(module)
    for part in qualname.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
    return isinstance(found, type) and found.__module__.partition(".")[0] == module.partition(".")[0]


def may_have(attribute: str) -> bool:
    """Whether an attribute of that name may be taken of an object: no way into the interpreter's own."""
    return attribute in _HARMLESS_SPECIAL or not attribute.startswith("__") or not attribute.endswith("__")


def may_enumerate(module: str, qualname: str) -> bool:
    """Whether members of that enum may be named."""
    return f"{module}.{qualname}" in ENUMS if is_standard(module) else may_name(module, qualname)


def is_exception(module: str, qualname: str) -> bool:
    """Whether it is an exception class of the standard library."""
    if module == "builtins":
        found = getattr(builtins, qualname, None)
        return isinstance(found, type) and issubclass(found, BaseException)
    if module not in _EXCEPTION_MODULES:
        return False
    return "." not in qualname and not qualname.startswith("_") and qualname.endswith(_EXCEPTION_ENDINGS)


def forbidden(node: Reference, used: str) -> CannotRender:
    """The refusal of something that a value may not be, or may not be made with."""
    return CannotRender("value-forbidden", f"{node.dotted} may not be {used} by a value")

"""What rendered source may name and call.

A store is input: somebody may have written it by hand. From the standard library only what is listed here may
be named, and less of it called. What isn't of the standard library may be named, and called where it is a
class: the renderer collects these, so that verification can prove that they are classes before anything runs.
"""

from __future__ import annotations

import builtins
import sys
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
    | _dotted("decimal", "Decimal")
    | _dotted("fractions", "Fraction")
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

REBUILDABLE = (
    _dotted("collections", "UserDict UserList UserString ChainMap Counter")
    | _dotted("types", "SimpleNamespace")
    | _dotted("argparse", "Namespace")
    | _dotted("string", "Template Formatter")
    | _dotted("logging", "Formatter LoggerAdapter")
    | _dotted("statistics", "NormalDist")
    | _dotted("builtins", "object")
)
"""Classes of the standard library whose objects may be made from attributes: they own nothing."""

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

_OPEN_MODULES = _words(
    "abc base64 binascii bisect calendar cmath collections collections.abc copy dataclasses datetime "
    "decimal difflib enum fractions functools heapq html itertools ipaddress json keyword math "
    "numbers operator pprint random re statistics string struct textwrap time typing unicodedata "
    "urllib.parse zlib zoneinfo"
)
"""Modules that only compute: every public function and class of theirs may be a value."""

_NAMED = (
    _dotted(
        "builtins",
        "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod "
        "enumerate filter float format frozenset hash hex id int isinstance issubclass iter len list "
        "map max memoryview min next object oct ord pow print property range repr reversed round set "
        "slice sorted staticmethod str sum super"
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
    | _dotted("sys", "stderr stdin stdout")
    | _dotted("inspect", "Parameter.empty Signature.empty")
    | _dotted(
        "types",
        "AsyncGeneratorType BuiltinFunctionType BuiltinMethodType CoroutineType EllipsisType "
        "FunctionType GeneratorType GenericAlias LambdaType MappingProxyType MethodType ModuleType "
        "NoneType"
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
        # ``statistics.sys.exit``: what a module imported is not its own.
        is_import = first in _STANDARD and f"{module}.{first}" not in CALLABLE and first != module
        return not first.startswith("_") and not is_import and all(map(may_have, rest))
    owner = f"{module}.{first}"
    if is_exception(module, qualname) or f"{module}.{qualname}" in _NAMED:
        return True
    return module == "builtins" and owner in _NAMED and bool(rest) and all(map(may_have, rest))


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

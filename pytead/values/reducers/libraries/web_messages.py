"""Requests and responses of web packages: by their method, URL, headers and body, whatever server they came from."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import find, type_key
from pytead.values.reducers.named import class_name
from pytead.values.reducers.names import Reduction, made_by, unrebuildable

if TYPE_CHECKING:
    from collections.abc import Callable

_OF_A_CONNECTION = frozenset({"app", "asgi", "endpoint", "extensions", "fastapi_astack", "route", "router"})
"""What a server and a framework put into an ASGI scope that no request consists of."""


def _class(cls: type) -> str:
    """``flask:Request`` for what ``flask.wrappers`` calls so."""
    module, qualname = type_key(cls) or ("", "")
    package = module.partition(".")[0]
    if find(package, qualname) is cls:
        return f"{package}:{qualname}"
    return class_name(cls)


def body_of(request: Any) -> bytes | None:
    """The body of a request of werkzeug's, which stays unread; None where it is still on its way."""
    known = vars(request).get("_cached_data")
    stream = request.environ.get("wsgi.input")
    if type(known) is bytes:
        return known
    if type(stream) is BytesIO:
        return stream.getvalue()
    return b"" if request.environ.get("CONTENT_LENGTH") in (None, "", "0") else None


def _wsgi_request(value: Any) -> Reduction:
    """``Request.from_values("/orders?page=2", method="POST", headers=[...], data=b"...")``."""
    from urllib.parse import quote

    environ = value.environ
    body = body_of(value)
    if body is None:
        return unrebuildable(type(value), "value-file", "its body hasn't been read")
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/:@!$&'()*+,;=~") or "/"
    query = environ.get("QUERY_STRING", "")
    kwargs: dict[str, Any] = {}
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    base = f"{environ['wsgi.url_scheme']}://{host}{quote(environ.get('SCRIPT_NAME', '').encode('latin-1'))}"
    if base != "http://localhost":
        kwargs["base_url"] = base
    if environ["REQUEST_METHOD"] != "GET":
        kwargs["method"] = environ["REQUEST_METHOD"]
    headers = [
        (key.removeprefix("HTTP_").replace("_", "-").title(), text)
        for key, text in environ.items()
        if (key.startswith("HTTP_") and key != "HTTP_HOST") or (key == "CONTENT_TYPE" and text)
        if not (key == "HTTP_USER_AGENT" and text.startswith("Werkzeug/"))
    ]
    if headers:
        kwargs["headers"] = headers
    if body:
        kwargs["data"] = body
    if environ.get("REMOTE_ADDR"):
        kwargs["environ_base"] = {"REMOTE_ADDR": environ["REMOTE_ADDR"]}
    made = made_by(f"{_class(type(value))}.from_values", f"{path}?{query}" if query else path, **kwargs)
    arguments = vars(value).get("view_args")
    return (*made, {"view_args": arguments}) if arguments else made


def _wsgi_response(value: Any) -> Reduction | None:
    """``Response(b"...", status="201 CREATED", headers=[...])``."""
    state = vars(value)
    content = state.get("response")
    usual = {"headers", "_status", "_status_code", "direct_passthrough", "_on_close", "response"}
    if set(state) != usual or type(content) is not list or any(type(part) is not bytes for part in content):
        return None
    if state["direct_passthrough"] or state["_on_close"] or len(content) > 1:
        return None
    kwargs: dict[str, Any] = {}
    if state["_status"] != "200 OK":
        kwargs["status"] = state["_status"]
    kwargs["headers"] = list(value.headers)
    return made_by(_class(type(value)), *content, **kwargs)


def _asgi_request(value: Any) -> Reduction:
    """``Request({"type": "http", "method": "GET", ...})``, without what belongs to the server."""
    scope = {key: each for key, each in value.scope.items() if key not in _OF_A_CONNECTION and "." not in key}
    made = made_by(_class(type(value)), scope)
    body = vars(value).get("_body")
    return (*made, {"_body": body}) if type(body) is bytes else made


def _named(headers: Any) -> list[tuple[str, str]]:
    """The headers of a message of httpx's, in the letters that they are sent in."""
    return [(key.decode(headers.encoding), text.decode(headers.encoding)) for key, text in headers.raw]


def _httpx_request(value: Any) -> Reduction:
    """``httpx.Request("GET", "http://...", headers=[...], content=b"...")``."""
    body = vars(value).get("_content")
    if type(body) is not bytes:
        return unrebuildable(type(value), "value-file", "its body hasn't been read")
    kwargs: dict[str, Any] = {"headers": _named(value.headers)}
    if body:
        kwargs["content"] = body
    return made_by(_class(type(value)), value.method, str(value.url), **kwargs)


def _httpx_response(value: Any) -> Reduction:
    """``httpx.Response(200, headers=[...], content=b"...", request=...)``."""
    body = vars(value).get("_content")
    if type(body) is not bytes:
        return unrebuildable(type(value), "value-file", "its body hasn't been read")
    # what its body was compressed by, and how long it was then, is over
    gone = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(key, text) for key, text in _named(value.headers) if key.lower() not in gone]
    kwargs: dict[str, Any] = {"headers": headers} if headers else {}
    if body:
        kwargs["content"] = body
    request = vars(value).get("_request")
    if request is not None:
        kwargs["request"] = request
    return made_by(_class(type(value)), value.status_code, **kwargs)


_BASES: dict[tuple[str, str], Callable[[Any], Reduction | None]] = {
    ("werkzeug.wrappers.request", "Request"): _wsgi_request,
    ("werkzeug.wrappers.response", "Response"): _wsgi_response,
    ("starlette.requests", "Request"): _asgi_request,
}
"""Classes whose subclasses are made in the same way."""

_EXACT: dict[tuple[str, str], Callable[[Any], Reduction | None]] = {
    ("httpx", "Request"): _httpx_request,
    ("httpx", "Response"): _httpx_response,
}


def handler_of(cls: type, base: type, key: tuple[str, str]) -> Callable[[Any], Reduction] | None:
    handler = _BASES.get(key) or (_EXACT.get(key) if cls is base else None)
    if handler is None:
        return None
    from pytead.values.reducers.objects import plain_handler

    by_state = plain_handler(cls, class_name(cls))

    def reduce_message(value: Any) -> Reduction:
        return handler(value) or by_state(value)

    return reduce_message

"""Requests and responses of web packages are the same if method, URL, headers and body are."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Child = tuple[Any, object, object]

_OF_A_CONNECTION = frozenset({"app", "asgi", "endpoint", "extensions", "fastapi_astack", "route", "router"})
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "host", "transfer-encoding"})


def comparison_of(cls: type) -> Callable[[Any, Any], Iterator[Child]] | None:
    """What tells two such messages apart; None for a class that is none."""
    for base in cls.__mro__:
        told = _TOLD.get((base.__module__, base.__qualname__))
        if told is not None:
            return _comparing(told)
    return None


def _comparing(told: Callable[[Any], dict[str, Any]]) -> Callable[[Any, Any], Iterator[Child]]:
    def compare(one: Any, other: Any) -> Iterator[Child]:
        expected = told(other)
        for path, value in told(one).items():
            yield path, value, expected[path]

    return compare


def _headers(pairs: Any) -> list[tuple[str, str]]:
    return sorted((name.lower(), text) for name, text in pairs if name.lower() not in _OF_TRANSPORT)


def _wsgi(request: Any) -> dict[str, Any]:
    stream = request.environ.get("wsgi.input")
    body = vars(request).get("_cached_data")
    if body is None:
        body = stream.getvalue() if type(stream) is BytesIO else b""
    headers = [each for each in _headers(request.headers) if not each[1].startswith("Werkzeug/")]
    own = {".view_args": vars(request).get("view_args") or None}
    return {".method": request.method, ".url": request.url, ".headers": headers, ".data": body, **own}


def _asgi(request: Any) -> dict[str, Any]:
    scope = {
        key: value for key, value in request.scope.items() if key not in _OF_A_CONNECTION and "." not in key
    }
    return {".scope": scope, ".body()": vars(request).get("_body")}


def _httpx(message: Any) -> dict[str, Any]:
    told = {".headers": _headers(message.headers.multi_items()), ".content": vars(message).get("_content")}
    if hasattr(message, "status_code"):
        return {".status_code": message.status_code, ".request": vars(message).get("_request"), **told}
    return {".method": message.method, ".url": str(message.url), **told}


_TOLD: dict[tuple[str, str], Callable[[Any], dict[str, Any]]] = {
    ("werkzeug.wrappers.request", "Request"): _wsgi,
    ("starlette.requests", "Request"): _asgi,
    ("httpx", "Request"): _httpx,
    ("httpx", "Response"): _httpx,
}

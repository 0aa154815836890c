"""Types of packages that not every project has: each is looked at where it is installed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pytead.replay import same
from pytead.values.tree import find_opaque

from .test_source import node_of, render, run, shown


def comes_back(value: Any, expected: str | None = None) -> None:
    text = render(node_of(value))
    again = run(text)
    assert same(again, value), text
    if expected is not None:
        assert shown(value) == expected


def test_sqlalchemy():
    from .mapped import Post, User

    comes_back(User(id=1, name="a"), 'User(id=1, name="a")')
    comes_back(User(id=1, posts=[Post(id=2), Post(id=3)]), "User(id=1, posts=[Post(id=2), Post(id=3)])")
    again = run(render(node_of(User(id=1, posts=[Post(id=2)]))))
    again.posts.append(Post(id=3))
    assert [post.user for post in again.posts] == [again, again]


def test_werkzeug():
    structures = pytest.importorskip("werkzeug.datastructures")
    wrappers = pytest.importorskip("werkzeug.wrappers")
    comes_back(structures.MultiDict([("a", "1"), ("a", "2")]))
    comes_back(structures.ImmutableMultiDict([("a", "1")]))
    comes_back(wrappers.Response("hi", status=201, headers={"A": "b"}))
    post = wrappers.Request.from_values(
        "/a?b=c", method="POST", data=b"d", headers=[("X", "1"), ("Host", "h:8")]
    )
    assert shown(post).split() == [
        "Request.from_values(",
        '"/a?b=c",',
        'base_url="http://h:8",',
        'method="POST",',
        'headers=[("X",',
        '"1")],',
        'data=b"d",',
        ")",
    ]
    assert post.stream.read() == b"d"  # nobody read it before
    comes_back(post)
    comes_back(wrappers.Request.from_values("/%3F/\N{SNOWMAN} x", base_url="https://h/app"))
    other = wrappers.Request.from_values("/a?b=c", method="POST", data=b"e")
    assert same(other, post).path == ".url"
    socket = wrappers.Request({**post.environ, "wsgi.input": object()})
    assert find_opaque(node_of(socket))


def test_flask():
    flask = pytest.importorskip("flask")
    app = flask.Flask("app")
    seen = []

    @app.post("/orders/<int:number>")
    def order(number: int) -> Any:
        request = flask.request._get_current_object()
        for _ in range(2):  # before the body is read, and after
            seen.append(shown(request))
            comes_back(request)
            assert request.get_json() == {"sku": "b1"}
        return flask.jsonify(number), 201

    answered = app.test_client().post("/orders/3?page=2", json={"sku": "b1"})
    assert answered.status_code == 201
    assert seen[0] == seen[1]
    assert '"/orders/3?page=2"' in seen[0]
    assert 'data=b\'{"sku": "b1"}\'' in seen[0]
    comes_back(flask.Response("x", 404, {"A": "b"}))


def test_starlette():
    requests = pytest.importorskip("starlette.requests")
    responses = pytest.importorskip("starlette.responses")
    comes_back(requests.Request({"type": "http", "method": "GET", "headers": [(b"a", b"b")]}))
    comes_back(responses.JSONResponse({"a": 1}, status_code=201))
    served = {"type": "http", "path": "/", "headers": [], "app": lambda: None, "router": object()}
    comes_back(requests.Request(served), 'Request({"type": "http", "path": "/", "headers": []})')


def test_httpx():
    httpx = pytest.importorskip("httpx")
    comes_back(httpx.URL("http://h/a?b=c"))
    comes_back(httpx.Headers({"a": "b"}))
    asked = httpx.Request("POST", "http://h/a?b=c", json={"a": 1}, headers={"X": "y"})
    comes_back(asked)
    comes_back(httpx.Response(200, json={"a": [1]}, request=asked))
    assert same(httpx.Response(200, text="a"), httpx.Response(200, text="b")).path == ".content"
    assert find_opaque(node_of(httpx.Request("POST", "http://h/", content=iter([b"a"]))))


def test_dateutil():
    relative = pytest.importorskip("dateutil.relativedelta")
    tz = pytest.importorskip("dateutil.tz")
    comes_back(relative.relativedelta(months=1, day=3), "relativedelta(months=1, day=3)")
    zone = tz.gettz("Europe/Paris")
    if zone is not None:  # the system may have no zones
        comes_back(dt.datetime(2020, 1, 1, tzinfo=zone))


def test_polars():
    pl = pytest.importorskip("polars")
    comes_back(pl.DataFrame({"a": [1, 2], "b": ["x", None]}), 'pl.DataFrame({"a": [1, 2], "b": ["x", None]})')
    comes_back(pl.DataFrame({"a": [1]}, schema={"a": pl.Int32}))
    comes_back(pl.Series("s", [1.5, 2]))


def test_pyarrow():
    pa = pytest.importorskip("pyarrow")
    comes_back(pa.table({"a": [1, 2], "b": ["x", None]}))
    comes_back(pa.array([1, None], pa.int32()), 'pa.array([1, None], pa.type_for_alias("int32"))')


def test_scipy():
    sparse = pytest.importorskip("scipy.sparse")
    comes_back(sparse.csr_matrix([[1, 0], [0, 2]]))


def test_lxml():
    etree = pytest.importorskip("lxml.etree")
    element = etree.fromstring("<a x='1'><b>t</b>tail</a>")
    comes_back(element, "etree.fromstring('<a x=\"1\"><b>t</b>tail</a>')")
    found = find_opaque(node_of([element[0]]))
    assert found is not None
    assert (found[0], found[1].slug) == ("[0]", "value-part")


def test_beautiful_soup():
    bs4 = pytest.importorskip("bs4")
    comes_back(bs4.BeautifulSoup("<p>x</p>", "html.parser"), 'BeautifulSoup("<p>x</p>", "html.parser")')


def test_pillow():
    image = pytest.importorskip("PIL.Image")
    comes_back(image.new("L", (2, 1), 7), 'Image.frombytes("L", (2, 1), b"\\x07\\x07")')


def test_sympy():
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x", positive=True)
    comes_back(x**2 + sympy.sin(x) / 3)
    comes_back(sympy.pi, "sympy.pi")
    comes_back(sympy.Matrix([[1, x]]))


def test_networkx():
    nx = pytest.importorskip("networkx")
    comes_back(nx.Graph([(1, 2), (2, 3)]))
    comes_back(nx.DiGraph([("a", "b", {"w": 1})]))


def test_moments():
    pendulum = pytest.importorskip("pendulum")
    comes_back(pendulum.datetime(2020, 1, 1, tz="Europe/Paris"))
    comes_back(pytest.importorskip("arrow").get("2020-01-01T00:00:00+00:00"))


def test_yarl():
    yarl = pytest.importorskip("yarl")
    comes_back(yarl.URL("http://u@h/a?b=c#d"), 'URL("http://u@h/a?b=c#d", encoded=True)')


def test_protobuf():
    timestamps = pytest.importorskip("google.protobuf.timestamp_pb2")
    comes_back(timestamps.Timestamp(seconds=3), 'Timestamp.FromString(b"\\x08\\x03")')


def test_requests():
    requests = pytest.importorskip("requests")
    comes_back(requests.Request("GET", "http://h/", params={"a": 1}))

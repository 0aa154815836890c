"""The standard library to the last corner: each kind of object comes back, or says by name why it can't."""

from __future__ import annotations

import argparse
import array
import ast
import builtins
import calendar
import codecs
import collections
import configparser
import contextlib
import contextvars
import csv
import dataclasses
import datetime as dt
import decimal
import difflib
import email
import email.header
import email.headerregistry
import email.message
import email.policy
import enum
import functools
import graphlib
import hashlib
import http.client
import http.cookiejar
import http.cookies
import inspect
import io
import ipaddress
import itertools
import json
import logging
import operator
import optparse
import os
import platform
import plistlib
import pprint
import random
import re
import shlex
import ssl
import statistics
import string
import struct
import subprocess
import sys
import textwrap
import time
import traceback
import types
import typing
import urllib.parse
import urllib.request
import uuid
import weakref
import xml.etree.ElementTree as ET
import zipfile
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest

from pytead.replay import same
from pytead.values.nodes import Opaque
from pytead.values.tree import find_opaque

from .test_source import node_of, render, run, shown


class Perm(enum.Flag):
    R = 1
    W = 2


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Names(collections.UserDict):  # type: ignore[type-arg]
    pass


class Zone(dt.tzinfo):
    def utcoffset(self, moment: Any) -> dt.timedelta:
        return dt.timedelta(hours=1)


Item = typing.TypeVar("Item")
UserId = typing.NewType("UserId", int)
current: contextvars.ContextVar[int] = contextvars.ContextVar("current")


def function(a: int, b: str = "x", *c: Any, d: Any, **e: Any) -> str:
    raise NotImplementedError


def advanced(iterator: Any, times: int = 1) -> Any:
    for _ in range(times):
        next(iterator)
    return iterator


def noted() -> ValueError:
    error = ValueError("x")
    error.__notes__ = ["a note"]
    return error


def raised() -> Exception:
    try:
        try:
            raise KeyError("k")
        except KeyError as cause:
            raise ValueError("bad") from cause
    except ValueError as error:
        return error


def mail() -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["Subject"] = "Hi"
    message["To"] = "ann@example.com"
    message.set_content("Hello\n")
    return message


def position(stream: Any, place: int) -> Any:
    stream.seek(place)
    return stream


def cookie() -> http.cookies.SimpleCookie:
    found = http.cookies.SimpleCookie()
    found["a"] = "b"
    found["a"]["path"] = "/"
    return found


ELEMENT = ET.fromstring("<a x='1'><b>t</b>tail</a>")

REBUILT: list[tuple[Callable[[], object], str | None]] = [
    (lambda: collections.UserDict(a=1), None),
    (lambda: Names(a=1), None),
    (lambda: collections.UserList([1]), None),
    (lambda: collections.UserString("x"), None),
    (lambda: collections.OrderedDict(a=1).keys(), None),
    (lambda: advanced(iter(collections.deque([1, 2]))), "iter([2])"),
    (lambda: advanced(reversed(collections.deque([1, 2]))), "iter([1])"),
    (lambda: iter(collections.OrderedDict(a=1)), 'iter(["a"])'),
    (lambda: advanced(iter(array.array("i", [1, 2]))), None),
    (lambda: dt.datetime(2020, 1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")), None),
    (lambda: dt.datetime(2020, 1, 2, tzinfo=Zone()), None),
    (lambda: decimal.Decimal("sNaN123"), 'Decimal("sNaN123")'),
    (lambda: decimal.Decimal("-0"), 'Decimal("-0")'),
    (lambda: decimal.Context(prec=5, traps=[]), "Context(prec=5, traps=[])"),
    (lambda: decimal.Decimal("1.2").as_tuple(), "DecimalTuple(sign=0, digits=(1, 2), exponent=-1)"),
    (lambda: ipaddress.ip_address("::1%eth0"), 'IPv6Address("::1%eth0")'),
    (lambda: ipaddress.ip_interface("10.0.0.1/8"), 'IPv4Interface("10.0.0.1/8")'),
    (lambda: re.fullmatch("a(b)", "ab"), 're.compile("a(b)").match("ab")'),
    (lambda: re.compile("a").sub, 're.compile("a").sub'),
    (lambda: Perm.R | Perm.W, "Perm.R | Perm.W"),
    (lambda: Perm(0), "Perm(0)"),
    (lambda: Bits(9), "Bits(9)"),
    (lambda: types.MappingProxyType({"a": 1}), 'MappingProxyType({"a": 1})'),
    (lambda: struct.Struct("<I"), 'Struct("<I")'),
    (lambda: position(io.StringIO("hello"), 2), None),
    (lambda: position(io.BytesIO(b"hello"), 3), None),
    (lambda: io.StringIO("a\r\n", newline=""), None),
    (lambda: advanced(itertools.count(3, 2)), "itertools.count(5, 2)"),
    (lambda: functools.partialmethod(int, 1), None),
    (lambda: functools.cached_property(function), None),
    (lambda: operator.methodcaller("f", 1, k=2), 'operator.methodcaller("f", 1, k=2)'),
    (lambda: [1].append, "[1].append"),
    (lambda: current, "current"),
    (lambda: ssl.TLSVersion.TLSv1_2, "TLSVersion.TLSv1_2"),
    (lambda: ssl.OP_NO_SSLv2 | ssl.OP_NO_SSLv3, None),
    (mail, None),
    (lambda: email.message_from_string("Subject: x\n\nbody\n"), None),
    (lambda: email.header.Header("x"), None),
    (lambda: email.headerregistry.Address("n", "u", "d.c"), None),
    (lambda: email.policy.default, "default"),
    (lambda: email.policy.SMTP.clone(max_line_length=50), None),
    (cookie, None),
    (http.client.HTTPMessage, None),
    (http.cookiejar.CookieJar, None),
    (lambda: urllib.parse.urlparse("http://u:p@h:1/p?q#f"), None),
    (lambda: urllib.parse.urlsplit(b"http://h/"), None),
    (lambda: urllib.request.Request("http://h/", data=b"x", headers={"A": "b"}), None),
    (lambda: ast.parse("f(a, *b)", mode="eval").body, None),
    (lambda: ast.parse("x = a + b"), None),
    (lambda: ast.Name("x", ast.Load()), 'ast.Name(id="x", ctx=ast.Load())'),
    (
        lambda: list(inspect.signature(function).parameters.values())[-1],
        'inspect.Parameter("e", inspect.Parameter.VAR_KEYWORD, annotation="Any")',
    ),
    (lambda: inspect.signature(function), None),
    (lambda: inspect.signature(function).bind(1, d=2), None),
    (lambda: inspect.getfullargspec(function), None),
    (noted, None),
    (raised, None),
    (lambda: FileNotFoundError(2, "No", "f"), 'FileNotFoundError(2, "No", "f")'),
    (lambda: UnicodeDecodeError("utf8", b"x", 0, 1, "r"), None),
    (lambda: json.JSONDecodeError("m", "doc", 1), None),
    (lambda: subprocess.CalledProcessError(1, ["x"], b"o"), None),
    (lambda: AttributeError("m", name="n", obj=1), 'AttributeError("m")'),
    (lambda: argparse.Namespace(a=1), "Namespace(a=1)"),
    (lambda: tuple[()], "tuple[()]"),
    (lambda: Callable[[int], str], "Callable[[int], str]"),
    (lambda: typing.Callable[..., str], "Callable[..., str]"),
    (lambda: typing.Annotated[int, "x"], 'Annotated[int, "x"]'),
    (lambda: typing.ForwardRef("X"), 'ForwardRef("X")'),
    (lambda: dict[str, list[Item]], "dict[str, list[Item]]"),
    (lambda: UserId, "UserId"),
    (lambda: type(None), "type(None)"),
    (lambda: os.path, "os.path"),
    (lambda: time.gmtime(0), None),
    (lambda: string.Template("$x"), None),
    (lambda: random.Random(3), None),
    (lambda: logging.makeLogRecord({"msg": "x"}), None),
    (lambda: logging.Formatter("%(message)s"), None),
    (lambda: ELEMENT, "ET.fromstring('<a x=\"1\"><b>t</b>tail</a>')"),
    (lambda: [ELEMENT, ELEMENT[0]], None),
    (lambda: ELEMENT[0], None),
    (lambda: ET.ElementTree(ELEMENT), None),
    (lambda: csv.excel, "excel"),
    (lambda: json.JSONEncoder(indent=2), None),
    (lambda: textwrap.TextWrapper(width=20), None),
    (lambda: difflib.SequenceMatcher(None, "ab", "abc"), None),
    (lambda: statistics.NormalDist(1, 2), None),
    (lambda: graphlib.TopologicalSorter({"a": {"b"}}), None),
    (calendar.TextCalendar, None),
    (weakref.WeakKeyDictionary, "WeakKeyDictionary()"),
    (lambda: zipfile.ZipInfo("x"), None),
    (lambda: subprocess.CompletedProcess(["a"], 0, b"", None), None),
    (lambda: os.stat("/"), None),
    (lambda: os.terminal_size((80, 24)), "terminal_size((80, 24))"),
    (platform.uname, None),
    (lambda: shlex.shlex("a b"), None),
    (pprint.PrettyPrinter, None),
    (lambda: optparse.Values({"a": 1}), None),
    (lambda: plistlib.UID(3), "UID(3)"),
    (lambda: traceback.extract_stack()[0], None),
    (lambda: dataclasses.field(default=1), None),
    (lambda: dataclasses.MISSING, "MISSING"),
    (lambda: contextlib.nullcontext(1), None),
    (lambda: contextlib.suppress(KeyError), None),
    (lambda: codecs.getwriter("utf-8")(io.BytesIO()), "StreamWriter(BytesIO())"),
    (lambda: uuid.SafeUUID.safe, "SafeUUID.safe"),
    (lambda: slice(None, 3), "slice(3)"),
]
if sys.version_info >= (3, 11):
    REBUILT.append((lambda: builtins.ExceptionGroup("g", [ValueError(1), TypeError("t")]), None))

REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: io.TextIOWrapper(io.BytesIO(b"abc")), "value-file"),
    (lambda: csv.reader(["a,b"]), "value-iterator"),
    (ssl.create_default_context, "value-socket"),
    (lambda: hashlib.sha256(b"x"), "value-unpicklable"),
    (lambda: weakref.ref(Perm), "value-weakref"),
    (lambda: function.__code__, "value-code"),
    (lambda: types.ModuleType("x"), "value-unreachable"),
]


@pytest.mark.filterwarnings("ignore")  # that itertools can't be pickled from Python 3.14 on
@pytest.mark.parametrize(("make", "expected"), REBUILT, ids=lambda each: None)
def test_it_comes_back(make: Callable[[], object], expected: str | None) -> None:
    value = make()
    text = render(node_of(value))
    again = run(text)
    assert same(again, value), text
    assert same(value, again), text
    if expected is not None:
        assert shown(value) == expected


@pytest.mark.parametrize(("make", "slug"), REFUSED, ids=lambda each: None)
def test_it_is_refused_by_name(make: Callable[[], object], slug: str) -> None:
    found = find_opaque(node_of(make()))
    assert found is not None
    assert isinstance(found[1], Opaque)
    assert found[1].slug == slug


def test_config_parsers_come_back():
    config = configparser.ConfigParser()
    config.read_string("[a]\nx = 1\n")
    assert run(render(node_of(config)))["a"]["x"] == "1"

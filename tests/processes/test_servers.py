"""Servers, whose answers come from other processes than the one that was started."""

from __future__ import annotations

import os
import signal
import socket
import sys

import pytest

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="it needs fork and signals of POSIX")

WSGI = """
def greet(name):
    return f"hello {name}"

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [greet(environ["PATH_INFO"][1:]).encode()]
"""

ASGI = """
def greet(name):
    return f"hello {name}"

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": greet(scope["path"][1:]).encode()})
"""

DJANGO = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

from shop import greet

settings.configure(DEBUG=True, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
urlpatterns = [path("<name>", lambda request, name: HttpResponse(greet(name)))]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
"""


@posix_only
def test_gunicorn(make_program, start):
    program = make_program({"shop.py": WSGI})
    server = start(
        program, "-m", "pytead", "run", "shop.*", "--", "gunicorn", "-w", "2", "-b", "127.0.0.1:0", "shop:app"
    )
    address = server.says(r"Listening at: (http://\S+)")[1]
    assert server.get(f"{address}/ann") == "hello ann"
    assert server.get(f"{address}/bob") == "hello bob"
    assert server.stop() == 0
    assert program.recorded()["shop.greet"] == 2
    # What only the workers did is in the summary of the process that was started, and nobody else has one.
    assert server.output().count("pytead: ") == 1
    assert "2 returned" in next(line for line in server.output().splitlines() if "shop.greet" in line)
    assert "2 cases" in program.pytead("gen", "-t", "shop.greet").stderr


@pytest.mark.parametrize("options", [(), ("--reload",)], ids=["alone", "reload"])
def test_uvicorn(make_program, start, options):
    program = make_program({"shop.py": ASGI})
    server = start(
        program, "-m", "pytead", "-t", "shop.greet", "-m", "uvicorn", "shop:app", "--port", "0", *options
    )
    address = server.says(r"running on (http://[\d.:]+)")[1]
    assert server.get(f"{address}/ann") == "hello ann"
    server.stop(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    assert program.recorded() == {"shop.greet": 1}
    if sys.platform != "win32":
        assert "pytead: 1 call of 1 function recorded" in server.output()


def test_uvicorn_starts_a_new_process_for_new_code(make_program, start):
    program = make_program({"shop.py": ASGI})
    server = start(
        program, "-m", "pytead", "-t", "shop.greet", "-m", "uvicorn", "shop:app", "--port", "0", "--reload"
    )
    address = server.says(r"running on (http://[\d.:]+)")[1]
    assert server.get(f"{address}/ann") == "hello ann"
    program.write("shop.py", ASGI.replace("hello", "good day"))
    server.until(lambda: is_reloaded(program, server, f"{address}/ann"))
    server.stop(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    assert program.recorded() == {"shop.greet": 2}


def is_reloaded(program, server, address) -> bool:
    """Whether the new code answers; else the file is touched again, as who watches it may only have begun to."""
    os.utime(program.folder / "shop.py")
    return server.get(address) == "good day ann"


def test_djangos_autoreloader(make_program, start):
    program = make_program({"manage.py": DJANGO, "shop.py": 'def greet(name):\n    return f"hello {name}"\n'})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    options = ("runserver", "--skip-checks", f"127.0.0.1:{port}")
    server = start(program, "-m", "pytead", "-t", "shop.*", "manage.py", *options)
    address = f"http://127.0.0.1:{port}/ann"
    assert server.get(address) == "hello ann"
    program.write("shop.py", 'def greet(name):\n    return f"good day {name}"\n')
    server.until(lambda: is_reloaded(program, server, address))
    server.stop(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    assert program.recorded() == {"shop.greet": 2}

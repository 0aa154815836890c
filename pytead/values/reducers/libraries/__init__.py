"""How objects of other packages are written: a file each, looked at when the first class of the package is met.

Nothing is imported but these files of ours. A handler may call the package's own code for what it was made for, such
as to ask a table for its columns. Warnings and recording are off meanwhile, and what it raises costs that value alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytead.values.reducers.introspect import mro_of, type_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytead.values.reducers.names import Reduction

    Handler = Callable[[Any], Reduction]

_FILES = {
    "PIL": "pillow_images",
    "bs4": "small_packages",
    "dateutil": "dateutil_times",
    "django": "django_models",
    "google": "small_packages",
    "httpx": "web_messages",
    "lxml": "lxml_elements",
    "msgspec": "msgspec_structs",
    "numpy": "numpy_arrays",
    "pandas": "pandas_tables",
    "pendulum": "small_packages",
    "polars": "polars_tables",
    "pyarrow": "pyarrow_tables",
    "pydantic": "pydantic_models",
    "pydantic_core": "pydantic_models",
    "starlette": "web_messages",
    "sympy": "sympy_expressions",
    "werkzeug": "web_messages",
    "yarl": "small_packages",
}
"""Top-level package to the file with its ``handler_of(cls, base, key)``."""


def library_handler(cls: type) -> Handler | None:
    """The handler of a class of a package that we know, or of a subclass; None for all others."""
    if "sqlalchemy" in sys.modules:
        mapped: Handler | None = _module("sqlalchemy_models").mapped_handler(cls)
        if mapped is not None:
            return mapped
    for base in mro_of(cls):
        key = type_key(base)
        file = _FILES.get(key[0].partition(".")[0]) if key else None
        if key and file:
            handler: Handler | None = _module(file).handler_of(cls, base, key)
            if handler is not None:
                return handler
    return None


def _module(file: str) -> Any:
    from importlib import import_module

    return import_module(f"{__name__}.{file}")

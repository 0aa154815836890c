"""wrapt's ``FunctionWrapper``, without the rest of wrapt.

The package imports ``asyncio`` and ``ssl``, which takes 50 ms, and which a program that patches them (gevent's) must
be the first to import. Its C extension needs none of that.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from types import GetSetDescriptorType, ModuleType
from typing import Any


def _function_wrapper() -> Any:
    if "wrapt" not in sys.modules and not os.environ.get("WRAPT_DISABLE_EXTENSIONS"):
        spec = find_spec("wrapt")
        if spec is not None and spec.submodule_search_locations is not None:
            package = ModuleType("wrapt")
            package.__path__ = list(spec.submodule_search_locations)
            sys.modules["wrapt"] = package  # for the import of the extension only
            try:
                from wrapt import _wrappers  # type: ignore[attr-defined]

                return _wrappers.FunctionWrapper
            except ImportError:
                pass  # a wrapt without its extension
            finally:
                del sys.modules["wrapt"]
    from wrapt import FunctionWrapper

    return FunctionWrapper


FunctionWrapper: Any = _function_wrapper()


def _descriptor_of_wrapped() -> GetSetDescriptorType | None:
    for cls in FunctionWrapper.__mro__:
        found = vars(cls).get("__wrapped__")
        if found is not None:
            return found if isinstance(found, GetSetDescriptorType) else None
    return None


WRAPPED = _descriptor_of_wrapped()
"""wrapt's own access to what a proxy wraps; None for a wrapt without its C extension."""

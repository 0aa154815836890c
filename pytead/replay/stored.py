"""Values that are too long to be read in a test, from files beside it."""

from __future__ import annotations

import os
from typing import Any


def data(test_file: str, name: str) -> Any:
    """The value in ``data/<name of the test module>/<name>``; made anew each time, so that no test sees another's.

    Args:
        test_file: ``__file__`` of the test module.
        name: the file, whose ending says how it is read: ``.txt``, ``.json``, ``.npy``, ``.csv`` for a dict of
            columns, ``.pickle`` where that was allowed, or ``.py`` for a module with the name ``value``.

    Raises:
        FileNotFoundError: the file isn't there.
    """
    folder, file = os.path.split(os.path.abspath(test_file))
    path = os.path.join(folder, "data", file.removesuffix(".py"), name)
    suffix = os.path.splitext(name)[1]
    if suffix == ".pickle":
        import pickle

        with open(path, "rb") as binary:
            return pickle.load(binary)
    if suffix == ".npy":
        import numpy as np

        return np.load(path, allow_pickle=False)
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    if suffix == ".json":
        import json

        return json.loads(text)
    if suffix == ".csv":
        from pytead.replay.tables import columns_of

        return columns_of(text)
    if suffix == ".py":
        # what it loads itself lies where it does
        namespace: dict[str, Any] = {"__name__": "pytead_data", "__file__": test_file}
        exec(compile(text, path, "exec"), namespace)
        return namespace["value"]
    return text

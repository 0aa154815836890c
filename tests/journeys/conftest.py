"""Programs that the tests of one file share: recording and verifying each takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@pytest.fixture(scope="module")
def make_shared(tmp_path_factory: pytest.TempPathFactory, program_class: Any) -> Callable[..., Any]:
    """Makes programs that live as long as the test file: ``make_shared({"main.py": "..."})``."""

    def make(files: Mapping[str, str]) -> Any:
        return program_class(tmp_path_factory.mktemp("program"), files)

    return make


@pytest.fixture(scope="module")
def few_plugins() -> dict[str, str]:
    """Variables that keep pytest from loading whatever else is installed, which takes longer than the tests."""
    return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from cli.views.console import hush
from regionctl.model.hints import repeat

# How long an example takes says something about the machine, not about the code.
settings.register_profile("regionctl", deadline=None)
settings.load_profile("regionctl")


@pytest.fixture(autouse=True)
def _no_options_of_another_tests_command_line() -> Iterator[None]:
    """Hints repeat what the command line of this process said, and `-q` holds for it; a test may run several in it."""
    yield
    repeat({})
    hush(False)

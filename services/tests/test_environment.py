"""What programs are told by their environment, as their settings classes say it."""

from __future__ import annotations

import re

import pytest

from tests.environment import FILE, PROGRAMS, document


def test_the_list_of_variables_is_that_of_the_settings() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "make it again: python -m tests.environment"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_secret_is_shown_by_no_representation(program: str) -> None:
    for name, field in PROGRAMS[program].model_fields.items():
        if re.search("password|secret|token|cache_auth|signing_key_", name):
            assert "SecretStr" in str(field.annotation), name

"""What programs are told by their environment, as their settings classes say it."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from tests.environment import FILE, PROGRAMS, document


def test_the_list_of_variables_is_that_of_the_settings() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "make it again: python -m tests.environment"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_secret_is_shown_by_no_representation(program: str) -> None:
    for name, field in PROGRAMS[program].model_fields.items():
        if re.search("password|secret|token|cache_auth|signing_key_", name):
            assert "SecretStr" in str(field.annotation), name


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_error_that_a_variable_is_missing_shows_no_other(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in PROGRAMS[program].model_fields.items():
        if "SecretStr" in str(field.annotation):
            monkeypatch.setenv(name.upper(), "shown to nobody")
    with pytest.raises(ValidationError) as refused:
        PROGRAMS[program].model_validate({})
    assert "database_name" in str(refused.value)
    assert "shown to nobody" not in str(refused.value)

"""What the stack tells auth and its migration is what their settings read: nothing missing, and nothing in vain."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from auth.settings import AuthSettings
from kit.migrations.job import MigrateSettings

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv/bin/python"
# What the stack declares, by the toolkit's own render; a secret's value is not in it.
RENDER = """
import json
from regionctl.render import render
from regions.load import load_fleet
from stacks.programs import REGIONS_DIR, programs
shown = render(programs(load_fleet(REGIONS_DIR, "prod"))["prod.auth"])
found = {}
for resource in shown.resources.values():
    template = resource.inputs.get("template", {})
    for kind, inner in (("Service", template), ("Job", template.get("template", {}))):
        if resource.type.endswith(f":{kind}") and inner.get("containers"):
            envs = inner["containers"][0]["envs"]
            found[kind] = {env["name"]: env.get("value") for env in envs}
print(json.dumps(found, default=str))
"""
BY_CLOUD_RUN = {"port", "k_service", "k_revision"}


@cache
def told() -> dict[str, dict[str, Any]]:
    if not PYTHON.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("the toolkit's environment is missing: make .venv/.ready")
        pytest.skip("the toolkit's environment is not made (make test makes it)")
    shown = subprocess.run([PYTHON, "-c", RENDER], cwd=ROOT, capture_output=True, text=True, check=True, timeout=110)
    return dict(json.loads(shown.stdout))


@pytest.mark.parametrize(("kind", "settings"), [("Service", AuthSettings), ("Job", MigrateSettings)])
def test_every_variable_is_read_and_every_setting_without_a_default_is_told(
    kind: str, settings: type[AuthSettings | MigrateSettings]
) -> None:
    names = {name.lower() for name in told()[kind]}
    fields = settings.model_fields
    assert names <= fields.keys()
    assert {name for name, field in fields.items() if field.is_required()} <= names | BY_CLOUD_RUN


SECRETS = {
    "EDGE_TOKEN": "x" * 43,
    "SIGNING_KEY_A": "A" * 43,
    "SIGNING_KEY_B": "B" * 42 + "A",
    "SMTP_PASSWORD": "the relay's",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    env = told()["Service"]
    assert {name for name, value in env.items() if value is None} == SECRETS.keys()
    for name, value in {**env, **SECRETS}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_what_is_told_is_valid() -> None:
    settings = AuthSettings.model_validate({})
    assert settings.regions == {"eu-west", "us-east", "ap-south"}
    assert settings.origin.startswith("https://auth.")
    assert not any(secret in repr(settings) for secret in SECRETS.values())


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"signing_key_a": "tiny"}, "signing_key_a"),
        ({"signing_key_a": "!" * 43}, "signing_key_a"),
        ({"signing_key": "c"}, "signing_key"),
        ({"edge_token": "tiny"}, "edge_token"),
        ({"callers": "none"}, "callers"),
        ({"smtp_password": ""}, "mail_user and smtp_password belong together"),
        ({"audience": "auth"}, "audience"),
    ],
)
def test_a_setting_that_makes_no_sense_ends_the_start_and_shows_no_secret(changed: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        AuthSettings.model_validate(changed)
    assert not any(value in str(refused.value) for value in (*SECRETS.values(), "!" * 43, "tiny"))

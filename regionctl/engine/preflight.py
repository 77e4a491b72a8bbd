"""What a real cloud needs before anything starts."""

from __future__ import annotations

import os
from pathlib import Path

from regionctl.errors import EngineError
from regionctl.program import StackProgram, Target

from .attached import attached_by_hand

# What the gcp provider takes, in its order: registry.terraform.io's google provider reference, "Authentication".
_VARIABLES = (
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
)
_KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_GOOGLE = "gcp"


class NotReady(EngineError):
    """A cloud fleet's run cannot start. `missing` is `credentials` or `project`."""

    def __init__(self, program: StackProgram, missing: str, what: str, hint: str) -> None:
        self.missing = missing
        super().__init__(f"{program.name} is in the real cloud, and {what}", hint=hint)


def check_cloud(program: StackProgram) -> None:
    """Raises NotReady where a cloud fleet's stack lacks what its providers need from outside. A sandbox needs nothing.

    Google's provider needs a project and credentials. Cloudflare's takes its token from the stack's own config, where
    it is one of the stack's secrets (`MissingSecrets` names it). A provider that somebody attached by hand is asked
    for nothing: it says by itself what it lacks.
    """
    if program.target is Target.CLOUD and _GOOGLE in program.providers - attached_by_hand():
        _check_google(program)


def _check_google(program: StackProgram) -> None:
    if not program.config.get("gcp:project"):
        raise NotReady(program, "project", "its project is not set", "set the project in the region's or fleet's YAML")
    named = os.environ.get(_KEY_FILE)
    if named and not Path(named).is_file():
        hint = "correct it, or run: gcloud auth application-default login"
        raise NotReady(program, "credentials", f"{_KEY_FILE} names a file that is not there: {named}", hint)
    if not named and not any(os.environ.get(v) for v in _VARIABLES) and not default_credentials().is_file():
        raise NotReady(program, "credentials", "no credentials are found", "run: gcloud auth application-default login")


def default_credentials() -> Path:
    """Where `gcloud auth application-default login` writes."""
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    return Path(folder) / "application_default_credentials.json"

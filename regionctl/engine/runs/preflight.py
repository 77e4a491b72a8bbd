"""Checks that the credentials and the project of a real cloud are given before a run starts."""

from __future__ import annotations

import os
from pathlib import Path

from regionctl.engine.workspace import attached_by_hand
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram, Target

# What the gcp provider takes before anything else: registry.terraform.io's google provider reference, "Authentication".
_VARIABLES = (
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
)
_KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_PRODUCT = Path("/sys/class/dmi/id/product_name")
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
    source = credentials_source()
    if source is None:
        raise NotReady(program, "credentials", "no credentials are found", "run: gcloud auth application-default login")
    if isinstance(source, Path) and not source.is_file():
        hint = "correct it, or run: gcloud auth application-default login"
        raise NotReady(program, "credentials", f"{_KEY_FILE} names a file that is not there: {source}", hint)


def credentials_source() -> Path | str | None:
    """Where Google's provider would take credentials from: a variable's name, or a file; None where there are none."""
    for variable in _VARIABLES:
        if os.environ.get(variable):
            return variable
    if named := os.environ.get(_KEY_FILE):
        return Path(named)
    found = _default_credentials()
    return found if found.is_file() else "the metadata server" if _on_google() else None


def _on_google() -> bool:
    """Whether this is a machine of Google's, which has credentials of its own: as `OnGCE` of Google's Go library looks
    before it asks the network (compute/metadata/metadata.go, syscheck_linux.go)."""
    if os.environ.get("NO_GCE_CHECK") == "true":  # as Google's Python library has it (google/auth/_default.py)
        return False
    if os.environ.get("GCE_METADATA_HOST"):
        return True
    try:
        name = _PRODUCT.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return name in {"Google", "Google Compute Engine"}


def _default_credentials() -> Path:
    """Where `gcloud auth application-default login` writes."""
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    return Path(folder) / "application_default_credentials.json"

"""Keyed fingerprints of the secrets that a program gives its resources.

The engine masks secrets before it reports them, so they are looked at where the program hands them over: on the way
to the engine, in the process that runs the program anyway. Only their HMAC-SHA-256 is kept.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from regionctl.model import differences
from regionctl.model.program import StackProgram
from regionctl.model.values import UNKNOWN_MASK


class Recorder:
    """Takes the fingerprints of what passes: `seen` is URN -> path of a secret -> fingerprint, or "[unknown]"."""

    def __init__(self, key: bytes) -> None:
        self.seen: dict[str, Mapping[str, str]] = {}
        self._key = key

    def watch(self, program: StackProgram) -> StackProgram:
        """The program, watched."""

        def run() -> None:
            SETTINGS.monitor = _Watched(SETTINGS.monitor, self._note)
            program.run()

        return replace(program, run=run)

    def _note(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> None:
        declared = json_format.MessageToDict(request.object)
        found = {path: self._fingerprint(secret) for path, secret in differences.secrets(declared)}
        if found:
            self.seen[urn] = found

    def _fingerprint(self, secret: Any) -> str:
        if differences.holds_unknown(secret):
            return UNKNOWN_MASK
        return hmac.digest(self._key, json.dumps(secret, sort_keys=True).encode(), "sha256").hex()


class _Watched:
    """A resource monitor that shows each registration once the engine has taken it."""

    def __init__(self, monitor: Any, note: Callable[[str, resource_pb2.RegisterResourceRequest], None]) -> None:
        self._monitor = monitor
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._monitor, name)

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802
        response = self._monitor.RegisterResource(request)
        self._note(response.urn, request)
        return response

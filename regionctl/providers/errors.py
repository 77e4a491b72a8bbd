"""What a provider refuses before it asks any cloud."""

from __future__ import annotations

from regionctl.model.errors import RegionctlError


class CheckFailure(RegionctlError):
    """An input that the provider refuses. `path` is the property's, in Pulumi's notation."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason, where=path or None)
        self.path = path
        self.reason = reason

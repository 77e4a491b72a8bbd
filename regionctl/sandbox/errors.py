"""The errors of the emulated clouds, in the words of the real ones.

CloudError                an API said no: HTTP status, reason, message
|- NameBuried             the name was used before, and is not free again
|- NotGranted             somebody lacks a permission, or has it so recently that not every server knows
|- Retryable              ... and the real provider would try again before it gives up
'- PartialFailure         the resource was made, and then something went wrong
"""

from __future__ import annotations

from regionctl.model.errors import RegionctlError


class CloudError(RegionctlError):
    """An API's refusal. `status` is the HTTP status, `reason` the API's word for it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message


class NameBuried(CloudError):
    """Something of this name was deleted, and the cloud keeps the name. The real wording does not say how to go on."""

    WAY_ON = (
        "A deleted resource keeps this name: make it under another one"
        " (where names come from a region's spec, another `generation:` there gives new ones)."
    )


class NotGranted(CloudError):
    """Somebody lacks a permission, or was granted it so recently that not every server knows."""


class Retryable(CloudError):
    """A refusal that the real providers answer with another try."""


class PartialFailure(CloudError):
    """The resource exists, but it is not what was asked for."""

"""Google's ways to say no. There are two families of APIs; wordings as their documentation and issue reports show."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Words

# https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-errors
COMPUTE: Final = Words(
    exists="The resource '{id}' already exists",
    exists_reason="alreadyExists",
    missing=(
        "Invalid value for field 'resource.{field}': '{target}'."
        " The referenced {target_title} resource cannot be found."
    ),
    missing_reason="invalid",
    missing_status=400,
    in_use="The {title} resource '{id}' is already being used by '{target}'",
    in_use_reason="resourceInUseByAnotherResource",
)

# google.rpc.Code: https://cloud.google.com/apis/design/errors
ONE_PLATFORM: Final = Words(
    exists="Resource '{path}' already exists",
    exists_reason="ALREADY_EXISTS",
    missing="{target_title} '{target}' was not found",
    missing_reason="NOT_FOUND",
    in_use="{title} '{path}' is still used by '{target}'",
    in_use_reason="FAILED_PRECONDITION",
)

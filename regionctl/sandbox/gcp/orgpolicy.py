"""Organization policies."""

from __future__ import annotations

from typing import Final

from regionctl.providers.constraints import Pattern
from regionctl.sandbox.emulation import Emulation, revision
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

_PARENT: Final = Pattern(
    pattern=r"(projects|folders|organizations)/[^/]+",
    text="a project, folder or organization, like projects/my-project",
)

EMULATIONS: Final = (
    Emulation(
        token="gcp:orgpolicy/policy:Policy",
        id="{parent}/policies/{name:last}",
        title="Policy",
        # "There were concurrent policy changes": https://github.com/hashicorp/terraform-provider-google/issues/29271
        words=ONE_PLATFORM.but(
            busy="There were concurrent policy changes. Please retry.", busy_reason="aborted", busy_status=409
        ),
        alone="policies of {parent}",
        formats={"parent": _PARENT},
        outputs={"etag": revision()},
        mutable=frozenset({"etag"}),
    ),
)

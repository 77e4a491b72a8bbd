"""Workload identity federation: pools of identities from elsewhere, and who vouches for them."""

from __future__ import annotations

from typing import Final

from regionctl.providers.constraints import Pattern
from regionctl.sandbox.emulation import Emulation, OnDelete, Reference, constant
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

POOL: Final = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"

_POOLS: Final = "locations/global/workloadIdentityPools"
# `ValidateWorkloadIdentityPoolId` of google/services/iambeta, terraform-provider-google
_ID: Final = Pattern(
    pattern=r"(?!gcp-)[a-z0-9-]{4,32}", text="4 to 32 lower-case letters, digits and dashes that do not begin with gcp-"
)
# Undeleting is possible for 30 days, in which the id stays taken.
# https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers#delete-pool
_KEPT_S: Final = 30 * 86_400.0

EMULATIONS: Final = (
    Emulation(
        token=POOL,
        id=f"projects/{{project}}/{_POOLS}/{{workloadIdentityPoolId}}",
        by_name=f"projects/{{project}}/{_POOLS}/{{value}}",
        title="WorkloadIdentityPool",
        words=ONE_PLATFORM,
        formats={"workloadIdentityPoolId": _ID},
        tombstone_s=_KEPT_S,
        outputs={
            "name": f"projects/{{number}}/{_POOLS}/{{workloadIdentityPoolId}}",
            "state": constant("ACTIVE"),
        },
    ),
    Emulation(
        token="gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        id=f"projects/{{project}}/{_POOLS}/{{workloadIdentityPoolId}}/providers/{{workloadIdentityPoolProviderId}}",
        title="WorkloadIdentityPoolProvider",
        words=ONE_PLATFORM,
        formats={"workloadIdentityPoolProviderId": _ID},
        references=(Reference(path="workloadIdentityPoolId", to=(POOL,), on_delete=OnDelete.CASCADE),),
        tombstone_s=_KEPT_S,
        outputs={
            "name": f"projects/{{number}}/{_POOLS}/{{workloadIdentityPoolId}}"
            "/providers/{workloadIdentityPoolProviderId}",
            "state": constant("ACTIVE"),
        },
    ),
)

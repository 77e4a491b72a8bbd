"""Cloud Billing: budgets."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Emulation
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

BUDGET: Final = "gcp:billing/budget:Budget"


def _id(call: Call) -> str:
    name = call.digest(call.urn_name)
    return (
        call.fill("billingAccounts/{billingAccount}/budgets/")
        + f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:32]}"
    )


EMULATIONS: Final = (
    Emulation(
        token=BUDGET,
        id=_id,
        title="Budget",
        words=ONE_PLATFORM,
        outputs={"name": lambda call: call.id.rsplit("/", 1)[-1]},
    ),
)

"""Service accounts."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Emulation, OnDelete, Reference, constant, number, secret, timestamp
from regionctl.sandbox.gcp import formats, policies
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.policies import ACCOUNT

_EMAIL: Final = "{accountId}@{project}.iam.gserviceaccount.com"


def runs_as(path: str) -> Reference:
    """A property that names a service account by its email. Google's own accounts are always there."""
    return Reference(path=path, to=(ACCOUNT,), only=policies.is_own)


EMULATIONS: Final = (
    Emulation(
        token=ACCOUNT,
        id="projects/{project}/serviceAccounts/" + _EMAIL,
        by_name=lambda _, email: policies.account_path(email),
        title="service account",
        words=ONE_PLATFORM.but(
            exists="Service account {accountId} already exists within project projects/{project}.",
            exists_reason="alreadyExists",
        ),
        formats={"accountId": formats.ACCOUNT_ID},
        outputs={
            "email": _EMAIL,
            "member": "serviceAccount:" + _EMAIL,
            "name": "{id}",
            "uniqueId": number(21),
        },
    ),
    Emulation(
        token="gcp:serviceaccount/key:Key",
        id=lambda call: f"{call.targets['serviceAccountId'][0].path}/keys/{call.digest('key')[:40]}",
        title="service account key",
        words=ONE_PLATFORM,
        references=(Reference(path="serviceAccountId", to=(ACCOUNT,), on_delete=OnDelete.CASCADE),),
        outputs={
            "name": "{id}",
            "privateKey": secret("private"),
            "publicKey": secret("public"),
            "validAfter": lambda call: timestamp(call.now_s),
            "validBefore": constant("9999-12-31T23:59:59Z"),
        },
    ),
    policies.member("gcp:serviceaccount/iAMMember:IAMMember", "serviceAccountId", ACCOUNT),
    policies.binding("gcp:serviceaccount/iAMBinding:IAMBinding", "serviceAccountId", ACCOUNT),
)

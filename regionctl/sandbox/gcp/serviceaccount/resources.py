"""Service accounts."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Emulation, Reference, number
from regionctl.sandbox.gcp import formats, iam
from regionctl.sandbox.gcp.iam import ACCOUNT
from regionctl.sandbox.gcp.words import ONE_PLATFORM

_EMAIL: Final = "{accountId}@{project}.iam.gserviceaccount.com"


def runs_as(path: str) -> Reference:
    """A property that names a service account by its email. Google's own accounts are always there."""
    return Reference(path=path, to=(ACCOUNT,), only=iam.is_own)


EMULATIONS: Final = (
    Emulation(
        token=ACCOUNT,
        id="projects/{project}/serviceAccounts/" + _EMAIL,
        by_name=lambda _, email: iam.account_path(email),
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
    iam.member("gcp:serviceaccount/iAMMember:IAMMember", "serviceAccountId", ACCOUNT),
    iam.binding("gcp:serviceaccount/iAMBinding:IAMBinding", "serviceAccountId", ACCOUNT),
)

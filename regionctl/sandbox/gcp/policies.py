"""IAM policies: a grant of a role on a resource is one resource in Pulumi, whatever the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, revision
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.naming import by_id

_AGENT: Final = re.compile(r"service-\d+@")

ACCOUNT: Final = "gcp:serviceaccount/account:Account"


def member(token: str, on: str, target: str, id_prefix: str = "") -> Emulation:
    """`<Resource>IamMember`: one member in one role. `on` is the property that names the resource."""
    return _grant(token, on, target, id_prefix + "{target}/{role}/{member}")


def binding(token: str, on: str, target: str, id_prefix: str = "") -> Emulation:
    """`<Resource>IamBinding`: all the members of one role."""
    return _grant(token, on, target, id_prefix + "{target}/{role}")


def project_member(token: str) -> Emulation:
    """A grant on a whole project, which nobody need have made."""
    return _project_grant(token, "{project}/{role}/{member}")


def project_binding(token: str) -> Emulation:
    return _project_grant(token, "{project}/{role}")


def _project_grant(token: str, id_: str) -> Emulation:
    return _grant(token, "project", "", id_).but(
        id=lambda call: call.fill(id_) + _condition(call),
        references=(),
        after_write=(lambda call: record(call, by_id(call.fill("projects/{project}"), call.tx.projects())),),
    )


def _grant(token: str, on: str, target: str, id_: str) -> Emulation:
    # The provider's ids: `SetId(updater.GetResourceId() + "/" + role + "/" + member)`, google/tpgiamresource.
    return Emulation(
        token=token,
        id=lambda call: call.fill(id_, target=_target_path(call, on)) + _condition(call),
        imported=_imported,
        words=ONE_PLATFORM,
        shared=True,
        references=(Reference(path=on, to=(target,), on_delete=OnDelete.CASCADE),),
        on_create=(require_members,),
        after_write=(lambda call: record(call, _target_path(call, on)),),
        outputs={"etag": revision("Bw")},
        mutable=frozenset({"etag"}),
    )


def _imported(_call: Call, id_: str) -> str:
    """Grants are imported by resource, role and member with spaces between them, where their ids have slashes.
    `IamMemberImport` of google/tpgiamresource, terraform-provider-google."""
    return id_.replace(" ", "/")


def _target_path(call: Call, on: str) -> str:
    row = call.target(on)
    return row.path if row else str(call.inputs.get(on))


def _condition(call: Call) -> str:
    condition = call.inputs.get("condition")
    return f"/{condition['title']}" if condition else ""


def record(call: Call, target: str) -> None:
    """Puts the grant into force."""
    call.tx.set_grants(call.key, target, call.inputs["role"], _members(call))


def require_members(call: Call) -> None:
    """A service account that gets a role must exist: https://cloud.google.com/iam/docs/troubleshooting-access."""
    for name in _members(call):
        kind, _, email = name.partition(":")
        if kind == "serviceAccount" and is_own(email) and call.tx.lookup(ACCOUNT, account_path(email)) is None:
            raise CloudError(400, "badRequest", f"Service account {email} does not exist.")


def account_path(email: str) -> str:
    """Where a service account lies: its email names its project."""
    project = email.partition("@")[2].partition(".")[0]
    return f"projects/{project}/serviceAccounts/{email}"


def is_own(email: str) -> bool:
    """Whether somebody made the account, rather than Google."""
    # Service agents: service-NUMBER@..., https://cloud.google.com/iam/docs/service-agents
    return email.endswith(".iam.gserviceaccount.com") and _AGENT.match(email) is None


def _members(call: Call) -> Iterator[str]:
    if "member" in call.inputs:
        yield call.inputs["member"]
    yield from call.inputs.get("members") or ()

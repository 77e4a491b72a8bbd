from __future__ import annotations

import pytest

from components.identity import AccountArgs, Identity, IdentityArgs
from components.storage import BucketArgs, Storage, StorageArgs
from regionctl.render import ProgramFailed
from tests.components.alone import at, declared, every, named, only


def account(*roles: str) -> IdentityArgs:
    return IdentityArgs(
        project="p", accounts={"api": AccountArgs(account_id="run-api", purpose="Runs api.", project_roles=roles)}
    )


def test_each_role_is_a_grant_of_its_own() -> None:
    declaration = declared(lambda: Identity("id", account("roles/cloudsql.client", "roles/monitoring.metricWriter")))
    grants = every(declaration, "IAMMember")
    assert {at(g, "role") for g in grants} == {"roles/cloudsql.client", "roles/monitoring.metricWriter"}
    assert {g.property_dependencies["member"] for g in grants} == {(only(declaration, "Account").urn,)}


@pytest.mark.parametrize(
    "role",
    [
        "roles/editor",
        "roles/owner",
        "roles/iam.serviceAccountTokenCreator",
        "roles/storage.admin",
        "roles/run.sourceAdmin",
    ],
)
def test_no_workload_gets_a_basic_an_admin_or_an_impersonating_role(role: str) -> None:
    with pytest.raises(ProgramFailed, match=role):
        declared(lambda: Identity("id", account(role)))


def test_who_runs_as_an_account_waits_for_its_roles() -> None:
    def declare() -> None:
        identity = Identity("id", account("roles/cloudsql.client"))
        buckets = {"b": BucketArgs(name="b", users={"api": identity.members["api"]})}
        Storage("s", StorageArgs(project="p", location="l", key_id="k", access_logs_name="logs", buckets=buckets))

    declaration = declared(declare)
    waiting = named(declaration, "s-b-user-api").property_dependencies["member"]
    assert only(declaration, "IAMMember").urn in waiting

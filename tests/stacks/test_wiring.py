"""How a region's parts hang together: what each waits for, and where secrets may be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from regionctl.providers.schema import type_schema
from regionctl.render import Resource, Secret, render
from tests.components.alone import at, every, named, waits_for
from tests.inventories import all_programs

PROGRAMS = all_programs()
REGION = render(PROGRAMS["prod.eu-west"])

# Every property that names a key, by type.
KEY_PATHS = {
    "gcp:artifactregistry/repository:Repository": "kmsKeyName",
    "gcp:pubsub/topic:Topic": "kmsKeyName",
    "gcp:redis/instance:Instance": "customerManagedKey",
    "gcp:secretmanager/secret:Secret": "replication.userManaged.replicas.0.customerManagedEncryption.kmsKeyName",
    "gcp:sql/databaseInstance:DatabaseInstance": "encryptionKeyName",
    "gcp:storage/bucket:Bucket": "encryption.defaultKmsKeyName",
}
ENCRYPTED = [resource for resource in REGION.resources.values() if resource.type in KEY_PATHS]
SECRET_INPUTS = {
    "gcp:certificatemanager/trustConfig:TrustConfig",
    "gcp:secretmanager/secretVersion:SecretVersion",
    "gcp:sql/user:User",
}


@pytest.mark.parametrize("resource", ENCRYPTED, ids=lambda r: r.name)
def test_who_encrypts_with_a_key_waits_for_the_grant_on_it(resource: Resource) -> None:
    path = KEY_PATHS[resource.type]
    key = named(REGION, at(resource, path).removeprefix("${").removesuffix(".id}"))
    grants = [g for g in every(REGION, "CryptoKeyIAMMember") if at(g, "cryptoKeyId") == f"${{{key.name}.id}}"]
    assert grants
    assert {g.urn for g in grants} <= set(resource.property_dependencies[path.split(".")[0]])


def test_a_key_is_granted_to_the_agent_of_the_service_that_uses_it() -> None:
    for grant in every(REGION, "CryptoKeyIAMMember"):
        assert any("agent" in urn for urn in grant.property_dependencies["member"])


@pytest.mark.parametrize("name", ["api-service", "sync-service", "background-pool"])
def test_workloads_roll_after_the_migration(name: str) -> None:
    assert waits_for(REGION, named(REGION, name), named(REGION, "migrate-job"))


def test_the_migration_waits_for_the_database_its_user_and_the_roles_of_the_others() -> None:
    job = named(REGION, "migrate-job")
    for name in ("database-app", "database-user-migrate", "database-account-api", "database-account-background"):
        assert waits_for(REGION, job, named(REGION, name))


def test_managed_services_wait_for_their_way_into_the_network() -> None:
    for name in ("database-instance", "cache-instance"):
        assert waits_for(REGION, named(REGION, name), named(REGION, "network-services"))


def test_the_load_balancer_waits_for_the_subnet_of_its_proxies() -> None:
    assert waits_for(REGION, named(REGION, "ingress-forwarding-rule"), named(REGION, "network-proxies"))


@pytest.mark.parametrize("stack", ["prod.eu-west", "prod.auth"])
def test_nothing_runs_before_its_network_is_closed_and_reaches_googles_apis(stack: str) -> None:
    declaration = render(PROGRAMS[stack])
    runs = [r for r in declaration.resources.values() if r.type in _RUNS]
    guards = [r for r in declaration.resources.values() if r.type in _GUARDS]
    assert len(runs) >= 2
    assert len(guards) > 8
    for workload in runs:
        assert {g.name for g in guards if not waits_for(declaration, workload, g)} == set()


_RUNS = {f"gcp:cloudrunv2/{kind[0].lower()}{kind[1:]}:{kind}" for kind in ("Job", "Service", "WorkerPool")}
_GUARDS = {
    "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation",
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
    "gcp:dns/recordSet:RecordSet",
}


def test_only_what_must_hold_a_secret_is_given_one() -> None:
    holders = {r.type for r in REGION.resources.values() if r.custom and any(_secrets(r.inputs))}
    assert holders == SECRET_INPUTS


def test_no_output_of_a_region_is_secret() -> None:
    assert not any(_secrets(REGION.outputs))


def test_the_migrations_password_is_read_by_the_migration_alone() -> None:
    readers = [g for g in every(REGION, "SecretIamMember") if at(g, "secretId") == "database-password"]
    assert [at(g, "member") for g in readers] == ["${identity-migrate.member}"]


@pytest.mark.parametrize("stack", [name for name in PROGRAMS if name.split(".")[1] not in {"auth", "edge"}])
def test_everything_that_has_a_place_is_in_the_regions_place(stack: str) -> None:
    declaration = render(PROGRAMS[stack])
    places = {
        str(resource.inputs[key])
        for resource in declaration.resources.values()
        for key in _PLACES
        if key in resource.inputs
    }
    assert places == {PROGRAMS[stack].config["gcp:region"]}


_PLACES = ("location", "region")


def test_everything_that_holds_data_is_protected() -> None:
    holders = [r for r in REGION.resources.values() if r.type in _HOLD_DATA]
    assert holders
    assert {r.name for r in holders if r.options.protect is not True} == set()


_HOLD_DATA = {
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:kms/keyRing:KeyRing",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig",
    "gcp:sql/database:Database",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:storage/bucket:Bucket",
}


def test_what_takes_labels_says_which_fleet_and_stack_it_belongs_to() -> None:
    said = {
        resource.name: resource.inputs.get(key)
        for resource in REGION.resources.values()
        if resource.type.startswith("gcp:") and (key := _labels(resource.type))
    }
    without = [
        name
        for name, labels in said.items()
        if not (isinstance(labels, dict) and (labels["fleet"], labels["stack"]) == ("prod", "eu-west"))
    ]
    # The range belongs to the other end of the peering; a policy that a load balancer uses keeps its labels for good.
    assert without == ["network-services-range", "ingress-client-check"]


def _labels(token: str) -> str | None:
    """The property for labels of one's own; a notification channel's `labels` say where it leads."""
    return next((key for key in ("userLabels", "labels") if key in type_schema(token).inputs), None)


def _secrets(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _secrets(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secrets(inner)

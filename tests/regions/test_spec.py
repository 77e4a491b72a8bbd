"""Impossible regions cannot be made, in YAML or in Python."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from regions.database import Edition
from regions.load import load_fleet
from regions.locations import JURISDICTION_OF, LOCATIONS_IN
from regions.spec import BudgetSpec, RegionSpec
from tests.regions.conftest import SHIPPED

GOOD: Mapping[str, Any] = load_fleet(SHIPPED, "prod").region("eu-west").model_dump(mode="json")


def changed(path: str, value: object) -> dict[str, Any]:
    """A good region with one value changed."""
    whole: dict[str, Any] = deepcopy(dict(GOOD))
    *parents, last = path.split(".")
    at = whole
    for parent in parents:
        at = at[parent]
    at[last] = value
    return whole


def refused_at(spec: dict[str, Any]) -> list[str]:
    """The paths of what is wrong with a region."""
    with pytest.raises(ValidationError) as error:
        RegionSpec.model_validate(spec)
    return [".".join(map(str, e["loc"])) for e in error.value.errors()]


def test_a_dumped_region_reads_back_the_same() -> None:
    spec = RegionSpec.model_validate(GOOD)
    assert RegionSpec.model_validate(spec.model_dump()) == spec
    assert RegionSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_region_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        RegionSpec.model_validate(GOOD).lifecycle = "closed"  # type: ignore[assignment, misc]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("location", "europe-west99"),
        ("jurisdiction", "us"),
        ("lifecycle", "open"),
        ("generation", 0),
        ("generation", 100),
        ("database.disk_gb", 9),
        ("database.pitr_days", 8),
        ("database.backups_kept", 0),
        ("database.backup_location", "europe"),
        ("database.major_version", 13),
        ("cache.memory_gb", 301),
        ("services.api.cpu", 3),
        ("services.api.memory_mib", 16384),
        ("workers.background.memory_mib", 511),  # the second-generation execution environment takes 512 at least
        ("services.api.max_instances", 1),
        ("services.sync.timeout_s", 3601),
        ("services.api.concurrency", 1001),
        ("secrets.smtp-password.bytes", 64),
        ("secrets.session-key.bytes", 8),
        ("secrets.session-key.rotation_days", 0),
        ("storage.buckets.uploads.retention_days", 0),
        ("budget.monthly_usd", 0),
        ("budget.currency", "euro"),
        ("workers.background.instances", 0),
        ("budget.thresholds_percent", [100, 50]),
        ("budget.thresholds_percent", [50, 50]),
        ("alerts.email", "nobody"),
        ("drain_timeout_s", -1),
        ("drain_timeout_s", 11),  # Cloud Run does not wait longer
        ("release.api", "sha256:abc"),
        ("release.api", "latest"),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(path: str, value: object) -> None:
    assert refused_at(changed(path, value)) == [path]


@pytest.mark.parametrize(
    "addresses",
    [
        "10.4.0.0/20",
        "10.0.0.0/8",
        "10.4.1.0/16",
        "8.8.0.0/16",
        "172.17.0.0/16",
        "172.32.0.0/16",
        "10.4.0.0",
        "10.4.0.0/33",
        "fd00::/16",
        "ten",
        "",
        10,
        None,
    ],
)
def test_only_a_whole_private_range_will_do(addresses: object) -> None:
    assert refused_at(changed("addresses", addresses)) == ["addresses"]


@pytest.mark.parametrize("tier", ["db-f1-micro", "db-g1-small", "db-custom-1-3840", "db-custom-96-638976"])
def test_cloud_sqls_machine_types_are_known(tier: str) -> None:
    spec = RegionSpec.model_validate(changed("database.tier", tier))
    assert spec.database.edition is Edition.ENTERPRISE


@pytest.mark.parametrize(
    "tier",
    [
        "db-custom-3-8192",  # an odd number of vCPUs
        "db-custom-98-638976",
        "db-custom-1-3584",  # less than 3.75 GiB
        "db-custom-8-3840",  # less than 0.9 GiB a vCPU
        "db-custom-4-26880",  # more than 6.5 GiB a vCPU
        "db-custom-4-16385",  # no multiple of 256 MiB
        "db-n1-standard-4",
        "db-perf-optimized-N-3",
        "",
    ],
)
def test_a_machine_type_that_cloud_sql_does_not_have_is_refused(tier: str) -> None:
    assert refused_at(changed("database.tier", tier)) == ["database.tier"]


def test_the_larger_edition_recovers_from_further_back() -> None:
    spec = changed("database.tier", "db-perf-optimized-N-8")
    spec["database"] |= {"pitr_days": 30, "backups_kept": 30}
    assert RegionSpec.model_validate(spec).database.edition is Edition.ENTERPRISE_PLUS


def test_recovery_does_not_reach_back_over_the_oldest_backup() -> None:
    assert refused_at(changed("database.backups_kept", 6)) == ["database.pitr_days"]


@pytest.mark.parametrize("location", [None, "europe-west4", "eu", "us"])
def test_backups_rest_in_a_region_or_a_multi_region(location: str | None) -> None:
    spec = RegionSpec.model_validate(changed("database.backup_location", location))
    assert spec.database.backup_location == location


@pytest.mark.parametrize("workload", ["api", "sync", "background", "migrate"])
def test_a_workload_without_an_image_is_refused(workload: str) -> None:
    images = {key: value for key, value in GOOD["release"].items() if key != workload}
    assert refused_at(changed("release", images)) == ["release"]


def test_an_image_without_a_workload_is_refused() -> None:
    images = {**GOOD["release"], "worker": GOOD["release"]["api"]}
    assert refused_at(changed("release", images)) == ["release"]


@pytest.mark.parametrize("service", ["api", "sync"])
def test_a_region_without_its_services_is_refused(service: str) -> None:
    services = {key: value for key, value in GOOD["services"].items() if key != service}
    assert refused_at(changed("services", services)) == ["services"]


def test_a_worker_is_not_a_service_too() -> None:
    assert refused_at(changed("workers.api", GOOD["workers"]["background"])) == ["workers"]


@pytest.mark.parametrize("key", ["A", "a", "1a", "a--b", "a-", "a_b", "a-1", "a" * 21, "", "a b", "a\n"])
def test_a_key_that_cannot_be_part_of_a_name_is_refused(key: str) -> None:
    assert refused_at(changed(f"secrets.{key}", {"kind": "provided"}))[0].startswith("secrets.")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("services.migrate", GOOD["services"]["api"]),
        ("workers.migrate", GOOD["workers"]["background"]),
        ("storage.buckets.access-logs", {"retention_days": 7}),
        ("storage.buckets.google-exports", {"retention_days": 7}),
        ("secrets.cache-auth", {"kind": "generated"}),
        ("secrets.region", {"kind": "generated"}),
        ("secrets.bucket-uploads", {"kind": "generated"}),
        ("secrets.port", {"kind": "generated"}),
    ],
)
def test_a_key_whose_name_is_taken_is_refused_where_it_stands(key: str, value: object) -> None:
    assert f"{key}.[key]" in refused_at(changed(key, value))


def test_two_grants_on_secrets_never_have_one_name() -> None:
    spec = changed("secrets", {"stripe": {"kind": "generated"}, "stripe-admin": {"kind": "generated"}})
    spec["services"]["admin-api"] = GOOD["services"]["api"]
    spec["release"]["admin-api"] = GOOD["release"]["api"]
    assert refused_at(spec) == ["secrets"]


def test_every_location_lies_in_one_jurisdiction() -> None:
    assert sorted(JURISDICTION_OF) == sorted(place for places in LOCATIONS_IN.values() for place in places)


@pytest.mark.parametrize(("location", "jurisdiction"), [("europe-west2", "uk"), ("europe-west6", "ch")])
def test_london_and_zurich_are_not_in_the_european_union(location: str, jurisdiction: str) -> None:
    assert JURISDICTION_OF[location] == jurisdiction
    assert refused_at(changed("location", location)) == ["jurisdiction"]


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ({}, "monthly"),
        ({"monthly": 5, "monthly_usd": 5}, "monthly"),
        ({"monthly_usd": 5, "currency": "EUR"}, "currency"),
        ({"monthly": 5, "currency": "euro"}, "currency"),
        ({"monthly": 0}, "monthly"),
    ],
)
def test_a_budget_has_one_amount_in_one_currency(written: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValidationError) as refused:
        BudgetSpec.model_validate({**written, "thresholds_percent": [100]})
    assert [error["loc"][0] for error in refused.value.errors()] == [wrong]


def test_a_budget_may_be_in_the_currency_of_the_billing_account() -> None:
    euros = BudgetSpec.model_validate({"monthly": 5, "currency": "EUR", "thresholds_percent": [100]})
    dollars = BudgetSpec.model_validate({"monthly_usd": 5, "thresholds_percent": [100]})
    assert [(budget.amount, budget.currency) for budget in (euros, dollars)] == [(5, "EUR"), (5, "USD")]

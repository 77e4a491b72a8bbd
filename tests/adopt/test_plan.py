"""A region's file proposed from what exists: every value says where it was read, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from regionctl.adopt.writers import Format
from regions.load import load_fleet
from tests.adopt.clouds import export_by_hand
from tests.cli.holding import Holding, Said, fleet

__all__ = ["fleet"]


@pytest.fixture
def by_hand(fleet: Holding) -> Holding:
    """A fleet without a region, and the export of one that was made by hand."""
    for name in ("us-east", "eu-west", "ap-south", "requests"):
        fleet.file(f"prod/{name}.yaml").unlink(missing_ok=True)
    export_by_hand(fleet.root / "export")
    return fleet


def plan(fleet: Holding, *args: str) -> Said:
    return fleet.run("adopt", "plan", "us-east", "--from", "export", *args)


def test_the_proposal_is_a_region_that_loads(by_hand: Holding) -> None:
    said = plan(by_hand, "--write")
    assert said.code == 0, said.err
    region = load_fleet(Path("regions"), "prod").regions["us-east"]
    assert region.location == "us-east1"
    assert str(region.addresses) == "10.1.0.0/16"
    assert (region.database.tier, region.database.disk_gb, region.database.major_version) == (
        "db-custom-8-32768",
        500,
        16,
    )
    assert region.database.flags["max_connections"] == "800"
    assert (region.cache.memory_gb, region.cache.version) == (8, "REDIS_7_0")
    assert (region.services["api"].concurrency, region.services["sync"].min_instances) == (100, 3)
    assert region.workers["background"].instances == 6
    assert region.release["api"] == "sha256:" + "7" * 64


def test_names_that_a_cloud_cannot_change_are_kept(by_hand: Holding) -> None:
    plan(by_hand, "--write")
    names = load_fleet(Path("regions"), "prod").regions["us-east"].names
    assert names.project == "acme-production"
    assert (names.network, names.database_instance, names.cache) == ("prod-vpc", "production-db", "production-cache")
    assert dict(names.subnet) == {"workloads": "prod-app", "proxies": "prod-proxy-only"}
    assert names.crypto_key["database"] == "prod-database"
    assert dict(names.service_account) == {"api": "prod-api", "sync": "prod-sync", "background": "prod-background"}
    assert dict(names.bucket) == {}


@pytest.mark.parametrize("form", [Format.TERRAFORM, Format.CAI])
def test_each_value_says_where_it_was_read(fleet: Holding, form: Format) -> None:
    for name in ("us-east", "eu-west", "ap-south", "requests"):
        fleet.file(f"prod/{name}.yaml").unlink(missing_ok=True)
    export_by_hand(fleet.root / "export", form)
    text = plan(fleet).out
    values = [line for line in text.splitlines() if ": " in line and not line.startswith("#")]
    assert len(values) > 30
    untold = [line for line in values if "export/" not in line]
    assert [line.strip().partition(":")[0] for line in untold] == [
        "jurisdiction",
        "locality",
        "lifecycle",
        "project",
    ]


def test_what_cannot_be_told_apart_is_asked_and_not_guessed(by_hand: Holding) -> None:
    said = plan(by_hand)
    assert "to decide: names.secret: not in the export: smtp-password, cache-auth, database-password." in said.err
    assert "Is it one of db-pass (export/" in said.err
    assert "to decide: names.bucket: not in the export: access-logs, uploads. Is it one of acme-user-files" in said.err
    assert "db-pass" not in said.out
    assert "acme-user-files" not in said.out


def test_a_name_that_a_human_wrote_lets_its_settings_be_read(by_hand: Holding) -> None:
    plan(by_hand, "--write")
    path = by_hand.file("prod/us-east.yaml")
    path.write_text(path.read_text() + "  bucket:\n    uploads: acme-user-files\n")
    assert plan(by_hand, "--write", "--yes").code == 0
    assert "uploads: acme-user-files # storage.Bucket, as before (export/" in path.read_text()
    region = load_fleet(Path("regions"), "prod").regions["us-east"]
    assert region.names.bucket["uploads"] == "acme-user-files"
    assert region.storage.buckets["uploads"].retention_days == 14


@pytest.mark.parametrize("alone", ["Job", "Bucket"])
def test_what_is_alone_is_not_taken_for_what_a_key_says(by_hand: Holding, alone: str) -> None:
    block = 'resource "google_cloud_run_v2_job" "nightly" {\n  name = "nightly-report"\n  location = "us-east1"\n'
    Path("export/job.tf").write_text(f'{block}  project = "acme-production"\n}}\n')
    said = plan(by_hand)
    assert f"none of the export's {alone} resources is surely" in said.err
    assert "nightly-report" not in said.out


def test_two_databases_are_asked_about_and_a_kept_name_answers(by_hand: Holding) -> None:
    file = next(Path("export").rglob("production-db.tf"))
    file.with_name("reporting.tf").write_text(file.read_text().replace("production-db", "reporting"))
    said = plan(by_hand)
    assert said.code == 1
    assert "the export does not say where the region lies: which DatabaseInstance is it?" in said.err
    assert "production-db (export/" in said.err
    assert "reporting (export/" in said.err
    told = plan(by_hand, "--location", "us-east1", "--write")
    assert told.code == 0, told.err
    path = by_hand.file("prod/us-east.yaml")
    path.write_text(path.read_text() + "  database_instance: production-db\n")
    again = plan(by_hand, "--write", "--yes")
    assert again.code == 0, again.err
    assert load_fleet(Path("regions"), "prod").regions["us-east"].database.disk_gb == 500


def test_a_value_that_a_spec_cannot_say_becomes_a_question(by_hand: Holding) -> None:
    file = next(Path("export").rglob("production-db.tf"))
    file.write_text(file.read_text().replace("db-custom-8-32768", "db-n1-standard-8"))
    said = plan(by_hand, "--write")
    assert said.code == 0, said.err
    assert "to decide: database.tier: database.tier: not a machine type of Cloud SQL" in said.err
    assert load_fleet(Path("regions"), "prod").regions["us-east"].database.tier == "db-custom-4-16384"


def test_nothing_is_written_unless_it_is_asked_for(by_hand: Holding) -> None:
    assert plan(by_hand).code == 0
    assert not by_hand.file("prod/us-east.yaml").exists()
    plan(by_hand, "--write")
    before = by_hand.file("prod/us-east.yaml").read_text()
    refused = plan(by_hand, "--write")
    assert refused.code == 1
    assert by_hand.file("prod/us-east.yaml").read_text() == before


def test_a_region_made_like_an_adopted_one_has_names_of_its_own(by_hand: Holding) -> None:
    plan(by_hand, "--write")
    assert by_hand.run("new", "eu-west", "--location", "europe-west1", "--like", "us-east").code == 0
    made = load_fleet(Path("regions"), "prod").regions["eu-west"]
    assert made.names.project is None
    assert made.database.disk_gb == 500


def test_what_a_human_wrote_is_there_after_planning_again(by_hand: Holding) -> None:
    plan(by_hand, "--write")
    path = by_hand.file("prod/us-east.yaml")
    path.write_text(path.read_text() + "\nweight: 40\nbudget:\n  monthly_usd: 9000\n")
    again = plan(by_hand, "--write", "--yes")
    assert again.code == 0, again.err
    region = load_fleet(Path("regions"), "prod").regions["us-east"]
    assert region.weight == 40
    assert region.budget.monthly_usd == 9000
    assert region.names.network == "prod-vpc"

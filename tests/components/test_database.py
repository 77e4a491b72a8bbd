from __future__ import annotations

from dataclasses import replace

import pulumi
import pytest

from components.database import BASELINE_FLAGS, Database, DatabaseArgs, DatabaseUserArgs
from regionctl.render import Declaration
from tests.components.alone import SECRET, at, declared, every, is_secret, named, only

ARGS = DatabaseArgs(
    project="p",
    region="europe-west1",
    name="main-1",
    tier="db-custom-2-8192",
    private_network="projects/p/global/networks/main",
    key_id="projects/p/locations/europe-west1/keyRings/main-1/cryptoKeys/database",
    databases={"app": "app"},
)


def database(args: DatabaseArgs = ARGS) -> Declaration:
    return declared(lambda: Database("db", args))


def test_a_database_has_no_public_address_and_speaks_tls_only() -> None:
    addresses = at(only(database(), "DatabaseInstance"), "settings.ipConfiguration")
    assert addresses["ipv4Enabled"] is False
    assert addresses["sslMode"] == "ENCRYPTED_ONLY"
    assert addresses["privateNetwork"] == ARGS.private_network
    assert "authorizedNetworks" not in addresses


def test_backups_stay_in_the_region_and_reach_any_second() -> None:
    backups = at(only(database(), "DatabaseInstance"), "settings.backupConfiguration")
    assert backups["location"] == "europe-west1"
    assert (backups["enabled"], backups["pointInTimeRecoveryEnabled"]) == (True, True)


def test_backups_rest_where_they_are_told_to() -> None:
    backups = at(
        only(database(replace(ARGS, backup_location="eu")), "DatabaseInstance"), "settings.backupConfiguration"
    )
    assert backups["location"] == "eu"


def test_a_database_has_a_standby_and_a_key_of_ones_own_by_default() -> None:
    instance = only(database(), "DatabaseInstance")
    assert at(instance, "settings.availabilityType") == "REGIONAL"
    assert at(instance, "encryptionKeyName") == ARGS.key_id


@pytest.mark.parametrize("flag", BASELINE_FLAGS)
def test_the_baseline_flags_are_set(flag: str) -> None:
    flags = at(only(database(), "DatabaseInstance"), "settings.databaseFlags")
    assert {"name": flag, "value": BASELINE_FLAGS[flag]} in flags


def test_a_flag_that_is_given_wins_over_the_baseline_and_stands_once() -> None:
    flags = at(
        only(database(replace(ARGS, flags={"log_statement": "all"})), "DatabaseInstance"), "settings.databaseFlags"
    )
    assert [f["value"] for f in flags if f["name"] == "log_statement"] == ["all"]


def test_a_database_is_protected_in_pulumi_and_in_the_cloud() -> None:
    instance = only(database(), "DatabaseInstance")
    assert instance.options.protect is True
    assert (at(instance, "deletionProtection"), at(instance, "settings.deletionProtectionEnabled")) == (True, True)
    assert named(database(), "db-app").options.protect is True


def test_giving_up_protection_gives_up_all_of_it() -> None:
    instance = only(database(replace(ARGS, protected=False)), "DatabaseInstance")
    assert instance.options.protect is None
    assert (at(instance, "deletionProtection"), at(instance, "settings.deletionProtectionEnabled")) == (False, False)


def test_a_password_stays_secret() -> None:
    def declare() -> None:
        users = {"migrate": DatabaseUserArgs(name="migrate", password=pulumi.Config().require_secret(SECRET))}
        Database("db", replace(ARGS, users=users))

    assert is_secret(at(only(declared(declare), "User"), "password"))


def test_a_password_becomes_secret_even_if_it_was_given_plain() -> None:
    users = {"migrate": DatabaseUserArgs(name="migrate", password="not so secret")}
    assert is_secret(at(only(database(replace(ARGS, users=users)), "User"), "password"))


def test_a_service_account_logs_in_without_a_password() -> None:
    accounts = {"api": "run-api@p.iam.gserviceaccount.com"}
    user = named(database(replace(ARGS, accounts=accounts)), "db-account-api")
    assert (at(user, "name"), at(user, "type")) == ("run-api@p.iam", "CLOUD_IAM_SERVICE_ACCOUNT")
    assert "password" not in user.inputs


def test_who_connects_waits_for_every_user() -> None:
    accounts = {"api": "run-api@p.iam.gserviceaccount.com", "sync": "run-sync@p.iam.gserviceaccount.com"}

    def declare() -> None:
        made = Database("db", replace(ARGS, accounts=accounts))
        Database("after", replace(ARGS, tier=made.connection_name, databases={}))

    declaration = declared(declare)
    waiting = named(declaration, "after-instance").property_dependencies["settings"]
    assert {user.urn for user in every(declaration, "User")} < set(waiting)

"""Everything that rests somewhere is traced to a place inside, or declared to rest elsewhere; what is not, fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionctl.model.errors import Position
from regionctl.proofs import DeclaredException, Evidence, Finding, RestsOutside, prove
from regionctl.proofs.residency import CHECK, check, inventory, report
from regionctl.render import UNKNOWN
from tests.proofs.changes import AUTH, EDGE, REGION, Adds, Change, Removes, Sets, changed, organised
from tests.proofs.evidence import TODAY, shipped

BACKUPS = "settings.backupConfiguration.location"
MESSAGES = "messageStoragePolicy.allowedPersistenceRegions"
REPLICA = "replication.userManaged.replicas[0]"
US_KEY = "projects/p/locations/us-east1/keyRings/main/cryptoKeys/database"

# Every property of a region that says where data rests.
PLACES = [
    ("database-instance", "region"),
    ("database-instance", BACKUPS),
    ("cache-instance", "region"),
    ("storage-uploads-bucket", "location"),
    ("storage-access-logs", "location"),
    ("rotation-topic", f"{MESSAGES}[0]"),
    ("events-dead-letter-topic", f"{MESSAGES}[0]"),
    ("secrets-session-key", f"{REPLICA}.location"),
    ("keys-ring", "location"),
    ("logs-bucket", "location"),
    ("registry-repository", "location"),
    ("api-service", "location"),
    ("background-pool", "location"),
    ("migrate-job", "location"),
]


def found(*changes: Change, stack: str = REGION) -> list[Finding]:
    """What the check finds in one stack, changed."""
    evidence = changed(stack, *changes)
    return list(check(replace(evidence, outside=_of(evidence))))


def _of(evidence: Evidence) -> tuple[RestsOutside, ...]:
    """Only what the stacks of the evidence declare: that they need it says another test."""
    whole = shipped("prod")
    return tuple(o for o in whole.outside if o.stack in evidence.renders and "waiting messages" not in o.kinds)


def rules(findings: list[Finding], name: str) -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.path) for finding in findings if finding.resource == name}


def test_the_shipped_fleets_keep_what_users_bring_inside_or_say_why_not() -> None:
    assert list(check(shipped("prod", "staging"))) == []


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize("place", ["us-east1", "US", "europe-west2", "eur4"])
def test_a_place_outside_is_found_at_the_property_that_says_it(name: str, path: str, place: str) -> None:
    assert ("residency/outside", path) in rules(found(Sets(name, path, place)), name)


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_a_place_that_is_left_out_is_found(name: str, path: str) -> None:
    said = path.removesuffix("[0]")
    assert ("residency/unknown-place", said) in rules(found(Sets(name, path)), name)


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_a_place_that_nobody_knows_before_an_apply_is_found(name: str, path: str) -> None:
    assert ("residency/unknown-place", path) in rules(found(Sets(name, path, UNKNOWN)), name)


def test_another_place_of_the_same_jurisdiction_is_inside() -> None:
    assert found(Sets("database-instance", BACKUPS, "europe-west4")) == found()
    assert found(Sets("storage-uploads-bucket", "location", "EU")) == found()


def test_one_place_of_several_that_lies_outside_is_found() -> None:
    findings = found(Sets("rotation-topic", MESSAGES, ["europe-west1", "us-east1"]))
    assert rules(findings, "rotation-topic") == {("residency/outside", f"{MESSAGES}[1]")}


def test_the_places_are_those_of_every_property_that_the_table_reads() -> None:
    own = {
        (one.resource.name, one.place.path)
        for one in inventory(organised()).of(REGION)
        if one.place.of is one.resource and one.place.path
    }
    assert {path for _, path in own} == {path for _, path in PLACES}


def test_a_type_that_nobody_has_classified_is_found() -> None:
    (finding,) = set(found(Adds("gcp:bigquery/dataset:Dataset", {"location": "EU"}))) - set(found())
    assert (finding.rule, finding.resource) == ("residency/unclassified", "added")
    assert "gcp:bigquery/dataset:Dataset" in finding.message


def test_a_service_that_nobody_has_classified_is_found() -> None:
    service = {"project": "p", "service": "cloudtrace.googleapis.com"}
    (finding,) = set(found(Adds("gcp:projects/service:Service", service))) - set(found())
    assert finding.rule == "residency/unclassified"
    assert "cloudtrace.googleapis.com" in finding.message


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("database-instance", "encryptionKeyName"),
        ("cache-instance", "customerManagedKey"),
        ("storage-uploads-bucket", "encryption.defaultKmsKeyName"),
        ("rotation-topic", "kmsKeyName"),
        ("secrets-session-key", f"{REPLICA}.customerManagedEncryption.kmsKeyName"),
        ("registry-repository", "kmsKeyName"),
    ],
)
@pytest.mark.parametrize("key", [US_KEY, "projects/p/locations/global/keyRings/r/cryptoKeys/k", UNKNOWN])
def test_a_key_that_is_kept_outside_is_found(name: str, path: str, key: object) -> None:
    assert ("residency/key-outside", path) in rules(found(Sets(name, path, key)), name)


def test_a_ring_outside_is_found_once_with_all_that_its_keys_encrypt() -> None:
    findings = [finding for finding in found(Sets("keys-ring", "location", "us-east1")) if finding not in found()]
    assert [(finding.rule, finding.resource) for finding in findings] == [
        ("residency/outside", "keys-ring"),
        ("residency/key-outside", "keys-ring"),
    ]
    for kind in ("database", "backups", "recovery logs", "cache", "objects", "messages", "secrets", "images"):
        assert kind in findings[1].message


@pytest.mark.parametrize("change", [Removes("logs-default-sink"), Sets("logs-default-sink", "disabled", False)])
def test_logs_that_go_to_the_bucket_that_is_set_above_the_project_are_found(change: Change) -> None:
    assert "residency/default-sink" in {finding.rule for finding in found(change)}


def test_a_sink_to_a_bucket_of_somebody_else_is_found() -> None:
    elsewhere = "storage.googleapis.com/somebody-elses"
    assert ("residency/unknown-place", "destination") in rules(
        found(Sets("logs-sink", "destination", elsewhere)), "logs-sink"
    )


def test_a_worker_that_logs_every_request_is_found() -> None:
    evidence = replace(organised(), outside=shipped("prod").outside)
    worker = changed(EDGE, Sets("worker-script", "observability.logs"))
    evidence = replace(evidence, renders={**evidence.renders, **worker.renders})
    undeclared = [finding for finding in check(evidence) if finding.rule == "residency/undeclared"]
    assert [finding.resource for finding in undeclared] == ["worker-script"]


@pytest.mark.parametrize("stack", [AUTH, EDGE])
def test_what_serves_every_region_and_is_not_declared_is_found(stack: str) -> None:
    whole = shipped("prod")
    silent = replace(whole, outside=tuple(o for o in whole.outside if o.stack != stack))
    findings = [finding for finding in check(silent) if finding.stack == stack]
    assert "residency/undeclared" in {finding.rule for finding in findings}
    assert "prod.eu-west (eu)" in findings[-1].message


def test_messages_that_wait_in_another_stacks_topic_rest_where_that_does() -> None:
    whole = shipped("prod")
    silent = replace(whole, outside=tuple(o for o in whole.outside if "waiting messages" not in o.kinds))
    waiting = [finding for finding in check(silent) if finding.resource == "events-subscription"]
    assert {finding.stack for finding in waiting} == {"prod.ap-south", "prod.eu-west"}
    assert all("us-east1 (us)" in finding.message for finding in waiting)


def test_what_is_declared_to_rest_in_one_jurisdiction_may_not_rest_in_a_third() -> None:
    moved = changed(AUTH, Sets("database-instance", BACKUPS, "asia-south1")).renders
    findings = list(
        check(replace(organised(), renders={**organised().renders, **moved}, outside=shipped("prod").outside))
    )
    assert [(f.rule, f.stack, f.path) for f in findings if f.resource == "database-instance"] == [
        ("residency/outside", AUTH, BACKUPS)
    ]


def test_a_declaration_that_nothing_needs_is_found() -> None:
    idle = RestsOutside(stack=REGION, kinds=("objects",), where="us", what="files", reason="none")
    whole = shipped("prod")
    (finding,) = check(replace(whole, outside=(*whole.outside, idle)))
    assert (finding.rule, finding.stack) == ("residency/unused-declaration", REGION)


def test_the_report_says_what_rests_where_and_under_which_key() -> None:
    text = report(shipped("prod"), [])
    assert "| daily backups of the database | database-instance | europe-west1 (eu) |" in text
    assert "| `settings.backupConfiguration.location` | database, europe-west1 |" in text


def test_the_report_names_what_rests_elsewhere_and_why() -> None:
    text = report(shipped("prod"), [])
    eu_west = text.partition("### prod.eu-west")[2].partition("### prod.")[0]
    outside = eu_west.partition("Outside jurisdiction eu:")[2]
    assert "| prod.auth |" in outside
    assert "e-mail addresses" in outside
    assert "| prod.edge | key-value | global |" in outside
    assert "not declared" not in outside


def test_the_report_lists_what_every_region_is_sent_and_where_it_is_declared() -> None:
    text = report(shipped("prod"), [])
    listed = text.partition("### What every region is sent")[2].partition("###")[0]
    assert "| /hooks/billing | prod.auth | Stripe-Signature | no personal data, says regions/prod/fleet.yaml:" in listed
    assert "/hooks/git" not in listed
    assert "### What every region is sent" not in report(replace(shipped("prod"), everywhere=()), [])


def test_an_exception_with_a_reason_excuses_it_and_stands_in_the_report() -> None:
    exception = DeclaredException(
        check="residency",
        key="residency/outside",
        stack=REGION,
        reason="a customer's law | <b>asks</b> for it",
        expires=TODAY,
        source=Position("eu-west.yaml", 1, 1),
        resources=("database-instance",),
    )
    moved = changed(REGION, Sets("database-instance", BACKUPS, "us"))
    evidence = replace(moved, outside=_of(moved), exceptions=(exception,))
    proof = prove([CHECK], evidence)
    excused = [finding for finding in proof.findings if finding.excuse]
    assert [finding.path for finding in excused] == [BACKUPS]
    text = report(evidence, proof.findings)
    assert "| excused until 2026-11-24: a customer's law \\| &lt;b&gt;asks&lt;/b&gt; for it |" in text


def test_the_report_says_what_it_cannot_show() -> None:
    limits = report(shipped("prod"), []).partition("### What this does not show")[2]
    for what in ("`_Required`", "`_Default`", "Error Reporting", "Metrics", "Pulumi's state"):
        assert what in limits


def test_the_report_is_the_same_for_the_same_fleet() -> None:
    assert report(shipped("prod"), []) == report(shipped("prod"), [])


def test_an_error_log_under_a_key_of_ones_own_is_not_read_by_error_reporting() -> None:
    key = {"kmsKeyName": "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"}
    assert "Error Reporting" in report(changed(REGION), [])
    assert "Error Reporting" not in report(changed(REGION, Sets("logs-bucket", "cmekSettings", key)), [])

"""Each rule finds what it guards when that is broken, and no other rule does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from regionctl.proofs.baseline import RULES, Verdict, check, judgements
from regionctl.render import UNKNOWN, Secret
from tests.proofs.baseline.breaks import BREAKS, Break
from tests.proofs.changes import EDGE, REGION, Sets, changed, organised
from tests.proofs.evidence import shipped


@pytest.mark.parametrize("broken", BREAKS, ids=str)
def test_what_is_broken_is_found_by_the_rule_that_guards_it_alone(broken: Break) -> None:
    found = {finding.rule for finding in check(changed(broken.stack, broken.change))}
    assert broken.rule in found
    assert found <= {broken.rule, *broken.also}


# But for a network's name: who gives one that nobody knows does not get the default one.
UNKNOWN_INSTEAD = [
    broken for broken in BREAKS if isinstance(broken.change, Sets) and broken.change.name != "network-vpc"
]


@pytest.mark.parametrize("broken", UNKNOWN_INSTEAD, ids=str)
def test_what_nobody_knows_before_an_apply_is_not_taken_for_good(broken: Break) -> None:
    assert isinstance(broken.change, Sets)
    change = replace(broken.change, value=UNKNOWN)
    assert broken.rule in {finding.rule for finding in check(changed(broken.stack, change))}


def test_every_rule_is_broken_by_a_test() -> None:
    assert {rule.id for rule in RULES} == {broken.rule for broken in BREAKS}


NUMBERS = {
    "CKV_GCP": [
        *[2, 3, 4, 6, 11, 14, 26, 27, 28, 29, 41, 42, 43, 46, 49, *range(51, 58), 60, 62, 73, 74, 78, 79, 82, 83],
        *[95, 97, 99, 102, *range(108, 113), 114, 117, 118, 125],
    ],
    "AVD-GCP": ["0003", "0027", "0035", "0066", "0079"],
    "CIS": ["1.4", "2.16"],
}


def test_every_public_number_is_a_rule_of_its_own() -> None:
    joints = {"CKV_GCP": "_", "AVD-GCP": "-", "CIS": " "}
    public = {f"{family}{joints[family]}{number}" for family, numbers in NUMBERS.items() for number in numbers}
    assert {rule.id for rule in RULES if not rule.id.startswith("baseline/")} == public
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_every_shipped_fleet_holds_to_the_baseline() -> None:
    assert list(check(shipped("prod", "staging"))) == []


def test_a_fleet_that_makes_its_own_projects_holds_to_the_baseline() -> None:
    assert list(check(organised())) == []


def test_a_rule_with_nothing_to_look_at_does_not_apply() -> None:
    of_edge = [judgement for judgement in judgements(organised()) if judgement.stack == EDGE]
    applies = {judgement.rule.id for judgement in of_edge if judgement.verdict is not Verdict.NOT_APPLICABLE}
    assert applies == {"baseline/secret-literal"}


def test_every_rule_about_what_a_region_declares_applies_to_it() -> None:
    of_region = [judgement for judgement in judgements(organised()) if judgement.stack == REGION]
    idle = {judgement.rule.id for judgement in of_region if judgement.verdict is Verdict.NOT_APPLICABLE}
    assert idle == {"CKV_GCP_118", "CKV_GCP_125", "baseline/pipeline-identity"}


def test_a_finding_says_which_resource_and_property_and_how_to_mend_it() -> None:
    path = "settings.ipConfiguration.ipv4Enabled"
    (finding,) = check(changed(REGION, Sets("database-instance", path, True)))
    assert (finding.rule, finding.key, finding.stack) == ("CKV_GCP_60", "CKV_GCP_60", REGION)
    assert (finding.resource, finding.path) == ("database-instance", path)
    assert finding.message == "true; false is wanted"
    assert finding.hint


@pytest.mark.parametrize("broken", UNKNOWN_INSTEAD, ids=str)
@pytest.mark.parametrize(
    "secret", [Secret("hunter2"), Secret(["hunter2"]), Secret({"value": "hunter2"})], ids=["text", "list", "object"]
)
def test_no_finding_shows_what_a_secret_holds(broken: Break, secret: Secret) -> None:
    assert isinstance(broken.change, Sets)
    found = list(check(changed(broken.stack, replace(broken.change, value=secret))))
    assert "hunter2" not in repr(found)


def test_no_finding_shows_a_secret_that_stands_in_the_program() -> None:
    change = Sets("secrets-session-key-version", "secretData", "hunter2")
    (finding,) = check(changed(REGION, change))
    assert "hunter2" not in repr(finding)

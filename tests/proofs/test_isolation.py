"""No stack refers to another, but where the design allows it; and the check finds it wherever one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionctl.model.path import Pattern, parse, show
from regionctl.model.values import Secret, leaves
from regionctl.proofs import Evidence, Finding
from regionctl.proofs.isolation import check
from regionctl.render import Resource, Value
from regions.load import load_fleet
from stacks.facts import stack_facts
from stacks.programs import REGIONS_DIR
from tests.proofs.evidence import alone, custom, shipped, with_inputs

EU, US, AUTH = "prod.eu-west", "prod.us-east", "prod.auth"


def found(evidence: Evidence) -> list[Finding]:
    return list(check(evidence))


def rules(evidence: Evidence) -> set[str]:
    return {finding.rule for finding in check(evidence)}


@pytest.mark.parametrize("fleets", [("prod",), ("staging",), ("prod", "staging")])
def test_the_shipped_fleets_are_isolated(fleets: tuple[str, ...]) -> None:
    assert found(shipped(*fleets)) == []


def text_places(resource: Resource) -> list[str]:
    return [show(path) for path, leaf in leaves(resource.inputs) if isinstance(leaf, str)]


def planted(value: Value, path: Pattern, text: str) -> Value:
    """The value with another text at a path."""
    if not path:
        return text
    step, rest = path[0], path[1:]
    if isinstance(value, Secret):
        return Secret(planted(value.value, path, text))
    if isinstance(value, Mapping):
        return {**value, str(step): planted(value[str(step)], rest, text)}
    assert isinstance(value, Sequence)
    return [planted(item, rest, text) if index == step else item for index, item in enumerate(value)]


US_EAST = stack_facts(load_fleet(REGIONS_DIR, "prod"))[US].tokens
THEIRS = [*US_EAST.values(), "10.1.3.7", "10.1.128.0/20", f"run-api@{US_EAST['project']}.iam.gserviceaccount.com"]
AROUND = st.sampled_from(["", "/", "//", " ", "=", "https://", "projects/", '"', "-", "prefix-"])


@given(data=st.data(), token=st.sampled_from(THEIRS), before=AROUND, after=st.sampled_from(["", "/", " ", '"', ":443"]))
def test_a_text_of_another_region_is_found_wherever_it_stands(
    data: st.DataObject, token: str, before: str, after: str
) -> None:
    evidence = shipped("prod")
    resource = data.draw(st.sampled_from([r for r in custom(evidence, EU) if text_places(r)]))
    path = data.draw(st.sampled_from(text_places(resource)))
    inputs = planted(resource.inputs, parse(path), f"{before}{token}{after}")
    assert isinstance(inputs, Mapping)
    changed = alone(with_inputs(evidence, EU, resource.urn, inputs), EU)
    assert any(
        finding.urn == resource.urn and finding.path == path and US in finding.message for finding in found(changed)
    )


@pytest.mark.parametrize(
    "text",
    [
        "prod-us-east1",  # a location, not region us-east
        "10.10.3.7",
        "110.1.3.7",
        "version 10.1",
        "acme-prod-eu-west-1-uploads",
        "10.2.3.4",
    ],
)
def test_what_only_looks_alike_is_not_found(text: str) -> None:
    evidence = shipped("prod")
    resource = custom(evidence, EU)[0]
    assert found(with_inputs(evidence, EU, resource.urn, {**resource.inputs, "note": text})) == []


def test_a_region_whose_name_starts_anothers_is_told_from_it() -> None:
    evidence = shipped("prod")
    longer = {"project": "acme-prod-eu-west-1-1", "name": "eu-west-1"}
    facts = {**evidence.facts, US: replace(evidence.facts[US], tokens=longer)}
    resource = custom(evidence, EU)[0]

    def with_note(text: str) -> Evidence:
        changed = with_inputs(evidence, EU, resource.urn, {**resource.inputs, "note": text})
        return replace(changed, facts=facts)

    assert "isolation/refers-to-another-stack" in rules(with_note("acme-prod-eu-west-1-1-uploads"))
    assert not [f for f in found(with_note("acme-prod-eu-west-1-uploads")) if f.path == "note"]


@pytest.mark.parametrize(
    "text",
    [
        "projects/somebody-elses/topics/x",
        "//cloudresourcemanager.googleapis.com/projects/somebody-elses",
        "robot@somebody-elses.iam.gserviceaccount.com",
    ],
)
def test_a_project_that_nobody_knows_is_found(text: str) -> None:
    evidence = shipped("prod")
    resource = custom(evidence, EU)[0]
    (finding,) = found(with_inputs(evidence, EU, resource.urn, {**resource.inputs, "note": text}))
    assert finding.rule == "isolation/unknown-project"
    assert finding.path == "note"
    assert "somebody-elses" in finding.message


def test_an_allowed_reference_is_allowed_to_those_it_names_alone() -> None:
    evidence = shipped("prod")
    kept = tuple(allowed for allowed in evidence.allowed if allowed.by != EU)
    findings = found(replace(evidence, allowed=kept))
    assert {finding.stack for finding in findings} == {EU}
    said = " ".join(finding.message for finding in findings)
    assert "auth.origin.app.example.com" in said
    assert "projects/acme-prod-auth-1/topics/auth-events" in said
    assert "the release registry" in said


def test_the_auth_service_knows_a_region_by_nothing_but_accounts() -> None:
    evidence = shipped("prod")
    resource = custom(evidence, AUTH)[0]
    changed = with_inputs(
        evidence, AUTH, resource.urn, {**resource.inputs, "note": "https://eu-west.origin.app.example.com"}
    )
    (finding,) = found(changed)
    assert (finding.stack, finding.rule) == (AUTH, "isolation/refers-to-another-stack")


def test_a_region_reads_no_other_stacks_outputs() -> None:
    evidence = shipped("prod")
    reference = next(r for r in custom(evidence, "prod.edge") if r.type == "pulumi:pulumi:StackReference")
    declaration = evidence.renders[EU]
    urn = f"urn:pulumi:{EU}::regionctl::pulumi:pulumi:StackReference::other"
    resources = {**declaration.resources, urn: replace(reference, urn=urn)}
    changed = replace(evidence, renders={**evidence.renders, EU: replace(declaration, resources=resources)})
    assert "isolation/reads-another-stack" in rules(changed)


@pytest.mark.parametrize(
    ("shared", "rule"),
    [
        ({"project": "acme-prod-us-east-1"}, "isolation/shared-project"),
        ({"ranges": (IPv4Network("10.1.128.0/17"),)}, "isolation/shared-addresses"),
        ({"files": {"state": "/state/a.json"}}, "isolation/shared-file"),
    ],
)
def test_two_stacks_share_no_project_addresses_and_files(shared: dict[str, object], rule: str) -> None:
    evidence = shipped("prod")
    us = replace(evidence.facts[US], files={"state": "/state/a.json"})
    eu = replace(evidence.facts[EU], **shared)  # type: ignore[arg-type]
    assert rule in rules(replace(evidence, facts={**evidence.facts, US: us, EU: eu}))

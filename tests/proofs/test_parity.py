"""Regions are alike, and fleets are: what differs is declared with a reason, or it fails at its line."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli.context import Context
from fleet.evidence import fleet_peers, region_peers
from regionctl.proofs import Evidence, Finding, Peer, prove
from regionctl.proofs.parity import CHECK, check
from regionctl.render import Resource, Secret, render
from regions.spec import RegionSpec
from stacks.facts import declared_exceptions
from stacks.programs import REGIONS_DIR
from tests.proofs.evidence import TODAY, context, shipped

EXCEPTION = """
exceptions:
  parity:
    {key}:
      reason: few users live here yet
      expires: {expires}
"""
MACHINE = "\ndatabase:\n  tier: db-custom-2-7680\n"


def failures(evidence: Evidence) -> list[Finding]:
    return list(prove([CHECK], evidence).failures)


@pytest.fixture
def regions(tmp_path: Path) -> Path:
    """A copy of the shipped files."""
    for fleet in ("prod", "staging"):
        (tmp_path / fleet).mkdir()
        for file in (REGIONS_DIR / fleet).glob("*.yaml"):
            (tmp_path / fleet / file.name).write_text(file.read_text())
    return tmp_path


def staging(regions: Path, eu_west: str = "") -> Evidence:
    """What parity looks at of staging's regions, with more in the file of one. Renders what no file shipped says."""
    with (regions / "staging" / "eu-west.yaml").open("a") as file:
        file.write(eu_west)
    one, as_shipped = context("staging", regions), context("staging")
    evidence = shipped("staging")
    stacks = {f"staging.{name}": name for name in one.fleet.regions}
    renders = {
        stack: evidence.renders[stack] if _says(one, name) == _says(as_shipped, name) else render(one.programs[stack])
        for stack, name in stacks.items()
    }
    return replace(
        evidence,
        renders=renders,
        facts={stack: evidence.facts[stack] for stack in stacks},
        exceptions=tuple(declared_exceptions(one.fleet)),
        peers=(region_peers(one.fleet, renders),),
    )


def _says(one: Context, region: str) -> RegionSpec:
    return one.fleet.regions[region].model_copy(update={"exceptions": None})


def test_the_shipped_fleets_are_alike_but_for_what_they_declare() -> None:
    proof = prove([CHECK], shipped("prod", "staging"))
    assert proof.failures == ()
    assert {(finding.stack, finding.key) for finding in proof.findings} == {
        ("prod.us-east", "database.tier"),
        ("prod.us-east", "database.disk_gb"),
    }


def test_another_machine_type_without_an_exception_fails_at_its_line(regions: Path) -> None:
    evidence = staging(regions, MACHINE)
    (finding,) = failures(evidence)
    assert finding.rule == "parity/undeclared-difference"
    assert finding.stack == "staging.eu-west"
    assert (finding.resource, finding.path) == ("database-instance", "settings.tier")
    text = (regions / "staging" / "eu-west.yaml").read_text().splitlines()
    assert finding.source is not None
    assert Path(finding.source.file).name == "eu-west.yaml"
    assert text[finding.source.line - 1][finding.source.column - 1 :] == "db-custom-2-7680"


@pytest.mark.parametrize("key", ["database.tier", "database"])
def test_a_declared_exception_excuses_it_until_its_last_day(regions: Path, key: str) -> None:
    evidence = staging(regions, MACHINE + EXCEPTION.format(key=key, expires=TODAY))
    proof = prove([CHECK], evidence)
    assert proof.holds
    (finding,) = proof.findings
    assert finding.excuse is not None
    assert finding.excuse.reason == "few users live here yet"
    late = replace(evidence, today=date(2026, 11, 25))
    (difference, expired) = failures(late)
    assert difference.rule == "parity/undeclared-difference"
    assert expired.rule == "parity/expired-exception"
    assert expired.source == finding.excuse.source


@pytest.mark.parametrize("key", ["cache.tier", "database.tiers", "data"])
def test_an_exception_that_excuses_nothing_fails_at_its_own_line(regions: Path, key: str) -> None:
    evidence = staging(regions, EXCEPTION.format(key=key, expires="2027-06-30"))
    (finding,) = failures(evidence)
    assert finding.rule == "parity/unused-exception"
    assert finding.source is not None
    line = (regions / "staging" / "eu-west.yaml").read_text().splitlines()[finding.source.line - 1]
    assert line.strip() == f"{key}:"


def test_a_line_that_says_what_all_have_is_no_difference(regions: Path) -> None:
    assert failures(staging(regions, "\ndatabase:\n  tier: db-custom-1-3840\n  deletion_protection: true\n")) == []


def test_a_workload_that_one_region_has_alone_fails(regions: Path) -> None:
    worker = "\nworkers:\n  extra:\n    cpu: 1\n    memory_mib: 1024\n    instances: 1\n"
    image = f"release:\n  extra: sha256:{'a' * 64}\n"
    keys = {finding.key for finding in failures(staging(regions, worker + image))}
    assert {"workers.extra.cpu", "release.extra"} <= keys


def test_what_the_defaults_leave_to_each_file_is_compared_between_regions(regions: Path) -> None:
    file = regions / "staging" / "fleet.yaml"
    file.write_text(file.read_text().replace("  alerts:\n    email: staging@acme.example\n\n  drain", "  drain"))
    with (regions / "staging" / "us-east.yaml").open("a") as us_east:
        us_east.write("\nalerts:\n  email: us@acme.example\n")
    (finding,) = failures(staging(regions, "\nalerts:\n  email: eu@acme.example\n"))
    assert finding.stack == "staging.us-east"
    assert finding.key == "alerts.email"


def test_the_names_that_an_adopted_region_keeps_are_no_difference(regions: Path) -> None:
    assert failures(staging(regions, "\nnames:\n  network: legacy\n  bucket:\n    uploads: old-uploads\n")) == []


def changed(peer: Peer, name: str, **inputs: object) -> Peer:
    """A peer whose program gives one resource other inputs."""
    (resource,) = peer.without_overrides.named(name)
    other = replace(resource, inputs={**resource.inputs, **inputs})  # type: ignore[dict-item]
    return with_resources(peer, {**peer.without_overrides.resources, resource.urn: other})


def with_resources(peer: Peer, resources: dict[str, Resource]) -> Peer:
    return replace(peer, without_overrides=replace(peer.without_overrides, resources=resources))


def prods(evidence: Evidence) -> tuple[Peer, Peer, Peer]:
    ((ap_south, eu_west, us_east),) = evidence.peers
    return ap_south, eu_west, us_east


def test_a_program_that_treats_one_region_otherwise_fails_at_its_line() -> None:
    evidence = shipped("prod")
    ap_south, eu_west, us_east = prods(evidence)
    odd = changed(eu_west, "cache-instance", transitEncryptionMode="DISABLED", authEnabled=False)
    (finding,) = [f for f in check(replace(evidence, peers=((ap_south, odd, us_east),))) if f.rule == "parity/program"]
    assert finding.stack == "prod.eu-west"
    assert finding.resource == "cache-instance"
    assert finding.source is not None
    assert finding.source.file == "components/cache.py"
    assert finding.key is None


def test_a_secret_in_which_one_region_differs_is_found_and_not_shown() -> None:
    evidence = shipped("prod")
    ap_south, eu_west, us_east = prods(evidence)
    same = changed(eu_west, "cache-instance", authString=Secret("in eu-west"))
    like = changed(us_east, "cache-instance", authString=Secret("in us-east"))
    canary = secrets.token_hex()
    odd = changed(ap_south, "cache-instance", authString=Secret(canary))
    (finding,) = [f for f in check(replace(evidence, peers=((odd, same, like),))) if f.rule == "parity/program"]
    assert (finding.stack, finding.path) == ("prod.ap-south", "authString")
    assert "[secret]" in finding.message
    assert canary not in repr(finding)


def test_a_resource_that_one_region_lacks_is_one_finding() -> None:
    evidence = shipped("prod")
    ap_south, eu_west, us_east = prods(evidence)
    (gone,) = eu_west.without_overrides.named("network-nat")
    odd = with_resources(eu_west, {u: r for u, r in eu_west.without_overrides.resources.items() if u != gone.urn})
    found = [f for f in check(replace(evidence, peers=((ap_south, odd, us_east),))) if f.rule == "parity/program"]
    assert [(f.stack, f.urn, f.path) for f in found if "network-nat" in f.message] == [("prod.eu-west", None, None)]


def test_staging_is_prod_on_smaller_numbers() -> None:
    fleets = [context(name).fleet for name in ("staging", "prod")]
    evidence = replace(shipped("staging", "prod"), peers=tuple(fleet_peers(fleets)))
    assert failures(replace(evidence, exceptions=())) == []

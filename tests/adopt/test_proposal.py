"""Proposals from what other people's projects hold: foreign text stays text, and what is no region's is not taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fleet.proposal.draft import NotSayable, draft
from fleet.proposal.readings import Reading
from regionctl.model.errors import Position
from regions.load import load_fleet
from regions.source import parse_document
from tests.cli.holding import Holding, Said, fleet

__all__ = ["fleet"]

PROJECT = "acme-prod-us-east-1"
NETWORK = {"id": f"projects/{PROJECT}/global/networks/main", "name": "main", "project": PROJECT}


@pytest.fixture
def empty(fleet: Holding) -> Holding:
    """A fleet of one region that is not us-east, at 10.2.0.0/16."""
    for name in ("us-east", "ap-south", "requests"):
        fleet.file(f"prod/{name}.yaml").unlink(missing_ok=True)
    whole = fleet.file("prod/fleet.yaml")
    whole.write_text(whole.read_text().replace("default_locality: us", "default_locality: eu"))
    return fleet


def state(*resources: tuple[str, Mapping[str, Any]]) -> None:
    named = [(type_, {"project": PROJECT, **values}) for type_, values in resources]
    instances = [
        {"mode": "managed", "type": type_, "name": f"r{index}", "instances": [{"attributes": values}]}
        for index, (type_, values) in enumerate(named)
    ]
    head = {"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "l", "outputs": {}}
    Path("s.tfstate").write_text(json.dumps({**head, "resources": instances}, indent=2))


def plan(fleet: Holding, *args: str) -> Said:
    return fleet.run("adopt", "plan", "us-east", "--from", "s.tfstate", *args)


def a_subnet(range_: str, region: str = "us-east1") -> tuple[str, dict[str, Any]]:
    id_ = f"projects/{PROJECT}/regions/{region}/subnetworks/apps"
    values = {"id": id_, "name": "apps", "region": region, "network": "main", "ip_cidr_range": range_}
    return "google_compute_subnetwork", values


def a_database(**changes: Any) -> tuple[str, dict[str, Any]]:
    values = {"id": "shop", "name": "shop", "region": "us-east1", "database_version": "POSTGRES_15"}
    return "google_sql_database_instance", {**values, **changes}


def test_a_public_address_is_asked_about_and_not_taken_for_the_range_of_services(empty: Holding) -> None:
    public = {"id": "x", "name": "site", "address": "203.0.113.7", "address_type": "EXTERNAL", "purpose": ""}
    state(("google_compute_network", NETWORK), ("google_compute_global_address", public))
    said = plan(empty, "--location", "us-east1")
    assert said.code == 0, said.err
    assert "service_range" not in said.out
    assert "to decide: names.service_range: not in the export: service_range. Is it one of site (s.tfstate:" in said.err


def test_a_range_of_services_is_taken_by_whatever_name(empty: Holding) -> None:
    peering = {"id": "x", "name": "peering", "address_type": "INTERNAL", "purpose": "VPC_PEERING"}
    state(("google_compute_network", NETWORK), ("google_compute_global_address", peering))
    assert "service_range: peering # compute.GlobalAddress" in plan(empty, "--location", "us-east1").out


def test_a_router_of_a_vpn_is_asked_about_and_not_taken_for_the_one_of_the_nat(empty: Holding) -> None:
    router = {"id": "x", "name": "vpn", "region": "us-east1", "network": "main", "bgp": [{"asn": 65001}]}
    state(("google_compute_network", NETWORK), ("google_compute_router", router))
    said = plan(empty, "--location", "us-east1")
    assert "router" not in said.out
    assert "names.router: not in the export: router. Is it one of vpn (s.tfstate:" in said.err


def test_a_database_of_mysql_is_no_region_s(empty: Holding) -> None:
    state(("google_compute_network", NETWORK), a_database(database_version="MYSQL_8_0"))
    said = plan(empty, "--location", "us-east1")
    assert "database_instance" not in said.out
    assert "the export has no DatabaseInstance that a region could have, but shop (s.tfstate:" in said.err


def test_a_given_location_says_which_subnets_are_the_regions(empty: Holding) -> None:
    state(("google_compute_network", NETWORK), a_subnet("10.20.0.0/17"), a_subnet("10.99.0.0/17", "us-west1"))
    said = plan(empty, "--location", "us-east1", "--write")
    assert said.code == 0, said.err
    region = load_fleet(Path("regions"), "prod").regions["us-east"]
    assert (region.location, str(region.addresses)) == ("us-east1", "10.20.0.0/16")


def test_a_given_location_goes_before_a_database_elsewhere(empty: Holding) -> None:
    state(("google_compute_network", NETWORK), a_database(region="us-west1"))
    said = plan(empty, "--location", "us-east1")
    assert said.code == 0, said.err
    assert "location: us-east1 # given by --location\n" in said.out
    assert "the export has no subnet in us-east1; the next free one stands there" in said.err


@pytest.mark.parametrize(
    ("owner", "range_", "where"), [("auth", "10.0.0.0/17", "fleet.yaml:"), ("eu-west", "10.2.64.0/20", "eu-west.yaml:")]
)
def test_addresses_that_the_fleet_has_already_are_told_at_the_export(
    empty: Holding, owner: str, range_: str, where: str
) -> None:
    before = empty.files()
    state(("google_compute_network", NETWORK), a_database(), a_subnet(range_))
    said = plan(empty, "--write")
    assert said.code == 1
    assert "Error: s.tfstate:" in said.err
    assert f"which overlaps {owner}'s 10." in said.err
    assert f"(regions/prod/{where}" in said.err
    assert f"what exists cannot move: give {owner} other addresses there, such as 10." in said.err
    assert empty.files() == before


def test_a_section_that_a_spec_refuses_becomes_a_question(empty: Holding) -> None:
    service = {
        "id": f"projects/{PROJECT}/locations/us-east1/services/api",
        "name": "api",
        "location": "us-east1",
        "template": [{"scaling": [{"min_instance_count": 9, "max_instance_count": 3}], "containers": [{"image": "i"}]}],
    }
    state(("google_compute_network", NETWORK), a_database(), ("google_cloud_run_v2_service", service))
    said = plan(empty, "--write")
    assert said.code == 0, said.err
    assert "to decide: services.api" in said.err


def test_which_of_several_containers_is_the_product_is_asked(empty: Holding) -> None:
    one = {"image": "i", "resources": [{"limits": {"cpu": "2", "memory": "1Gi"}}]}
    service = {"name": "api", "location": "us-east1", "template": [{"containers": [one, one]}]}
    state(("google_compute_network", NETWORK), a_database(), ("google_cloud_run_v2_service", service))
    said = plan(empty)
    assert "to decide: services.api.cpu: api has several containers: which one's cpu is it?" in said.err


def test_an_expression_is_asked_about_and_never_written(empty: Holding) -> None:
    Path("s.tfstate").mkdir()
    Path("s.tfstate/a.tf").write_text(
        'resource "google_sql_database_instance" "db" {\n  name = "shop"\n  project = "acme-prod-us-east-1"\n'
        '  region = "us-east1"\n  database_version = "POSTGRES_16"\n  settings {\n    tier = var.tier\n  }\n}\n'
        'resource "google_redis_instance" "cache" {\n  name = var.name\n  project = "acme-prod-us-east-1"\n'
        '  region = "us-east1"\n  memory_size_gb = 4\n}\n'
    )
    said = plan(empty)
    assert said.code == 0, said.err
    assert "var." not in said.out
    assert "database.tier: shop has settings.tier 'var.tier', which a spec cannot say" in said.err


EVIL = "site\nnames:\n  project: evil # \u2028\x85\r\x1b[2K"


def test_a_name_stays_within_its_line(empty: Holding) -> None:
    peering = {"id": "x", "name": EVIL, "purpose": "VPC_PEERING", "address_type": "INTERNAL"}
    state(("google_compute_network", NETWORK), a_database(name=EVIL), ("google_compute_global_address", peering))
    said = plan(empty, "--write")
    assert said.code == 0, said.err
    text = empty.file("prod/us-east.yaml").read_text()
    assert text.splitlines() == text.split("\n")[:-1]
    assert all(line.isprintable() for line in text.split("\n"))
    assert load_fleet(Path("regions"), "prod").regions["us-east"].names.project == PROJECT


def test_a_project_stays_within_the_head(empty: Holding) -> None:
    state(("google_compute_network", {**NETWORK, "project": EVIL}))
    said = plan(empty, "--location", "us-east1", "--write")
    assert said.code == 1
    assert "no file can be proposed: names.project: " in said.err
    assert not empty.file("prod/us-east.yaml").exists()


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["# a", "a: b", "\n", "null", "yes", "1e3", "!x", "&a", "*a", "{", "- x"]
)
VALUES = TEXTS | st.integers() | st.booleans() | st.lists(TEXTS, max_size=2)


@given(st.lists(st.tuples(st.lists(TEXTS, min_size=1, max_size=2), VALUES, TEXTS, TEXTS), max_size=4), TEXTS)
@example([(["a:"], "b:", "\nnames: {}", "\u2028")], "\nx: 1")
@example([(["\ud83d\ude00"], "\U0001f600\x7f\ufeff", "", "")], "")
def test_what_is_drafted_says_what_was_read_and_nothing_else(
    read: list[tuple[list[str], Any, str, str]], project: str
) -> None:
    paths: set[tuple[str, ...]] = set()
    readings = []
    for path, value, read_from, file in read:
        if not any(tuple(path)[: len(one)] == one or one[: len(path)] == tuple(path) for one in paths):
            paths.add(tuple(path))
            where = Position(file, 1, 1)
            readings.append(Reading(path=tuple(path), value=value, read_from=read_from, where=where))
    try:
        drafted = draft(project, [(("location",), "us-east1", "given")], readings)
    except NotSayable:
        return  # such as a lone surrogate, which no file can hold
    document = parse_document(drafted.text.encode(), "f.yaml")
    assert document.problems == []
    for reading in readings:
        said: Any = document.value
        for key in reading.path:
            said = said[key]
        assert said == reading.value
        if reading.path in drafted.lines.values():
            line = next(number for number, path in drafted.lines.items() if path == reading.path)
            assert document.keys[reading.path].line == line

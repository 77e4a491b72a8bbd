"""Localities: what users know, and which regions belong to them."""

from __future__ import annotations

import pytest

from tests.regions.conftest import Folder

SECOND = """\
location: europe-west4
jurisdiction: eu
locality: eu
weight: {weight}
lifecycle: active
addresses: 10.9.0.0/16
"""


def test_a_locality_has_as_many_regions_as_it_needs_each_with_a_weight(prod: Folder) -> None:
    prod.write("eu-central.yaml", SECOND.format(weight=50))
    regions = prod.load().regions
    assert {name: spec.weight for name, spec in regions.items() if spec.locality == "eu"} == {
        "eu-central": 50,
        "eu-west": 100,
    }


@pytest.mark.parametrize("weight", ["-1", "1001", "1.5", '"100"', "true"])
def test_a_weight_is_a_whole_number(prod: Folder, weight: str) -> None:
    prod.write("eu-central.yaml", SECOND.format(weight=weight))
    problem = prod.problem()
    assert problem.what.startswith("weight: ")
    assert (problem.where.file, problem.where.line, problem.where.column) == ("regions/prod/eu-central.yaml", 4, 9)


def test_a_region_belongs_to_a_locality_of_the_fleet(prod: Folder) -> None:
    prod.replace("eu-west.yaml", "locality: eu #", "locality: europ #")
    problem = prod.problem()
    assert problem.what == "locality: regions/prod/fleet.yaml has no locality 'europ'"
    assert problem.where.line == prod.line_of("eu-west.yaml", "locality: europ")
    prod.replace("eu-west.yaml", "locality: europ #", "# locality: eu #")
    assert [problem.what for problem in prod.problems()] == ["locality: missing"]


def test_a_locality_never_spans_jurisdictions(prod: Folder) -> None:
    prod.replace("eu-west.yaml", "locality: eu #", "locality: us #")
    problem = prod.problem()
    line = prod.line_of("eu-west.yaml", "locality: us")
    assert (problem.where.file, problem.where.line, problem.where.column) == ("regions/prod/eu-west.yaml", line, 11)
    declared = prod.line_of("fleet.yaml", "name: United States") + 1
    at = f"regions/prod/fleet.yaml:{declared}:19"
    assert problem.what == f"locality: us lies in jurisdiction us ({at}), and eu-west in eu"
    assert problem.hint == "of eu is eu"


def test_the_default_locality_is_one_of_the_fleet(prod: Folder) -> None:
    prod.replace("fleet.yaml", "default_locality: us #", "default_locality: su #")
    problem = prod.problem()
    assert problem.what == "edge.default_locality: the fleet has no locality 'su'"
    assert problem.where.line == prod.line_of("fleet.yaml", "default_locality: su")


def test_a_region_is_no_default_locality(prod: Folder) -> None:
    prod.replace("fleet.yaml", "default_locality: us #", "default_locality: us-east #")
    assert prod.problem().what == "edge.default_locality: the fleet has no locality 'us-east'"


def test_no_locality_is_called_as_a_region_is(prod: Folder) -> None:
    prod.replace("fleet.yaml", "  asia: #", "  eu-west: #")
    prod.replace("ap-south.yaml", "locality: asia", "locality: eu-west")
    problem = prod.problem()
    assert problem.what == "localities.eu-west: a region of the fleet is called 'eu-west' too"
    line = prod.line_of("fleet.yaml", "  eu-west: #")
    assert (problem.where.file, problem.where.line, problem.where.column) == ("regions/prod/fleet.yaml", line, 3)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("countries: [US, ", "countries: [SG, US, ", "localities.asia.countries.3: 'SG' is in us's list already"),
        ("time_zones: [Asia/, ", "time_zones: [Europe/, ", "localities.asia.time_zones.0: 'Europe/' is in eu's list"),
    ],
)
def test_nothing_is_placed_in_two_localities(prod: Folder, old: str, new: str, path: str) -> None:
    prod.replace("fleet.yaml", old, new)
    problem = prod.problem()
    assert problem.where.file == "regions/prod/fleet.yaml"
    assert problem.what.startswith(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("countries: [US, ", "countries: [us, "),
        ("countries: [US, ", "countries: [USA, "),
        ("time_zones: [America/, ", "time_zones: [/Paris, "),
        ("name: United States", 'name: ""'),
        ("    jurisdiction: apac", "    jurisdiction: asia"),
        ("  asia: #", "  Asia: #"),
    ],
)
def test_what_cannot_be_is_told(prod: Folder, old: str, new: str) -> None:
    prod.replace("fleet.yaml", old, new)
    assert prod.problems()[0].what.startswith("localities.")


def test_the_former_placement_of_a_region_is_told_where_it_goes_now(prod: Folder) -> None:
    prod.append("eu-west.yaml", "placement:\n  time_zones: [Europe/]\n")
    problem = prod.problem()
    assert problem.what == "placement: unknown key"
    assert problem.where.line == prod.line_of("eu-west.yaml", "placement:")
    assert problem.hint is not None
    assert problem.hint.startswith("time zones and countries belong to a locality: move them to `localities`")


def test_the_former_default_region_is_told_what_it_is_now(prod: Folder) -> None:
    prod.replace("fleet.yaml", "default_locality: us #", "default_region: us-east #")
    unknown = next(problem for problem in prod.problems() if "default_region" in problem.what)
    assert unknown.what == "edge.default_region: unknown key"
    assert unknown.hint == "write `default_locality`, with a key of `localities`"


@pytest.mark.parametrize("key", ["locality: eu", "weight: 50", "placement: {countries: [DE]}"])
def test_where_a_region_is_placed_is_its_own_and_no_default(prod: Folder, key: str) -> None:
    prod.replace("fleet.yaml", "defaults:\n", f"defaults:\n  {key}\n")
    assert prod.problem().what.startswith(f"defaults.{key.partition(':')[0]}: ")

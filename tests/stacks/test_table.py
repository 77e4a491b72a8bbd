from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regions.spec import Lifecycle
from stacks.table import NoRegionInTable, Table, in_table, opened, table
from tests.stacks.fleets import fleet, regions

LIFECYCLES = st.sampled_from(Lifecycle)


@pytest.mark.parametrize(
    ("lifecycle", "is_in"),
    [
        (Lifecycle.PLANNED, False),
        (Lifecycle.ACTIVE, True),
        (Lifecycle.DRAINING, True),
        (Lifecycle.CLOSED, False),
    ],
)
def test_only_active_and_draining_regions_are_in_the_table(lifecycle: Lifecycle, is_in: bool) -> None:
    assert ("eu-west" in table(fleet(), regions(eu_west=lifecycle)).regions) is is_in


def test_a_region_is_reached_at_its_origin_by_https() -> None:
    assert table(fleet(), regions()).regions["eu-west"].origin == "https://eu-west.origin.app.example.com"


def test_the_json_is_what_the_contract_says() -> None:
    binding = json.loads(table(fleet(), regions()).as_json())
    assert binding.keys() == {"version", "default_locality", "localities", "regions"}
    assert binding["default_locality"] == "us"
    assert binding["localities"]["eu"].keys() == {"name", "countries", "time_zones"}
    assert binding["regions"]["eu-west"].keys() == {"origin", "lifecycle", "locality", "weight"}
    assert (binding["regions"]["eu-west"]["lifecycle"], binding["regions"]["eu-west"]["weight"]) == ("active", 100)
    assert list(binding["regions"]) == sorted(binding["regions"])


def test_the_order_of_the_regions_changes_nothing() -> None:
    shuffled = regions()
    random.Random(1).shuffle(shuffled)
    assert table(fleet(), shuffled).as_json() == table(fleet(), regions()).as_json()


def test_the_version_changes_with_the_content_alone() -> None:
    before, after = table(fleet(), regions()), table(fleet(), regions(eu_west=Lifecycle.DRAINING))
    assert before.version != after.version
    assert before.version == table(fleet(auth=fleet().auth), regions()).version


def test_the_version_fits_a_number_of_javascript() -> None:
    assert 0 <= table(fleet(), regions()).version < 2**53


def test_a_fleet_without_a_region_to_route_to_has_no_table() -> None:
    closed = dict.fromkeys(("eu_west", "us_east"), Lifecycle.CLOSED)
    with pytest.raises(NoRegionInTable) as error:
        table(fleet(), regions(**closed))
    assert error.value.fleet == "prod"


@given(LIFECYCLES, LIFECYCLES, LIFECYCLES)
def test_the_default_locality_always_has_a_region_in_the_table(us: Lifecycle, eu: Lifecycle, ap: Lifecycle) -> None:
    specs = regions(us_east=us, eu_west=eu, ap_south=ap)
    if in_table(specs):
        made = table(fleet(), specs)
        assert made.default_locality in {entry.locality for entry in made.regions.values()}


def test_a_closed_default_locality_is_stood_in_for_by_that_of_the_first_region_that_takes_new_workspaces() -> None:
    specs = regions(us_east=Lifecycle.CLOSED, eu_west=Lifecycle.ACTIVE, ap_south=Lifecycle.DRAINING)
    assert table(fleet(), specs).default_locality == "eu"


@pytest.mark.parametrize(
    ("lifecycle", "is_in"),
    [(Lifecycle.PLANNED, False), (Lifecycle.ACTIVE, True), (Lifecycle.DRAINING, True), (Lifecycle.CLOSED, True)],
)
def test_a_locality_is_in_the_table_once_it_was_offered_and_stays_there(lifecycle: Lifecycle, is_in: bool) -> None:
    assert ("asia" in table(fleet(), regions(ap_south=lifecycle)).localities) is is_in


def weighing(weight: int, lifecycle: Lifecycle = Lifecycle.ACTIVE) -> Table:
    made = table(fleet(), regions())
    entry = replace(made.regions["eu-west"], weight=weight, lifecycle=lifecycle)
    return replace(made, regions={**made.regions, "eu-west": entry})


@pytest.mark.parametrize(
    ("before", "after", "gains"),
    [
        (weighing(100), weighing(100), False),
        (weighing(0), weighing(100), True),
        (weighing(100), weighing(0), False),
        (weighing(100), weighing(100, Lifecycle.DRAINING), False),
        (weighing(100, Lifecycle.DRAINING), weighing(100), True),
    ],
)
def test_a_region_that_takes_more_of_the_sign_ups_is_opened(before: Table, after: Table, gains: bool) -> None:
    assert opened(before, after) == (("eu-west",) if gains else ())


def test_other_time_zones_open_what_takes_sign_ups_in_their_locality() -> None:
    made = table(fleet(), regions())
    place = replace(made.localities["eu"], time_zones=("Europe/",))
    assert opened(made, replace(made, localities={**made.localities, "eu": place})) == ("eu-west",)


def test_a_table_is_read_back_from_its_text() -> None:
    made = table(fleet(), regions())
    assert Table.from_json(made.as_json()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"regions": []}',
        '{"regions": {"a": {}}, "default_region": "a"}',
        '{"regions": {}, "localities": []}',
    ],
)
def test_another_text_is_no_table(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of json, or of ours
        Table.from_json(text)

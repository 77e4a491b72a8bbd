from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regions.spec import Lifecycle
from stacks.table import NoRegionInTable, Table, in_table, table
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
    assert binding.keys() == {"version", "default_region", "regions"}
    assert binding["default_region"] == "us-east"
    assert binding["regions"]["eu-west"].keys() == {"origin", "lifecycle", "countries", "time_zones"}
    assert binding["regions"]["eu-west"]["lifecycle"] == "active"


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
def test_the_default_region_is_always_in_the_table(us: Lifecycle, eu: Lifecycle, ap: Lifecycle) -> None:
    specs = regions(us_east=us, eu_west=eu, ap_south=ap)
    if in_table(specs):
        made = table(fleet(), specs)
        assert made.default_region in made.regions


def test_a_closed_default_region_is_stood_in_for_by_the_first_active_one() -> None:
    specs = regions(us_east=Lifecycle.CLOSED, eu_west=Lifecycle.ACTIVE, ap_south=Lifecycle.DRAINING)
    assert table(fleet(), specs).default_region == "eu-west"


def test_a_table_is_read_back_from_its_text() -> None:
    made = table(fleet(), regions())
    assert Table.from_json(made.as_json()) == made


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"regions": []}', '{"regions": {"a": {}}, "default_region": "a"}'])
def test_another_text_is_no_table(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of json, or of ours
        Table.from_json(text)

from pathlib import Path

import pytest

from regionctl.model.errors import Position
from regions.load import UnknownFleet, UnknownRegion, fleets, load_fleet, merge
from tests.regions.conftest import Folder


def test_a_region_is_the_defaults_and_its_own_differences(prod: Folder) -> None:
    fleet = prod.load()
    assert fleet.region("us-east").database.tier == "db-custom-8-32768"
    assert fleet.region("us-east").database.availability == "regional"
    assert fleet.region("eu-west").database.tier == "db-custom-4-16384"


def test_regions_are_in_alphabetical_order(prod: Folder) -> None:
    assert list(prod.load().regions) == ["ap-south", "eu-west", "us-east"]


def test_a_list_is_replaced_whole(prod: Folder) -> None:
    prod.append("eu-west.yaml", "budget: {thresholds_percent: [80]}\n")
    budget = prod.load().region("eu-west").budget
    assert (budget.thresholds_percent, budget.monthly_usd) == ((80,), 4000)


def test_merging_leaves_both_sides_as_they_were() -> None:
    defaults, own = {"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": 4}
    assert merge(defaults, own) == {"a": {"b": 3, "c": 2}, "d": 4}
    assert (defaults, own) == ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": 4})


def test_a_value_of_the_region_stands_in_its_own_file(prod: Folder) -> None:
    line = prod.line_of("us-east.yaml", "tier:")
    assert prod.load().position("us-east", ("database", "tier")) == Position("regions/prod/us-east.yaml", line, 9)


def test_a_default_stands_in_the_fleets_file(prod: Folder) -> None:
    line = prod.line_of("fleet.yaml", "db-custom-4-16384")
    assert prod.load().position("eu-west", ("database", "tier")) == Position("regions/prod/fleet.yaml", line, 11)


def test_a_map_stands_at_its_key(prod: Folder) -> None:
    line = prod.line_of("us-east.yaml", "database:")
    assert prod.load().position("us-east", ("database",)) == Position("regions/prod/us-east.yaml", line, 1)


def test_an_item_of_a_list_has_a_position(prod: Folder) -> None:
    position = prod.load().position("eu-west", ("budget", "thresholds_percent", 1))
    assert position == Position("regions/prod/fleet.yaml", prod.line_of("fleet.yaml", "[50, 90, 100]"), 30)


def test_what_no_file_says_is_placed_at_the_nearest_thing_around_it(prod: Folder) -> None:
    fleet = prod.load()
    database = prod.line_of("us-east.yaml", "database:")
    assert fleet.position("us-east", ("database", "nothing")).line == database
    assert fleet.position("eu-west", ("generation",)) == Position("regions/prod/eu-west.yaml", 1, 1)


def test_the_fleets_own_values_have_positions(prod: Folder) -> None:
    position = prod.load().position(None, ("domain",))
    assert position == Position("regions/prod/fleet.yaml", prod.line_of("fleet.yaml", "domain:"), 9)


def test_a_path_outside_of_the_current_directory_is_absolute(prod: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    (prod.path / "inner").mkdir()
    monkeypatch.chdir(prod.path / "inner")
    fleet = load_fleet(prod.path.parent, "prod")
    assert fleet.file("eu-west") == str(prod.path / "eu-west.yaml")


def test_an_unknown_fleet_is_answered_with_the_nearest(prod: Folder) -> None:
    with pytest.raises(UnknownFleet) as error:
        load_fleet(Path("regions"), "prd")
    assert (error.value.known, error.value.hint) == (("prod",), "did you mean prod?")


def test_a_folder_without_yaml_is_no_fleet(prod: Folder) -> None:
    for file in prod.path.iterdir():
        file.unlink()
    with pytest.raises(UnknownFleet, match="no fleet 'prod' in regions/"):
        load_fleet(Path("regions"), "prod")


@pytest.mark.parametrize("name", ["", ".", "..", "../regions/prod", "prod/../prod", "pro\0d"])
def test_a_fleets_name_is_no_path(prod: Folder, name: str) -> None:
    with pytest.raises(UnknownFleet):
        load_fleet(Path("regions"), name)


def test_a_folder_of_regions_without_its_fleet_is_told_as_one(prod: Folder) -> None:
    (Path("regions") / "prod" / "fleet.yaml").unlink()
    assert fleets(Path("regions")) == ["prod"]
    assert str(prod.problem()) == "regions/prod/fleet.yaml:1:1: missing; restore the file, or write it"


def test_without_a_folder_there_is_no_fleet(tmp_path: Path) -> None:
    assert fleets(tmp_path / "nowhere") == []
    with pytest.raises(UnknownFleet, match="nowhere"):
        load_fleet(tmp_path / "nowhere", "prod")


def test_an_unknown_region_is_answered_with_the_nearest(prod: Folder) -> None:
    with pytest.raises(UnknownRegion) as error:
        prod.load().region("eu-wst")
    assert error.value.hint == "did you mean eu-west or us-east?"


def test_an_unknown_region_like_no_other_is_answered_with_all(prod: Folder) -> None:
    with pytest.raises(UnknownRegion) as error:
        prod.load().region("xyz")
    assert error.value.hint == "the regions are ap-south, eu-west, us-east"


def test_a_fleet_may_have_no_region_yet(prod: Folder) -> None:
    for region in ("ap-south", "eu-west", "us-east"):
        (prod.path / f"{region}.yaml").unlink()
    assert dict(prod.load().regions) == {}


def test_an_editors_hidden_file_is_not_a_region(prod: Folder) -> None:
    prod.write(".eu-west.yaml", b"\0")
    assert len(prod.load().regions) == 3


def test_a_spec_cannot_be_changed(prod: Folder) -> None:
    fleet = prod.load()
    with pytest.raises(TypeError):
        fleet.region("eu-west").services["api"] = None  # type: ignore[index]

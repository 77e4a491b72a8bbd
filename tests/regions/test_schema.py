"""The editors' schemas are those of the models, and say the same about a file as the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from regions.schema import fleet_schema, region_schema, requests_schema, write
from regions.source import read_document
from tests.regions.conftest import SHIPPED

FILES = sorted(path.relative_to(SHIPPED).as_posix() for path in SHIPPED.glob("*/*.yaml"))


def schema_of(file: str) -> dict[str, Any]:
    name = file.rpartition("/")[2]
    return fleet_schema() if name == "fleet.yaml" else requests_schema() if name == "requests.yaml" else region_schema()


def read(file: str) -> Any:
    return read_document(SHIPPED / file).value  # a date is text to an editor too: YAML 1.2 has none


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("name", ["region.schema.json", "fleet.schema.json", "requests.schema.json"])
def test_the_files_are_as_they_would_be_generated_now(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    assert (SHIPPED / name).read_text() == (tmp_path / name).read_text(), "run `python -m regions.schema`"


@pytest.mark.parametrize(
    "schema", [region_schema(), fleet_schema(), requests_schema()], ids=["region", "fleet", "requests"]
)
def test_a_schema_is_valid_itself(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", FILES)
def test_a_shipped_file_holds_its_schema(file: str) -> None:
    assert complaints(schema_of(file), read(file)) == []


@pytest.mark.parametrize("file", FILES)
def test_a_shipped_file_names_its_schema(file: str) -> None:
    first = (SHIPPED / file).read_text().splitlines()[0]
    path = first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads((SHIPPED / file).parent.joinpath(path).read_text()) == schema_of(file)


@pytest.mark.parametrize(
    "change",
    [
        {"databse": {}},
        {"name": "eu-west"},
        {"location": "europe-west99"},
        {"addresses": "10.4.0.0/20"},
        {"generation": "1"},
        {"cache": {"memory_gb": 0}},
        {"secrets": {"SMTP": {"kind": "provided"}}},
        {"release": {"api": "latest"}},
    ],
    ids=str,
)
def test_an_editor_complains_about_a_wrong_region(change: dict[str, Any]) -> None:
    assert complaints(region_schema(), {**read("prod/eu-west.yaml"), **change})


def test_an_editor_lets_a_region_say_only_what_differs() -> None:
    assert complaints(region_schema(), {**read("prod/eu-west.yaml"), "services": {"api": {"cpu": 4}}}) == []


def test_an_editor_wants_a_whole_database_of_the_auth_service() -> None:
    fleet = read("prod/fleet.yaml")
    del fleet["auth"]["database"]["tier"]
    assert complaints(fleet_schema(), fleet)


def test_an_editor_keeps_addresses_out_of_the_defaults() -> None:
    fleet = read("prod/fleet.yaml")
    fleet["defaults"]["addresses"] = "10.9.0.0/16"
    assert complaints(fleet_schema(), fleet)

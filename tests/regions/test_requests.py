"""Sample requests are read like specs: every mistake at once, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from regionctl.model.errors import Problem, SpecError
from regions.load import load_fleet
from regions.model import RegionName
from regions.requests import SampleRequest, load_requests, requests_file
from tests.regions.conftest import Folder, prod

__all__ = ["prod"]

FILE = Path("regions/prod/requests.yaml")


def problems(prod: Folder, text: str) -> list[str]:
    """Without the name of the file."""
    prod.write("requests.yaml", text)
    with pytest.raises(SpecError) as error:
        load_requests(FILE, prod.load())
    found: list[Problem] = error.value.problems
    return [str(problem).removeprefix(f"{FILE}:") for problem in found]


@pytest.mark.parametrize("fleet", ["prod", "staging"])
def test_the_shipped_ones_are_read(fleet: str) -> None:
    folder = Path("regions")
    requests = load_requests(requests_file(folder, fleet), load_fleet(folder, fleet))
    assert requests["member-in-europe"] == SampleRequest(home="eu-west")
    assert requests["sign-up-with-no-signs"] == SampleRequest()


def test_they_are_no_region_of_the_fleet(prod: Folder) -> None:
    assert (prod.path / "requests.yaml").exists()
    assert sorted(prod.load().regions) == ["ap-south", "eu-west", "us-east"]


def test_every_mistake_is_told_at_its_place(prod: Folder) -> None:
    text = """\
requests:
  Someone: {}
  in-europe: { home: eu-wset }
  in-paris: { time_zone: Europe/, country: fr, timezone: x }
"""
    assert problems(prod, text) == [
        "2:3: requests.Someone: 2 to 40 lower-case letters, digits and single dashes, the first a letter, are wanted",
        "4:26: requests.in-paris.time_zone: a whole time zone is wanted, such as Europe/Paris",
        "4:44: requests.in-paris.country: a country's two capital letters (ISO 3166) are wanted",
        "4:48: requests.in-paris.timezone: unknown key; did you mean time_zone?",
    ]


def test_a_region_that_the_fleet_does_not_have_is_answered_with_the_nearest(prod: Folder) -> None:
    assert problems(prod, "requests:\n  one: { home: eu-wset }\n  two:\n    choice: mars\n") == [
        "2:16: requests.one.home: the fleet has no region 'eu-wset'; did you mean eu-west or us-east?",
        "4:13: requests.two.choice: the fleet has no locality or region 'mars'; did you mean asia?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: an empty file"),
        ("- a\n", "1:1: keys with values are wanted"),
        ("requests: [a]\n", "1:1: requests: keys with values are wanted"),
        ("request: {}\n", "1:1: request: unknown key; did you mean requests?"),
        ("requests:\n  a: {\n", "3:1: not YAML"),
    ],
    ids=str,
)
def test_a_file_of_another_shape_is_told(prod: Folder, text: str, told: str) -> None:
    assert any(problem.startswith(told) for problem in problems(prod, text)), problems(prod, text)


def test_a_file_that_is_not_there_is_told(prod: Folder) -> None:
    with pytest.raises(SpecError, match="missing; restore the file"):
        load_requests(Path("nowhere.yaml"), prod.load())


def test_no_region_is_called_as_the_file() -> None:
    with pytest.raises(ValidationError, match="reserved"):
        TypeAdapter(RegionName).validate_python("requests")

"""`regionctl new` writes a region that is valid as it stands."""

from __future__ import annotations

import pytest

from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]


def test_a_new_region_is_planned_and_valid_with_the_next_free_range(fleet: Holding) -> None:
    said = fleet.run("new", "ap-tokyo", "--location", "asia-northeast1")
    text = fleet.file("prod/ap-tokyo.yaml").read_text()
    assert said.code == 0
    assert "lifecycle: planned" in text
    assert "jurisdiction: apac" in text
    assert "addresses: 10.4.0.0/16" in text
    assert fleet.run("validate").code == 0


def test_its_file_reads_like_those_that_stand_there(fleet: Holding) -> None:
    fleet.run("new", "ap-tokyo", "--location", "asia-northeast1")
    theirs = fleet.file("prod/ap-south.yaml").read_text()
    ours = fleet.file("prod/ap-tokyo.yaml").read_text()
    assert ours == theirs.replace("asia-south1", "asia-northeast1").replace("10.3.", "10.4.")


def test_like_another_it_differs_in_the_same_way_with_the_same_comments(fleet: Holding) -> None:
    fleet.run("new", "us-west", "--location", "us-west1", "--like", "us-east")
    text = fleet.file("prod/us-west.yaml").read_text()
    assert "database:\n  tier: db-custom-8-32768\n  disk_gb: 500\n" in text
    assert text.count("location:") == text.count("addresses:") == 1
    assert "us-east1" not in text
    assert "locality: us #" in text
    assert fleet.run("validate").code == 0


def test_it_says_what_to_set_next(fleet: Holding) -> None:
    said = fleet.run("--fleet", "staging", "new", "eu-central", "--location", "europe-west4")
    assert "regionctl --fleet staging secrets set eu-central smtp-password" in said.err
    assert "regionctl --fleet staging up eu-central" in said.err
    assert "its weight beside eu-west (100)" in said.err


EU_2 = "  eu-2:\n    name: Europe, too\n    jurisdiction: eu\n\n# What stands in front"


def two_of_one_jurisdiction(fleet: Holding) -> None:
    file = fleet.file("prod/fleet.yaml")
    file.write_text(file.read_text().replace("\n# What stands in front", EU_2, 1))


def test_of_two_localities_in_its_jurisdiction_it_takes_the_one_that_is_named(fleet: Holding) -> None:
    two_of_one_jurisdiction(fleet)
    said = fleet.run("--json", "new", "eu-central", "--location", "europe-west4", "--locality", "eu-2")
    assert said.json["locality"] == "eu-2"
    liked = fleet.run("--json", "new", "eu-north", "--location", "europe-north1", "--like", "eu-west")
    assert liked.json["locality"] == "eu"


def test_of_two_localities_in_its_jurisdiction_none_is_guessed(fleet: Holding) -> None:
    two_of_one_jurisdiction(fleet)
    said = fleet.run("new", "eu-central", "--location", "europe-west4")
    assert said.code == 1
    assert "regions/prod/fleet.yaml:" in said.err
    assert "say which one: --locality eu or eu-2" in said.err


def test_as_json_it_names_the_file_and_the_secrets_to_set(fleet: Holding) -> None:
    document = fleet.run("--json", "new", "ap-tokyo", "--location", "asia-northeast1").json
    assert document["file"] == "regions/prod/ap-tokyo.yaml"
    assert "smtp-password" in document["secrets_to_set"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["eu-west", "--location", "europe-west1"], "exists already"),
        (["EU", "--location", "europe-west1"], "lower-case letters"),
        (["auth", "--location", "europe-west1"], "reserved"),
        (["../x", "--location", "europe-west1"], "lower-case letters"),
        (["eu-north", "--location", "europe-nort1"], "did you mean europe-north1"),
        (["eu-north", "--location", "europe-north1", "--jurisdiction", "us"], "lies in jurisdiction eu"),
        (["eu-north", "--location", "europe-north1", "--like", "us-est"], "did you mean us-east"),
        (["eu-north", "--location", "europe-north1", "--locality", "us"], "us lies in jurisdiction us, not eu"),
        (["eu-north", "--location", "europe-north1", "--locality", "eur"], "did you mean eu"),
        (["ca-east", "--location", "northamerica-northeast1"], "prod has no locality in jurisdiction ca"),
        (["asia", "--location", "asia-northeast1"], "a locality of the fleet is called so"),
        (["eu-north"], "--location"),
    ],
)
def test_what_cannot_be_a_region_is_refused_and_nothing_written(fleet: Holding, args: list[str], words: str) -> None:
    before = fleet.files()
    said = fleet.run("new", *args)
    assert said.code == 1
    assert words in said.err
    assert fleet.files() == before


@pytest.mark.parametrize(
    "text",
    [
        (
            "{location: us-east1, jurisdiction: us, locality: us, lifecycle: active, addresses: 10.1.0.0/16, "
            "database: {disk_gb: 500}}\n"
        ),
        (
            "location: us-east1\njurisdiction: us\nlocality: us\nlifecycle: active\naddresses: 10.1.0.0/16\n"
            "generation: &two 2\ndatabase: {pitr_days: *two}\n"
        ),
    ],
    ids=["on one line", "an alias of what is left out"],
)
def test_lines_that_say_something_else_in_another_file_are_not_taken_over(fleet: Holding, text: str) -> None:
    fleet.file("prod/us-east.yaml").write_text(text)
    assert fleet.run("validate").code == 0
    before = fleet.files()
    said = fleet.run("new", "us-west", "--location", "us-west1", "--like", "us-east")
    assert said.code == 1
    assert "Error: regions/prod/us-east.yaml" in said.err
    assert "cannot be taken over line by line; write each key of its own" in said.err
    assert fleet.files() == before

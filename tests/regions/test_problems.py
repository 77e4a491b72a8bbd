"""What people do wrong in a spec, and the place and words that they get."""

from pathlib import Path

import pytest

from regionctl.model.errors import Position, SpecError
from regions.load import load_fleet
from tests.regions.conftest import Folder

EU = "regions/prod/eu-west.yaml"
FLEET = "regions/prod/fleet.yaml"

FIVE_MISTAKES = """\
location: europe-west1
jurisdiction: us
locality: eu
lifecycle: activ
addresses: 10.2.0.0/16
databse:
  tier: db-custom-4-16384
services:
  api:
    cpu: "2"
    min_instances: 60
    max_instances: 50
"""


def test_five_mistakes_are_five_problems_each_at_its_place(prod: Folder) -> None:
    prod.write("eu-west.yaml", FIVE_MISTAKES)
    assert [(str(p.where), p.what, p.hint) for p in prod.problems()] == [
        (f"{EU}:2:15", "jurisdiction: europe-west1 lies in jurisdiction eu, not us", None),
        (f"{EU}:4:12", "lifecycle: one of planned, active, draining, closed is wanted", "did you mean active?"),
        (f"{EU}:6:1", "databse: unknown key", "did you mean database?"),
        (f"{EU}:10:10", "services.api.cpu: a whole number is wanted", "remove the quotes"),
        (f"{EU}:12:20", "services.api.max_instances: 50 is less than min_instances 60", None),
    ]


def test_problems_of_several_files_come_in_one_run(prod: Folder) -> None:
    prod.replace("fleet.yaml", "domain: app.example.com", "domain: localhost")
    prod.append("us-east.yaml", "colour: blue\n")
    prod.write("eu-west.yaml", "location: [\n")
    prod.write("ap-south.yaml", b"\0")
    assert [p.where.file.removeprefix("regions/prod/") for p in prod.problems()] == [
        "ap-south.yaml",
        "eu-west.yaml",
        "fleet.yaml",
        "us-east.yaml",
    ]


def test_a_mistake_in_the_defaults_is_one_problem_however_many_regions_have_it(prod: Folder) -> None:
    prod.replace("fleet.yaml", "memory_gb: 5", "memory_gb: 5000")
    problem = prod.problem()
    assert problem.where == Position(FLEET, prod.line_of("fleet.yaml", "memory_gb: 5000"), 16)
    assert problem.what == "defaults.cache.memory_gb: at most 300 is wanted"


def test_a_mistake_in_the_defaults_is_found_without_a_region(prod: Folder) -> None:
    prod.replace("fleet.yaml", "memory_gb: 5", "memory_gb: five")
    for region in ("ap-south", "eu-west", "us-east"):
        (prod.path / f"{region}.yaml").unlink()
    assert prod.problem().what == "defaults.cache.memory_gb: a whole number is wanted"


def test_a_regions_own_mistake_is_placed_in_its_own_file_when_the_default_alone_is_right(prod: Folder) -> None:
    prod.append("eu-west.yaml", "services:\n  api:\n    min_instances: 99\n")
    problem = prod.problem()
    assert problem.where == Position(EU, prod.line_of("eu-west.yaml", "  api:"), 3)
    assert problem.what == "services.api.max_instances: 50 is less than min_instances 99"


def test_what_only_a_region_has_is_no_default(prod: Folder) -> None:
    prod.replace("fleet.yaml", "\ndefaults:\n", "\ndefaults:\n  addresses: 10.9.0.0/16\n")
    problem = prod.problem()
    assert problem.where == Position(FLEET, prod.line_of("fleet.yaml", "10.9.0.0/16"), 3)
    assert problem.what == "defaults.addresses: not a default"


def test_a_missing_key_is_placed_where_it_belongs(prod: Folder) -> None:
    prod.replace("fleet.yaml", "  alerts:\n    email: oncall@acme.example\n\n  drain", "  drain")
    prod.append("eu-west.yaml", "alerts: {email: eu@acme.example}\n")
    prod.append("us-east.yaml", "alerts: {}\n")
    assert [(str(p.where), p.what) for p in prod.problems()] == [
        ("regions/prod/ap-south.yaml:1:1", "alerts: missing"),
        (f"regions/prod/us-east.yaml:{prod.line_of('us-east.yaml', 'alerts')}:1", "alerts.email: missing"),
    ]


def test_a_region_must_say_where_it_is(prod: Folder) -> None:
    prod.write("eu-west.yaml", "lifecycle: planned\n")
    assert [p.what for p in prod.problems()] == [
        "addresses: missing",
        "jurisdiction: missing",
        "locality: missing",
        "location: missing",
    ]


@pytest.mark.parametrize("key", ["name", "fleet"])
def test_a_regions_name_is_that_of_its_file(prod: Folder, key: str) -> None:
    prod.append("eu-west.yaml", f"{key}: prod\n")
    assert prod.problem().what == f"{key}: unknown key"


@pytest.mark.parametrize("name", ["Eu-West", "eu_west", "a-region-too-long", "auth", "9eu", "eu--west", "eu-google"])
def test_a_file_whose_name_cannot_be_a_regions_is_a_problem(prod: Folder, name: str) -> None:
    (prod.path / "ap-south.yaml").rename(prod.path / f"{name}.yaml")
    problem = prod.problem()
    assert problem.where == Position(f"regions/prod/{name}.yaml", 1, 1)
    assert problem.what.startswith("the name of the file or folder: ")


def test_a_folder_whose_name_cannot_be_a_fleets_is_one_problem(prod: Folder) -> None:
    prod.path.rename(prod.path.parent / "production")
    with pytest.raises(SpecError) as error:
        load_fleet(Path("regions"), "production")
    assert [p.where.file for p in error.value.problems] == ["regions/production/fleet.yaml"]


@pytest.mark.parametrize("suffix", ["yml", "YAML", "YML", "Yaml"])
def test_a_file_with_another_suffix_is_not_silently_left_out(prod: Folder, suffix: str) -> None:
    (prod.path / "eu-west.yaml").rename(prod.path / f"eu-west.{suffix}")
    problem = prod.problem()
    assert (problem.where.file, problem.what) == (f"regions/prod/eu-west.{suffix}", "not read")
    assert problem.hint == "rename it to eu-west.yaml"


def test_ranges_that_overlap_are_named_both_at_the_second(prod: Folder) -> None:
    prod.replace("us-east.yaml", "10.1.0.0/16", "10.2.0.0/16")
    problem = prod.problem()
    line = prod.line_of("us-east.yaml", "addresses:")
    assert problem.where == Position("regions/prod/us-east.yaml", line, 12)
    assert "'us-east' 10.2.0.0/16 overlaps 'eu-west' 10.2.0.0/16" in problem.what
    assert problem.hint == "take 10.1.0.0/16"


def test_no_range_overlaps_that_of_the_auth_service(prod: Folder) -> None:
    prod.replace("us-east.yaml", "10.1.0.0/16", "10.0.0.0/16")
    assert "'us-east' 10.0.0.0/16 overlaps 'auth' 10.0.0.0/16" in prod.problem().what


@pytest.mark.parametrize("addresses", ["0.0.0.0/0", "10.0.0.0/8"])
def test_a_range_that_is_none_of_a_regions_is_one_problem(prod: Folder, addresses: str) -> None:
    prod.replace("us-east.yaml", "10.1.0.0/16", addresses)
    assert prod.problem().where.line == prod.line_of("us-east.yaml", "addresses:")


def test_an_overlap_is_found_although_the_spec_has_other_mistakes(prod: Folder) -> None:
    prod.replace("us-east.yaml", "10.1.0.0/16", "10.2.0.0/16")
    prod.replace("us-east.yaml", "lifecycle: active", "lifecycle: awake")
    assert len(prod.problems()) == 2


def test_broken_defaults_do_not_hide_a_regions_own_mistakes(prod: Folder) -> None:
    prod.write("fleet.yaml", "company: [\n")
    prod.append("eu-west.yaml", "cache: {memory_gb: 0}\n")
    assert [p.where.file for p in prod.problems()] == [EU, FLEET]


@pytest.mark.parametrize(
    ("yaml", "what", "hint"),
    [
        ("database:\n", "database: nothing stands after the colon", "write a value or remove the key"),
        ("database: big\n", "database: keys with values are wanted", None),
        ("database: [1]\n", "database: keys with values are wanted", None),
        ("secrets: 5\n", "secrets: keys with values are wanted", None),
        ("workers: []\n", "workers: keys with values are wanted", None),
        ("generation: true\n", "generation: a whole number is wanted", None),
        ("generation: 1.0\n", "generation: a whole number is wanted", None),
        ("generation: 0\n", "generation: at least 1 is wanted", None),
        ("database: {deletion_protection: no}\n", "database.deletion_protection: true or false is wanted", None),
        ("database: {flags: {work_mem: 4}}\n", "database.flags.work_mem: text is wanted", "put the value in quotes"),
        ("budget: {thresholds_percent: 50}\n", "budget.thresholds_percent: a list such as [50, 100] is wanted", None),
        ("budget: {thresholds_percent: []}\n", "budget.thresholds_percent: at least one is wanted", None),
        (
            "cache: {version: REDIS_7}\n",
            "cache.version: one of REDIS_6_X, REDIS_7_0, REDIS_7_2 is wanted",
            "did you mean REDIS_7_2?",
        ),
        ("services: {api: {cpus: 1}}\n", "services.api.cpus: unknown key", "did you mean cpu?"),
        ("alerts: {zzz: 1}\n", "alerts.zzz: unknown key", "the keys here are email"),
    ],
)
def test_a_wrong_value_is_answered_in_words(prod: Folder, yaml: str, what: str, hint: str | None) -> None:
    prod.append("eu-west.yaml", yaml)
    problem = prod.problem()
    assert (problem.what, problem.hint) == (what, hint)


def test_a_wrong_key_of_a_map_is_placed_at_the_key(prod: Folder) -> None:
    prod.append("eu-west.yaml", "secrets:\n  SMTP_PASSWORD: {kind: provided}\n")
    problem = prod.problem()
    assert problem.where == Position(EU, prod.line_of("eu-west.yaml", "SMTP"), 3)


def test_a_word_that_other_yaml_takes_for_false_is_a_word(prod: Folder) -> None:
    prod.replace("eu-west.yaml", "location: europe-west1", "location: no")
    assert prod.problem().what == "location: not a region of Google Cloud"


def test_a_misspelled_location_is_answered_with_the_nearest(prod: Folder) -> None:
    prod.replace("eu-west.yaml", "location: europe-west1", "location: europe-wst1")
    assert prod.problem().what == "location: not a region of Google Cloud; did you mean europe-west1?"


@pytest.mark.parametrize(
    "yaml",
    [
        "generation: CANARY",
        "storage: {buckets: {uploads: CANARY}}",
        "secrets: {smtp-password: CANARY}",
        "secrets: {smtp-password: {kind: CANARY}}",
        "secrets: {smtp-password: {value: CANARY}}",
        "secrets: {smtp-password: {kind: provided, rotation_days: CANARY}}",
        "secrets: {smtp-password: *CANARY}",
        "secrets: {smtp-password: !CANARY x}",
        "secrets: {smtp-password: &CANARY x}",
        'secrets: {smtp-password: "CANARY',
        "secrets: {smtp-password: 'CANARY' 'x'}",
        "secrets: {smtp-password: %CANARY}",
        "secrets: {smtp-password: @CANARY}",
        "release: {api: CANARY}",
        "alerts: {email: CANARY}",
        "database: {flags: {a: [CANARY]}}",
    ],
)
def test_a_secret_that_was_pasted_into_a_spec_is_not_repeated(prod: Folder, yaml: str) -> None:
    prod.append("eu-west.yaml", yaml + "\n")
    with pytest.raises(SpecError) as error:
        prod.load()
    assert "CANARY" not in f"{error.value!s} {error.value!r} {error.value.problems!r}"


def test_a_backends_credentials_are_not_repeated(prod: Folder) -> None:
    prod.append("fleet.yaml", "state: {backend: 's3://user:CANARY@bucket'}\n")
    assert "CANARY" not in str(prod.problem())

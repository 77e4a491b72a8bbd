"""Exports that cannot be adopted: one line for each thing that is wrong, exit 1, and nothing is touched."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.adopt.classify import rules
from regionctl.adopt.writers import Format, write
from regionctl.sandbox.clouds import CloudResource
from tests.adopt.clouds import Edit, export, export_by_hand, resources, us_east
from tests.cli.holding import Holding, fleet

__all__ = ["fleet"]


def nothing_happened(fleet: Holding) -> bool:
    return not (fleet.root / ".regionctl" / "state").exists()


def test_half_an_export_is_refused_at_its_line(fleet: Holding) -> None:
    folder = export(fleet.root / "export")
    file = next(folder.rglob("main-1.tf"))
    file.write_text(file.read_text()[:200])
    for command in ("classify export", "plan us-east --from export", "apply us-east --from export --yes"):
        said = fleet.run("adopt", *command.split())
        assert said.code == 1
        assert "main-1.tf:" in said.err
        assert "ends in the middle of a block; export it again" in said.err
        assert "Traceback" not in said.err
    assert nothing_happened(fleet)


def and_another(name: str, /, **changes: object) -> Edit:
    def edit(found: list[CloudResource]) -> list[CloudResource]:
        one = next(resource for resource in found if resource.name == name)
        return [*found, replace(one, name="another", properties={**one.properties, **changes})]

    return edit


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (
            and_another("cache-instance", region="us-west1"),
            "redis.Instance 'main' is in another location: it lies in us-west1",
        ),
        (and_another("cache-instance", project="acme-else"), "is of another project: it is of project acme-else"),
        (
            and_another("watch-email", name="projects/acme-prod-us-east-1/things/9999"),
            "is ambiguous: watch-email is matched by",
        ),
    ],
)
def test_what_a_human_must_decide_stops_an_apply_and_is_named(fleet: Holding, edit: Edit, what: str) -> None:
    export(fleet.root / "export", edit=edit)
    said = fleet.run("adopt", "apply", "us-east", "--from", "export", "--yes")
    assert said.code == 1
    assert what in said.err
    assert all(".tf:1:1: " in line for line in said.err.splitlines() if line.startswith("Error"))
    assert nothing_happened(fleet)


def test_a_type_that_no_table_knows_stops_an_apply_until_a_rule_tells(fleet: Holding) -> None:
    folder = export(fleet.root / "export")
    (folder / "queue.tf").write_text('resource "google_cloud_tasks_queue" "q" {\n  name = "mail"\n}\n')
    said = fleet.run("adopt", "classify", "export")
    assert said.code == 1
    assert "export/queue.tf:1:1: google_cloud_tasks_queue 'mail' is unknown: no table knows this type" in said.err
    Path("rules.toml").write_text(
        '[[rule]]\ntype = "google_cloud_tasks_queue"\nclass = "not-essential"\nbecause = "mail"\n'
    )
    assert fleet.run("adopt", "classify", "export", "--rules", "rules.toml").code == 0


RULE = '[[rule]]\ntype = "a"\nclass = "google"\nbecause = "b"\n'


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ('[[rule]]\ntype = "a"\nclass = "google"\n', "1:1: rule 1: because is missing"),
        (f'{RULE}\n[[rule]]\ntype = "a"\nclass = "mine"\nbecause = "b"\n', "6:1: rule 2: no class is called 'mine'"),
        ('[[rule]]\ntyp = "a"\n', "1:1: rule 1: typ: unknown key"),
        (RULE.replace('"a"', "7"), "1:1: rule 1: type: "),
        (f"{RULE}with = 7\n", "1:1: rule 1: with: "),
        (f"{RULE}[[rules]]\n", "5:1: rules: unknown; a [[rule]] has type"),
        ("rule = 7\n", "1:1: rule is no list"),
        ("rule = [7]\n", "1:1: rule 1: rule: "),
        ("[[rule]\n", "1:7: this is not TOML"),
        (f"a = {'1' * 5000}\n", "1:1: this is not TOML"),
        (f"a = {'[' * 5000}\n", "1:1: this is not TOML (nested too deeply)"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_at_its_line(fleet: Holding, rule: str, what: str) -> None:
    export(fleet.root / "export")
    Path("rules.toml").write_text(rule)
    said = fleet.run("adopt", "classify", "export", "--rules", "rules.toml")
    assert said.code == 1
    assert f"Error: rules.toml:{what}" in said.err
    assert "Traceback" not in said.err


def test_a_dotted_key_of_a_rule_is_a_path(fleet: Holding) -> None:
    text = RULE.replace('"a"', '["google_x", "google_y"]') + 'with = { settings.tier = "db-*" }\n'
    Path("rules.toml").write_text(text)
    first, second, *_ = rules(Path("rules.toml"))
    assert (first.type, second.type) == ("google_x", "google_y")
    assert first.properties == {"settings.tier": "db-*"}


def test_an_export_of_two_projects_asks_which_is_the_regions(fleet: Holding) -> None:
    folder = export(fleet.root / "export")
    write(resources(*us_east()), folder / "more", Format.TERRAFORM)
    export_by_hand(fleet.root / "export" / "hand")
    said = fleet.run("adopt", "plan", "us-east", "--from", "export")
    assert said.code == 1
    assert "which project is the region's? it holds the projects acme-prod-us-east-1, acme-production" in said.err


def test_apply_asks_for_an_export_where_none_was_planned(fleet: Holding) -> None:
    said = fleet.run("adopt", "apply", "us-east", "--yes")
    assert said.code == 1
    assert "which export is us-east adopted from?; run: regionctl adopt plan us-east --from DIR" in said.err


def test_a_pipe_is_read_and_not_remembered(fleet: Holding) -> None:
    os.mkfifo("pipe")
    text = 'resource "google_compute_network" "main" {\n  name = "main"\n  project = "acme-prod-us-east-1"\n}\n'
    with ThreadPoolExecutor() as writers:
        writers.submit(Path("pipe").write_text, text)
        said = fleet.run("adopt", "plan", "us-east", "--from", "pipe", "--location", "us-east1")
    assert "with this file 1 of 1 resources are matched" in said.err
    assert "which export is us-east adopted from?" in fleet.run("adopt", "apply", "us-east", "--yes").err


def test_only_regions_are_adopted(fleet: Holding) -> None:
    export(fleet.root / "export")
    said = fleet.run("adopt", "apply", "auth", "--from", "export", "--yes")
    assert said.code == 1
    assert "prod.auth is no region" in said.err


def test_apply_asks_before_it_imports(fleet: Holding) -> None:
    export(fleet.root / "export")
    said = fleet.run("adopt", "apply", "us-east", "--from", "export")
    assert said.code == 1
    assert "there is no terminal to ask on" in said.err
    assert nothing_happened(fleet)


def test_a_sandbox_is_not_exported_over_files_that_are_there(fleet: Holding) -> None:
    export(fleet.root / "export")
    said = fleet.run("sandbox", "export", "export", "--format", "cai")
    assert said.code == 1
    assert "export: the folder is not empty" in said.err


@pytest.mark.parametrize("text", ["", "[]", '{"source": 5, "rules": [], "urns": "abc"}', "[" * 9000, '{"urns": [7]}'])
def test_a_damaged_record_of_what_was_adopted_is_told(fleet: Holding, text: str) -> None:
    record = fleet.root / ".regionctl" / "adopt" / "prod.us-east.json"
    record.parent.mkdir(parents=True)
    record.write_text(text)
    said = fleet.run("adopt", "apply", "us-east", "--yes")
    assert said.code == 1
    assert "prod.us-east.json: the record of what was adopted is damaged; move the file away" in said.err

"""What each resource of an export is to a region: matched by type and identity, never by likeness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from regionctl.adopt.classify import Class, Classification, classify, rules
from regionctl.adopt.declared import declared
from regionctl.adopt.readers import read
from regionctl.adopt.report import document, markdown
from regionctl.adopt.writers import Format
from regionctl.sandbox.clouds import CloudResource
from tests.adopt.clouds import Edit, changing, export, us_east


def classified(folder: Path, edit: Edit = lambda found: found, form: Format = Format.TERRAFORM) -> Classification:
    program, declaration = us_east()
    inventory = read(export(folder / "export", form, edit))
    config = program.config
    looked_for = declared(declaration, config)
    return classify(inventory, looked_for, rules(), project=config["gcp:project"], location=config["gcp:region"])


def test_a_region_as_its_program_declares_it_is_matched_whole(tmp_path: Path) -> None:
    coverage = classified(tmp_path)
    assert [
        (row.found.type, row.found.name, row.because) for row in coverage.rows if row.class_ is not Class.PART
    ] == []
    assert {one.resource.type for one in coverage.missing} == {"gcp:projects/serviceIdentity:ServiceIdentity"}


def test_the_lines_of_cloud_asset_inventory_are_matched_but_for_what_it_has_no_asset_for(tmp_path: Path) -> None:
    coverage = classified(tmp_path, form=Format.CAI)
    left = [(row.found.type, row.found.name, row.because) for row in coverage.rows if row.class_ is not Class.PART]
    assert left == [
        (
            "cloudresourcemanager.googleapis.com/Project",
            "249311447836",
            "the organisation's: projects and folders are made with `organisation` in fleet.yaml, or by hand",
        )
    ]
    assert {one.resource.type.rpartition(":")[2] for one in coverage.missing} == {
        "ServiceIdentity",
        "Connection",
        "User",
    }


def test_a_property_that_differs_is_named_with_its_line(tmp_path: Path) -> None:
    coverage = classified(tmp_path, changing("network-workloads", ipCidrRange="10.9.0.0/17"))
    (row,) = coverage.of(Class.DIFFERS)
    (one,) = row.differences
    assert (one.path, one.declared, one.exists) == ("ipCidrRange", "10.1.0.0/17", "10.9.0.0/17")
    assert "ip_cidr_range" in Path(one.where.file).read_text().splitlines()[one.where.line - 1]


def test_labels_that_google_put_there_are_no_difference(tmp_path: Path) -> None:
    labels = {"fleet": "prod", "managed-by": "regionctl", "stack": "us-east", "managed-by-cnrm": "true"}
    assert not classified(tmp_path, changing("rotation-topic", labels=labels)).of(Class.DIFFERS)


def another(name: str, /, **changes: object) -> Edit:
    """A copy of a resource beside it, with other properties."""

    def edit(found: list[CloudResource]) -> list[CloudResource]:
        one = next(resource for resource in found if resource.name == name)
        return [*found, replace(one, name="another", properties={**one.properties, **changes})]

    return edit


def test_a_resource_in_another_location_is_not_the_regions(tmp_path: Path) -> None:
    coverage = classified(tmp_path, another("cache-instance", region="us-west1"))
    (row,) = coverage.blocking
    assert (row.class_, row.found.location) == (Class.ELSEWHERE, "us-west1")


def test_a_resource_of_another_project_is_not_the_regions(tmp_path: Path) -> None:
    coverage = classified(tmp_path, another("cache-instance", project="acme-else"))
    (row,) = coverage.blocking
    assert (row.class_, row.because) == (Class.FOREIGN, "it is of project acme-else")


def test_two_that_match_one_declaration_are_both_named_and_neither_is_taken(tmp_path: Path) -> None:
    coverage = classified(tmp_path, another("watch-email", name="projects/acme-prod-us-east-1/things/9999"))
    assert [row.class_ for row in coverage.blocking] == [Class.AMBIGUOUS, Class.AMBIGUOUS]
    assert "watch-email is matched by" in coverage.blocking[0].because
    assert not any(row.declared and row.declared.name == "watch-email" for row in coverage.matched)


def test_a_resource_that_two_exports_hold_is_one(tmp_path: Path) -> None:
    folder = export(tmp_path / "both" / "terraform").parent
    export(folder / "cai", Format.CAI)
    found = read(folder).resources
    known = [(one.type, one.import_id) for one in found if one.import_id]
    assert len(known) == len(set(known))


def test_of_several_versions_of_a_secret_the_newest_is_the_one(tmp_path: Path) -> None:
    coverage = classified(tmp_path, another("secrets-session-key-version", version="2"))
    of_key = [row for row in coverage.rows if "/session-key" in str(row.found.value("secret"))]
    versions = {row.found.value("version"): row.class_ for row in of_key if row.found.value("version")}
    assert versions == {"1": Class.NOT_ESSENTIAL, "2": Class.PART}


def test_a_type_that_no_table_knows_waits_for_a_rule(tmp_path: Path) -> None:
    folder = export(tmp_path / "export")
    (folder / "queue.tf").write_text('resource "google_cloud_tasks_queue" "q" {\n  name = "mail"\n}\n')
    program, declaration = us_east()
    looked_for = declared(declaration, program.config)
    project, location = program.config["gcp:project"], program.config["gcp:region"]
    (row,) = classify(read(folder), looked_for, rules(), project=project, location=location).blocking
    assert (row.class_, row.found.name, row.found.where.line) == (Class.UNKNOWN, "mail", 1)
    own = tmp_path / "rules.toml"
    own.write_text('[[rule]]\ntype = "google_cloud_tasks_*"\nclass = "not-essential"\nbecause = "mail is elsewhere"\n')
    again = classify(read(folder), looked_for, rules(own), project=project, location=location)
    assert not again.blocking
    assert again.of(Class.NOT_ESSENTIAL)[0].because == "mail is elsewhere"


@pytest.mark.parametrize(
    ("type_", "name", "class_"),
    [
        ("google_compute_network", "default", Class.GOOGLE),
        ("google_logging_project_sink", "_Required", Class.GOOGLE),
        ("google_compute_firewall", "default-allow-ssh", Class.GOOGLE),
        ("google_compute_url_map", "www", Class.GLOBAL),
        ("google_service_account_key", "old", Class.NOT_ESSENTIAL),
    ],
)
def test_the_rules_tell_what_is_not_a_regions(tmp_path: Path, type_: str, name: str, class_: Class) -> None:
    folder = export(tmp_path / "export")
    block = f'resource "{type_}" "it" {{\n  name    = "{name}"\n  project = "acme-prod-us-east-1"\n}}\n'
    (folder / "more.tf").write_text(block)
    program, declaration = us_east()
    coverage = classify(
        read(folder),
        declared(declaration, program.config),
        rules(),
        project=program.config["gcp:project"],
        location=program.config["gcp:region"],
    )
    assert [row.class_ for row in coverage.rows if row.found.name == name and row.class_ is not Class.PART] == [class_]


def test_the_report_says_what_is_matched_and_what_is_left(tmp_path: Path) -> None:
    coverage = classified(tmp_path, changing("network-nat", logConfig={"enable": True, "filter": "ERRORS_ONLY"}))
    told = document("prod.us-east", coverage)
    assert told["summary"]["differs"] == 1
    assert len(told["resources"]) == sum(told["summary"].values())
    (differing,) = (one for one in told["resources"] if one["class"] == "differs")
    assert differing["differences"][0]["path"] == "logConfig.filter"
    page = markdown("prod.us-east", coverage)
    assert "| network-nat | logConfig.filter | ALL | ERRORS_ONLY |" in page
    assert "| differs | 1 |" in page


def test_a_name_in_the_report_for_people_is_nothing_but_text(tmp_path: Path) -> None:
    name = "a|b @everyone <img src=x>\n# c `d`"
    coverage = classified(tmp_path, another("rotation-topic", name=name))
    (line,) = (line for line in markdown("prod.us-east", coverage).splitlines() if "everyone" in line)
    assert line.startswith(
        "| <code>pubsub.Topic a&#124;b @everyone &lt;img src=x&gt; # c `d`</code> | unknown: nothing that the region"
    )

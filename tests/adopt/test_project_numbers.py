"""Google's APIs write a project's number where an import takes its id: which is whose, the export itself says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from regionctl.adopt.classify import Class
from regionctl.adopt.writers import Format
from regionctl.sandbox.gcp.naming import project_number
from tests.adopt.clouds import export
from tests.adopt.exports import (
    API_TF,
    NETWORK_ASSET,
    NETWORK_TF,
    NUMBER,
    PROJECT,
    PROJECT_ASSET,
    classified,
    kinds,
    resource,
    state,
)

KEY_TF = f'resource "google_secret_manager_secret" "k" {{\n  project = "{NUMBER}"\n  secret_id = "session-key"\n}}\n'


def a_sink(name: str, of: str, type_: str = "google_logging_log_sink") -> str:
    return (
        f'resource "{type_}" "a" {{\n  name = "{name}"\n  project = "{NUMBER}"\n'
        f'  destination = "logging.googleapis.com/projects/{of}/locations/global/buckets/{name}"\n}}\n'
        f"# terraform import {type_}.a {NUMBER}###{name}\n"
    )


SAID_BY = {
    "a sink that Google made": ("sink.tf", a_sink("_Required", PROJECT)),
    "the sink that every project has": ("sink.tf", a_sink("_Default", PROJECT, "google_logging_project_sink")),
    "the account of Compute Engine": (
        "account.tf",
        f'resource "google_service_account" "c" {{\n  account_id = "{NUMBER}-compute"\n  project = "{PROJECT}"\n}}\n',
    ),
    "a grant of Google's own": (
        "grant.tf",
        (
            f'resource "google_project_iam_member" "a" {{\n  project = "{PROJECT}"\n  role = "roles/run.serviceAgent"\n'
            f'  member = "serviceAccount:service-{NUMBER}@serverless-robot-prod.iam.gserviceaccount.com"\n}}\n'
        ),
    ),
    "an asset of the project": ("project.jsonl", PROJECT_ASSET),
    "an asset's ancestors": (
        "net.jsonl",
        NETWORK_ASSET[:-2] + f', "ancestors": ["projects/{NUMBER}", "organizations/1"]}}\n',
    ),
    "the project in a state": (
        "s.tfstate",
        state(resource("google_project", "it", {"attributes": {"project_id": PROJECT, "number": NUMBER}})),
    ),
    "gcloud projects describe": ("project.json", json.dumps({"projectId": PROJECT, "projectNumber": NUMBER})),
    "gcloud projects list": ("projects.json", json.dumps([{"projectId": PROJECT, "projectNumber": NUMBER}])),
}


@pytest.mark.parametrize("by", SAID_BY)
def test_a_number_is_the_project_that_the_export_says_it_is(tmp_path: Path, by: str) -> None:
    file, text = SAID_BY[by]
    coverage = classified(tmp_path, {"api.tf": API_TF, file: text})
    assert kinds(coverage)["compute.googleapis.com"] is Class.PART
    assert not coverage.of(Class.FOREIGN)
    (api,) = (row.found for row in coverage.rows if row.found.name == "compute.googleapis.com")
    assert (api.project, api.import_id) == (PROJECT, f"{PROJECT}/compute.googleapis.com")


def test_a_number_in_a_link_is_the_project_too(tmp_path: Path) -> None:
    version = f"""\
resource "google_secret_manager_secret_version" "1" {{
  secret      = "projects/{NUMBER}/secrets/session-key"
  secret_data = "canary"
}}
# terraform import google_secret_manager_secret_version.1 projects/{NUMBER}/secrets/session-key/versions/1
"""
    coverage = classified(tmp_path, {"a.tf": a_sink("_Required", PROJECT), "1.tf": version})
    (row,) = (row for row in coverage.rows if row.found.name == "1")
    assert (row.class_, row.found.project) == (Class.PART, PROJECT)
    assert row.found.import_id == f"projects/{PROJECT}/secrets/session-key/versions/1"


def test_the_one_number_of_an_export_is_the_projects_that_it_is_compared_with(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"api.tf": API_TF, "net.tf": NETWORK_TF})
    assert kinds(coverage)["compute.googleapis.com"] is Class.PART


def test_a_number_of_nobody_is_said_to_be_one(tmp_path: Path) -> None:
    other = NETWORK_TF.replace(PROJECT, "acme-else")
    coverage = classified(tmp_path, {"key.tf": KEY_TF, "net.tf": NETWORK_TF, "other.tf": other})
    (row,) = (row for row in coverage.rows if row.found.project == NUMBER)
    assert row.class_ is Class.FOREIGN
    assert "the export does not say whose number that is" in row.because


def test_two_projects_with_one_number_are_believed_neither(tmp_path: Path) -> None:
    other = a_sink("_Required", "acme-else").replace('"a"', '"b"').replace(".a ", ".b ")
    coverage = classified(tmp_path, {"key.tf": KEY_TF, "a.tf": a_sink("_Required", PROJECT), "b.tf": other})
    assert kinds(coverage)["session-key"] is Class.FOREIGN


def with_numbers(text: str) -> str:
    """As Google's APIs write it: the project's number in links, and as the project of what has one."""
    number = project_number(PROJECT)
    text = re.sub(rf"projects/{PROJECT}(?![\w-])", f"projects/{number}", text)
    return re.sub(rf'(project\s*= )"{PROJECT}"', rf'\1"{number}"', text)


def through_bigquery(text: str) -> str:
    assets = [json.loads(line) for line in text.splitlines()]
    for one in assets:
        if "resource" in one:
            one["resource"]["data"] = json.dumps(one["resource"]["data"])
    return "\n".join(json.dumps(one) for one in assets)


def through_jq(text: str) -> str:
    return "\ufeff" + "\r\n".join(json.dumps(json.loads(line), indent=2, sort_keys=True) for line in text.splitlines())


@pytest.mark.parametrize(
    ("form", "rewritten"),
    [
        (Format.TERRAFORM, with_numbers),
        (Format.CAI, with_numbers),
        (Format.CAI, through_bigquery),
        (Format.CAI, through_jq),
    ],
)
def test_a_whole_region_is_matched_however_it_was_written_down(
    tmp_path: Path, form: Format, rewritten: Callable[[str], str]
) -> None:
    plain = export(tmp_path / "plain", form)
    other = tmp_path / "other"
    for path in filter(Path.is_file, plain.rglob("*")):
        file = other / path.relative_to(plain)
        file.parent.mkdir(parents=True, exist_ok=True)
        # One file of HCL keeps the id, as real exports do for most types: else nothing would say whose number it is.
        file.write_text(path.read_text() if "ComputeNetwork" in str(path) else rewritten(path.read_text()))
    wanted, got = classified(plain, {}), classified(other, {})
    assert len(got.of(Class.PART)) == len(wanted.of(Class.PART)) > 100
    assert [(row.found.name, row.because) for row in got.rows if row.class_ not in {Class.PART, Class.GLOBAL}] == []

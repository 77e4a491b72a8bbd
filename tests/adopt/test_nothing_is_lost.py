"""Exports as other people have them: what they hold is read or named, and nothing of them is guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from regionctl.adopt.classify import Class
from regionctl.adopt.readers import read
from tests.adopt.exports import (
    GRANTED,
    MEMBERS,
    NETWORK,
    NETWORK_ASSET,
    NETWORK_TF,
    POLICY,
    PROJECT,
    classified,
    kinds,
    resource,
    state,
    unread,
)


def test_equal_names_of_one_file_are_resources_of_their_own(tmp_path: Path) -> None:
    one = 'resource "google_compute_subnetwork" "d" {{\n  name = "default"\n  project = "p"\n  region = "{0}"\n}}\n'
    comment = "# terraform import google_compute_subnetwork.d projects/p/regions/{0}/subnetworks/default\n"
    every = ("us-east1", "europe-west1", "asia-east1")
    (tmp_path / "all.tf").write_text("".join((one + comment).format(region) for region in every))
    assert [found.location for found in read(tmp_path).resources] == list(every)
    (tmp_path / "all.tf").write_text(
        "".join((one.replace('  region = "{0}"\n', "") + comment).format(r) for r in every)
    )
    assert [found.location for found in read(tmp_path).resources] == list(every)


@pytest.mark.parametrize("count", ["count = 0", "count = var.on ? 1 : 0", 'for_each = toset(["a"])', "count = 2"])
def test_what_may_exist_once_never_or_often_is_to_decide(tmp_path: Path, count: str) -> None:
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF.replace("{\n", f"{{\n  {count}\n", 1)})
    (row,) = coverage.rows
    assert (row.class_, row.blocks) == (Class.UNKNOWN, False)
    assert f"`{count.partition(' ')[0]}`" in row.because


def test_an_export_that_knows_goes_before_a_configuration_that_does_not(tmp_path: Path) -> None:
    doubtful = NETWORK_TF.replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1)
    assert kinds(classified(tmp_path, {"a.tf": doubtful, "b.jsonl": NETWORK_ASSET})) == {"main": Class.PART}


def test_cloud_runs_first_version_needs_no_project_of_its_own(tmp_path: Path) -> None:
    text = 'resource "google_cloud_run_service" "api" {\n  name = "api"\n  location = "us-east1"\n}\n'
    (row,) = classified(tmp_path, {"a.tf": text}).rows
    assert row.found.known
    assert row.because == "the export does not say which one it is: it has no project; take Terraform's state instead"


def test_a_count_of_one_is_one(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"main.tf": NETWORK_TF.replace("{\n", "{\n  count = 1\n", 1)})
    assert kinds(coverage) == {"main": Class.PART}


def test_a_key_that_is_an_expression_is_to_decide(tmp_path: Path) -> None:
    channel = 'resource "google_monitoring_notification_channel" "ops" {\n  project = var.project\n  type = "email"\n'
    coverage = classified(
        tmp_path, {"a.tf": channel + '  labels = {\n    email_address = "ops@acme.example"\n  }\n}\n'}
    )
    assert "by an expression" in coverage.rows[0].because


def test_what_a_dynamic_block_holds_is_not_said_to_be_missing(tmp_path: Path) -> None:
    dynamic = '  dynamic "network_profile" {\n    for_each = var.all\n    content {}\n  }\n}\n'
    coverage = classified(tmp_path, {"a.tf": NETWORK_TF[:-2] + dynamic})
    assert kinds(coverage) == {"main": Class.PART}
    assert "dynamic" not in coverage.rows[0].found.properties


def test_a_module_is_named_as_not_followed(tmp_path: Path) -> None:
    text = 'module "network" {\n  source = "./modules/network"\n}\n'
    assert unread(classified(tmp_path, {"main.tf": text})) == [
        "main.tf:1 module 'network' (./modules/network) is not followed, so its resources are not read"
    ]


def test_a_module_that_is_a_folder_of_the_export_is_read_with_it(tmp_path: Path) -> None:
    """As `gcloud beta resource-config terraform generate-import` writes it beside an export."""
    call = 'module "net" {\n  source = "./projects/p/ComputeNetwork"\n}\n'
    files = {"gcloud-export-modules.tf": call, "projects/p/ComputeNetwork/main.tf": NETWORK_TF}
    coverage = classified(tmp_path, files)
    assert (kinds(coverage), unread(coverage)) == ({"main": Class.PART}, [])
    with_arguments = {**files, "gcloud-export-modules.tf": call.replace("\n}", '\n  name = "x"\n}')}
    assert "is not followed" in unread(classified(tmp_path, with_arguments))[0]


def test_a_deposed_object_is_named_and_the_current_one_compared(tmp_path: Path) -> None:
    old = {"deposed": "0a1b2c3d", "attributes": {**NETWORK, "routing_mode": "GLOBAL"}}
    coverage = classified(
        tmp_path, {"s.tfstate": state(resource("google_compute_network", "main", old, {"attributes": NETWORK}))}
    )
    assert kinds(coverage) == {"main": Class.PART}
    assert "google_compute_network.main: a deposed object (0a1b2c3d)" in unread(coverage)[0]


@pytest.mark.parametrize(
    "text",
    [
        NETWORK_TF.replace(f'"{PROJECT}"', "var.project"),
        NETWORK_TF.replace("REGIONAL", "GLOBAL"),
        NETWORK_TF.replace("{\n", "{\n  count = var.on ? 1 : 0\n", 1),
        'module "net" {\n  source = "./net"\n}\n',
    ],
)
def test_what_a_state_tells_is_not_asked_again_of_its_configuration(tmp_path: Path, text: str) -> None:
    held = resource("google_compute_network", "main", {"attributes": NETWORK, "index_key": 0})
    inside = {**resource("google_compute_router", "r", {"attributes": {"name": "main"}}), "module": "module.net"}
    coverage = classified(tmp_path, {"main.tf": text, "s.tfstate": state(held, inside)})
    assert [row.class_ for row in coverage.rows if row.found.type.endswith(":Network")] == [Class.PART]
    assert not coverage.unread


def test_resources_of_other_providers_stop_nothing_and_their_values_are_not_kept(tmp_path: Path) -> None:
    elsewhere = 'provider["registry.terraform.io/hashicorp/{}"]'
    password = {"attributes": {"result": "canary-in-a-state", "id": "none"}}
    text = state(
        resource("random_password", "pw", password, provider=elsewhere.format("random")),
        resource("time_sleep", "t", {"attributes": {"id": "x"}}, provider=elsewhere.format("time")),
        resource("cloudflare_dns_record", "d", {"attributes": {"id": "1"}}, provider=elsewhere.format("cloudflare")),
    )
    coverage = classified(tmp_path, {"s.tfstate": text, "a.tf": 'resource "null_resource" "x" {}\n'})
    assert kinds(coverage) == {
        "pw": Class.NOT_ESSENTIAL,
        "t": Class.NOT_ESSENTIAL,
        "d": Class.GLOBAL,
        "x": Class.NOT_ESSENTIAL,
    }
    assert not coverage.blocking
    assert "canary-in-a-state" not in repr(coverage)


def test_a_star_that_exists_is_a_value_and_no_unknown_one(tmp_path: Path) -> None:
    coverage = classified(tmp_path, {"a.tf": NETWORK_TF.replace("REGIONAL", "*")})
    assert [(one.path, one.exists) for one in coverage.rows[0].differences] == [("routingMode", "*")]


@pytest.mark.parametrize("by", GRANTED)
def test_each_member_is_a_grant_of_its_own(tmp_path: Path, by: str) -> None:
    file, text = GRANTED[by]
    part = classified(tmp_path, {file: text}).of(Class.PART)
    assert [row.found.import_id for row in part] == [f"{PROJECT} roles/cloudsql.client {member}" for member in MEMBERS]


def test_a_conditional_grant_is_not_the_grant_without_its_condition(tmp_path: Path) -> None:
    binding = {"role": "roles/cloudsql.client", "members": MEMBERS[:1]}
    conditional = {**binding, "condition": {"title": "until-march", "expression": "true"}}
    (_, text) = GRANTED["a policy of an asset"]
    text = text.replace(json.dumps(POLICY), json.dumps({"bindings": [binding, conditional]}))
    coverage = classified(tmp_path, {"a.jsonl": text})
    ids = [row.found.import_id for row in coverage.rows if row.found.value("member")]
    assert ids == [
        f"{PROJECT} roles/cloudsql.client {MEMBERS[0]}",
        f"{PROJECT} roles/cloudsql.client {MEMBERS[0]} until-march",
    ]
    assert len(coverage.of(Class.PART)) == 1


def test_members_that_an_expression_gives_are_named(tmp_path: Path) -> None:
    text = 'resource "google_project_iam_binding" "b" {\n  project = "p"\n  role = "r"\n  members = var.all\n}\n'
    assert unread(classified(tmp_path, {"a.tf": text})) == [
        "a.tf:1 google_project_iam_binding.b: whom it grants what is no plain list of members"
    ]

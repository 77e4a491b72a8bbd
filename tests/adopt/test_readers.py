"""The three kinds of exports, in the shapes that their tools write, give one inventory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from regionctl.adopt.inventory import Found, UnreadableExport
from regionctl.adopt.readers import NothingToRead, read
from regionctl.model.values import SECRET_MASK

# As `gcloud beta resource-config bulk-export --resource-format=terraform` writes a file.
SQL_TF = """\
resource "google_sql_database_instance" "main_db" {
  database_version = "POSTGRES_16"
  name             = "main-db"
  project          = "acme-production"
  region           = "us-east1"

  settings {
    availability_type = "REGIONAL"
    disk_size         = 100

    backup_configuration {
      backup_retention_settings {
        retained_backups = 7
        retention_unit   = "COUNT"
      }

      enabled                        = true
      transaction_log_retention_days = 7
    }

    database_flags {
      name  = "max_connections"
      value = "500"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    ip_configuration {
      private_network = "projects/acme-production/global/networks/default"
    }

    tier = "db-custom-2-8192"

    user_labels = {
      team = "platform"
    }
  }
}
# terraform import google_sql_database_instance.main_db projects/acme-production/instances/main-db
"""

# As `gcloud asset export --content-type=resource` writes a line: the REST API's names, 64-bit integers as text.
SQL_ASSET = {
    "name": "//cloudsql.googleapis.com/projects/acme-production/instances/main-db",
    "asset_type": "sqladmin.googleapis.com/Instance",
    "resource": {
        "version": "v1beta4",
        "discovery_document_uri": "https://www.googleapis.com/discovery/v1/apis/sqladmin/v1beta4/rest",
        "discovery_name": "DatabaseInstance",
        "parent": "//cloudresourcemanager.googleapis.com/projects/1074106860578",
        "data": {
            "name": "main-db",
            "project": "acme-production",
            "region": "us-east1",
            "databaseVersion": "POSTGRES_16",
            "instanceType": "CLOUD_SQL_INSTANCE",
            "settings": {
                "kind": "sql#settings",
                "tier": "db-custom-2-8192",
                "availabilityType": "REGIONAL",
                "dataDiskSizeGb": "100",
                "databaseFlags": [
                    {"name": "max_connections", "value": "500"},
                    {"name": "log_lock_waits", "value": "on"},
                ],
                "backupConfiguration": {
                    "backupRetentionSettings": {"retainedBackups": 7.0, "retentionUnit": "COUNT"},
                    "enabled": True,
                    "transactionLogRetentionDays": 7.0,
                },
                "ipConfiguration": {"privateNetwork": "projects/acme-production/global/networks/default"},
                "userLabels": {"team": "platform"},
            },
        },
        "location": "us-east1",
    },
    "ancestors": ["projects/1074106860578", "organizations/123"],
}


def state(*resources: Mapping[str, object]) -> str:
    """As `terraform state pull` writes it."""
    document = {"version": 4, "terraform_version": "1.9.8", "serial": 7, "lineage": "l", "outputs": {}}
    return json.dumps({**document, "resources": list(resources)}, indent=2)


SQL_STATE = {
    "mode": "managed",
    "type": "google_sql_database_instance",
    "name": "main_db",
    "provider": 'provider["registry.example/hashicorp/google"]',
    "instances": [
        {
            "schema_version": 0,
            "attributes": {
                "id": "main-db",
                "name": "main-db",
                "project": "acme-production",
                "region": "us-east1",
                "database_version": "POSTGRES_16",
                "root_password": "canary-in-a-state",
                "settings": [
                    {
                        "tier": "db-custom-2-8192",
                        "availability_type": "REGIONAL",
                        "disk_size": 100,
                        "database_flags": [
                            {"name": "max_connections", "value": "500"},
                            {"name": "log_lock_waits", "value": "on"},
                        ],
                        "backup_configuration": [
                            {
                                "backup_retention_settings": [{"retained_backups": 7, "retention_unit": "COUNT"}],
                                "enabled": True,
                                "transaction_log_retention_days": 7,
                            }
                        ],
                        "ip_configuration": [{"private_network": "projects/acme-production/global/networks/default"}],
                        "user_labels": {"team": "platform"},
                    }
                ],
            },
            "sensitive_attributes": [[{"type": "get_attr", "value": "root_password"}]],
        }
    ],
}

SETTINGS = {
    "tier": "db-custom-2-8192",
    "availabilityType": "REGIONAL",
    "diskSize": 100,
    "databaseFlags": [{"name": "max_connections", "value": "500"}, {"name": "log_lock_waits", "value": "on"}],
    "backupConfiguration": {
        "backupRetentionSettings": {"retainedBackups": 7, "retentionUnit": "COUNT"},
        "enabled": True,
        "transactionLogRetentionDays": 7,
    },
    "ipConfiguration": {"privateNetwork": "projects/acme-production/global/networks/default"},
    "userLabels": {"team": "platform"},
}


def one(folder: Path, name: str, text: str) -> Found:
    (folder / name).write_text(text)
    (found,) = read(folder).resources
    return found


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("main-db.tf", SQL_TF),
        ("assets.jsonl", json.dumps(SQL_ASSET) + "\n"),
        ("export.tfstate", state(SQL_STATE)),
        ("export.json", state(SQL_STATE)),
    ],
)
def test_every_kind_of_export_gives_the_same_resource(tmp_path: Path, file: str, text: str) -> None:
    found = one(tmp_path, file, text)
    assert found.type == "gcp:sql/databaseInstance:DatabaseInstance"
    assert (found.name, found.project, found.location) == ("main-db", "acme-production", "us-east1")
    assert found.import_id == "projects/acme-production/instances/main-db"
    assert {key: found.value(f"settings.{key}") for key in SETTINGS} == SETTINGS


def test_a_property_of_hcl_has_its_line(tmp_path: Path) -> None:
    found = one(tmp_path, "main-db.tf", SQL_TF)
    assert found.where.line == 1
    lines = SQL_TF.splitlines()
    assert "disk_size" in lines[found.place("settings.diskSize").line - 1]
    assert (
        "retained_backups"
        in lines[found.place("settings.backupConfiguration.backupRetentionSettings.retainedBackups").line - 1]
    )


def test_what_a_state_calls_sensitive_goes_no_further(tmp_path: Path) -> None:
    found = one(tmp_path, "export.tfstate", state(SQL_STATE))
    assert found.value("rootPassword") == SECRET_MASK
    assert "canary-in-a-state" not in repr(found)


def test_a_policy_is_a_grant_for_each_member(tmp_path: Path) -> None:
    policy = {
        "name": "//secretmanager.googleapis.com/projects/acme-production/secrets/session-key",
        "asset_type": "secretmanager.googleapis.com/Secret",
        "iam_policy": {
            "bindings": [
                {"role": "roles/secretmanager.secretAccessor", "members": ["serviceAccount:a@x.iam", "user:b@x.org"]}
            ]
        },
    }
    (tmp_path / "iam.jsonl").write_text(json.dumps(policy) + "\n")
    assert [found.import_id for found in read(tmp_path).resources] == [
        "projects/acme-production/secrets/session-key roles/secretmanager.secretAccessor serviceAccount:a@x.iam",
        "projects/acme-production/secrets/session-key roles/secretmanager.secretAccessor user:b@x.org",
    ]


def test_a_projects_number_is_its_id_where_the_export_tells_both(tmp_path: Path) -> None:
    project = {
        "name": "//cloudresourcemanager.googleapis.com/projects/1074106860578",
        "asset_type": "cloudresourcemanager.googleapis.com/Project",
        "resource": {"data": {"projectId": "acme-production", "projectNumber": "1074106860578"}},
    }
    api = {
        "name": "//serviceusage.googleapis.com/projects/1074106860578/services/run.googleapis.com",
        "asset_type": "serviceusage.googleapis.com/Service",
        "resource": {"data": {"state": "ENABLED"}},
    }
    (tmp_path / "assets.jsonl").write_text(f"{json.dumps(api)}\n{json.dumps(project)}\n")
    (found,) = (one for one in read(tmp_path).resources if one.known)
    assert found.import_id == "acme-production/run.googleapis.com"


@pytest.mark.parametrize(
    ("file", "text", "where", "what"),
    [
        ("a.tf", SQL_TF[:300], "a.tf:12", "ends in the middle"),
        ("a.jsonl", json.dumps(SQL_ASSET) + "\n" + json.dumps(SQL_ASSET)[:80], "a.jsonl:2:", "ends in the middle"),
        ("a.jsonl", "{}\n", "a.jsonl:1:1", "no asset"),
        ("a.jsonl", "12\n", "a.jsonl:1:1", "no asset"),
        ("a.tfstate", state(SQL_STATE)[:200], "a.tfstate:", "ends in the middle"),
        ("a.tfstate", '{"version": 3}', "a.tfstate:1:1", "no Terraform state of version 4"),
    ],
)
def test_half_an_export_is_told_at_its_line(tmp_path: Path, file: str, text: str, where: str, what: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(UnreadableExport) as broken:
        read(tmp_path)
    (problem,) = broken.value.problems
    assert where in str(problem.where)
    assert what in problem.what


def test_every_broken_file_is_told_in_one_run(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.tf").write_text("resource {{\n")
    (tmp_path / "c.tf").write_bytes(b'resource "a" "b" {\n  name = "\xff"\n}\n')
    with pytest.raises(UnreadableExport) as broken:
        read(tmp_path)
    assert [Path(problem.where.file).name for problem in broken.value.problems] == ["a.tf", "b.tf", "c.tf"]
    assert broken.value.problems[2].where.line == 2


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_an_export_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToRead):
        read(tmp_path / name)

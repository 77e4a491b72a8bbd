"""Imports: what `pulumi import` is told finds the resource, and the API tells what it tells and no more."""

from __future__ import annotations

from secrets import token_hex

from regionctl.sandbox.gcp.naming import project_number
from tests.sandbox.google import INSTANCE, PROJECT, REGION, SECRET, Cloud, instance

BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
USER = "gcp:sql/user:User"
MEMBER = "group:oncall@acme.example"


def test_a_grant_is_imported_by_resource_role_and_member(gcp: Cloud) -> None:
    bucket = gcp.create(BUCKET, "files", name="acme-files", location=REGION)
    grant = gcp.create(BUCKET_MEMBER, "reader", bucket=bucket["name"], role="roles/storage.objectViewer", member=MEMBER)
    found = gcp.import_(BUCKET_MEMBER, f"b/acme-files roles/storage.objectViewer {MEMBER}")
    assert found is not None
    assert (found.id, found["member"]) == (grant.id, MEMBER)


def test_a_projects_grant_and_audit_configuration_are_imported_with_spaces(gcp: Cloud) -> None:
    gcp.create(PROJECT_MEMBER, "viewer", project=PROJECT, role="roles/logging.viewer", member=MEMBER)
    gcp.create(AUDIT, "audit", project=PROJECT, service="allServices", auditLogConfigs=[{"logType": "DATA_READ"}])
    assert gcp.import_(PROJECT_MEMBER, f"{PROJECT} roles/logging.viewer {MEMBER}") is not None
    assert gcp.import_(AUDIT, f"{PROJECT} allServices") is not None
    assert gcp.import_(AUDIT, f"{PROJECT} run.googleapis.com") is None


def test_the_value_of_a_secrets_version_is_told_to_an_import(gcp: Cloud) -> None:
    canary = token_hex(16)
    secret = gcp.create(SECRET, "key", secretId="key", replication={"auto": {}})
    gcp.create(VERSION, "one", secrets=frozenset({("secretData",)}), secret=secret.id, secretData=canary)
    for project in (PROJECT, project_number(PROJECT)):
        found = gcp.import_(VERSION, f"projects/{project}/secrets/key/versions/1")
        assert found is not None
        assert found.inputs.values["secretData"] == canary
        assert found.inputs.hides(("secretData",))


def test_the_password_of_a_database_user_is_told_to_nobody(gcp: Cloud) -> None:
    database = gcp.create(INSTANCE, "main", name="main", **instance())
    password = frozenset({("password",)})
    gcp.create(USER, "migrate", secrets=password, instance=database["name"], name="migrate", password=token_hex(16))
    found = gcp.import_(USER, f"{PROJECT}/main/migrate")
    assert found is not None
    assert "password" not in found.inputs.values
    assert "password" not in found.outputs.values


def test_an_imported_resource_has_all_of_its_labels(gcp: Cloud) -> None:
    gcp.configure(defaultLabels='{"fleet": "prod"}')
    made = gcp.create(BUCKET, "acme-files", location="EU", labels={"team": "core"})
    imported = gcp.import_(BUCKET, "acme-files")
    assert imported is not None
    assert imported["effectiveLabels"] == made["effectiveLabels"]
    assert imported["effectiveLabels"].keys() == {"fleet", "goog-pulumi-provisioned", "team"}
    assert imported.outputs.hides(("effectiveLabels",))

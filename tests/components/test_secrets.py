from __future__ import annotations

import pulumi

from components.secrets import SecretArgs, Secrets, SecretsArgs
from components.service import Service, ServiceArgs
from components.workload import SecretEnv
from regionctl.render import Declaration
from tests.components.alone import SECRET, at, declared, every, is_secret, only


def secrets() -> Declaration:
    def declare() -> None:
        made = Secrets(
            "secrets",
            SecretsArgs(
                project="p",
                region="europe-west1",
                key_id="k",
                rotation_topic_id="projects/p/topics/rotation",
                first_rotation="2027-01-01T00:00:00Z",
                secrets={
                    "session": SecretArgs(
                        secret_id="session",
                        value=pulumi.Config().require_secret(SECRET),
                        rotation_days=30,
                        accessors={"api": "serviceAccount:api", "sync": "serviceAccount:sync"},
                    )
                },
            ),
        )
        env = {"SESSION": SecretEnv(secret_id=made.secret_ids["session"], version=made.versions["session"])}
        Service(
            "api",
            ServiceArgs(
                project="p",
                region="r",
                name="api",
                image="i",
                account_email="e",
                network_id="n",
                subnet_id="s",
                secret_env=env,
            ),
        )

    return declared(declare)


def test_a_secret_rests_in_its_region_only_and_under_the_regions_key() -> None:
    replication = at(only(secrets(), "Secret"), "replication")
    assert replication == {
        "userManaged": {"replicas": [{"location": "europe-west1", "customerManagedEncryption": {"kmsKeyName": "k"}}]}
    }


def test_a_secret_tells_when_it_is_due() -> None:
    secret = only(secrets(), "Secret")
    assert at(secret, "rotation.rotationPeriod") == f"{30 * 86400}s"
    assert at(secret, "topics.0.name") == "projects/p/topics/rotation"
    assert secret.options.ignore_changes == ("rotation.nextRotationTime",)


def test_a_value_stays_secret_and_is_nowhere_else() -> None:
    declaration = secrets()
    assert is_secret(at(only(declaration, "SecretVersion"), "secretData"))
    others = [r for r in declaration.resources.values() if r.type != "gcp:secretmanager/secretVersion:SecretVersion"]
    assert "config" not in repr([(r.inputs, r.outputs) for r in others])


def test_only_the_named_readers_may_read() -> None:
    grants = every(secrets(), "SecretIamMember")
    assert {(at(g, "member"), at(g, "role")) for g in grants} == {
        ("serviceAccount:api", "roles/secretmanager.secretAccessor"),
        ("serviceAccount:sync", "roles/secretmanager.secretAccessor"),
    }


def test_who_reads_a_version_waits_until_it_may() -> None:
    declaration = secrets()
    service = declaration.resources[next(u for u in declaration.resources if u.endswith("::api-service"))]
    for grant in every(declaration, "SecretIamMember"):
        assert grant.urn in service.property_dependencies["template"]

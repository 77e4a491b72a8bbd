"""Who may do what: grants, service accounts, the agents of Google's services, enabled APIs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from regionctl.sandbox.gcp.naming import project_number
from tests.sandbox.google import (
    BUCKET,
    CLOUD_PROJECT,
    CRYPTO_KEY,
    INSTANCE,
    KEY_RING,
    NETWORK,
    PROJECT,
    REGION,
    SECRET,
    Cloud,
    Refused,
    Resource,
    instance,
)

ACCOUNT = "gcp:serviceaccount/account:Account"
API = "gcp:projects/service:Service"
IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"
KEY_MEMBER = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
KEY_BINDING = "gcp:kms/cryptoKeyIAMBinding:CryptoKeyIAMBinding"
RING_MEMBER = "gcp:kms/keyRingIAMMember:KeyRingIAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
SECRET_MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"
RUN = "gcp:cloudrunv2/service:Service"

ENCRYPTER = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
SQL_AGENT = f"serviceAccount:service-{project_number(PROJECT)}@gcp-sa-cloud-sql.iam.gserviceaccount.com"


def _key(gcp: Cloud) -> Resource:
    ring = gcp.create(KEY_RING, "main", location=REGION)
    return gcp.create(CRYPTO_KEY, "database", keyRing=ring.id)


def _encrypted(gcp: Cloud, key: Resource) -> Resource:
    return gcp.create(INSTANCE, "main", **instance(encryptionKeyName=key.id))


def test_a_database_is_encrypted_only_with_a_key_that_its_agent_may_use(gcp: Cloud) -> None:
    key = _key(gcp)
    with pytest.raises(Refused, match=r"gcp-sa-cloud-sql.* needs roles/cloudkms"):
        _encrypted(gcp, key)
    gcp.create(KEY_MEMBER, "sql", cryptoKeyId=key.id, role=ENCRYPTER, member=SQL_AGENT)
    assert _encrypted(gcp, key)["encryptionKeyName"] == key.id


@pytest.mark.parametrize("where", ["binding", "ring", "project"])
def test_the_grant_may_come_from_further_out(gcp: Cloud, where: str) -> None:
    key = _key(gcp)
    if where == "binding":
        gcp.create(KEY_BINDING, "sql", cryptoKeyId=key.id, role=ENCRYPTER, members=[SQL_AGENT])
    elif where == "ring":
        gcp.create(RING_MEMBER, "sql", keyRingId=key["keyRing"], role=ENCRYPTER, member=SQL_AGENT)
    else:
        gcp.create(PROJECT_MEMBER, "sql", project=PROJECT, role=ENCRYPTER, member=SQL_AGENT)
    assert _encrypted(gcp, key)


def test_a_grant_that_not_every_server_knows_yet_does_not_count(gcp: Cloud, data: Path) -> None:
    key = _key(gcp)
    clouds.add_fault(data, FaultKind.STALE_GRANTS, count=2)
    gcp.create(KEY_MEMBER, "sql", cryptoKeyId=key.id, role=ENCRYPTER, member=SQL_AGENT)
    for _ in range(2):
        with pytest.raises(Refused, match=r"gcp-sa-cloud-sql.* needs roles/cloudkms"):
            _encrypted(gcp, key)
    assert gcp.time.slept_s == []  # the providers do not try again
    assert _encrypted(gcp, key)


@pytest.mark.parametrize("type_", ["kms.CryptoKey", "redis"])
def test_only_grants_can_be_stale(data: Path, gcp: Cloud, type_: str) -> None:
    with pytest.raises(clouds.NoSuchType):
        clouds.add_fault(data, FaultKind.STALE_GRANTS, type_=type_)


def test_a_bucket_is_encrypted_only_with_a_key_that_storages_agent_may_use(gcp: Cloud) -> None:
    key = _key(gcp)
    agent = f"serviceAccount:service-{project_number(PROJECT)}@gs-project-accounts.iam.gserviceaccount.com"
    inputs = {"location": REGION, "encryption": {"defaultKmsKeyName": key.id}}
    with pytest.raises(Refused, match="gs-project-accounts"):
        gcp.create(BUCKET, "uploads", **inputs)
    gcp.create(KEY_MEMBER, "storage", cryptoKeyId=key.id, role=ENCRYPTER, member=agent)
    assert gcp.create(BUCKET, "uploads", **inputs)


def test_a_grant_that_is_taken_back_is_gone(gcp: Cloud) -> None:
    key = _key(gcp)
    gcp.delete(gcp.create(KEY_MEMBER, "sql", cryptoKeyId=key.id, role=ENCRYPTER, member=SQL_AGENT))
    with pytest.raises(Refused, match="needs"):
        _encrypted(gcp, key)


def test_another_role_is_not_enough(gcp: Cloud) -> None:
    key = _key(gcp)
    gcp.create(KEY_MEMBER, "sql", cryptoKeyId=key.id, role="roles/cloudkms.viewer", member=SQL_AGENT)
    with pytest.raises(Refused, match="needs"):
        _encrypted(gcp, key)


def test_a_role_is_given_only_to_an_account_that_exists(gcp: Cloud) -> None:
    member = f"serviceAccount:api-runner@{PROJECT}.iam.gserviceaccount.com"
    inputs = {"project": PROJECT, "role": "roles/logging.logWriter", "member": member}
    with pytest.raises(Refused, match="does not exist"):
        gcp.create(PROJECT_MEMBER, "logs", **inputs)
    account = gcp.create(ACCOUNT, "api", accountId="api-runner")
    assert account["member"] == member
    assert gcp.create(PROJECT_MEMBER, "logs", **inputs).id == f"{PROJECT}/roles/logging.logWriter/{member}"


def test_giving_a_role_twice_is_no_mistake(gcp: Cloud) -> None:
    inputs = {"project": PROJECT, "role": "roles/viewer", "member": "user:a@example.com"}
    assert gcp.create(PROJECT_MEMBER, "one", **inputs).id == gcp.create(PROJECT_MEMBER, "two", **inputs).id


@pytest.mark.parametrize(("change", "path"), [({"role": "viewer"}, "role"), ({"member": "a@example.com"}, "member")])
def test_a_grant_names_a_role_and_a_kind_of_member(gcp: Cloud, change: dict[str, str], path: str) -> None:
    inputs = {"project": PROJECT, "role": "roles/viewer", "member": "user:a@example.com", **change}
    assert list(gcp.failures(PROJECT_MEMBER, **inputs)) == [path]


def test_a_grant_goes_with_what_it_is_on(gcp: Cloud) -> None:
    replicas = {"userManaged": {"replicas": [{"location": REGION}]}}
    secret = gcp.create(SECRET, "token", secretId="token", replication=replicas)
    reader = {"role": "roles/secretmanager.secretAccessor", "member": "group:ops@example.com"}
    grant = gcp.create(SECRET_MEMBER, "ops", secretId="token", **reader)
    assert grant.id.startswith(f"{secret.id}/roles/")
    gcp.delete(secret)
    assert gcp.read(grant) is None


def test_a_service_runs_only_as_an_account_that_exists(gcp: Cloud) -> None:
    def service(email: str) -> Resource:
        template: dict[str, Any] = {"serviceAccount": email, "containers": [{"image": "api"}]}
        return gcp.create(RUN, "api", location=REGION, template=template)

    with pytest.raises(Refused, match="was not found"):
        service(f"api-runner@{PROJECT}.iam.gserviceaccount.com")
    assert service(gcp.create(ACCOUNT, "api", accountId="api-runner")["email"])["uri"] == (
        f"https://api-{project_number(PROJECT)}.{REGION}.run.app"
    )


@pytest.mark.parametrize(
    ("api", "agent"),
    [
        ("sqladmin.googleapis.com", "gcp-sa-cloud-sql"),
        ("secretmanager.googleapis.com", "gcp-sa-secretmanager"),
        ("run.googleapis.com", "serverless-robot-prod"),
    ],
)
def test_the_agent_of_a_service_has_its_documented_address(gcp: Cloud, api: str, agent: str) -> None:
    made = gcp.create(IDENTITY, "agent", service=api)
    assert made["email"] == f"service-{project_number(PROJECT)}@{agent}.iam.gserviceaccount.com"


def test_a_new_project_has_only_the_apis_that_were_enabled(gcp: Cloud) -> None:
    project = gcp.create(CLOUD_PROJECT, "Acme", projectId="acme-new", orgId="123", deletionPolicy="DELETE")
    with pytest.raises(Refused, match=r"compute\.googleapis\.com has not been used"):
        gcp.create(NETWORK, "main", project="acme-new")
    gcp.create(API, "compute", project="acme-new", service="compute.googleapis.com")
    network = gcp.create(NETWORK, "main", project="acme-new")
    gcp.delete(project)
    assert gcp.read(network) is None
    with pytest.raises(Refused, match="has been deleted"):
        gcp.create(NETWORK, "main", project="acme-new")

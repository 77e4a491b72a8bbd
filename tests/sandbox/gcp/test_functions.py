"""The provider's functions that are emulated, as the engine invokes them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from regionctl.model.wire import Bag, marshal, unmarshal
from tests.sandbox.google import CLOUD_PROJECT, NETWORK, PROJECT, REGION, SECRET, SECRET_VERSION, SUBNET, Cloud, Refused


def _asked(gcp: Cloud, name: str, /, **args: Any) -> Bag:
    module, _, function = name.partition(".")
    request = provider_pb2.InvokeRequest(tok=f"gcp:{module}/{function}:{function}", args=marshal(Bag(args)))
    return unmarshal(getattr(gcp.call(gcp.stub.Invoke, request), "return"))


def _told(gcp: Cloud, name: str, /, **args: Any) -> dict[str, Any]:
    return dict(_asked(gcp, name, **args).values)


def test_storages_agent_is_named_after_the_number_that_another_agent_tells(gcp: Cloud) -> None:
    other = gcp.create("gcp:projects/serviceIdentity:ServiceIdentity", "pubsub", service="pubsub.googleapis.com")
    told = _told(gcp, "storage.getProjectServiceAccount", project=PROJECT)
    assert told["member"] == str(other["member"]).replace("gcp-sa-pubsub", "gs-project-accounts")


def test_a_function_that_is_not_emulated_is_refused_by_name(gcp: Cloud) -> None:
    with pytest.raises(Refused, match="does not emulate the function 'gcp:kms/getKMSSecret:getKMSSecret'"):
        _told(gcp, "kms.getKMSSecret", ciphertext="x", cryptoKey="y")


def test_the_project_of_the_provider_is_told_with_its_number(gcp: Cloud) -> None:
    secret = gcp.create(SECRET, "pw", secretId="pw", replication={"auto": {}})
    told = _told(gcp, "organizations.getProject")
    assert told["projectId"] == PROJECT
    assert secret["name"] == f"projects/{told['number']}/secrets/pw"


def test_a_project_that_was_made_is_told_as_it_is(gcp: Cloud) -> None:
    made = gcp.create(CLOUD_PROJECT, "p", name="Shop", projectId="acme-shop", billingAccount="000000-111111-222222")
    told = _told(gcp, "organizations.getProject", projectId="acme-shop")
    assert (told["name"], told["billingAccount"], told["number"]) == ("Shop", "000000-111111-222222", made["number"])


def test_who_asks_and_where_follows_the_providers_configuration(gcp: Cloud) -> None:
    told = _told(gcp, "organizations.getClientConfig")
    assert (told["project"], told["region"]) == (PROJECT, REGION)
    assert told["accessToken"]


def test_a_policy_is_the_same_text_whatever_the_order_of_its_members(gcp: Cloud) -> None:
    def policy(*members: str) -> str:
        bindings = [{"role": "roles/viewer", "members": list(members)}]
        return str(_told(gcp, "organizations.getIAMPolicy", bindings=bindings)["policyData"])

    assert policy("user:b@acme.example", "user:a@acme.example") == policy("user:a@acme.example", "user:b@acme.example")
    assert json.loads(policy("allUsers")) == {"bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}


def test_an_image_is_told_by_its_family(gcp: Cloud) -> None:
    told = _told(gcp, "compute.getImage", family="debian-12", project="debian-cloud")
    assert told["selfLink"].endswith(f"/projects/debian-cloud/global/images/{told['name']}")


def test_the_zones_of_a_region_begin_with_its_name(gcp: Cloud) -> None:
    assert {zone[:-2] for zone in _told(gcp, "compute.getZones")["names"]} == {REGION}


def test_a_network_and_a_subnet_are_told_as_they_were_made(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main", autoCreateSubnetworks=False)
    subnet = gcp.create(SUBNET, "apps", network=network.id, region=REGION, ipCidrRange="10.0.0.0/20")
    assert _told(gcp, "compute.getNetwork", name="main")["selfLink"] == network["selfLink"]
    for asked in ({"name": "apps"}, {"name": "apps", "region": REGION}, {"selfLink": subnet["selfLink"]}):
        told = _told(gcp, "compute.getSubnetwork", **asked)
        assert (told["id"], told["ipCidrRange"], told["network"]) == (subnet.id, "10.0.0.0/20", network.id)


def test_the_default_network_and_its_subnets_are_there_without_being_made(gcp: Cloud) -> None:
    told = _told(gcp, "compute.getNetwork", name="default")
    assert told["id"] == f"projects/{PROJECT}/global/networks/default"
    assert _told(gcp, "compute.getSubnetwork", name="default")["network"] == told["id"]


def test_what_does_not_exist_is_not_told(gcp: Cloud) -> None:
    with pytest.raises(Refused, match="Network with name 'main' was not found"):
        _told(gcp, "compute.getNetwork", name="main")


def test_all_of_a_type_are_told_in_a_list(gcp: Cloud) -> None:
    told = _told(gcp, "secretmanager.getSecrets")
    assert told["secrets"] == []
    gcp.create(SECRET, "pw", secretId="pw", replication={"auto": {}})
    assert [secret["secretId"] for secret in _told(gcp, "secretmanager.getSecrets")["secrets"]] == ["pw"]


@pytest.mark.parametrize("function", ["getSecretVersion", "getSecretVersionAccess"])
def test_the_latest_version_of_a_secret_is_told_and_stays_secret(gcp: Cloud, function: str) -> None:
    secret = gcp.create(SECRET, "pw", secretId="pw", replication={"auto": {}})
    for text in ("first", "second"):
        gcp.create(SECRET_VERSION, text, secret=secret.id, secretData=text, secrets=frozenset({("secretData",)}))
    told = _asked(gcp, f"secretmanager.{function}", secret="pw")
    assert (told.values["secretData"], told.values["version"]) == ("second", "2")
    assert ("secretData",) in told.secrets


def test_an_account_is_found_by_its_short_name_and_by_its_email(gcp: Cloud) -> None:
    made = gcp.create("gcp:serviceaccount/account:Account", "app", accountId="app-runner")
    for asked in ("app-runner", made["email"], made["uniqueId"]):
        assert _told(gcp, "serviceaccount.getAccount", accountId=asked)["member"] == made["member"]

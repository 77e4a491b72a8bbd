"""What the emulated Google Cloud does with resources: existence, names, ranges, deletion, faults, secrets."""

from __future__ import annotations

import itertools
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Bag
from regionctl.providers.schema import package
from regionctl.sandbox import clouds
from regionctl.sandbox.emulation import DAY_S
from regionctl.sandbox.faults import RETRIES, FaultKind
from regionctl.sandbox.gcp.provider import GoogleCloud
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.session import Asked, Made
from tests.sandbox.google import (
    BUCKET,
    CLOUD_PROJECT,
    CRYPTO_KEY,
    INSTANCE,
    KEY_RING,
    NETWORK,
    SUBNET,
    USER,
    Cloud,
    Refused,
    Resource,
    google,
    instance,
)

_DATASET = "gcp:bigquery/dataset:Dataset"
_TABLE = "gcp:bigquery/table:Table"
_FLOOR = "gcp:dataplex/lake:Lake"


def _subnet(gcp: Cloud, network: Resource, name: str = "nodes", ip_range: str = "10.0.0.0/20") -> Resource:
    return gcp.create(SUBNET, name, network=network.id, ipCidrRange=ip_range)


def test_a_made_resource_has_the_outputs_of_the_real_one(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    assert network.id == "projects/acme-prod/global/networks/main"
    assert network["selfLink"] == f"https://www.googleapis.com/compute/v1/{network.id}"


def test_what_nobody_said_is_deleted_in_the_end(gcp: Cloud) -> None:
    assert gcp.create(NETWORK, "main")["deletionPolicy"] == "DELETE"
    assert gcp.create(NETWORK, "kept", deletionPolicy="PREVENT")["deletionPolicy"] == "PREVENT"


def test_an_emulated_type_makes_nothing_up(gcp: Cloud) -> None:
    address = gcp.create("gcp:compute/address:Address", "ingress", region="europe-west1")
    assert address["subnetwork"] is None
    assert address["addressId"].isdigit()
    group = {"networkEndpointType": "SERVERLESS", "region": "europe-west1", "cloudRun": {"service": "api"}}
    made = gcp.create("gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup", "api", **group)
    assert made["network"] is None


def test_what_is_named_must_exist(gcp: Cloud) -> None:
    with pytest.raises(Refused, match="cannot be found"):
        gcp.create(SUBNET, "nodes", network="nothing", ipCidrRange="10.0.0.0/20")


@pytest.mark.parametrize(
    ("type_", "inputs", "title"),
    [
        ("gcp:kms/cryptoKey:CryptoKey", {"keyRing": "main"}, "KeyRing 'main'"),
        ("gcp:kms/cryptoKeyVersion:CryptoKeyVersion", {"cryptoKey": "main"}, "CryptoKey 'main'"),
        ("gcp:pubsub/topic:Topic", {"kmsKeyName": "main"}, r"resource=main"),
        (
            "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion",
            {"secret": "main", "secretData": "x"},
            r"Secret \[main\]",
        ),
    ],
)
def test_a_name_that_does_not_say_where_it_lies_is_not_found(
    gcp: Cloud, type_: str, inputs: dict[str, Any], title: str
) -> None:
    with pytest.raises(Refused, match=f"Error creating .* 404: .*{title}"):
        gcp.create(type_, "some", **inputs)


def test_a_name_is_taken_once(gcp: Cloud) -> None:
    gcp.create(NETWORK, "main")
    with pytest.raises(Refused, match=r"Error 409: The resource .* already exists"):
        gcp.create(NETWORK, "main")


def test_ranges_of_one_network_do_not_overlap(gcp: Cloud) -> None:
    network, other = gcp.create(NETWORK, "main"), gcp.create(NETWORK, "other")
    _subnet(gcp, network)
    with pytest.raises(Refused, match="conflicts with existing subnetwork"):
        _subnet(gcp, network, "pods", "10.0.8.0/21")
    _subnet(gcp, other, "pods", "10.0.8.0/21")


def test_a_network_with_subnets_stays(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    subnet = _subnet(gcp, network)
    with pytest.raises(Refused, match="already being used by"):
        gcp.delete(network)
    gcp.delete(subnet)
    gcp.delete(network)
    assert gcp.read(network) is None


def test_a_protected_instance_stays(gcp: Cloud) -> None:
    made = gcp.create(INSTANCE, "main", **instance(deletionProtection=True))
    with pytest.raises(Refused, match="deletion_protection=false"):
        gcp.delete(made)
    gcp.delete(gcp.update(made, deletionProtection=False))


def test_the_name_of_an_instance_is_free_after_a_week(gcp: Cloud) -> None:
    gcp.delete(gcp.create(INSTANCE, "main", **instance()))
    gcp.time.now_s += 6.9 * DAY_S
    with pytest.raises(Refused, match="one week"):
        gcp.create(INSTANCE, "main", **instance())
    gcp.time.now_s += 0.2 * DAY_S
    gcp.create(INSTANCE, "main", **instance())


def test_a_key_ring_is_never_free_again(gcp: Cloud) -> None:
    gcp.delete(gcp.create(KEY_RING, "main", location="global"))
    gcp.time.now_s += 10_000 * DAY_S
    with pytest.raises(Refused, match=r"already exists[^\n]*\n.*`generation:`"):
        gcp.create(KEY_RING, "main", location="global")


def test_a_project_id_is_never_free_again(gcp: Cloud) -> None:
    given: dict[str, Any] = {"projectId": "acme-lab", "name": "acme-lab", "orgId": "1", "deletionPolicy": "DELETE"}
    gcp.delete(gcp.create(CLOUD_PROJECT, "lab", **given))
    gcp.time.now_s += 10_000 * DAY_S
    with pytest.raises(Refused, match="`generation:`"):
        gcp.create(CLOUD_PROJECT, "lab", **given)


def test_a_range_grows_in_place_and_is_replaced_where_it_shrinks(gcp: Cloud) -> None:
    subnet = _subnet(gcp, gcp.create(NETWORK, "main"))
    assert list(gcp.diff(subnet, ipCidrRange="10.0.0.0/19").replaces) == []
    assert list(gcp.diff(subnet, ipCidrRange="10.0.0.0/21").replaces) == ["ipCidrRange"]


def test_an_explicit_name_is_deleted_before_it_is_replaced(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    assert gcp.diff(network, description="new").deleteBeforeReplace


def test_an_edit_in_the_cloud_is_read(gcp: Cloud, data: Path) -> None:
    network = gcp.create(NETWORK, "main")
    clouds.edit(data, "main", "routingMode", "GLOBAL")
    found = gcp.read(network)
    assert found is not None
    assert found["routingMode"] == "GLOBAL"


@pytest.mark.parametrize("id_", ["projects/acme-prod/global/networks/main", "acme-prod/main", "main"])
def test_a_resource_is_imported_by_any_form_of_its_id(gcp: Cloud, id_: str) -> None:
    network = gcp.create(NETWORK, "main")
    found = gcp.import_(NETWORK, id_)
    assert found is not None
    assert found.id == network.id


def test_a_preview_knows_no_outputs_of_unknown_inputs(gcp: Cloud) -> None:
    planned = gcp.preview(SUBNET, "nodes", name="nodes", network=UNKNOWN, ipCidrRange=UNKNOWN)
    assert planned.values["ipCidrRange"] is UNKNOWN
    assert planned.values["gatewayAddress"] is UNKNOWN


@pytest.mark.parametrize(
    ("kind", "message"),
    [(FaultKind.QUOTA, "Error 403: Quota"), (FaultKind.OUTAGE, "Error 503"), (FaultKind.RATE_LIMIT, "Error 429")],
)
def test_a_fault_fails_a_create_and_its_clearing_mends_it(
    gcp: Cloud, data: Path, kind: FaultKind, message: str
) -> None:
    clouds.add_fault(data, kind, type_="compute")
    with pytest.raises(Refused, match=message):
        gcp.create(NETWORK, "main")
    gcp.create(BUCKET, "acme-logs", location="EU")
    clouds.clear_faults(data)
    gcp.create(NETWORK, "main")


def test_a_short_rate_limit_is_waited_out(gcp: Cloud, data: Path) -> None:
    clouds.add_fault(data, FaultKind.RATE_LIMIT, count=RETRIES)
    gcp.create(NETWORK, "main")
    assert len(gcp.time.slept_s) == RETRIES


def test_a_slow_create_takes_its_time(gcp: Cloud, data: Path) -> None:
    clouds.add_fault(data, FaultKind.SLOW, delay_s=90.0)
    gcp.create(NETWORK, "main")
    assert gcp.time.slept_s == [90.0]


def test_an_error_after_the_object_was_made_leaves_it_there(gcp: Cloud, data: Path) -> None:
    clouds.add_fault(data, FaultKind.PARTIAL, count=1)
    with pytest.raises(Refused) as refused:
        gcp.create(NETWORK, "main")
    assert refused.value.partial
    assert gcp.import_(NETWORK, "main") is not None


def test_a_new_resource_is_seen_by_others_after_some_lookups(gcp: Cloud, data: Path) -> None:
    clouds.add_fault(data, FaultKind.STALE, name="main", count=2)
    _subnet(gcp, gcp.create(NETWORK, "main"))
    assert len(gcp.time.slept_s) == 2


def test_a_secret_is_not_in_the_file_and_the_file_is_the_owners(gcp: Cloud, data: Path) -> None:
    canary = "canary-7d1f251"
    gcp.create(INSTANCE, "main", **instance())
    user = gcp.create(USER, "app", frozenset({("password",)}), instance="main", password=canary)
    assert ("password",) in user.outputs.secrets
    files = list(data.parent.iterdir())
    assert not [file.name for file in files if canary.encode() in file.read_bytes()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_many_threads_make_each_resource_once(gcp: Cloud) -> None:
    def attempt(i: int) -> bool:
        try:
            gcp.create(NETWORK, f"net{i % 10}")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 10


def test_the_clouds_outlive_their_server(data: Path) -> None:
    with google(data) as first:
        network = first.create(NETWORK, "main")
    with google(data) as second:
        assert second.read(network) is not None


class Broken(Clouds):
    """Has a bug wherever something is made."""

    def create(self, asked: Asked, inputs: Bag) -> Made:
        raise KeyError(inputs.values["name"])


def test_a_bug_names_the_type_and_the_property(data: Path) -> None:
    with google(data, clouds=Broken) as cloud:
        wanted = r"gcp:kms/keyRing:KeyRing at the property 'location': KeyError"
        with pytest.raises(Refused, match=wanted):
            cloud.create(KEY_RING, "location", name="location", location="global")


def test_a_bug_tells_no_value(data: Path) -> None:
    with google(data, clouds=Broken) as cloud, pytest.raises(Refused, match="KeyError") as refused:
        cloud.create(KEY_RING, "main", name="canary", location="global")
    assert "canary" not in refused.value.message


def test_a_key_lies_in_its_ring(gcp: Cloud) -> None:
    ring = gcp.create(KEY_RING, "main", location="global")
    assert gcp.create(CRYPTO_KEY, "data", keyRing=ring.id).id == f"{ring.id}/cryptoKeys/data"


_ENDLESS = """
import sys
from pathlib import Path
from tests.sandbox.google import NETWORK, google

with google(Path(sys.argv[1])) as gcp:
    for i in range(100_000):
        gcp.create(NETWORK, f"net{i}")
        print(i, flush=True)
"""


def test_what_was_answered_outlives_kill_9(data: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _ENDLESS, str(data)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        answered = [int(line) for line in itertools.islice(server.stdout, 20)]
        server.kill()
        answered += [int(line) for line in server.stdout]
    with google(data) as gcp:
        assert all(gcp.import_(NETWORK, f"net{i}") for i in answered)


def test_a_type_without_an_emulation_has_what_the_sdk_says(gcp: Cloud) -> None:
    assert GoogleCloud().emulation(package("gcp").schema(_FLOOR)).schema_only
    lake = gcp.create(_FLOOR, "lake", location="europe-west1")
    assert lake.id == "projects/acme-prod/locations/europe-west1/lakes/lake"
    assert list(gcp.diff(lake, location="europe-west4").replaces) == ["location"]
    assert 'did you mean "description"' in gcp.failures(_FLOOR, location="europe-west1", descripton="x")["descripton"]


def test_every_service_of_the_sdk_has_the_floor_at_least() -> None:
    sdk, cloud = package("gcp"), GoogleCloud()
    one_each = {service: token for token, (service, _) in sdk.types.items()}
    assert all(cloud.emulation(sdk.schema(token)).title for token in one_each.values())


def test_what_names_a_type_without_an_emulation_replaces_it(gcp: Cloud) -> None:
    dataset = gcp.create(_DATASET, "events", datasetId="events", location="EU")
    assert gcp.replaces(dataset, datasetId="others") == ["datasetId"]
    assert gcp.replaces(dataset, friendlyName="Events") == []


def test_two_of_one_name_may_lie_in_different_containers(gcp: Cloud) -> None:
    tables = [gcp.create(_TABLE, name, datasetId=name, tableId="clicks") for name in ("events", "others")]
    assert len({table.id for table in tables}) == 2
    gcp.delete(tables[0])
    assert gcp.read(tables[1]) is not None
    assert gcp.import_(_TABLE, tables[1].id) is not None
    with pytest.raises(Refused, match="already exists"):
        gcp.create(_TABLE, "again", datasetId="others", tableId="clicks")


def test_types_that_are_emulated_by_their_schema_alone_are_labelled(gcp: Cloud, data: Path) -> None:
    gcp.create(NETWORK, "main")
    gcp.create(_FLOOR, "lake", location="europe-west1")
    assert clouds.status(data).floor == (_FLOOR,)


def test_a_new_resource_that_is_hidden_for_a_while_is_waited_for(gcp: Cloud, data: Path) -> None:
    clouds.add_fault(data, FaultKind.STALE, type_="compute", name="main")
    assert _subnet(gcp, gcp.create(NETWORK, "main"))
    assert len(gcp.time.slept_s) == 3

"""What other people's programs take for granted of Google Cloud."""

from __future__ import annotations

import pytest

from regionctl.model.values import UNKNOWN
from regionctl.sandbox.gcp.naming import project_number
from tests.sandbox.google import (
    CLOUD_PROJECT,
    CRYPTO_KEY,
    KEY_RING,
    NETWORK,
    PROJECT,
    REGION,
    SECRET,
    SECRET_VERSION,
    SUBNET,
    Cloud,
    Refused,
)

NUMBER = project_number(PROJECT)
FIREWALL = "gcp:compute/firewall:Firewall"
DATASET = "gcp:bigquery/dataset:Dataset"
CLUSTER = "gcp:container/cluster:Cluster"


def _rule(gcp: Cloud, name: str, network: str) -> None:
    gcp.create(FIREWALL, name, network=network, allows=[{"protocol": "tcp"}], sourceRanges=["10.0.0.0/8"])


# the network `default`


@pytest.mark.parametrize(
    "network", ["default", f"projects/{PROJECT}/global/networks/default", "global/networks/default"]
)
def test_a_project_has_a_default_network(gcp: Cloud, network: str) -> None:
    _rule(gcp, "ssh", network)


def test_the_default_network_is_imported_and_stays_away_once_it_is_deleted(gcp: Cloud) -> None:
    default = gcp.import_(NETWORK, f"projects/{PROJECT}/global/networks/default")
    assert default is not None
    gcp.delete(default)
    with pytest.raises(Refused, match="cannot be found"):
        _rule(gcp, "ssh", "default")
    gcp.create(NETWORK, "default", autoCreateSubnetworks=False)
    _rule(gcp, "ssh", "default")


def test_a_second_network_cannot_be_called_default(gcp: Cloud) -> None:
    with pytest.raises(Refused, match="already exists"):
        gcp.create(NETWORK, "default")


def test_a_project_that_was_made_without_the_default_network_has_none(gcp: Cloud) -> None:
    gcp.create(CLOUD_PROJECT, "bare", projectId="acme-bare", name="bare", autoCreateNetwork=False)
    gcp.create("gcp:projects/service:Service", "api", project="acme-bare", service="compute.googleapis.com")
    with pytest.raises(Refused, match="cannot be found"):
        _rule(gcp, "ssh", "projects/acme-bare/global/networks/default")


def test_a_network_in_automatic_mode_has_a_subnet_in_each_region_that_goes_with_it(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "auto")
    gcp.create("gcp:compute/address:Address", "inside", region=REGION, addressType="INTERNAL", subnetwork="auto")
    subnet = gcp.import_(SUBNET, f"projects/{PROJECT}/regions/{REGION}/subnetworks/auto")
    assert subnet is not None
    assert (subnet["ipCidrRange"], subnet["network"]) == ("10.132.0.0/20", network.id)
    with pytest.raises(Refused, match="cannot be found"):
        gcp.create("gcp:compute/address:Address", "other", addressType="INTERNAL", subnetwork="manual")


# projects by number


def test_everything_may_be_named_by_the_projects_number(gcp: Cloud) -> None:
    ring = gcp.create(KEY_RING, "ring", location=REGION)
    key = gcp.create(CRYPTO_KEY, "key", keyRing=ring.id.replace(PROJECT, NUMBER))
    secret = gcp.create(SECRET, "pw", secretId="pw", replication={"auto": {}})
    gcp.create(SECRET_VERSION, "pw", secret=secret["name"], secretData="s3cret")
    _rule(gcp, "ssh", f"projects/{NUMBER}/global/networks/default")
    agent = f"service-{NUMBER}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    gcp.create(
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "grant",
        cryptoKeyId=key.id.replace(PROJECT, NUMBER),
        role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
        member=f"serviceAccount:{agent}",
    )
    sealed = {"auto": {"customerManagedEncryption": {"kmsKeyName": key.id.replace(PROJECT, NUMBER)}}}
    gcp.create(SECRET, "sealed", secretId="sealed", replication=sealed)


def test_a_grant_on_a_project_by_its_number_is_in_force(gcp: Cloud) -> None:
    ring = gcp.create(KEY_RING, "ring", location=REGION)
    key = gcp.create(CRYPTO_KEY, "key", keyRing=ring.id)
    gcp.create(
        "gcp:projects/iAMMember:IAMMember",
        "grant",
        project=NUMBER,
        role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
        member=f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com",
    )
    gcp.create("gcp:pubsub/topic:Topic", "events", kmsKeyName=key.id)


@pytest.mark.parametrize("project", [PROJECT, NUMBER])
def test_a_resource_is_imported_by_the_projects_id_and_number(gcp: Cloud, project: str) -> None:
    secret = gcp.create(SECRET, "pw", secretId="pw", replication={"auto": {}})
    version = gcp.create(SECRET_VERSION, "pw", secret=secret.id, secretData="s3cret")
    for made, path in ((secret, "secrets/pw"), (version, "secrets/pw/versions/1")):
        imported = gcp.import_(made.type, f"projects/{project}/{path}")
        assert imported is not None
        assert imported.id == made.id


# places that a program leaves to the provider


def test_a_cluster_lies_in_the_providers_zone_and_its_pool_with_it(gcp: Cloud) -> None:
    gcp.configure(region="us-central1", zone="us-central1-a")
    cluster = gcp.create(CLUSTER, "main", initialNodeCount=1)
    assert cluster.id == f"projects/{PROJECT}/locations/us-central1-a/clusters/main"
    assert cluster["location"] == "us-central1-a"
    gcp.configure(region=REGION)
    pool = gcp.create("gcp:container/nodePool:NodePool", "pool", cluster=cluster.id, nodeCount=1)
    assert pool.id == f"{cluster.id}/nodePools/pool"
    assert pool["location"] == "us-central1-a"


def test_a_data_set_lies_in_the_us_and_a_repository_in_the_providers_region(gcp: Cloud) -> None:
    assert gcp.create(DATASET, "events", datasetId="events")["location"] == "US"
    repository = gcp.create(
        "gcp:artifactregistry/repository:Repository", "images", repositoryId="images", format="DOCKER"
    )
    assert repository["location"] == REGION


def test_a_region_follows_from_the_providers_zone_where_that_is_all_it_has(gcp: Cloud) -> None:
    gcp.configure(zone="europe-west4-b")
    network = gcp.create(NETWORK, "main", autoCreateSubnetworks=False)
    subnet = gcp.create(SUBNET, "apps", network=network.id, ipCidrRange="10.0.0.0/20")
    assert subnet["region"] == "europe-west4"


# outputs that programs build on


def test_a_folder_is_named_by_its_number(gcp: Cloud) -> None:
    organization = "organizations/123456789012"
    folder = gcp.create("gcp:organizations/folder:Folder", "team", displayName="team", parent=organization)
    assert folder["name"] == folder.id == f"folders/{folder['folderId']}"
    assert str(folder["folderId"]).isdecimal()
    gcp.create(
        "gcp:orgpolicy/policy:Policy",
        "locations",
        parent=folder["name"],
        name=f"{folder['name']}/policies/gcp.resourceLocations",
    )


def test_a_service_of_the_older_cloud_run_tells_its_address(gcp: Cloud) -> None:
    container = {"image": "us-docker.pkg.dev/acme/web/web:1"}
    service = gcp.create(
        "gcp:cloudrun/service:Service", "web", location=REGION, template={"spec": {"containers": [container]}}
    )
    assert service["statuses"][0]["url"] == f"https://web-{NUMBER}.{REGION}.run.app"
    gcp.create(
        "gcp:cloudrun/iamMember:IamMember",
        "public",
        service="web",
        location=REGION,
        role="roles/run.invoker",
        member="allUsers",
    )


def test_a_subnet_takes_its_ranges_from_internal_ranges(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main", autoCreateSubnetworks=False)
    place = {"network": network.id, "usage": "FOR_VPC", "peering": "FOR_SELF", "prefixLength": 24}
    first, second = (
        gcp.create("gcp:networkconnectivity/internalRange:InternalRange", name, **place) for name in ("one", "two")
    )
    assert first["ipCidrRange"] != second["ipCidrRange"]
    subnet = gcp.create(
        SUBNET,
        "apps",
        network=network.id,
        region=REGION,
        reservedInternalRange=f"networkconnectivity.googleapis.com/{first.id}",
        secondaryIpRanges=[
            {"rangeName": "pods", "reservedInternalRange": f"networkconnectivity.googleapis.com/{second.id}"}
        ],
    )
    assert subnet["ipCidrRange"] == first["ipCidrRange"]
    assert subnet["secondaryIpRanges"][0]["ipCidrRange"] == second["ipCidrRange"]
    with pytest.raises(Refused, match="conflicts"):
        gcp.create(SUBNET, "same", network=network.id, region=REGION, ipCidrRange=first["ipCidrRange"])


@pytest.mark.parametrize(("size", "taken"), [(65_536, True), (65_537, False)])
def test_the_payload_of_a_secret_has_a_limit(gcp: Cloud, size: int, taken: bool) -> None:
    secret = gcp.create(SECRET, "blob", secretId="blob", replication={"auto": {}})
    if taken:
        gcp.create(SECRET_VERSION, "blob", secret=secret.id, secretData="x" * size)
        return
    with pytest.raises(Refused, match="65536 bytes at most, got 65537"):
        gcp.create(SECRET_VERSION, "blob", secret=secret.id, secretData="x" * size)


def test_a_machine_has_the_address_that_it_asked_for(gcp: Cloud) -> None:
    inputs = {
        "machineType": "e2-micro",
        "zone": f"{REGION}-b",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
        "networkInterfaces": [{"network": "default", "accessConfigs": [{}]}],
    }
    planned = gcp.preview("gcp:compute/instance:Instance", "vm", name="vm", **inputs)
    assert planned.values["networkInterfaces"][0]["accessConfigs"][0]["natIp"] is UNKNOWN
    machine = gcp.create("gcp:compute/instance:Instance", "vm", **inputs)
    (interface,) = machine["networkInterfaces"]
    assert interface["networkIp"].startswith("10.")
    assert interface["accessConfigs"][0]["natIp"].startswith("198.1")


def test_a_cluster_tells_where_it_is_and_how_to_know_it(gcp: Cloud) -> None:
    cluster = gcp.create(CLUSTER, "main", location=REGION, initialNodeCount=1)
    assert cluster["endpoint"]
    assert cluster["masterAuth"]["clusterCaCertificate"]
    pool = gcp.create("gcp:container/nodePool:NodePool", "pool", cluster="main", location=REGION, nodeCount=1)
    assert pool.id == f"{cluster.id}/nodePools/pool"


def test_functions_of_both_generations_tell_their_addresses(gcp: Cloud) -> None:
    first = gcp.create("gcp:cloudfunctions/function:Function", "f", runtime="python312", triggerHttp=True)
    assert first["httpsTriggerUrl"] == f"https://{REGION}-{PROJECT}.cloudfunctions.net/f"
    second = gcp.create("gcp:cloudfunctionsv2/function:Function", "g", location=REGION, serviceConfig={})
    assert second["serviceConfig"]["uri"] == f"https://g-{NUMBER}.{REGION}.run.app"


def test_a_type_that_is_known_from_the_sdk_alone_has_outputs_of_the_usual_form(gcp: Cloud) -> None:
    bucket = gcp.create("gcp:compute/backendBucket:BackendBucket", "static", bucketName="acme-files-1")
    assert bucket["selfLink"].endswith(f"/projects/{PROJECT}/global/backendBuckets/static")
    url_map = gcp.create("gcp:compute/uRLMap:URLMap", "all", defaultService=bucket["selfLink"])
    assert url_map.id == f"projects/{PROJECT}/global/urlMaps/all"
    topic = gcp.create("gcp:eventarc/channel:Channel", "channel", location=REGION)
    assert topic["uid"]
    table = gcp.create("gcp:bigquery/table:Table", "t", datasetId="events", tableId="visits")
    assert table.id == f"projects/{PROJECT}/datasets/events/tables/visits"

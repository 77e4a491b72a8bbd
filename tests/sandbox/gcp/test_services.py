"""What each managed service asks for and answers with."""

from __future__ import annotations

import pytest

from regionctl.sandbox.gcp.naming import project_number
from tests.sandbox.google import (
    BUCKET,
    INSTANCE,
    NETWORK,
    PROJECT,
    REGION,
    SECRET,
    SECRET_VERSION,
    USER,
    Cloud,
    Refused,
    Resource,
    instance,
)

GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
CONNECTION = "gcp:servicenetworking/connection:Connection"
DATABASE = "gcp:sql/database:Database"
REDIS = "gcp:redis/instance:Instance"
TOPIC, SUBSCRIPTION = "gcp:pubsub/topic:Topic", "gcp:pubsub/subscription:Subscription"
OBJECT = "gcp:storage/bucketObject:BucketObject"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
RUN = "gcp:cloudrunv2/service:Service"

PEER = "servicenetworking.googleapis.com"
REPLICAS = {"userManaged": {"replicas": [{"location": REGION}]}}


def _reserve(gcp: Cloud, network: Resource) -> Resource:
    inputs = {"purpose": "VPC_PEERING", "addressType": "INTERNAL", "address": "10.100.0.0", "prefixLength": 20}
    return gcp.create(GLOBAL_ADDRESS, "services", network=network.id, **inputs)


def _private(gcp: Cloud, network: Resource, name: str = "main") -> Resource:
    settings = {"ipConfiguration": {"ipv4Enabled": False, "privateNetwork": network.id}}
    return gcp.create(INSTANCE, name, **instance(settings=settings))


def test_a_private_database_needs_a_peering_first(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    with pytest.raises(Refused, match="Please create Service Networking connection"):
        _private(gcp, network)
    reserved = _reserve(gcp, network)
    gcp.create(CONNECTION, "services", network=network.id, service=PEER, reservedPeeringRanges=[reserved["name"]])
    made = _private(gcp, network)
    assert made["privateIpAddress"].startswith("10.100.")
    assert made["publicIpAddress"] == ""
    assert made["ipAddresses"] == [{"ipAddress": made["privateIpAddress"], "timeToRetire": "", "type": "PRIVATE"}]


def test_a_peering_stays_while_a_database_uses_it(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    reserved = _reserve(gcp, network)
    peering = gcp.create(
        CONNECTION, "services", network=network.id, service=PEER, reservedPeeringRanges=[reserved["name"]]
    )
    database = _private(gcp, network)
    with pytest.raises(Refused, match="Producer services"):
        gcp.delete(peering)
    gcp.delete(database)
    gcp.delete(peering)


def test_a_range_for_services_does_not_overlap_a_subnet(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    gcp.create("gcp:compute/subnetwork:Subnetwork", "nodes", network=network.id, ipCidrRange="10.100.8.0/24")
    with pytest.raises(Refused, match="overlaps with"):
        _reserve(gcp, network)


def test_a_database_instance_answers_as_cloud_sql_does(gcp: Cloud) -> None:
    made = gcp.create(INSTANCE, "main", **instance(region=REGION))
    assert made.id == f"projects/{PROJECT}/instances/main"
    assert made["connectionName"] == f"{PROJECT}:{REGION}:main"
    assert made["settings"]["version"] == 1
    grown = gcp.update(made, settings={"tier": "db-custom-4-16384", "diskSize": 20})
    assert grown["settings"]["version"] == 2
    assert grown["connectionName"] == made["connectionName"]


def test_databases_and_users_go_with_their_instance(gcp: Cloud) -> None:
    main = gcp.create(INSTANCE, "main", **instance())
    database = gcp.create(DATABASE, "app", instance="main")
    user = gcp.create(USER, "app", instance="main", password="hunter2")
    assert user.id == "app//main"
    gcp.delete(main)
    assert gcp.read(database) is None
    assert gcp.read(user) is None


def test_two_projects_may_have_users_of_one_name(gcp: Cloud) -> None:
    users = []
    for project in ("acme-one", "acme-two"):
        gcp.create(INSTANCE, "main", **instance(project=project))
        users.append(gcp.create(USER, "app", project=project, instance="main", password="hunter2"))
    gcp.delete(users[0])
    assert gcp.read(users[0]) is None
    assert gcp.read(users[1]) is not None


def test_the_versions_of_a_secret_count_up_under_the_projects_number(gcp: Cloud) -> None:
    secret = gcp.create(SECRET, "token", secretId="token", replication=REPLICAS)
    ids = [gcp.create(SECRET_VERSION, f"v{i}", secret=secret.id, secretData=f"{i}").id for i in range(2)]
    assert ids == [f"projects/{project_number(PROJECT)}/secrets/token/versions/{i}" for i in (1, 2)]


@pytest.mark.parametrize("due", ["2026-01-01T00:00:00Z", "soon"])
def test_a_new_secret_is_due_at_a_time_that_lies_ahead(gcp: Cloud, due: str) -> None:
    topic = gcp.create(TOPIC, "rotation", name="rotation")
    rotation = {"nextRotationTime": due, "rotationPeriod": "7776000s"}
    with pytest.raises(Refused, match="at least 5 minutes in the future"):
        gcp.create(
            SECRET,
            "token",
            secretId="token",
            replication=REPLICAS,
            topics=[{"name": topic.id}],
            rotation=rotation,
        )


def test_a_service_reads_only_a_secret_that_exists(gcp: Cloud) -> None:
    env = {"name": "TOKEN", "valueSource": {"secretKeyRef": {"secret": "token", "version": "latest"}}}
    template = {"containers": [{"image": "api", "envs": [env]}]}
    with pytest.raises(Refused, match="was not found"):
        gcp.create(RUN, "api", location=REGION, template=template)
    gcp.create(SECRET, "token", secretId="token", replication=REPLICAS)
    made = gcp.create(RUN, "api", location=REGION, template=template)
    changed = gcp.update(made, template={"containers": [{"image": "api:2", "envs": [env]}]})
    assert changed["latestReadyRevision"] != made["latestReadyRevision"]


def test_a_subscription_is_to_a_topic_that_exists(gcp: Cloud) -> None:
    with pytest.raises(Refused):
        gcp.create(SUBSCRIPTION, "events", topic="events")
    topic = gcp.create(TOPIC, "events")
    assert gcp.create(SUBSCRIPTION, "events", topic=topic.id).id == f"projects/{PROJECT}/subscriptions/events"


def test_a_bucket_name_is_the_worlds(gcp: Cloud) -> None:
    assert gcp.create(BUCKET, "acme-files", location="EU")["url"] == "gs://acme-files"
    with pytest.raises(Refused, match="409"):
        gcp.create(BUCKET, "acme-files", project="somebody-else", location="US")


def test_a_full_bucket_stays_unless_it_is_forced(gcp: Cloud) -> None:
    bucket = gcp.create(BUCKET, "acme-files", location="EU")
    gcp.create(OBJECT, "readme", bucket="acme-files", content="hello")
    with pytest.raises(Refused, match="the bucket is not empty"):
        gcp.delete(bucket)
    gcp.delete(gcp.update(bucket, forceDestroy=True))
    assert gcp.read(bucket) is None


def test_the_password_of_a_cache_is_secret_and_stays_the_same(gcp: Cloud) -> None:
    network = gcp.create(NETWORK, "main")
    inputs = {"memorySizeGb": 1, "region": REGION, "authorizedNetwork": network.id, "authEnabled": True}
    made = gcp.create(REDIS, "cache", **inputs)
    assert made.outputs.hides(("authString",))
    again = gcp.read(made)
    assert again is not None
    assert again["authString"] == made["authString"]
    assert again.outputs.hides(("authString",))


def test_a_repository_says_where_images_are_pulled_from(gcp: Cloud) -> None:
    made = gcp.create(REPOSITORY, "releases", repositoryId="releases", location=REGION, format="DOCKER")
    assert made["registryUri"] == f"{REGION}-docker.pkg.dev/{PROJECT}/releases"

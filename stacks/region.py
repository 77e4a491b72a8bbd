"""One region, whole: the specs and the stack's secrets in, components composed, outputs out."""

from __future__ import annotations

import pulumi

from components.cache import Cache, CacheArgs
from components.identity import Identity, IdentityArgs
from components.messaging import Subscription, SubscriptionArgs
from components.network import Network
from components.secrets import SecretArgs, Secrets
from components.storage import BucketArgs, Storage, StorageArgs
from regions.keys import ACCESS_LOGS, CACHE_AUTH
from regions.names import RegionNames, auth_names, region_names
from regions.spec import FleetSpec, RegionSpec
from stacks.foundation import Site, make_site
from stacks.origin import make_origin
from stacks.outputs import Out
from stacks.secret_slots import DATABASE_PASSWORD, EDGE_CLIENT_CA, of_workloads
from stacks.site_network import egress, make_network
from stacks.stores import account_args, make_database, make_logs, make_registry, make_secrets
from stacks.watch import alerts, charts, make_watch
from stacks.workloads import Runtime, WorkloadInputs, make_workloads, runners

DEFAULT_SERVICE = "api"  # takes every path that no other service does

SERVICES = (
    "artifactregistry",
    "certificatemanager",
    "cloudkms",
    "compute",
    "dns",
    "networksecurity",
    "pubsub",
    "redis",
    "run",
    "secretmanager",
    "servicenetworking",
    "sqladmin",
    "storage",
)

# The service whose agent encrypts with each key.
KEY_USERS = {
    "cache": "redis",
    "database": "sqladmin",
    "images": "artifactregistry",
    "messages": "pubsub",
    "secrets": "secretmanager",
    "storage": "storage",
}

_Region = Site[RegionSpec, RegionNames]


def region(fleet: FleetSpec, spec: RegionSpec) -> None:
    """Declares the region's resources and exports its outputs. Reads the spec's secrets from the stack's config."""
    names = region_names(fleet, spec)
    at = make_site(fleet, spec, names, services=SERVICES, key_users=KEY_USERS)
    site_network = make_network(at, egress(fleet, spec))
    network = site_network.network
    accounts = account_args(names, runners(spec))
    identity = Identity("identity", IdentityArgs(project=at.project.using("iam"), accounts=accounts))
    database = make_database(at, spec.database, network, {key: identity.emails[key] for key in runners(spec)})
    cache = _cache(at, network)
    secrets = _secrets(at, cache, identity)
    storage = _storage(at, identity)
    registry = make_registry(at)
    subscription = _subscription(at, identity)
    workloads = make_workloads(
        at,
        WorkloadInputs(
            runtime=Runtime(
                site_network=site_network, identity=identity, database=database, secrets=secrets, registry=registry
            ),
            cache=cache,
            storage=storage,
            subscription=subscription,
            auth_host=auth_names(fleet).origin_host,
        ),
    )
    client_ca = pulumi.Config().require_secret(EDGE_CLIENT_CA)
    origin = make_origin(at, network, workloads, default=DEFAULT_SERVICE, client_ca_pem=client_ca)
    logs = make_logs(at)
    make_watch(at, spec.alerts, spec.budget, alerts(names), charts(names))
    pulumi.export(Out.PROJECT_ID, at.project.project_id)
    pulumi.export(Out.PROJECT_NUMBER, at.project.number)
    pulumi.export(Out.ORIGIN_HOST, names.origin_host)
    pulumi.export(Out.ORIGIN_ADDRESS, origin.address)
    pulumi.export(Out.CERTIFICATE_DNS_RECORD, origin.dns_record)
    pulumi.export(Out.SERVICE_URLS, {key: service.url for key, service in workloads.items()})
    pulumi.export(Out.DATABASE_CONNECTION_NAME, database.connection_name)
    pulumi.export(Out.BUCKET_NAMES, dict(storage.bucket_names))
    pulumi.export(Out.IMAGE_PREFIX, registry.image_prefix)
    pulumi.export(Out.SUBSCRIPTION_ID, subscription.subscription_id)
    pulumi.export(Out.LOG_BUCKET, logs.bucket_name)


def _cache(at: _Region, network: Network) -> Cache:
    return Cache(
        "cache",
        CacheArgs(
            project=at.project.using("redis"),
            region=at.home.location,
            name=at.names.cache,
            network_id=network.services_network_id,
            services_range_name=network.services_range_name,
            key_id=at.keys.key_ids["cache"],
            memory_gb=at.home.cache.memory_gb,
            tier=at.home.cache.tier.upper(),
            version=at.home.cache.version,
            labels=at.labels,
        ),
    )


def _secrets(at: _Region, cache: Cache, identity: Identity) -> Secrets:
    config = pulumi.Config()
    readers = {key: identity.members[key] for key in runners(at.home)}
    declared = {
        key: SecretArgs(
            secret_id=at.names.secret(key),
            value=config.require_secret(key),
            rotation_days=at.home.secrets[key].rotation_days,
            accessors=readers,
        )
        for key in of_workloads(at.home)
    }
    cache_auth = SecretArgs(secret_id=at.names.secret(CACHE_AUTH), value=cache.auth_string, accessors=readers)
    password = at.home.secrets.get(DATABASE_PASSWORD)
    due = {"password_days": password.rotation_days} if password else {}
    return make_secrets(at, identity, {**declared, CACHE_AUTH: cache_auth}, **due)


def _storage(at: _Region, identity: Identity) -> Storage:
    users = {key: identity.members[key] for key in runners(at.home)}
    return Storage(
        "storage",
        StorageArgs(
            project=at.project.using("storage"),
            location=at.home.location,
            key_id=at.keys.key_ids["storage"],
            access_logs_name=at.names.bucket(ACCESS_LOGS),
            buckets={
                key: BucketArgs(name=at.names.bucket(key), retention_days=bucket.retention_days, users=users)
                for key, bucket in at.home.storage.buckets.items()
            },
            labels=at.labels,
        ),
    )


def _subscription(at: _Region, identity: Identity) -> Subscription:
    """The workers take auth events; a region without workers leaves them to its services."""
    takers = at.home.workers or at.home.services
    return Subscription(
        "events",
        SubscriptionArgs(
            project=at.project.using("pubsub"),
            name=at.names.subscription,
            topic_id=auth_names(at.fleet).topic_id,
            subscribers={key: identity.members[key] for key in takers},
            agent=at.project.agents["pubsub"],
            dead_letter_name=at.names.dead_letter_topic,
            locations=[at.home.location],
            key_id=at.keys.key_ids["messages"],
            labels=at.labels,
        ),
    )

"""One region, whole: the specs and the stack's secrets in, components composed, outputs out."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.budget import Budget, BudgetArgs
from components.cache import Cache, CacheArgs
from components.database import Database, DatabaseArgs, DatabaseUserArgs
from components.identity import AccountArgs, Identity, IdentityArgs
from components.keys import Keys
from components.logs import Logs, LogsArgs
from components.messaging import Subscription, SubscriptionArgs, Topic, TopicArgs
from components.network import Network
from components.observability import Observability, ObservabilityArgs
from components.project import Project
from components.registry import Registry, RegistryArgs
from components.secrets import SecretArgs, Secrets, SecretsArgs
from components.storage import BucketArgs, Storage, StorageArgs
from regions.names import RegionNames, auth_names, region_names
from regions.spec import MIGRATE, FleetSpec, RegionSpec
from stacks.foundation import labels, make_keys, make_project
from stacks.origin import make_origin
from stacks.secret_slots import CACHE_AUTH, DATABASE_PASSWORD, of_workloads
from stacks.surroundings import make_network
from stacks.watch import alerts, charts
from stacks.workloads import Surroundings, make_workloads, runners

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

# When Secret Manager first tells that a secret is due. It must lie ahead when a secret is made, so move it on in time;
# it says nothing to secrets that exist.
FIRST_ROTATION = "2027-07-01T00:00:00Z"

DATABASE_LOGIN = ("roles/cloudsql.client", "roles/cloudsql.instanceUser")
METRICS = "roles/monitoring.metricWriter"


@dataclass(frozen=True, kw_only=True)
class _Region:
    """What every part below is made from."""

    fleet: FleetSpec
    spec: RegionSpec
    names: RegionNames
    project: Project
    keys: Keys
    labels: dict[str, str]


def region(fleet: FleetSpec, spec: RegionSpec) -> None:
    """Declares the region's resources and exports its outputs. Reads the spec's secrets from the stack's config."""
    names = region_names(fleet, spec)
    project = make_project(fleet, spec, names, services=SERVICES, agents=sorted(KEY_USERS.values()))
    keys = make_keys(project, spec, names, KEY_USERS)
    at = _Region(fleet=fleet, spec=spec, names=names, project=project, keys=keys, labels=labels(names))
    network = make_network(fleet, spec, names, project)
    identity = _identity(at)
    database = _database(at, network, identity)
    cache = _cache(at, network)
    secrets = _secrets(at, cache, identity)
    storage = _storage(at, identity)
    registry = _registry(at)
    subscription = _subscription(at, identity)
    workloads = make_workloads(
        spec,
        names,
        Surroundings(
            project=project,
            network=network,
            identity=identity,
            database=database,
            cache=cache,
            secrets=secrets,
            storage=storage,
            registry=registry,
            subscription=subscription,
            auth_host=auth_names(fleet).origin_host,
        ),
    )
    origin = make_origin(spec, names, project, network, workloads)
    logs = _logs(at)
    _watch(at)
    pulumi.export("project_id", project.project_id)
    pulumi.export("origin_host", names.origin_host)
    pulumi.export("origin_address", origin.address)
    pulumi.export("certificate_dns_record", origin.dns_record)
    pulumi.export("service_urls", {key: service.url for key, service in workloads.items()})
    pulumi.export("database_connection_name", database.connection_name)
    pulumi.export("bucket_names", dict(storage.bucket_names))
    pulumi.export("image_prefix", registry.image_prefix)
    pulumi.export("subscription_id", subscription.subscription_id)
    pulumi.export("log_bucket", logs.bucket_name)


def _identity(at: _Region) -> Identity:
    """One account a workload. The migration job logs in with a password, since it makes the roles of the others."""
    accounts = {
        key: AccountArgs(
            account_id=at.names.service_account(key),
            purpose=f"Runs {key}.",
            project_roles=(*DATABASE_LOGIN, METRICS),
        )
        for key in runners(at.spec)
    }
    migrate = AccountArgs(
        account_id=at.names.service_account(MIGRATE),
        purpose="Migrates the database.",
        project_roles=("roles/cloudsql.client",),
    )
    return Identity("identity", IdentityArgs(project=at.project.using("iam"), accounts={**accounts, MIGRATE: migrate}))


def _database(at: _Region, network: Network, identity: Identity) -> Database:
    spec = at.spec.database
    password = pulumi.Config().require_secret(DATABASE_PASSWORD)
    return Database(
        "database",
        DatabaseArgs(
            project=at.project.using("sqladmin"),
            region=at.spec.location,
            name=at.names.database_instance,
            version=f"POSTGRES_{spec.major_version}",
            edition=spec.edition,
            tier=spec.tier,
            availability_type=spec.availability.upper(),
            disk_gb=spec.disk_gb,
            private_network=network.services_network_id,
            key_id=at.keys.key_ids["database"],
            databases={"app": at.names.database},
            users={MIGRATE: DatabaseUserArgs(name=MIGRATE, password=password)},
            accounts={key: identity.emails[key] for key in runners(at.spec)},
            flags=dict(spec.flags),
            backups_kept=spec.backups_kept,
            transaction_log_days=spec.pitr_days,
            protected=spec.deletion_protection,
            labels=at.labels,
        ),
    )


def _cache(at: _Region, network: Network) -> Cache:
    return Cache(
        "cache",
        CacheArgs(
            project=at.project.using("redis"),
            region=at.spec.location,
            name=at.names.cache,
            network_id=network.services_network_id,
            services_range_name=network.services_range_name,
            key_id=at.keys.key_ids["cache"],
            memory_gb=at.spec.cache.memory_gb,
            tier=at.spec.cache.tier.upper(),
            version=at.spec.cache.version,
            labels=at.labels,
        ),
    )


def _secrets(at: _Region, cache: Cache, identity: Identity) -> Secrets:
    config = pulumi.Config()
    readers = {key: identity.members[key] for key in runners(at.spec)}
    rotation = Topic(
        "rotation",
        TopicArgs(
            project=at.project.using("pubsub"),
            name=at.names.rotation_topic,
            locations=[at.spec.location],
            key_id=at.keys.key_ids["messages"],
            publishers={"secretmanager": at.project.agents["secretmanager"]},
            labels=at.labels,
        ),
    )
    declared = {
        key: SecretArgs(
            secret_id=at.names.secret(key),
            value=config.require_secret(key),
            rotation_days=at.spec.secrets[key].rotation_days,
            accessors=readers,
        )
        for key in of_workloads(at.spec)
    }
    cache_auth = SecretArgs(secret_id=at.names.secret(CACHE_AUTH), value=cache.auth_string, accessors=readers)
    password = SecretArgs(
        secret_id=at.names.secret(DATABASE_PASSWORD),
        value=config.require_secret(DATABASE_PASSWORD),
        accessors={MIGRATE: identity.members[MIGRATE]},
    )
    return Secrets(
        "secrets",
        SecretsArgs(
            project=at.project.using("secretmanager"),
            region=at.spec.location,
            key_id=at.keys.key_ids["secrets"],
            rotation_topic_id=rotation.topic_id,
            first_rotation=FIRST_ROTATION,
            secrets={**declared, CACHE_AUTH: cache_auth, DATABASE_PASSWORD: password},
            labels=at.labels,
        ),
    )


def _storage(at: _Region, identity: Identity) -> Storage:
    users = {key: identity.members[key] for key in runners(at.spec)}
    return Storage(
        "storage",
        StorageArgs(
            project=at.project.using("storage"),
            location=at.spec.location,
            key_id=at.keys.key_ids["storage"],
            access_logs_name=at.names.bucket("access-logs"),
            buckets={
                key: BucketArgs(name=at.names.bucket(key), retention_days=bucket.retention_days, users=users)
                for key, bucket in at.spec.storage.buckets.items()
            },
            labels=at.labels,
        ),
    )


def _registry(at: _Region) -> Registry:
    releases = at.fleet.release_registry
    return Registry(
        "registry",
        RegistryArgs(
            project=at.project.using("artifactregistry"),
            location=at.spec.location,
            repository_id=at.names.repository,
            upstream=(f"projects/{releases.project}/locations/{releases.location}/repositories/{releases.repository}"),
            key_id=at.keys.key_ids["images"],
            labels=at.labels,
        ),
    )


def _subscription(at: _Region, identity: Identity) -> Subscription:
    """The workers take auth events; a region without workers leaves them to its services."""
    takers = at.spec.workers or at.spec.services
    return Subscription(
        "events",
        SubscriptionArgs(
            project=at.project.using("pubsub"),
            name=at.names.subscription,
            topic_id=auth_names(at.fleet).topic_id,
            subscribers={key: identity.members[key] for key in takers},
            agent=at.project.agents["pubsub"],
            dead_letter_name=at.names.dead_letter_topic,
            locations=[at.spec.location],
            key_id=at.keys.key_ids["messages"],
            labels=at.labels,
        ),
    )


def _logs(at: _Region) -> Logs:
    return Logs(
        "logs",
        LogsArgs(
            project=at.project.using("logging"),
            location=at.spec.location,
            bucket_id=at.names.log_bucket,
            sink_name=at.names.log_sink,
        ),
    )


def _watch(at: _Region) -> None:
    observability = Observability(
        "watch",
        ObservabilityArgs(
            project=at.project.using("monitoring"),
            title=at.names.stack,
            email=at.spec.alerts.email,
            host=at.names.origin_host,
            alerts=alerts(at.names),
            charts=charts(at.names),
            labels=at.labels,
        ),
    )
    if at.fleet.organisation:
        Budget(
            "budget",
            BudgetArgs(
                billing_account=at.fleet.organisation.billing_account,
                project_number=at.project.number,
                title=at.names.stack,
                monthly_usd=at.spec.budget.monthly_usd,
                thresholds_percent=at.spec.budget.thresholds_percent,
                channel_id=observability.channel_id,
            ),
        )

"""What a site keeps its data in: database, secrets, images, logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi import Output

from components.database import Database, DatabaseArgs, DatabaseUserArgs
from components.identity import AccountArgs, Identity
from components.logs import Logs, LogsArgs
from components.messaging import Topic, TopicArgs
from components.network import Network
from components.registry import Registry, RegistryArgs
from components.secrets import SecretArgs, Secrets, SecretsArgs
from regions.database import DatabaseSpec
from regions.keys import MIGRATE
from regions.names import ProjectNames
from regions.spec import Home
from stacks.foundation import Site
from stacks.secret_slots import DATABASE_PASSWORD

DATABASE_LOGIN = ("roles/cloudsql.client", "roles/cloudsql.instanceUser")
METRICS = "roles/monitoring.metricWriter"


def account_args(names: ProjectNames, runners: Sequence[str]) -> dict[str, AccountArgs]:
    """One account a workload. The migration job logs in with a password, since it makes the roles of the others."""
    accounts = {
        key: AccountArgs(
            account_id=names.service_account(key), purpose=f"Runs {key}.", project_roles=(*DATABASE_LOGIN, METRICS)
        )
        for key in runners
    }
    migrate = AccountArgs(
        account_id=names.service_account(MIGRATE),
        purpose="Migrates the database.",
        project_roles=("roles/cloudsql.client",),
    )
    return {**accounts, MIGRATE: migrate}


def make_database(
    at: Site[Home, ProjectNames], spec: DatabaseSpec, network: Network, accounts: Mapping[str, Output[str]]
) -> Database:
    """The database, its migration user with a password of the stack's config, and `accounts` that log in."""
    password = pulumi.Config().require_secret(DATABASE_PASSWORD)
    return Database(
        "database",
        DatabaseArgs(
            project=at.project.using("sqladmin"),
            region=at.home.location,
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
            accounts=accounts,
            flags=dict(spec.flags),
            backup_location=spec.backup_location,
            backups_kept=spec.backups_kept,
            transaction_log_days=spec.pitr_days,
            protected=spec.deletion_protection,
            labels=at.labels,
        ),
    )


def make_secrets(
    at: Site[Home, ProjectNames], identity: Identity, secrets: Mapping[str, SecretArgs], *, password_days: int = 90
) -> Secrets:
    """`secrets` and the migration user's password, due every `password_days`, and the topic that tells what is due."""
    rotation = Topic(
        "rotation",
        TopicArgs(
            project=at.project.using("pubsub"),
            name=at.names.rotation_topic,
            locations=[at.home.location],
            key_id=at.keys.key_ids["messages"],
            publishers={"secretmanager": at.project.agents["secretmanager"]},
            labels=at.labels,
        ),
    )
    password = SecretArgs(
        secret_id=at.names.secret(DATABASE_PASSWORD),
        value=pulumi.Config().require_secret(DATABASE_PASSWORD),
        rotation_days=password_days,
        accessors={MIGRATE: identity.members[MIGRATE]},
    )
    return Secrets(
        "secrets",
        SecretsArgs(
            project=at.project.using("secretmanager"),
            region=at.home.location,
            key_id=at.keys.key_ids["secrets"],
            rotation_topic_id=rotation.topic_id,
            first_rotation=f"{at.fleet.first_rotation}T00:00:00Z",
            secrets={**secrets, DATABASE_PASSWORD: password},
            labels=at.labels,
        ),
    )


def make_registry(at: Site[Home, ProjectNames]) -> Registry:
    """The site's own copies of what the fleet's release registry holds."""
    releases = at.fleet.release_registry
    return Registry(
        "registry",
        RegistryArgs(
            project=at.project.using("artifactregistry"),
            location=at.home.location,
            repository_id=at.names.repository,
            upstream=f"projects/{releases.project}/locations/{releases.location}/repositories/{releases.repository}",
            key_id=at.keys.key_ids["images"],
            labels=at.labels,
        ),
    )


def make_logs(at: Site[Home, ProjectNames]) -> Logs:
    return Logs(
        "logs",
        LogsArgs(
            project=at.project.using("logging"),
            location=at.home.location,
            bucket_id=at.names.log_bucket,
            sink_name=at.names.log_sink,
        ),
    )

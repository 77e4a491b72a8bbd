"""What a region runs: the migration first, then services and workers, each knowing its surroundings by environment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypedDict

from pulumi import Input, Output

from components.base import Labels
from components.cache import Cache
from components.database import Database, iam_user
from components.identity import Identity
from components.job import Job, JobArgs
from components.messaging import Subscription
from components.network import Network
from components.project import Project
from components.registry import Registry
from components.secrets import Secrets
from components.service import Service, ServiceArgs
from components.storage import Storage
from components.worker_pool import WorkerPool, WorkerPoolArgs
from components.workload import SecretEnv
from regions.names import RegionNames
from regions.spec import MIGRATE, RegionSpec
from stacks.foundation import labels
from stacks.secret_slots import CACHE_AUTH, DATABASE_PASSWORD, of_workloads, variable
from stacks.surroundings import WORKLOADS

SYNC = "sync"  # holds WebSockets: a client goes back to its instance


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What workloads run in and speak to."""

    project: Project
    network: Network
    identity: Identity
    database: Database
    cache: Cache
    secrets: Secrets
    storage: Storage
    registry: Registry
    subscription: Subscription
    auth_host: str


class _Place(TypedDict):
    """The arguments that every workload has in common."""

    project: Input[str]
    region: Input[str]
    account_email: Input[str]
    network_id: Input[str]
    subnet_id: Input[str]
    labels: Labels


def runners(spec: RegionSpec) -> tuple[str, ...]:
    """The keys of what runs all the time: services and workers."""
    return (*spec.services, *spec.workers)


def release_token(spec: RegionSpec) -> str:
    """Changes with every release, and with nothing else: 12 hexadecimal digits."""
    images = "\n".join(f"{key} {digest}" for key, digest in sorted(spec.release.items()))
    return hashlib.sha256(images.encode()).hexdigest()[:12]


def make_workloads(spec: RegionSpec, names: RegionNames, around: Surroundings) -> dict[str, Service]:
    """The migration job, the worker pools and the services; the services by key."""
    job = _migration(spec, names, around)
    for key, worker in spec.workers.items():
        WorkerPool(
            key,
            WorkerPoolArgs(
                **_place(key, spec, names, around),
                name=names.worker_pool(key),
                image=job.once_run(_image(key, spec, around)),
                cpu=str(worker.cpu),
                memory=f"{worker.memory_mib}Mi",
                min_instances=worker.min_instances,
                max_instances=worker.max_instances,
                env=_env(key, spec, around),
                secret_env=_secret_env(spec, around),
            ),
        )
    return {
        key: Service(
            key,
            ServiceArgs(
                **_place(key, spec, names, around),
                name=names.service(key),
                image=job.once_run(_image(key, spec, around)),
                cpu=str(service.cpu),
                memory=f"{service.memory_mib}Mi",
                min_instances=service.min_instances,
                max_instances=service.max_instances,
                concurrency=service.concurrency,
                timeout_s=service.timeout_s,
                session_affinity=key == SYNC,
                env=_env(key, spec, around),
                secret_env=_secret_env(spec, around),
            ),
        )
        for key, service in spec.services.items()
    }


def _migration(spec: RegionSpec, names: RegionNames, around: Surroundings) -> Job:
    return Job(
        MIGRATE,
        JobArgs(
            **_place(MIGRATE, spec, names, around),
            name=names.job(MIGRATE),
            image=_image(MIGRATE, spec, around),
            run_token=release_token(spec),
            env={
                **_database_env(MIGRATE, around),
                # The roles that it makes are those of the accounts that log in as themselves.
                "DATABASE_ACCOUNTS": Output.all(
                    *(iam_user(around.identity.emails[key]) for key in runners(spec))
                ).apply(",".join),
            },
            secret_env={variable(DATABASE_PASSWORD): _secret(DATABASE_PASSWORD, around)},
        ),
    )


def _place(key: str, spec: RegionSpec, names: RegionNames, around: Surroundings) -> _Place:
    return _Place(
        project=around.project.using("run"),
        region=spec.location,
        account_email=around.identity.emails[key],
        network_id=around.network.network_id,
        subnet_id=around.network.subnet_ids[WORKLOADS],
        labels=labels(names),
    )


def _image(key: str, spec: RegionSpec, around: Surroundings) -> Output[str]:
    return Output.concat(around.registry.image_prefix, f"/{key}@{spec.release[key]}")


def _env(key: str, spec: RegionSpec, around: Surroundings) -> dict[str, Input[str]]:
    buckets = {f"BUCKET_{variable(bucket)}": name for bucket, name in around.storage.bucket_names.items()}
    return {
        **_database_env(iam_user(around.identity.emails[key]), around),
        **buckets,
        "REGION": spec.name,
        "AUTH_URL": f"https://{around.auth_host}",
        "AUTH_EVENTS_SUBSCRIPTION": around.subscription.subscription_id,
        "CACHE_HOST": around.cache.host,
        "CACHE_PORT": around.cache.port.apply(str),
        "CACHE_CA_CERTIFICATES": around.cache.ca_certificates,
        "DRAIN_TIMEOUT_S": str(spec.drain_timeout_s),
    }


def _database_env(user: Input[str], around: Surroundings) -> dict[str, Input[str]]:
    return {
        "DATABASE_HOST": around.database.private_ip,
        "DATABASE_NAME": around.database.database_names["app"],
        "DATABASE_USER": user,
    }


def _secret_env(spec: RegionSpec, around: Surroundings) -> dict[str, SecretEnv]:
    return {variable(key): _secret(key, around) for key in (*of_workloads(spec), CACHE_AUTH)}


def _secret(key: str, around: Surroundings) -> SecretEnv:
    return SecretEnv(secret_id=around.secrets.secret_ids[key], version=around.secrets.versions[key])

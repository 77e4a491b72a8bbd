"""What runs in a site: the migration first, then a region's services and workers.

Each is placed alike, and knows its surroundings by its environment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pulumi import Input, Output

from components.base import Labels
from components.cache import Cache
from components.database import Database, iam_user
from components.identity import Identity
from components.job import Job, JobArgs
from components.messaging import Subscription
from components.registry import Registry
from components.secrets import Secrets
from components.service import Service, ServiceArgs
from components.storage import Storage
from components.worker_pool import WorkerPool, WorkerPoolArgs
from components.workload import SecretEnv
from regions.keys import CACHE_AUTH, MIGRATE
from regions.names import ProjectNames, RegionNames
from regions.spec import Home, RegionSpec
from stacks.foundation import STACK_LABELS, Site
from stacks.secret_slots import DATABASE_PASSWORD, of_workloads, variable
from stacks.site_network import SiteNetwork


class Place(TypedDict):
    """The arguments that every workload has in common."""

    project: Input[str]
    region: Input[str]
    account_email: Input[str]
    network_id: Input[str]
    subnet_id: Input[str]
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every workload of a site runs in."""

    site_network: SiteNetwork
    identity: Identity
    database: Database
    secrets: Secrets
    registry: Registry

    def place(self, key: str, at: Site[Home, ProjectNames]) -> Place:
        return Place(
            project=at.project.using("run"),
            region=at.home.location,
            account_email=self.identity.emails[key],
            network_id=self.site_network.network.network_id,
            subnet_id=self.site_network.workloads_subnet_id,
            labels=at.labels,
        )

    def image(self, key: str, release: Mapping[str, str]) -> Output[str]:
        return Output.concat(self.registry.image_prefix, f"/{key}@{release[key]}")

    def database_env(self, user: Input[str]) -> dict[str, Input[str]]:
        return {
            "DATABASE_HOST": self.database.private_ip,
            "DATABASE_NAME": self.database.database_names["app"],
            "DATABASE_USER": user,
        }

    def own_database_env(self, key: str) -> dict[str, Input[str]]:
        """Of a workload that logs in as its own account. It shows its token to the instance's own server alone.

        The migration is told no certificates: they are a list that only the cloud knows, and its run's token, which a
        review compares, is made of all that it is told.
        """
        return {
            **self.database_env(iam_user(self.identity.emails[key])),
            "DATABASE_CA_CERTIFICATES": self.database.ca_certificates,
        }

    def secret_env(self, keys: Sequence[str]) -> dict[str, SecretEnv]:
        return {
            variable(key): SecretEnv(secret_id=self.secrets.secret_ids[key], version=self.secrets.versions[key])
            for key in keys
        }


def make_migration(
    at: Site[Home, ProjectNames], runtime: Runtime, release: Mapping[str, str], accounts: Sequence[str]
) -> Job:
    """The job that migrates the database and makes the roles of those that log in as themselves."""
    return Job(
        MIGRATE,
        JobArgs(
            **runtime.place(MIGRATE, at),
            name=at.names.job(MIGRATE),
            image=runtime.image(MIGRATE, release),
            occasion=json.dumps(dict(release), sort_keys=True),
            constant_labels=STACK_LABELS,
            env={
                **runtime.database_env(MIGRATE),
                # Who logs in as themselves, by the workload's key: the roles that the job gives are theirs.
                "DATABASE_ACCOUNTS": Output.json_dumps(
                    {key: iam_user(runtime.identity.emails[key]) for key in accounts}, sort_keys=True
                ),
            },
            secret_env=runtime.secret_env([DATABASE_PASSWORD]),
        ),
    )


API = "api"  # also serves the page
SYNC = "sync"  # holds WebSockets: a client goes back to its instance


@dataclass(frozen=True, kw_only=True)
class WorkloadInputs:
    """What a region's workloads run in and speak to."""

    runtime: Runtime
    cache: Cache
    storage: Storage
    subscription: Subscription
    auth_host: str


def runners(spec: RegionSpec) -> tuple[str, ...]:
    """The keys of what runs all the time: services and workers."""
    return (*spec.services, *spec.workers)


def make_workloads(at: Site[RegionSpec, RegionNames], inputs: WorkloadInputs) -> dict[str, Service]:
    """The migration job, the worker pools and the services; the services by key."""
    spec, runtime = at.home, inputs.runtime
    job = make_migration(at, runtime, spec.release, runners(spec))
    secret_env = runtime.secret_env((*of_workloads(spec), CACHE_AUTH))
    for key, worker in spec.workers.items():
        WorkerPool(
            key,
            WorkerPoolArgs(
                **runtime.place(key, at),
                name=at.names.worker_pool(key),
                image=job.once_run(runtime.image(key, spec.release)),
                cpu=str(worker.cpu),
                memory=f"{worker.memory_mib}Mi",
                instances=worker.instances,
                env=_env(key, at, inputs),
                secret_env=secret_env,
            ),
        )
    return {
        key: Service(
            key,
            ServiceArgs(
                **runtime.place(key, at),
                name=at.names.service(key),
                image=job.once_run(runtime.image(key, spec.release)),
                cpu=str(service.cpu),
                memory=f"{service.memory_mib}Mi",
                min_instances=service.min_instances,
                max_instances=service.max_instances,
                concurrency=service.concurrency,
                timeout_s=service.timeout_s,
                session_affinity=key == SYNC,
                env=_env(key, at, inputs),
                secret_env=secret_env,
            ),
        )
        for key, service in spec.services.items()
    }


def _env(key: str, at: Site[RegionSpec, RegionNames], inputs: WorkloadInputs) -> dict[str, Input[str]]:
    spec = at.home
    buckets = {f"BUCKET_{variable(bucket)}": name for bucket, name in inputs.storage.bucket_names.items()}
    return {
        **inputs.runtime.own_database_env(key),
        **buckets,
        "REGION": spec.name,
        "AUTH_URL": f"https://{inputs.auth_host}",
        "AUTH_EVENTS_SUBSCRIPTION": inputs.subscription.subscription_id,
        "CACHE_HOST": inputs.cache.host,
        "CACHE_PORT": inputs.cache.port.apply(str),
        "CACHE_CA_CERTIFICATES": inputs.cache.ca_certificates,
        "DRAIN_TIMEOUT_S": str(spec.drain_timeout_s),
        **(_localities(at) if key == API else {}),
    }


def _localities(at: Site[RegionSpec, RegionNames]) -> dict[str, Input[str]]:
    """What the page offers to new accounts: alike in every region, so that none is treated otherwise."""
    said = {
        key: {"name": locality.name, "time_zones": list(locality.time_zones)}
        for key, locality in at.fleet.localities.items()
    }
    return {"LOCALITIES": json.dumps(said, ensure_ascii=False, sort_keys=True)}

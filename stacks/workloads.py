"""What a region runs: the migration first, then services and workers, each knowing its surroundings by environment."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import Input

from components.cache import Cache
from components.messaging import Subscription
from components.service import Service, ServiceArgs
from components.storage import Storage
from components.worker_pool import WorkerPool, WorkerPoolArgs
from regions.keys import CACHE_AUTH
from regions.names import RegionNames
from regions.spec import RegionSpec
from stacks.foundation import Site
from stacks.runtime import Runtime, make_migration
from stacks.secret_slots import of_workloads, variable

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
                env=_env(key, spec, inputs),
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
                env=_env(key, spec, inputs),
                secret_env=secret_env,
            ),
        )
        for key, service in spec.services.items()
    }


def _env(key: str, spec: RegionSpec, inputs: WorkloadInputs) -> dict[str, Input[str]]:
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
    }

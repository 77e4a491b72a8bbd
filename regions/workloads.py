"""What a region runs: services behind the load balancer, background workers, and the release of images."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, Strict, ValidationInfo, field_validator

from regions.locations import known_location
from regions.model import ProjectId, Shape, Spec

# MiB that Cloud Run takes for a number of vCPUs: the least and the most. 512 is the least of the second-generation
# execution environment, which all of ours run in, and the only one of jobs and worker pools.
# https://cloud.google.com/run/docs/configuring/services/memory-limits, .../services/cpu
_MEMORY_MIB = {1: (512, 4096), 2: (512, 8192), 4: (2048, 16384), 6: (4096, 24576), 8: (4096, 32768)}


class WorkloadSpec(Spec):
    """Something that runs in instances."""

    cpu: int = Field(strict=True, ge=1, le=8, description="vCPUs of an instance: 1, 2, 4, 6 or 8.")
    memory_mib: int = Field(strict=True, ge=512, le=32768)

    @field_validator("cpu")
    @classmethod
    def _cloud_run_has_such_a_machine(cls, cpu: int) -> int:
        if cpu not in _MEMORY_MIB:
            raise ValueError(f"{cpu}: Cloud Run takes {', '.join(map(str, _MEMORY_MIB))}")
        return cpu

    @field_validator("memory_mib")
    @classmethod
    def _memory_goes_with_the_cpu(cls, memory_mib: int, info: ValidationInfo) -> int:
        low, high = _MEMORY_MIB.get(info.data.get("cpu", 0), (memory_mib, memory_mib))
        if not low <= memory_mib <= high:
            raise ValueError(f"{memory_mib}: Cloud Run takes {low} to {high} for {info.data['cpu']} vCPU")
        return memory_mib


class ServiceSpec(WorkloadSpec):
    """A Cloud Run service, which has as many instances as its requests need."""

    min_instances: int = Field(strict=True, ge=0, le=1000)
    max_instances: int = Field(strict=True, ge=1, le=1000)
    concurrency: int = Field(strict=True, ge=1, le=1000, description="Requests that one instance takes at a time.")
    timeout_s: int = Field(strict=True, ge=1, le=3600, description="The longest request; a WebSocket is one request.")

    @field_validator("max_instances")
    @classmethod
    def _max_is_not_below_min(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("min_instances", most):
            raise ValueError(f"{most} is less than min_instances {info.data['min_instances']}")
        return most


class WorkerSpec(WorkloadSpec):
    """A Cloud Run worker pool: it pulls its work and serves no requests. Nothing changes how many instances it has."""

    # The API has no other scaling: `WorkerPoolScaling` of google.cloud.run.v2 knows `manual_instance_count` alone, and
    # refuses the modes of the provider (https://github.com/hashicorp/terraform-provider-google/issues/26525).
    instances: int = Field(
        strict=True, ge=1, le=1000, description="How many run, whatever the backlog: an alert tells when it grows."
    )


def _registry_location(location: str) -> str:
    return known_location(
        location, "us", "europe", "asia"
    )  # https://cloud.google.com/artifact-registry/docs/repositories/repo-locations


class RegistrySpec(Spec):
    """The Artifact Registry repository that releases are pushed to. Each region has a repository in front of it."""

    location: Annotated[str, Strict(), AfterValidator(_registry_location)]
    project: ProjectId
    repository: Annotated[
        str, Shape(r"[a-z]([a-z0-9-]*[a-z0-9])?", "lower-case letters, digits and dashes are", most=63)
    ]

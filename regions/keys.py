"""Refuses keys of a spec that would give something a name which something else of the region has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from regions.model import Key

MIGRATE = "migrate"  # the image of the job that migrates the database before the services roll
ACCESS_LOGS = "access-logs"  # the bucket that the others write their access logs to
CACHE_AUTH = "cache-auth"  # the secret that the cache makes by itself

# A secret's key is the name of a variable too: `cache-host` would be CACHE_HOST. What workloads are told in plain...
_TOLD = (
    "auth-url",
    "cache-host",
    "cache-port",
    "database-host",
    "database-name",
    "database-user",
    "drain-timeout-s",
    "localities",
    "locality",
    "region",
)
_TOLD_BUCKETS = "bucket-"
# ...and what Cloud Run sets. https://cloud.google.com/run/docs/container-contract#env-vars
_CLOUD_RUNS = ("k-configuration", "k-revision", "k-service", "port")


def _is_not(taken: Callable[[str], str | None]) -> AfterValidator:
    def checked(key: str) -> str:
        if owner := taken(key):
            raise ValueError(f"{owner}; take another key")
        return key

    return AfterValidator(checked)


def _owner_of_workload(key: str) -> str | None:
    return "the job that migrates the database is called that" if key == MIGRATE else None


def _owner_of_bucket(key: str) -> str | None:
    if key == ACCESS_LOGS:
        return "the bucket of the access logs is called that"
    # https://cloud.google.com/storage/docs/buckets#naming
    return "Google Cloud refuses it in bucket names" if "google" in key or "g00gle" in key else None


def _owner_of_secret(key: str) -> str | None:
    if key == CACHE_AUTH:
        return "the cache makes this secret by itself"
    if key in _TOLD or key.startswith(_TOLD_BUCKETS):
        return "workloads are told something else by a variable of this name"
    return "Cloud Run sets a variable of this name itself" if key in _CLOUD_RUNS else None


WorkloadKey = Annotated[Key, _is_not(_owner_of_workload)]
BucketKey = Annotated[Key, _is_not(_owner_of_bucket)]
SecretKey = Annotated[Key, _is_not(_owner_of_secret)]

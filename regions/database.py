"""Cloud SQL for PostgreSQL and Memorystore for Redis, as a region's spec describes them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from regions.locations import JURISDICTION_OF, MULTI_REGIONS, known_location
from regions.model import FrozenMap, Shape, Spec

_CUSTOM_TIER = re.compile(r"db-custom-(\d{1,2})-(\d{4,6})")
_PERFORMANCE_TIER = re.compile(r"db-perf-optimized-N-(2|4|8|16|32|48|64|80|96|128)")
_SHARED_TIERS = ("db-f1-micro", "db-g1-small")


def _machine_type(tier: str) -> str:
    """One of Cloud SQL's machine types. https://cloud.google.com/sql/docs/postgres/create-instance#machine-types"""
    if tier in _SHARED_TIERS or _PERFORMANCE_TIER.fullmatch(tier):
        return tier
    custom = _CUSTOM_TIER.fullmatch(tier)
    if not custom:
        raise ValueError(
            "not a machine type of Cloud SQL: db-custom-<vCPUs>-<memory in MiB>, db-perf-optimized-N-<vCPUs>, "
            "db-g1-small or db-f1-micro"
        )
    cpus, memory_mib = int(custom[1]), int(custom[2])
    if cpus not in (1, *range(2, 97, 2)):
        raise ValueError(f"{cpus} vCPUs: Cloud SQL takes 1 or an even number up to 96")
    low, high = max(3840, -(-cpus * 922 // 256) * 256), cpus * 6656
    if memory_mib % 256 or not low <= memory_mib <= high:
        raise ValueError(
            f"{memory_mib} MiB for {cpus} vCPUs: Cloud SQL takes a multiple of 256 MiB from {low} to {high}"
        )
    return tier


class Edition(StrEnum):
    """Cloud SQL's edition, which follows from the tier."""

    ENTERPRISE = "ENTERPRISE"
    ENTERPRISE_PLUS = "ENTERPRISE_PLUS"


def edition_of(tier: str) -> Edition:
    """The edition that a machine type belongs to."""
    return Edition.ENTERPRISE_PLUS if _PERFORMANCE_TIER.fullmatch(tier) else Edition.ENTERPRISE


def _place_of_backups(location: str) -> str:
    return known_location(location, *MULTI_REGIONS)


# https://cloud.google.com/sql/docs/postgres/backup-recovery/backups#custom-backup-locations
BackupLocation = Annotated[
    str,
    Strict(),
    AfterValidator(_place_of_backups),
    WithJsonSchema({"type": "string", "enum": sorted((*JURISDICTION_OF, *MULTI_REGIONS))}),
]
FlagName = Annotated[str, Shape(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", "the name of a PostgreSQL flag is", most=63)]
FlagValue = Annotated[str, Strict()]


class Availability(StrEnum):
    """`regional` has a standby in another zone of the same region."""

    REGIONAL = "regional"
    ZONAL = "zonal"


class DatabaseSpec(Spec):
    """A region's PostgreSQL."""

    tier: Annotated[str, Strict(), AfterValidator(_machine_type)] = Field(
        description="Cloud SQL's machine type, db-custom-<vCPUs>-<memory in MiB>. A change restarts the database."
    )
    disk_gb: int = Field(strict=True, ge=10, le=65536, description="May grow and never shrink.")
    availability: Availability = Field(description="regional keeps a standby in another zone.")
    backups_kept: int = Field(strict=True, ge=1, le=365, description="Daily backups that are kept.")
    backup_location: BackupLocation | None = Field(
        default=None,
        description="Where backups rest: a region, or the multi-region us, eu or asia. Left out, the database's own.",
    )
    pitr_days: int = Field(strict=True, ge=1, le=35, description="Days that point-in-time recovery reaches back.")
    major_version: int = Field(strict=True, ge=14, le=18, description="PostgreSQL's major version.")
    flags: FrozenMap[FlagName, FlagValue] = Field(
        default={}, validate_default=True, description="PostgreSQL flags beside those of the security baseline."
    )
    deletion_protection: bool = Field(default=True, strict=True)

    @property
    def edition(self) -> Edition:
        return edition_of(self.tier)

    @field_validator("pitr_days")
    @classmethod
    def _recovery_reaches_back_over_logs_and_backups_that_exist(cls, days: int, info: ValidationInfo) -> int:
        # https://cloud.google.com/sql/docs/postgres/backup-recovery/pitr: logs for at most 7 days, 35 in
        # Enterprise Plus. A restore starts from a backup, so days before the oldest one are of no use.
        edition = edition_of(info.data.get("tier", ""))
        longest = 35 if edition is Edition.ENTERPRISE_PLUS else 7
        if days > longest:
            raise ValueError(f"{days}: Cloud SQL's edition {edition} keeps logs for at most {longest} days")
        if days > info.data.get("backups_kept", days):
            raise ValueError(f"{days} days reach back further than the {info.data['backups_kept']} backups kept")
        return days


class CacheTier(StrEnum):
    """`standard_ha` has a replica in another zone of the same region."""

    BASIC = "basic"
    STANDARD_HA = "standard_ha"


class CacheVersion(StrEnum):
    """Memorystore's names. https://cloud.google.com/memorystore/docs/redis/supported-versions"""

    REDIS_6_X = "REDIS_6_X"
    REDIS_7_0 = "REDIS_7_0"
    REDIS_7_2 = "REDIS_7_2"


class CacheSpec(Spec):
    """A region's Redis. It holds nothing that cannot be computed again."""

    memory_gb: int = Field(strict=True, ge=1, le=300)
    tier: CacheTier = Field(description="standard_ha keeps a replica in another zone.")
    version: CacheVersion

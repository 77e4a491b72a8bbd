"""What a change does to what is served, by type and property: facts of the clouds, each with its source.

The first row of a type that fits decides. A property fits a row by its own path or by one above it
(`settings.userLabels` takes `settings.userLabels.team`); `*` takes what no row before it did. An update that fits no
row interrupts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Downtime(StrEnum):
    """From harmless to grave."""

    NONE = "none"  # served all the while
    RESTART = "restart"  # connections drop, and can be made again within a minute or two
    INTERRUPTION = "interruption"  # gone for longer than a restart
    DATA_AT_RISK = "data at risk"  # what it holds may be lost


@dataclass(frozen=True)
class Row:
    """An update in place of one of these properties; `lowered`: only where a number gets smaller."""

    type: str
    properties: tuple[str, ...]
    downtime: Downtime
    source: str
    lowered: bool = False


_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_SQL_DOCS = "https://cloud.google.com/sql/docs/postgres"
_REDIS = "gcp:redis/instance:Instance"
_NAT = "gcp:compute/routerNat:RouterNat"
_RUN_DOCS = "https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration"

UPDATES = (
    # What is kept for less time is deleted.
    Row(
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        ("retentionDays",),
        Downtime.DATA_AT_RISK,
        "https://cloud.google.com/logging/docs/buckets#custom-retention",
        lowered=True,
    ),
    Row(
        _SQL,
        (
            "settings.backupConfiguration.backupRetentionSettings.retainedBackups",
            "settings.backupConfiguration.transactionLogRetentionDays",
        ),
        Downtime.DATA_AT_RISK,
        f"{_SQL_DOCS}/backup-recovery/backups",
        lowered=True,
    ),
    Row(
        "gcp:storage/bucket:Bucket",
        ("softDeletePolicy.retentionDurationSeconds",),
        Downtime.DATA_AT_RISK,
        "https://cloud.google.com/storage/docs/soft-delete",
        lowered=True,
    ),
    Row(
        _SQL,
        ("databaseVersion",),
        Downtime.INTERRUPTION,
        f"{_SQL_DOCS}/upgrade-major-db-version-inplace",
    ),
    Row(
        _SQL,
        ("settings.diskSize", "settings.diskAutoresize", "settings.diskAutoresizeLimit"),
        Downtime.NONE,
        f"{_SQL_DOCS}/instance-settings",
    ),
    Row(
        _SQL,
        (
            "deletionProtection",
            "settings.backupConfiguration.backupRetentionSettings",
            "settings.backupConfiguration.location",
            "settings.backupConfiguration.startTime",
            "settings.backupConfiguration.transactionLogRetentionDays",
            "settings.deletionProtectionEnabled",
            "settings.insightsConfig",
            "settings.maintenanceWindow",
            "settings.userLabels",
        ),
        Downtime.NONE,
        f"{_SQL_DOCS}/instance-settings",
    ),
    # Machine type, database flags, point-in-time recovery, availability, addresses: "Using this operation might cause
    # your instance to restart."
    Row(_SQL, ("*",), Downtime.RESTART, f"{_SQL_DOCS}/admin-api/rest/v1/instances/update"),
    # "A short connection reset of a couple minutes, or less."
    Row(
        _REDIS,
        ("memorySizeGb", "replicaCount", "readReplicasMode"),
        Downtime.INTERRUPTION,
        "https://cloud.google.com/memorystore/docs/redis/scaling-behavior",
    ),
    Row(
        _NAT,
        ("minPortsPerVm", "maxPortsPerVm", "enableDynamicPortAllocation", "natIps", "drainNatIps"),
        Downtime.RESTART,
        "https://cloud.google.com/nat/docs/tune-nat-configuration",
    ),
    # "In flight requests won't be dropped."
    Row("gcp:cloudrunv2/service:Service", ("*",), Downtime.NONE, _RUN_DOCS),
    Row("gcp:cloudrunv2/workerPool:WorkerPool", ("*",), Downtime.NONE, _RUN_DOCS),
)

# Replaced or deleted, they take with them what nobody can make again; so does everything that a program protects.
STATEFUL = {
    "gcp:kms/cryptoKey:CryptoKey": "https://cloud.google.com/kms/docs/destroy-restore",
    "gcp:kms/keyRing:KeyRing": "https://cloud.google.com/kms/docs/destroy-restore",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "https://cloud.google.com/logging/docs/buckets",
    "gcp:organizations/project:Project": "https://cloud.google.com/resource-manager/docs/creating-managing-projects",
    "gcp:pubsub/subscription:Subscription": "https://cloud.google.com/pubsub/docs/delete-subscriptions",
    "gcp:pubsub/topic:Topic": "https://cloud.google.com/pubsub/docs/delete-topic",
    "gcp:secretmanager/secret:Secret": "https://cloud.google.com/secret-manager/docs/delete-secrets",
    _SQL: f"{_SQL_DOCS}/delete-instance",
    "gcp:sql/database:Database": f"{_SQL_DOCS}/create-manage-databases",
    "gcp:storage/bucket:Bucket": "https://cloud.google.com/storage/docs/deleting-buckets",
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": "https://developers.cloudflare.com/kv/",
}

# They look on: without them nothing stops. Types, or the modules that hold them.
WATCHING = (
    "gcp:billing/",
    "gcp:logging/projectSink:",
    "gcp:monitoring/",
    "gcp:projects/iAMAuditConfig:",
)

"""A region's objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

# Google's account that writes access logs: https://cloud.google.com/storage/docs/access-logs
ACCESS_LOG_WRITER = "group:cloud-storage-analytics@google.com"
# Whose that group is, as iam.allowedPolicyMemberDomains names a customer. An organisation that admits its own
# identities alone, as those made since May 2024 do, refuses the grant until a policy of the project admits Google's:
# https://cloud.google.com/resource-manager/docs/organization-policy/restricting-domains
ACCESS_LOG_WRITERS_CUSTOMER = "is:C02h8e9nw"
ACCESS_LOGS_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What was deleted or written over can be brought back for `retention_days`.

    `users` maps a stable key to an IAM member that may read, write and delete objects.
    """

    name: Input[str]
    retention_days: Input[int] = 30
    users: Mapping[str, Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """`location` is a region, never a multi-region. `buckets` maps a stable key to a bucket."""

    project: Input[str]
    location: Input[str]
    key_id: Input[str]
    access_logs_name: Input[str]
    buckets: Mapping[str, BucketArgs]
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Storage(pulumi.ComponentResource):
    """Private buckets of one region: uniform access, versions, CMEK, and access logs in a bucket beside them.

    The project must admit `ACCESS_LOG_WRITERS_CUSTOMER`. `bucket_names` imply readiness: they wait for the grants. Does
    not manage objects, nor empties a bucket when it goes: the cloud refuses to delete one that holds objects.
    """

    bucket_names: Mapping[str, Output[str]]

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:storage:Storage", name, None, opts)
        self._args = args
        access_logs = self._make_access_logs(name)
        self.bucket_names = {
            key: self._make_bucket(f"{name}-{key}", bucket, access_logs) for key, bucket in args.buckets.items()
        }
        self.register_outputs({"bucketNames": dict(self.bucket_names)})

    def _make_access_logs(self, name: str) -> Output[str]:
        bucket = gcp.storage.Bucket(
            f"{name}-access-logs",
            project=self._args.project,
            location=self._args.location,
            name=self._args.access_logs_name,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning=gcp.storage.BucketVersioningArgs(enabled=True),
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=self._args.key_id),
            lifecycle_rules=[
                _delete_when(gcp.storage.BucketLifecycleRuleConditionArgs(age=ACCESS_LOGS_DAYS, with_state="ANY"))
            ],
            labels=self._args.labels,
            opts=child(self, protect=self._args.protected),
        )
        grant = gcp.storage.BucketIAMMember(
            f"{name}-access-logs-writer",
            bucket=bucket.name,
            role="roles/storage.objectCreator",
            member=ACCESS_LOG_WRITER,
            opts=child(self),
        )
        return ready(bucket.name, grant)

    def _make_bucket(self, name: str, args: BucketArgs, access_logs: Output[str]) -> Output[str]:
        bucket = gcp.storage.Bucket(
            f"{name}-bucket",
            project=self._args.project,
            location=self._args.location,
            name=args.name,
            uniform_bucket_level_access=True,  # CKV_GCP_29, CIS 5.2
            public_access_prevention="enforced",  # CKV_GCP_114, CKV_GCP_28, CIS 5.1
            versioning=gcp.storage.BucketVersioningArgs(enabled=True),  # CKV_GCP_78
            logging=gcp.storage.BucketLoggingArgs(log_bucket=access_logs, log_object_prefix=args.name),  # CKV_GCP_62
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=self._args.key_id),  # AVD-GCP-0066
            lifecycle_rules=[
                _delete_when(
                    gcp.storage.BucketLifecycleRuleConditionArgs(
                        days_since_noncurrent_time=args.retention_days, with_state="ARCHIVED"
                    )
                )
            ],
            # Versions bring back what was deleted; what is past them shall be gone.
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=0),
            force_destroy=False,
            labels=self._args.labels,
            opts=child(self, protect=self._args.protected),
        )
        grants = [
            gcp.storage.BucketIAMMember(
                f"{name}-user-{key}",
                bucket=bucket.name,
                role="roles/storage.objectUser",
                member=member,
                opts=child(self),
            )
            for key, member in args.users.items()
        ]
        return ready(bucket.name, *grants)


def _delete_when(condition: gcp.storage.BucketLifecycleRuleConditionArgs) -> gcp.storage.BucketLifecycleRuleArgs:
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"), condition=condition
    )

"""A region's objects."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """`location` is a region, never a multi-region. Old versions are removed after `old_versions_days`."""

    project: Input[str]
    location: Input[str]
    name: Input[str]
    key_id: Input[str]
    old_versions_days: Input[int] = 30
    protected: bool = True
    labels: Labels = field(default_factory=dict)


class Storage(pulumi.ComponentResource):
    """A private bucket of one region: uniform access, versions, CMEK, access logs.

    Does not manage objects, nor empties the bucket when it goes: the cloud refuses to delete one that holds objects.
    """

    bucket_name: Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:storage:Storage", name, None, opts)
        bucket = gcp.storage.Bucket(
            f"{name}-bucket",
            project=args.project,
            location=args.location,
            name=args.name,
            uniform_bucket_level_access=True,  # CKV_GCP_29, CIS 5.2
            public_access_prevention="enforced",  # CKV_GCP_114, CKV_GCP_28, CIS 5.1
            versioning=gcp.storage.BucketVersioningArgs(enabled=True),  # CKV_GCP_78
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=args.key_id),  # AVD-GCP-0066
            lifecycle_rules=[_expire_old_versions(args.old_versions_days)],
            force_destroy=False,
            labels=args.labels,
            opts=child(self, protect=args.protected),
        )
        self.bucket_name = bucket.name
        self.register_outputs({"bucketName": self.bucket_name})


def _expire_old_versions(days: Input[int]) -> gcp.storage.BucketLifecycleRuleArgs:
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
        condition=gcp.storage.BucketLifecycleRuleConditionArgs(days_since_noncurrent_time=days, with_state="ARCHIVED"),
    )

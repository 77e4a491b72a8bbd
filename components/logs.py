"""Where a project's logs rest."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child

# What the `_Default` sink of a project begins with: https://cloud.google.com/logging/docs/default-settings. Left out,
# the provider takes it away in the second update, as something that the cloud has and the program does not say.
_NOT_REQUIRED = " AND ".join(
    f'NOT LOG_ID("{audit}.googleapis.com/{log}")'
    for log in ("activity", "system_event", "access_transparency")
    for audit in ("cloudaudit", "externalaudit")
)


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """`location` is a region. `retention_days` may grow and shrink; the bucket itself never moves."""

    project: Input[str]
    location: Input[str]
    bucket_id: Input[str]
    sink_name: Input[str]
    retention_days: Input[int] = 90
    protected: bool = True


class Logs(pulumi.ComponentResource):
    """A log bucket in the region, a sink that takes every log entry there, and the default sink turned off.

    Does not manage the `_Required` bucket (admin activity, 400 days) and the emptied `_Default` one: where those rest
    is a setting of the organisation, and no resource of a project changes it. The bucket is encrypted by Google: a
    key of one's own needs an account that only the logging settings of the project tell.
    """

    bucket_name: Output[str]

    def __init__(self, name: str, args: LogsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:logs:Logs", name, None, opts)
        bucket = gcp.logging.ProjectBucketConfig(
            f"{name}-bucket",
            project=args.project,
            location=args.location,
            bucket_id=args.bucket_id,
            description="Every log entry of this project.",
            retention_days=args.retention_days,
            opts=child(self, protect=args.protected),
        )
        sink = gcp.logging.ProjectSink(
            f"{name}-sink",
            project=args.project,
            name=args.sink_name,
            description="Every log entry, kept in the region.",
            destination=Output.concat("logging.googleapis.com/", bucket.id),
            unique_writer_identity=True,
            opts=child(self),
        )
        gcp.logging.ProjectSink(
            f"{name}-default-sink",
            project=args.project,
            name="_Default",  # exists in every project; the provider takes it over and leaves it when it goes
            description="Turned off: entries go to the region's bucket only.",
            destination=Output.concat(
                "logging.googleapis.com/projects/", args.project, "/locations/global/buckets/_Default"
            ),
            filter=_NOT_REQUIRED,
            disabled=True,
            unique_writer_identity=True,
            opts=child(self, after=[sink]),
        )
        self.bucket_name = bucket.id
        self.register_outputs({"bucketName": self.bucket_name})

"""Cloud Logging: buckets, sinks, exclusions, metrics."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, constant
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

BUCKET_CONFIG: Final = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
SINK: Final = "gcp:logging/projectSink:ProjectSink"


def _project(call: Call) -> str:
    return str(call.inputs["project"]).removeprefix("projects/")


def _writer(call: Call) -> str:
    # None where logs stay in the project's own buckets; else the project's logging agent:
    # https://cloud.google.com/logging/docs/export/configure_export_v2#dest-auth
    destination = str(call.inputs.get("destination"))
    if destination.startswith(f"logging.googleapis.com/projects/{call.scope.get('project')}/"):
        return ""
    return call.fill("serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com")


# The filter of the `_Default` sink that every project has: https://cloud.google.com/logging/docs/default-settings
_DEFAULT: Final = " AND ".join(
    f'NOT LOG_ID("{audit}.googleapis.com/{log}")'
    for log in ("activity", "system_event", "access_transparency")
    for audit in ("cloudaudit", "externalaudit")
)


def _filter(call: Call) -> str | None:
    """The provider takes the `_Default` sink over as it is (`resourceLoggingProjectSinkAcquireOrCreate` of
    resource_logging_project_sink.go), and takes a filter that the program does not say away in the next update."""
    return _DEFAULT if call.old is None and call.inputs.get("name") == "_Default" else None


EMULATIONS: Final = (
    Emulation(
        token=BUCKET_CONFIG,
        id=lambda call: call.fill("projects/{home}/locations/{location}/buckets/{bucketId}", home=_project(call)),
        title="LoggingProjectBucketConfig",
        words=ONE_PLATFORM,
        # A deleted bucket is pending for seven days: https://cloud.google.com/logging/docs/buckets#delete-bucket
        tombstone_s=7 * 86_400.0,
        outputs={"name": "{id}", "lifecycleState": constant("ACTIVE"), "description": constant("")},
    ),
    Emulation(
        token=SINK,
        title="LoggingProjectSink",
        words=ONE_PLATFORM,
        outputs={"writerIdentity": _writer, "filter": _filter},
        mutable=frozenset({"filter"}),
    ),
    Emulation(
        token="gcp:logging/projectExclusion:ProjectExclusion",
        id="projects/{project}/exclusions/{name}",
        title="LoggingProjectExclusion",
        words=ONE_PLATFORM,
    ),
    Emulation(
        token="gcp:logging/metric:Metric",
        id="{name}",
        path="projects/{project}/metrics/{name}",
        title="LoggingMetric",
        words=ONE_PLATFORM,
    ),
)

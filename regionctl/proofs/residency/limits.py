"""Lists what a declaration cannot show: what is set above a project, and what a cloud keeps by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regionctl.proofs.findings import StackFacts
from regionctl.proofs.values import at, is_set

from .resting import Inventory


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`what` cannot be proven from here, `why`, where to `look`, whose word it is (`source`), which `stacks`."""

    what: str
    why: str
    look: str
    source: str
    stacks: tuple[str, ...]


LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
_SETTINGS = "https://cloud.google.com/logging/docs/default-settings"


def limits(found: Inventory) -> Iterator[Limit]:
    projects = tuple(facts.stack for facts in found.facts if facts.project)
    edges = tuple(facts.stack for facts in found.facts if not facts.project)
    yield from _of_logging(projects)
    if watched := tuple(f.stack for f in found.facts if f.project and not _logs_have_a_key(f, found)):
        yield _error_reporting(watched)
    yield Limit(
        what="Metrics",
        why="Cloud Monitoring is a global product. A time series of a resource that has a location is stored there; "
        "where others are stored Google does not say. They hold numbers and names of resources, no contents.",
        look="the labels of the metrics that services write themselves: they must have a location",
        source="https://cloud.google.com/monitoring/docs/region-support",
        stacks=projects,
    )
    yield Limit(
        what="Query insights of the databases",
        why="Texts of queries without their values. This project does not know where Google keeps them.",
        look="ask Google, or set query_insights_enabled=False in components/database.py",
        source="https://cloud.google.com/sql/docs/postgres/using-query-insights",
        stacks=projects,
    )
    yield Limit(
        what="What was written before a change of place",
        why="Backups, log entries and messages stay where they were written until they are deleted.",
        look="`gcloud sql backups list --instance=INSTANCE` and the history of the stack",
        source="https://cloud.google.com/sql/docs/postgres/backup-recovery/backups",
        stacks=projects,
    )
    if edges:
        yield Limit(
            what="Requests in transit",
            why="Cloudflare decrypts a request in the data centre that the client reaches, in whatever country; bodies "
            "are forwarded and not kept.",
            look="Regional Services of Cloudflare, which bind a host to data centres of a jurisdiction",
            source="https://developers.cloudflare.com/data-localization/how-to/workers/",
            stacks=edges,
        )
    yield Limit(
        what="Pulumi's state",
        why="Names and settings of every resource, and secrets encrypted, where `state.backend` of fleet.yaml says.",
        look="the location of that backend",
        source="https://www.pulumi.com/docs/iac/concepts/state-and-backends/",
        stacks=tuple(facts.stack for facts in found.facts),
    )


def _of_logging(projects: tuple[str, ...]) -> Iterator[Limit]:
    yield Limit(
        what="The log bucket `_Required`",
        why="Audit logs of administrators' actions, kept for 400 days. Its location is set above the project: what the "
        "default settings of the organisation or the folder for Cloud Logging said when the project was made, else "
        "`global`. No resource of a project sets it, and it cannot be moved afterwards.",
        look="`gcloud logging buckets list --project=PROJECT`; before projects are made, "
        "`gcloud logging settings update --organization=ID --storage-location=LOCATION`",
        source=_SETTINGS,
        stacks=projects,
    )
    yield Limit(
        what="The log bucket `_Default`",
        why="Its location is set as that of `_Required` is. Its sink is turned off here, so that nothing new reaches "
        "it; what was logged before the first `up` stays in it for its retention, 30 days.",
        look="`gcloud logging buckets list --project=PROJECT`",
        source=_SETTINGS,
        stacks=projects,
    )
    yield Limit(
        what="Sinks of the organisation and its folders",
        why="An aggregated sink above a project may copy the project's log entries anywhere.",
        look="`gcloud logging sinks list --organization=ID`, and for each folder",
        source="https://cloud.google.com/logging/docs/export/aggregated_sinks",
        stacks=projects,
    )


def _error_reporting(stacks: tuple[str, ...]) -> Limit:
    return Limit(
        what="Error Reporting",
        why="A global service that reads log buckets without a customer-managed key, and keeps the messages and stack "
        "traces of errors. Services must not put data of users into them.",
        look="what services log as errors; a log bucket with cmek_settings is not read",
        source="https://cloud.google.com/error-reporting/docs/setup",
        stacks=stacks,
    )


def _logs_have_a_key(facts: StackFacts, found: Inventory) -> bool:
    buckets = [one.resource for one in found.of(facts.stack) if one.resource.type == LOG_BUCKET]
    return bool(buckets) and all(is_set(at(bucket, "cmekSettings.kmsKeyName")) for bucket in buckets)

"""What is watched: alerts with what to do about them, the charts of a dashboard, and the bill."""

from __future__ import annotations

from collections.abc import Mapping

from components.budget import Budget, BudgetArgs
from components.observability import AlertArgs, ChartArgs, Observability, ObservabilityArgs
from regions.names import ProjectNames, RegionNames
from regions.spec import AlertsSpec, BudgetSpec, Home
from stacks.foundation import Site

# Metrics: https://cloud.google.com/monitoring/api/metrics_gcp
_REQUESTS = (
    'resource.type="http_external_regional_lb_rule"'
    ' AND metric.type="loadbalancing.googleapis.com/https/external/regional/request_count"'
)
_LATENCY = (
    'resource.type="http_external_regional_lb_rule"'
    ' AND metric.type="loadbalancing.googleapis.com/https/external/regional/backend_latencies"'
)
_INSTANCES = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/container/instance_count"'
_REDIS_MEMORY = 'resource.type="redis_instance" AND metric.type="redis.googleapis.com/stats/memory/usage_ratio"'


def make_watch(
    at: Site[Home, ProjectNames],
    told: AlertsSpec,
    budget: BudgetSpec,
    alerts: Mapping[str, AlertArgs],
    charts: Mapping[str, ChartArgs],
) -> None:
    """The alerts and charts, and a budget where the fleet has an organisation, whose account pays."""
    observability = Observability(
        "watch",
        ObservabilityArgs(
            project=at.project.using("monitoring"),
            title=at.names.stack,
            email=told.email,
            host=at.names.origin_host,
            alerts=alerts,
            charts=charts,
            labels=at.labels,
        ),
    )
    if at.fleet.organisation:
        Budget(
            "budget",
            BudgetArgs(
                billing_account=at.fleet.organisation.billing_account,
                project_number=at.project.number,
                title=at.names.stack,
                monthly=budget.amount,
                currency=budget.currency,
                thresholds_percent=budget.thresholds_percent,
                channel=observability.channel_id,
            ),
        )


def alerts(names: RegionNames) -> dict[str, AlertArgs]:
    """What wakes somebody about a region, by stable key."""
    return {
        **common_alerts(names),
        "cache-memory": AlertArgs(
            title="cache is nearly full",
            metric_filter=_REDIS_MEMORY,
            threshold=0.9,
            what_to_do="Raise `cache.memory_gb` in the region's spec and `up`.",
            severity="WARNING",
        ),
        "events-late": AlertArgs(
            title="auth events are not taken",
            metric_filter=_subscription(names.subscription, "oldest_unacked_message_age"),
            threshold=300,
            aligner="ALIGN_MAX",
            what_to_do="The workers do not keep up, or fail: look at their logs and raise `workers.*.instances`.",
        ),
        "dead-letters": AlertArgs(
            title="auth events could not be handled",
            metric_filter=_subscription(names.dead_letter_subscription, "num_undelivered_messages"),
            threshold=0,
            for_s=0,
            aligner="ALIGN_MAX",
            what_to_do=f"Read them from the subscription {names.dead_letter_subscription}, which keeps them a week.",
        ),
    }


def common_alerts(names: ProjectNames) -> dict[str, AlertArgs]:
    """What wakes somebody about any site, by stable key."""
    return {
        "errors": AlertArgs(
            title="more than 5 % of requests fail",
            metric_filter=f"{_REQUESTS} AND metric.labels.response_code_class=500",
            denominator_filter=_REQUESTS,
            threshold=0.05,
            aligner="ALIGN_RATE",
            reducer="REDUCE_SUM",
            what_to_do="Look at the services' logs. A release just rolled: roll back its digests in the spec and `up`.",
            severity="CRITICAL",
        ),
        "database-cpu": AlertArgs(
            title="database works at its limit",
            metric_filter=_database("cpu/utilization"),
            threshold=0.9,
            for_s=900,
            what_to_do="Look at query insights; then raise `database.tier` in the spec and `up`.",
        ),
        "database-disk": AlertArgs(
            title="database disk fills up",
            metric_filter=_database("disk/utilization"),
            threshold=0.8,
            what_to_do="Raise `database.disk_gb` in the spec and `up`: it grows without a restart.",
            severity="CRITICAL",
        ),
        "secret-due": AlertArgs(
            title="a secret is due for rotation",
            metric_filter=(
                'resource.type="pubsub_topic"'
                ' AND metric.type="pubsub.googleapis.com/topic/send_message_operation_count"'
                f' AND resource.labels.topic_id="{names.rotation_topic}"'
            ),
            threshold=0,
            for_s=0,
            aligner="ALIGN_DELTA",
            what_to_do="`regionctl secrets list` names it, `regionctl secrets rotate` changes it, `up` rolls it out.",
            severity="WARNING",
        ),
    }


def charts(names: RegionNames) -> dict[str, ChartArgs]:
    """What a region's dashboard shows, in order."""
    return {
        **common_charts(),
        "cache-memory": ChartArgs(title="Cache memory", metric_filter=_REDIS_MEMORY),
        "events": ChartArgs(
            title="Age of the oldest auth event, seconds",
            metric_filter=_subscription(names.subscription, "oldest_unacked_message_age"),
            aligner="ALIGN_MAX",
        ),
    }


def common_charts() -> dict[str, ChartArgs]:
    """What every site's dashboard shows, in order."""
    return {
        "requests": ChartArgs(title="Requests a second", metric_filter=_REQUESTS, aligner="ALIGN_RATE"),
        "latency": ChartArgs(title="Latency, 99th percentile", metric_filter=_LATENCY, aligner="ALIGN_PERCENTILE_99"),
        "instances": ChartArgs(title="Instances", metric_filter=_INSTANCES, aligner="ALIGN_MAX"),
        "database-cpu": ChartArgs(title="Database CPU", metric_filter=_database("cpu/utilization")),
        "database-connections": ChartArgs(
            title="Database connections", metric_filter=_database("postgresql/num_backends")
        ),
    }


def _database(metric: str) -> str:
    return f'resource.type="cloudsql_database" AND metric.type="cloudsql.googleapis.com/database/{metric}"'


def _subscription(subscription: str, metric: str) -> str:
    return (
        f'resource.type="pubsub_subscription" AND metric.type="pubsub.googleapis.com/subscription/{metric}"'
        f' AND resource.labels.subscription_id="{subscription}"'
    )

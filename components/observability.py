"""What watches a region: whether it answers, what goes wrong, and who hears of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child


@dataclass(frozen=True, kw_only=True)
class AlertArgs:
    """Somebody is told when a time series is above `threshold` for `for_s` seconds.

    `metric_filter` is a filter of Cloud Monitoring. Values are aligned each minute by `aligner` and put together by
    `reducer`. With `denominator_filter` it is the ratio of the two that counts.
    """

    title: str
    metric_filter: Input[str]
    threshold: float
    for_s: int = 300
    aligner: str = "ALIGN_MEAN"
    reducer: str = "REDUCE_NONE"
    denominator_filter: str | None = None
    what_to_do: str
    severity: str = "ERROR"


@dataclass(frozen=True, kw_only=True)
class ChartArgs:
    """One chart of the dashboard: a time series, aligned each minute."""

    title: str
    metric_filter: str
    aligner: str = "ALIGN_MEAN"


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """`host` is the public name whose port 443 is tried each minute. `alerts` and `charts` map a stable key to each."""

    project: Input[str]
    title: str
    email: Input[str]
    host: Input[str]
    alerts: Mapping[str, AlertArgs]
    charts: Mapping[str, ChartArgs]
    labels: Labels = field(default_factory=dict)


class Observability(pulumi.ComponentResource):
    """An uptime check, alert policies that mail one address, and a dashboard.

    The uptime check opens a TCP connection to the load balancer from several continents, and no more: behind it only
    the edge's client certificate is let in, which Google's checkers do not have. Whether services are well is told by
    their probes and by the alerts on their answers. Does not manage who is on call: that is behind the address.
    """

    channel_id: Output[str]
    uptime_check_id: Output[str]

    def __init__(self, name: str, args: ObservabilityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:observability:Observability", name, None, opts)
        channel = gcp.monitoring.NotificationChannel(
            f"{name}-email",
            project=args.project,
            display_name=f"{args.title}: on call",
            type="email",
            labels={"email_address": args.email},
            user_labels=args.labels,
            opts=child(self),
        )
        check = self._make_uptime_check(name, args)
        uptime = _uptime_alert(check.uptime_check_id)
        self._make_alert(f"{name}-alert-uptime", args, channel, uptime)
        for key, alert in args.alerts.items():
            self._make_alert(f"{name}-alert-{key}", args, channel, alert)
        gcp.monitoring.Dashboard(
            f"{name}-dashboard", project=args.project, dashboard_json=_dashboard(args), opts=child(self)
        )
        self.channel_id = channel.id
        self.uptime_check_id = check.uptime_check_id
        self.register_outputs({"channelId": self.channel_id, "uptimeCheckId": self.uptime_check_id})

    def _make_uptime_check(self, name: str, args: ObservabilityArgs) -> gcp.monitoring.UptimeCheckConfig:
        return gcp.monitoring.UptimeCheckConfig(
            f"{name}-uptime",
            project=args.project,
            display_name=f"{args.title}: origin",
            timeout="10s",
            period="60s",
            tcp_check=gcp.monitoring.UptimeCheckConfigTcpCheckArgs(port=443),
            monitored_resource=gcp.monitoring.UptimeCheckConfigMonitoredResourceArgs(
                type="uptime_url", labels={"project_id": args.project, "host": args.host}
            ),
            user_labels=args.labels,
            opts=child(self),
        )

    def _make_alert(
        self, name: str, args: ObservabilityArgs, channel: gcp.monitoring.NotificationChannel, alert: AlertArgs
    ) -> None:
        gcp.monitoring.AlertPolicy(
            name,
            project=args.project,
            display_name=f"{args.title}: {alert.title}",
            combiner="OR",
            conditions=[
                gcp.monitoring.AlertPolicyConditionArgs(display_name=alert.title, condition_threshold=_threshold(alert))
            ],
            notification_channels=[channel.id],
            documentation=gcp.monitoring.AlertPolicyDocumentationArgs(
                content=alert.what_to_do, mime_type="text/markdown"
            ),
            severity=alert.severity,
            user_labels=args.labels,
            opts=child(self),
        )


def _uptime_alert(check_id: Output[str]) -> AlertArgs:
    """More than one place that cannot connect: a checker's own trouble does not wake anybody."""
    return AlertArgs(
        title="origin does not answer",
        metric_filter=Output.concat(
            'resource.type="uptime_url" AND metric.type="monitoring.googleapis.com/uptime_check/check_passed"'
            ' AND metric.labels.check_id="',
            check_id,
            '"',
        ),
        threshold=1,
        for_s=60,
        aligner="ALIGN_NEXT_OLDER",
        reducer="REDUCE_COUNT_FALSE",
        what_to_do="The load balancer cannot be reached. Is it a region of the cloud, or this one? Drain the region.",
        severity="CRITICAL",
    )


def _threshold(alert: AlertArgs) -> gcp.monitoring.AlertPolicyConditionConditionThresholdArgs:
    return gcp.monitoring.AlertPolicyConditionConditionThresholdArgs(
        filter=alert.metric_filter,
        comparison="COMPARISON_GT",
        threshold_value=alert.threshold,
        duration=f"{alert.for_s}s",
        aggregations=[
            gcp.monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                alignment_period="60s", per_series_aligner=alert.aligner, cross_series_reducer=alert.reducer
            )
        ],
        denominator_filter=alert.denominator_filter,
        denominator_aggregations=[
            gcp.monitoring.AlertPolicyConditionConditionThresholdDenominatorAggregationArgs(
                alignment_period="60s", per_series_aligner=alert.aligner, cross_series_reducer=alert.reducer
            )
        ]
        if alert.denominator_filter
        else None,
        trigger=gcp.monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
    )


def _dashboard(args: ObservabilityArgs) -> str:
    """https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards"""
    tiles = [
        {
            **_place(xPos=24 * (position % 2), yPos=16 * (position // 2)),
            "width": 24,
            "height": 16,
            "widget": {"title": chart.title, "xyChart": {"dataSets": [_data_set(chart)]}},
        }
        for position, chart in enumerate(args.charts.values())
    ]
    return json.dumps({"displayName": args.title, "mosaicLayout": {"columns": 48, "tiles": tiles}}, sort_keys=True)


def _place(**coordinates: int) -> dict[str, int]:
    """Without zeros: the API leaves them out of its answer, and the provider would set them again at every update."""
    return {axis: value for axis, value in coordinates.items() if value}


def _data_set(chart: ChartArgs) -> dict[str, object]:
    return {
        "plotType": "LINE",
        "timeSeriesQuery": {
            "timeSeriesFilter": {
                "filter": chart.metric_filter,
                "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": chart.aligner},
            }
        },
    }

from __future__ import annotations

import json

import pytest

from components.budget import Budget, BudgetArgs, MailArgs
from components.logs import Logs, LogsArgs
from components.observability import AlertArgs, ChartArgs, Observability, ObservabilityArgs
from regionctl.render import Declaration, ProgramFailed
from tests.components.alone import at, declared, every, named, only, waits_for

ERRORS = AlertArgs(
    title="errors",
    metric_filter='metric.type="errors"',
    denominator_filter='metric.type="requests"',
    threshold=0.05,
    what_to_do="Look at the logs.",
)


def watch() -> Declaration:
    args = ObservabilityArgs(
        project="p",
        title="prod.eu",
        email="oncall@acme.example",
        host="eu.example.com",
        alerts={"errors": ERRORS},
        charts={key: ChartArgs(title=key, metric_filter=f'metric.type="{key}"') for key in ("a", "b", "c")},
    )
    return declared(lambda: Observability("watch", args))


def test_every_alert_tells_the_channel_what_to_do() -> None:
    for policy in every(watch(), "AlertPolicy"):
        assert at(policy, "notificationChannels") == ["${watch-email.id}"]
        assert at(policy, "documentation.content")


def test_an_alert_on_a_ratio_measures_both_sides_alike() -> None:
    threshold = at(named(watch(), "watch-alert-errors"), "conditions.0.conditionThreshold")
    assert threshold["denominatorFilter"] == ERRORS.denominator_filter
    assert threshold["denominatorAggregations"] == threshold["aggregations"]


def test_somebody_hears_when_the_origin_does_not_answer() -> None:
    declaration = watch()
    alert = named(declaration, "watch-alert-uptime")
    assert "${watch-uptime.uptimeCheckId}" in at(alert, "conditions.0.conditionThreshold.filter")
    assert waits_for(declaration, alert, named(declaration, "watch-uptime"))


def test_charts_do_not_overlap_on_the_dashboard() -> None:
    tiles = json.loads(at(only(watch(), "Dashboard"), "dashboardJson"))["mosaicLayout"]["tiles"]
    places = {(tile.get("xPos", 0), tile.get("yPos", 0)) for tile in tiles}
    assert len(places) == 3


def test_a_chart_at_the_edge_leaves_its_zeros_out_as_the_api_answers() -> None:
    tiles = json.loads(at(only(watch(), "Dashboard"), "dashboardJson"))["mosaicLayout"]["tiles"]
    assert [{axis: tile[axis] for axis in ("xPos", "yPos") if axis in tile} for tile in tiles] == [
        {},
        {"xPos": 24},
        {"yPos": 16},
    ]


def logs() -> Declaration:
    args = LogsArgs(project="p", location="europe-west1", bucket_id="regional-1", sink_name="regional")
    return declared(lambda: Logs("logs", args))


def test_logs_rest_in_the_region_and_the_default_sink_is_off() -> None:
    declaration = logs()
    assert at(only(declaration, "ProjectBucketConfig"), "location") == "europe-west1"
    default = named(declaration, "logs-default-sink")
    assert (at(default, "name"), at(default, "disabled")) == ("_Default", True)


def test_the_default_sink_says_the_filter_that_it_has_by_itself() -> None:
    terms = at(named(logs(), "logs-default-sink"), "filter").split(" AND ")
    assert len(terms) == 6
    assert terms[0] == 'NOT LOG_ID("cloudaudit.googleapis.com/activity")'


def test_the_default_sink_is_turned_off_only_once_another_takes_the_logs() -> None:
    declaration = logs()
    assert waits_for(declaration, named(declaration, "logs-default-sink"), named(declaration, "logs-sink"))


def budget(*thresholds: int, currency: str = "USD", channel: str | MailArgs = "c") -> Declaration:
    args = BudgetArgs(
        billing_account="01AB23-CD45EF-678901",
        project_number="123456789",
        title="prod.eu",
        monthly=4000,
        currency=currency,
        thresholds_percent=thresholds,
        channel=channel,
    )
    return declared(lambda: Budget("budget", args))


def test_a_budget_is_for_one_project_by_its_number_and_tells_the_channel() -> None:
    made = named(budget(50, 100), "budget-budget")
    assert at(made, "budgetFilter.projects") == ["projects/123456789"]
    assert at(made, "amount.specifiedAmount") == {"currencyCode": "USD", "units": "4000"}
    assert [rule["thresholdPercent"] for rule in at(made, "thresholdRules")] == [0.5, 1.0]
    assert at(made, "allUpdatesRule.monitoringNotificationChannels") == ["c"]


def test_a_budget_is_in_the_currency_that_its_account_is_billed_in() -> None:
    made = named(budget(100, currency="EUR"), "budget-budget")
    assert at(made, "amount.specifiedAmount") == {"currencyCode": "EUR", "units": "4000"}


def test_a_budget_of_a_project_that_nothing_else_watches_mails_by_itself() -> None:
    declaration = budget(100, channel=MailArgs(project="p", address="oncall@acme.example"))
    assert at(only(declaration, "NotificationChannel"), "labels") == {"email_address": "oncall@acme.example"}
    assert at(named(declaration, "budget-budget"), "allUpdatesRule.monitoringNotificationChannels") == [
        "${budget-email.id}"
    ]


def test_a_budget_that_nobody_hears_of_is_refused() -> None:
    with pytest.raises(ProgramFailed, match="at least one threshold"):
        budget()

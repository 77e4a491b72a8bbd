"""Budgets: a project's bill is watched, and somebody hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, is_set, items
from regionctl.render import Resource

from .network import PROJECT
from .rule import Objection, Rule, wrong

AREA = "budget"
BUDGET = "gcp:billing/budget:Budget"
CHANNELS = "allUpdatesRule.monitoringNotificationChannels"


def _watched(graph: Graph) -> list[Resource]:
    return [*graph.of(PROJECT), *graph.of(BUDGET)]


def _told(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type == PROJECT:
        if not any(_is_about(budget, resource) for budget in graph.of(BUDGET)):
            yield Objection(message="no budget is filtered to this project's number")
        return
    for path, wanted in (("thresholdRules", "one threshold at least"), (CHANNELS, "a notification channel")):
        if not is_set(at(resource, path)):
            yield wrong(path, at(resource, path), wanted)


def _is_about(budget: Resource, project: Resource) -> bool:
    named = items(at(budget, "budgetFilter.projects"))
    return any(symbol.source == project.urn for text in named for symbol in getattr(text, "symbols", ()))


RULES_OF_BUDGET = (
    Rule(
        id="baseline/budget",
        area=AREA,
        claim="a project that is made here has a budget with thresholds and a channel",
        mend="declare a billing.Budget with threshold_rules and monitoring_notification_channels",
        subjects=_watched,
        objections=_told,
    ),
)

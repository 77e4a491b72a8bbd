"""Tells people when a project costs more than was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child


@dataclass(frozen=True, kw_only=True)
class MailArgs:
    """An address that a budget mails where nothing else watches its project; the channel lies in `project`."""

    project: Input[str]
    address: Input[str]


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """`monthly` is for the project of that number alone. At each of `thresholds_percent` of it the channel is told.

    `billing_account` is an id such as 01AB23-CD45EF-678901; `currency` (ISO 4217) is the one that it is billed in, and
    the API refuses any other. Budgets belong to the account, not to the project: a user's own credentials, unlike a
    service account's, need `gcp:userProjectOverride` and `gcp:billingProject` in the stack's config.
    """

    billing_account: Input[str]
    project_number: Input[str]
    title: Input[str]
    monthly: int
    currency: str = "USD"
    thresholds_percent: Sequence[int]
    channel: Input[str] | MailArgs  # a channel's id, or whom a channel of its own mails


class Budget(pulumi.ComponentResource):
    """A monthly budget that mails. It tells and stops nothing: a region that is switched off for its bill is an outage.

    Raises ValueError without a threshold: a budget that nobody hears of is none.
    """

    budget_name: Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        if not args.thresholds_percent:
            raise ValueError("a budget needs at least one threshold, in percent of monthly")
        super().__init__("regionctl:budget:Budget", name, None, opts)
        channel = args.channel
        channel_id = self._make_channel(name, args.title, channel) if isinstance(channel, MailArgs) else channel
        budget = gcp.billing.Budget(
            f"{name}-budget",
            billing_account=args.billing_account,
            display_name=args.title,
            amount=gcp.billing.BudgetAmountArgs(
                specified_amount=gcp.billing.BudgetAmountSpecifiedAmountArgs(
                    currency_code=args.currency, units=str(args.monthly)
                )
            ),
            # The project's number, not its id: the API reads back the number, so an id differs forever.
            budget_filter=gcp.billing.BudgetBudgetFilterArgs(
                projects=[Output.concat("projects/", args.project_number)], calendar_period="MONTH"
            ),
            threshold_rules=[
                gcp.billing.BudgetThresholdRuleArgs(threshold_percent=percent / 100)
                for percent in args.thresholds_percent
            ],
            all_updates_rule=gcp.billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=[channel_id], disable_default_iam_recipients=False
            ),
            opts=child(self),
        )
        self.budget_name = budget.name
        self.register_outputs({"budgetName": self.budget_name})

    def _make_channel(self, name: str, title: Input[str], mail: MailArgs) -> Output[str]:
        channel = gcp.monitoring.NotificationChannel(
            f"{name}-email",
            project=mail.project,
            display_name=Output.concat(title, ": budget"),
            type="email",
            labels={"email_address": mail.address},
            opts=child(self),
        )
        return channel.id

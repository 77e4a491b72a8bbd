"""What the edge refuses before the Worker runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import Input, ResourceOptions

from components.base import child

# Cloudflare's own rules, under an id that is the same for everyone: https://developers.cloudflare.com/waf/managed-rules/
MANAGED_RULESET = "efb7b8c949ac4650a09736fc376e9aee"

# Periods that a rule may count over, in seconds: https://developers.cloudflare.com/waf/rate-limiting-rules/parameters/
PERIODS_S = (10, 15, 20, 30, 40, 45, 60, 90, 120, 180, 240, 300, 480, 600, 900, 1200, 1800, 2400, 3600)


@dataclass(frozen=True, kw_only=True)
class BlockArgs:
    """Requests for which `expression` holds are refused.
    Its language: https://developers.cloudflare.com/ruleset-engine/rules-language/"""

    expression: Input[str]
    description: Input[str]


@dataclass(frozen=True, kw_only=True)
class RateLimitArgs:
    """One address may send so many of the requests that `expression` takes, then it is refused for a while.

    Counted in each data centre by itself.
    """

    expression: Input[str]
    description: Input[str]
    requests: int
    period_s: int = 60
    refused_for_s: int = 60

    def __post_init__(self) -> None:
        if self.period_s not in PERIODS_S:
            raise ValueError(
                f"period_s {self.period_s} is not counted over; take one of {', '.join(map(str, PERIODS_S))}"
            )


@dataclass(frozen=True, kw_only=True)
class EdgeFirewallArgs:
    """`blocks` and `rate_limits` map a stable key, the rule's reference, to each; they are asked in that order.

    `managed`: whether Cloudflare's managed rules are asked too.
    """

    zone_id: Input[str]
    title: str
    managed: bool = True
    blocks: Mapping[str, BlockArgs] = field(default_factory=dict)
    rate_limits: Mapping[str, RateLimitArgs] = field(default_factory=dict)


class EdgeFirewall(pulumi.ComponentResource):
    """The rulesets of the zone: own rules, Cloudflare's managed ones where they are wanted, rate limits.

    A zone has one ruleset a phase, so two fleets cannot share a zone. Does not manage exceptions to managed rules.
    """

    def __init__(self, name: str, args: EdgeFirewallArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:edge:Firewall", name, None, opts)
        self._args = args
        self._make(f"{name}-blocks", "http_request_firewall_custom", [_block(k, b) for k, b in args.blocks.items()])
        if args.managed:
            self._make(f"{name}-managed", "http_request_firewall_managed", [_managed()])
        self._make(f"{name}-rate-limits", "http_ratelimit", [_limit(k, r) for k, r in args.rate_limits.items()])
        self.register_outputs({})

    def _make(self, name: str, phase: str, rules: Sequence[cloudflare.RulesetRuleArgs]) -> None:
        cloudflare.Ruleset(
            name,
            zone_id=self._args.zone_id,
            kind="zone",
            phase=phase,
            name=self._args.title,
            rules=list(rules),
            opts=child(self),
        )


def _block(key: str, block: BlockArgs) -> cloudflare.RulesetRuleArgs:
    return cloudflare.RulesetRuleArgs(
        ref=key, action="block", expression=block.expression, description=block.description, enabled=True
    )


def _managed() -> cloudflare.RulesetRuleArgs:
    return cloudflare.RulesetRuleArgs(
        ref="managed",
        action="execute",
        action_parameters=cloudflare.RulesetRuleActionParametersArgs(id=MANAGED_RULESET),
        expression="true",
        description="Cloudflare's managed rules.",
        enabled=True,
    )


def _limit(key: str, limit: RateLimitArgs) -> cloudflare.RulesetRuleArgs:
    return cloudflare.RulesetRuleArgs(
        ref=key,
        action="block",
        expression=limit.expression,
        description=limit.description,
        enabled=True,
        ratelimit=cloudflare.RulesetRuleRatelimitArgs(
            characteristics=["cf.colo.id", "ip.src"],  # the data centre's must be one of them
            period=limit.period_s,
            requests_per_period=limit.requests,
            mitigation_timeout=limit.refused_for_s,
        ),
    )

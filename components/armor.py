"""What Cloud Armor refuses before a request reaches a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready

# Checkov looks for exactly this expression (CKV_GCP_73): https://cloud.google.com/armor/docs/waf-rules#cves_and_other_vulnerabilities
LOG4J = "evaluatePreconfiguredExpr('cve-canary')"


@dataclass(frozen=True, kw_only=True)
class DenyArgs:
    """Requests for which `expression` holds are refused with 403. Smaller priorities are asked first."""

    priority: Input[int]
    expression: Input[str]
    description: Input[str]


@dataclass(frozen=True, kw_only=True)
class ArmorArgs:
    """`denies` maps a stable key to a rule, beside the Log4j rule that every policy has."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    denies: Mapping[str, DenyArgs] = field(default_factory=dict)


class Armor(pulumi.ComponentResource):
    """A regional security policy with the Log4j rule (CKV_GCP_73); what no rule refuses passes.

    `policy_link` implies readiness: it waits for the rules. Does not limit rates: a region has one client, the edge,
    and limits are held there, where the users' addresses are known.
    """

    policy_link: Output[str]

    def __init__(self, name: str, args: ArmorArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:armor:Armor", name, None, opts)
        policy = gcp.compute.RegionSecurityPolicy(
            f"{name}-policy",
            project=args.project,
            region=args.region,
            name=args.name,
            type="CLOUD_ARMOR",
            opts=child(self),
        )
        log4j = DenyArgs(priority=1000, expression=LOG4J, description="Log4j: CVE-2021-44228 and CVE-2021-45046.")
        rules = [
            gcp.compute.RegionSecurityPolicyRule(
                f"{name}-deny-{key}",
                project=args.project,
                region=args.region,
                security_policy=policy.name,
                priority=deny.priority,
                action="deny(403)",
                description=deny.description,
                match=gcp.compute.RegionSecurityPolicyRuleMatchArgs(
                    expr=gcp.compute.RegionSecurityPolicyRuleMatchExprArgs(expression=deny.expression)
                ),
                opts=child(self),
            )
            for key, deny in {"log4j": log4j, **args.denies}.items()
        ]
        self.policy_link = ready(policy.self_link, *rules)
        self.register_outputs({"policyLink": self.policy_link})

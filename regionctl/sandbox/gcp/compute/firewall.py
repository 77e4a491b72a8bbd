"""Who may talk to whom: VPC firewall rules, firewall policies, and Cloud Armor in front of a load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.values import UNKNOWN
from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure, Pattern
from regionctl.sandbox.emulation import Emulation, OnDelete, Reference, constant, number, revision
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import COMPUTE as WORDS
from regionctl.sandbox.gcp.compute.network import COMMON, LINK, in_network

POLICY: Final = "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
SECURITY_POLICY: Final = "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"

_IN_REGION: Final = "projects/{project}/regions/{region}"
# Compute Engine takes one change of a policy at a time, and neither the rule nor the association of the provider waits.
_POLICY_OF: Final = _IN_REGION + "/firewallPolicies/{firewallPolicy:last}"
MAX_PRIORITY: Final = 2_147_483_647  # https://cloud.google.com/firewall/docs/firewall-policies-overview
_SECURITY_ACTION: Final = Pattern(
    pattern=r"allow|deny(\((403|404|502)\))?|redirect|rate_based_ban|throttle|fairshare",
    text="allow, deny(403), deny(404), deny(502), redirect, rate_based_ban or throttle",
)


def _direction(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """Ingress has sources and egress has destinations: `resourceComputeFirewallSourceFieldsCustomizeDiff`."""
    wrong = "sourceRanges" if inputs.get("direction") == "EGRESS" else "destinationRanges"
    if inputs.get("direction") is not UNKNOWN and inputs.get(wrong):
        yield CheckFailure(wrong, f"does not go with direction {inputs.get('direction') or 'INGRESS'}")


def _priority(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    priority = inputs.get("priority")
    if isinstance(priority, int) and not 0 <= priority <= MAX_PRIORITY:
        yield CheckFailure("priority", f"expected 0 to {MAX_PRIORITY}, got {priority}")


def _in_policy(path: str, policy: str) -> Reference:
    return Reference(path=path, to=(policy,), on_delete=OnDelete.CASCADE)


EMULATIONS: Final = (
    Emulation(
        token="gcp:compute/firewall:Firewall",
        id="projects/{project}/global/firewalls/{name}",
        title="Firewall",
        words=WORDS,
        formats={"name": formats.NAME, "sourceRanges[]": formats.RANGE, "destinationRanges[]": formats.RANGE},
        checks=(_direction,),
        references=(in_network(),),
        outputs={**COMMON, "direction": constant("INGRESS"), "destinationRanges": constant([])},
    ),
    Emulation(
        token=POLICY,
        id=_IN_REGION + "/firewallPolicies/{name}",
        alone=_IN_REGION + "/firewallPolicies/{name}",
        title="RegionNetworkFirewallPolicy",
        words=WORDS,
        formats={"name": formats.NAME},
        outputs={
            **COMMON,
            "regionNetworkFirewallPolicyId": number(19),
            "selfLinkWithId": lambda call: call.fill(
                LINK.replace("{id}", _IN_REGION) + "/firewallPolicies/{digits}", digits=call.digits("number", 19)
            ),
            "fingerprint": revision(),
            "ruleTupleCount": constant(0),
            "policyType": constant("VPC_POLICY"),
        },
        mutable=frozenset({"fingerprint"}),
    ),
    Emulation(
        token="gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
        id=_IN_REGION + "/firewallPolicies/{firewallPolicy:last}/{priority}",
        alone=_POLICY_OF,
        title="RegionNetworkFirewallPolicyRule",
        words=WORDS.but(
            exists="Cannot have rules with the same priorities.", exists_reason="invalid", exists_status=400
        ),
        formats={"match.srcIpRanges[]": formats.RANGE, "match.destIpRanges[]": formats.RANGE},
        checks=(_priority,),
        references=(_in_policy("firewallPolicy", POLICY),),
        outputs={
            "creationTimestamp": COMMON["creationTimestamp"],
            "kind": constant("compute#firewallPolicyRule"),
            "targetType": constant("INSTANCES"),
            "ruleTupleCount": constant(2),
        },
    ),
    Emulation(
        token="gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation",
        id=_IN_REGION + "/firewallPolicies/{firewallPolicy:last}/associations/{name}",
        alone=_POLICY_OF,
        title="RegionNetworkFirewallPolicyAssociation",
        words=WORDS,
        references=(
            # A policy with associations cannot be deleted: remove them first.
            Reference(path="firewallPolicy", to=(POLICY,), on_delete=OnDelete.BLOCKED),
            in_network("attachmentTarget"),
        ),
        outputs={"shortName": "{firewallPolicy:last}"},
    ),
    Emulation(
        token=SECURITY_POLICY,
        id=_IN_REGION + "/securityPolicies/{name}",
        title="RegionSecurityPolicy",
        words=WORDS,
        formats={"name": formats.NAME},
        outputs={
            "selfLink": LINK,
            "selfLinkWithPolicyId": lambda call: call.fill(
                LINK.replace("{id}", _IN_REGION) + "/securityPolicies/{digits}", digits=call.digits("number", 19)
            ),
            "policyId": number(19),
            "fingerprint": revision(),
            # The rule for everything else, which every policy begins with.
            "rules": constant(
                [
                    {
                        "action": "allow",
                        "priority": MAX_PRIORITY,
                        "description": "default rule",
                        "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
                    }
                ]
            ),
        },
        mutable=frozenset({"fingerprint"}),
    ),
    Emulation(
        token="gcp:compute/regionSecurityPolicyRule:RegionSecurityPolicyRule",
        id=_IN_REGION + "/securityPolicies/{securityPolicy:last}/priority/{priority}",
        title="RegionSecurityPolicyRule",
        words=WORDS.but(
            exists="Cannot have rules with the same priorities.", exists_reason="invalid", exists_status=400
        ),
        formats={"action": _SECURITY_ACTION},
        checks=(_priority,),
        references=(_in_policy("securityPolicy", SECURITY_POLICY),),
    ),
)

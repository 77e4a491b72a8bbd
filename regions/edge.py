"""The edge of a fleet, and what Cloudflare's plans let it do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from regions.exceptions import ExceptionsSpec
from regions.locality import LocalityKey
from regions.model import FrozenMap, Shape, Spec
from regions.public_requests import PublicRequestSpec, RequestKind


class EdgePlan(StrEnum):
    """What was bought for the zone."""

    FREE = "free"
    PRO = "pro"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, kw_only=True)
class PlanLimits:
    """What the rules of a zone may do under a plan.

    Rate limits: how many, over how long, and whether their expressions may ask for the host, for the method, and for
    headers with cookies and regular expressions. Enterprise has them with application security in the contract.
    """

    rate_limits: int
    period_s: int
    by_host: bool = True
    by_method: bool = True
    by_header: bool = False
    managed_rules: bool = True


# https://developers.cloudflare.com/waf/rate-limiting-rules/#availability,
# https://developers.cloudflare.com/waf/managed-rules/#availability and, for `matches`,
# https://developers.cloudflare.com/ruleset-engine/rules-language/operators/#comparison-operators
LIMITS: Mapping[EdgePlan, PlanLimits] = MappingProxyType(
    {
        EdgePlan.FREE: PlanLimits(rate_limits=1, period_s=10, by_host=False, by_method=False, managed_rules=False),
        EdgePlan.PRO: PlanLimits(rate_limits=2, period_s=60, by_method=False),
        EdgePlan.BUSINESS: PlanLimits(rate_limits=5, period_s=600),
        EdgePlan.ENTERPRISE: PlanLimits(rate_limits=100, period_s=65_535, by_header=True),
    }
)

CloudflareId = Annotated[str, Shape(r"[0-9a-f]{32}", "an id of Cloudflare (32 hexadecimal digits) is", most=32)]
UrlPath = Annotated[str, Shape(r"/[A-Za-z0-9._~/-]*", "the path of a URL, such as /auth/sign-in, is", most=256)]


class EdgeSpec(Spec):
    """What stands in front of every region: a Cloudflare zone, and a Worker on the fleet's domain."""

    account_id: CloudflareId
    zone_id: CloudflareId = Field(description="The zone that the domain lies in. It belongs to this fleet alone.")
    sign_in_paths: tuple[UrlPath, ...] = Field(
        default=(),
        description="Whole paths that sign in or up, for `sign_ins_per_minute`. Without them it counts what changes"
        " something and shows no credential, which takes plan enterprise.",
    )
    plan: EdgePlan = Field(
        default=EdgePlan.ENTERPRISE,
        description="Cloudflare's plan of the zone. What it does not have is left out with a warning.",
    )
    default_locality: LocalityKey = Field(description="Where sign-ups go that nothing else says a locality for.")
    auth_timeout_ms: int = Field(
        default=300, strict=True, ge=200, le=500, description="How long the Worker waits for the auth service."
    )
    requests_per_minute: int = Field(
        default=3000, strict=True, ge=60, le=1_000_000, description="From one address, in one data centre."
    )
    sign_ins_per_minute: int = Field(
        default=60, strict=True, ge=5, le=100_000, description="Sign-ins and sign-ups from one address."
    )
    public_requests_per_minute: int = Field(
        default=600, strict=True, ge=10, le=1_000_000, description="Of those under `public_requests`, from one address."
    )
    public_requests: FrozenMap[RequestKind, PublicRequestSpec] = Field(
        default={},
        validate_default=True,
        max_length=20,  # an expression of Cloudflare's has 4 KB, and the rate limit names them all
        description="Webhooks, callbacks, links and files: requests of a workspace with nobody's credential, by name.",
    )
    exceptions: ExceptionsSpec = Field(default_factory=ExceptionsSpec)

    @field_validator("plan")
    @classmethod
    def _sign_ins_can_be_told(cls, plan: EdgePlan, info: ValidationInfo) -> EdgePlan:
        """Sign-ins that nobody limits are passwords that anybody may try."""
        if not LIMITS[plan].by_header and "sign_in_paths" in info.data and not info.data["sign_in_paths"]:
            raise ValueError(
                f"plan {plan} cannot limit sign-ins by the credential that is not there; name their paths under"
                " sign_in_paths"
            )
        return plan

"""Certificate Manager: certificates, the DNS authorisations that prove a domain, trust configs."""

from __future__ import annotations

from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Output, Reference, timestamp
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM

CERTIFICATE: Final = "gcp:certificatemanager/certificate:Certificate"
DNS_AUTHORIZATION: Final = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
TRUST_CONFIG: Final = "gcp:certificatemanager/trustConfig:TrustConfig"

_PLACE: Final = "projects/{project}/locations/{location}"
_TIMES: Final[dict[str, Output]] = {
    "createTime": lambda call: timestamp(call.now_s),
    "updateTime": lambda call: timestamp(call.now_s),
}


def _type(call: Call) -> str:
    # A regional authorisation is per project: https://cloud.google.com/certificate-manager/docs/domain-authorization
    given = call.inputs.get("type")
    return given or ("FIXED_RECORD" if call.inputs.get("location", "global") == "global" else "PER_PROJECT_RECORD")


def _records(call: Call) -> list[Value]:
    """The record that proves the domain, in the form of the documentation's examples:
    https://cloud.google.com/certificate-manager/docs/dns-authorizations"""
    target = f"{call.digest('record')[:32]}.{call.digits('shard', 2)}"
    if _type(call) == "FIXED_RECORD":
        name, data = "_acme-challenge", f"{target}.authorize.certificatemanager.goog."
    else:
        token = call.digest("token")[:16]
        name = f"_acme-challenge_{token}"
        data = f"{target}.{call.inputs['location']}.authorize.certificatemanager.goog."
    return [{"name": f"{name}.{call.inputs['domain']}.", "type": "CNAME", "data": data}]


def _issued(call: Call, outputs: dict[str, Value]) -> None:
    """A managed certificate is made at once; it would be provisioned once the record can be resolved."""
    managed = outputs.get("managed")
    if managed:
        states = [{"domain": domain, "state": "AUTHORIZED"} for domain in managed.get("domains") or ()]
        managed |= {"state": "ACTIVE", "authorizationAttemptInfos": states, "provisioningIssues": []}


EMULATIONS: Final = (
    Emulation(
        token=DNS_AUTHORIZATION,
        id=_PLACE + "/dnsAuthorizations/{name}",
        title="DnsAuthorization",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        outputs={"dnsResourceRecords": _records, "type": _type},
    ),
    Emulation(
        token=CERTIFICATE,
        id=_PLACE + "/certificates/{name}",
        title="Certificate",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        references=(
            Reference(path="managed.dnsAuthorizations[]", to=(DNS_AUTHORIZATION,), on_delete=OnDelete.BLOCKED),
        ),
        refine=_issued,
        outputs={"sanDnsnames": lambda call: list((call.inputs.get("managed") or {}).get("domains") or ())},
    ),
    Emulation(
        token=TRUST_CONFIG,
        id=_PLACE + "/trustConfigs/{name}",
        title="TrustConfig",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        outputs=_TIMES,
        mutable=frozenset({"updateTime"}),
    ),
)

"""Cloud DNS: zones and record sets."""

from __future__ import annotations

from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, number, timestamp
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.network import in_network

ZONE: Final = "gcp:dns/managedZone:ManagedZone"
RECORD_SET: Final = "gcp:dns/recordSet:RecordSet"

# "The resource 'entity.managedZone' named 'z' already exists": https://cloud.google.com/dns/docs/troubleshooting
_WORDS: Final = ONE_PLATFORM.but(
    exists="The resource 'entity.{title}' named '{name}' already exists", exists_reason="alreadyExists"
)


def _name_servers(call: Call) -> list[Value]:
    if call.inputs.get("visibility") == "private":
        return ["ns-gcp-private.googledomains.com."]
    shard = "abcde"[int(call.digest("shard"), 16) % 5]
    return [f"ns-cloud-{shard}{number}.googledomains.com." for number in range(1, 5)]


EMULATIONS: Final = (
    Emulation(
        token=ZONE,
        title="ManagedZone",
        words=_WORDS,
        formats={"name": formats.NAME, "dnsName": formats.DNS_NAME},
        references=(in_network("privateVisibilityConfig.networks[].networkUrl"),),
        outputs={
            "creationTime": lambda call: timestamp(call.now_s),
            "managedZoneId": number(19),
            "nameServers": _name_servers,
        },
    ),
    Emulation(
        token=RECORD_SET,
        title="ResourceRecordSet",
        words=_WORDS,
        formats={"name": formats.DNS_NAME},
        references=(Reference(path="managedZone", to=(ZONE,), on_delete=OnDelete.BLOCKED),),
    ),
)

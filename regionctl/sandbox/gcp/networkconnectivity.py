"""Network Connectivity: internal ranges, which subnets take their addresses from."""

from __future__ import annotations

import ipaddress
from typing import Final

from regionctl.sandbox.emulation import Call, Emulation, constant
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.network import in_network
from regionctl.sandbox.gcp.naming import allocate_internal, span

INTERNAL_RANGE: Final = "gcp:networkconnectivity/internalRange:InternalRange"


def _space(call: Call) -> str:
    network = call.target("network")
    return f"{network.path} internal ranges" if network else ""


def _range(call: Call) -> str:
    """The range that was given, or the first free one of the length: `prefixLength` of the resource's reference."""
    length = int(call.inputs.get("prefixLength") or 24)
    return f"{allocate_internal(call, _space(call), length)}/{length}"


def _record(call: Call) -> None:
    stored = call.tx.find(call.kind.emulation.token, call.path)
    text = stored.outputs.get("ipCidrRange") if stored else None
    if isinstance(text, str) and ipaddress.ip_network(text, strict=False).version == 4:
        call.tx.set_ranges(call.key, _space(call), [span(text)])


EMULATIONS: Final = (
    Emulation(
        token=INTERNAL_RANGE,
        id="projects/{project}/locations/global/internalRanges/{name}",
        title="InternalRange",
        words=ONE_PLATFORM,
        formats={"name": formats.NAME},
        references=(in_network(),),
        after_write=(_record,),
        outputs={"ipCidrRange": _range, "users": constant([])},
    ),
)

"""Virtual machines, as far as programs build on them: their addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any, Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call, Emulation, Reference, constant, number, revision
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import COMPUTE as WORDS
from regionctl.sandbox.gcp.compute.automatic import NETWORK, SUBNETWORK
from regionctl.sandbox.gcp.compute.network import COMMON
from regionctl.sandbox.gcp.naming import external_address
from regionctl.sandbox.transaction import Row

INSTANCE: Final = "gcp:compute/instance:Instance"


def _connect(call: Call, outputs: dict[str, Value]) -> None:
    """What an interface has afterwards: `flattenNetworkInterfaces` of compute_instance_helpers.go."""
    subnets = iter(call.targets.get("networkInterfaces[].subnetwork", ()))
    for i, interface in enumerate(_interfaces(outputs)):
        subnet = next(subnets, None) if interface.get("subnetwork") else None
        if subnet is not None:
            interface.setdefault("network", subnet.outputs.get("network"))
        interface.setdefault("name", f"nic{i}")
        interface.setdefault("stackType", "IPV4_ONLY")
        interface.setdefault("networkIp", _inside(call, subnet, i))
        for config in interface.get("accessConfigs") or ():
            config.setdefault("natIp", external_address(call))
            config.setdefault("networkTier", "PREMIUM")


def _interfaces(outputs: dict[str, Value]) -> Iterator[dict[str, Any]]:
    yield from outputs.get("networkInterfaces") or ()


def _inside(call: Call, subnet: Row | None, place: int) -> str:
    """An address of the subnet; of the default network's ranges where only the network is given."""
    text = str(subnet.outputs.get("ipCidrRange") or "") if subnet else ""
    network = ipaddress.ip_network(text or "10.128.0.0/20")
    return str(network[2 + int(call.digest(f"nic{place}"), 16) % max(1, network.num_addresses - 4)])


EMULATIONS: Final = (
    Emulation(
        token=INSTANCE,
        id="projects/{project}/zones/{zone}/instances/{name}",
        title="Instance",
        words=WORDS,
        formats={"name": formats.NAME},
        references=(
            Reference(path="networkInterfaces[].network", to=(NETWORK,)),
            Reference(path="networkInterfaces[].subnetwork", to=(SUBNETWORK,)),
        ),
        refine=_connect,
        fills=frozenset(
            {
                "networkInterfaces[].name",
                "networkInterfaces[].networkIp",
                "networkInterfaces[].accessConfigs[].natIp",
                "networkInterfaces[].accessConfigs[].networkTier",
            }
        ),
        outputs={
            **COMMON,
            "cpuPlatform": constant("Intel Broadwell"),
            "currentStatus": constant("RUNNING"),
            "instanceId": number(19),
            "labelFingerprint": revision(),
            "metadataFingerprint": revision(),
            "tagsFingerprint": revision(),
        },
    ),
)

"""Networks, subnets, addresses, routers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final

from regionctl.model.wire import Value
from regionctl.providers.constraints import CheckFailure
from regionctl.sandbox.emulation import (
    Call,
    Emulation,
    OnDelete,
    Output,
    Reference,
    constant,
    integer,
    number,
    revision,
    timestamp,
)
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp import formats
from regionctl.sandbox.gcp.apis import COMPUTE as WORDS
from regionctl.sandbox.gcp.compute.automatic import (
    NETWORK,
    SUBNETWORK,
    automatic_subnet,
    default_network,
    delete_automatic,
)
from regionctl.sandbox.gcp.naming import COMPUTE, allocate_internal, external_address, span

ROUTER: Final = "gcp:compute/router:Router"
ADDRESS: Final = "gcp:compute/address:Address"

LINK: Final = COMPUTE + "{id}"
_INTERNAL_RANGE: Final = "gcp:networkconnectivity/internalRange:InternalRange"
_PEERING_LENGTH: Final = 20  # where no length is given
COMMON: Final[Mapping[str, Output]] = {"selfLink": LINK, "creationTimestamp": lambda call: timestamp(call.now_s)}


def in_network(path: str = "network") -> Reference:
    return Reference(path=path, to=(NETWORK,), on_delete=OnDelete.BLOCKED)


# subnets


def _space(call: Call) -> str:
    network = call.target("network")
    return network.path if network else ""


def _ranges(call: Call) -> Iterator[str]:
    """The IPv4 ranges of a subnet. One that has IPv6 alone has none."""
    for part in (call.inputs, *(call.inputs.get("secondaryIpRanges") or ())):
        text = part.get("ipCidrRange") or _reserved(call, part)
        if text and ":" not in text:
            yield text


def _reserved(call: Call, part: Mapping[str, Value]) -> str:
    """The range of the internal range that a subnet takes its addresses from."""
    named = str(part.get("reservedInternalRange") or "")
    row = call.tx.find(_INTERNAL_RANGE, named[named.find("projects/") :]) if "projects/" in named else None
    return str(row.outputs.get("ipCidrRange") or "") if row else ""


def _show_ranges(call: Call, outputs: dict[str, Value]) -> None:
    """The ranges that were taken from internal ranges."""
    for part in (outputs, *(outputs.get("secondaryIpRanges") or ())):
        taken = _reserved(call, part)
        if taken and not part.get("ipCidrRange"):
            part["ipCidrRange"] = taken


def _refuse_overlaps(call: Call) -> None:
    mine: list[str] = []
    for text in _ranges(call):
        first, last = span(text)
        other = call.tx.overlapping(_space(call), first, last, call.key)
        if other is not None:
            raise _conflict(text, f"existing subnetwork '{other.path}'")
        for range_ in mine:
            if first <= span(range_)[1] and span(range_)[0] <= last:
                raise _conflict(text, f"range {range_} of the same subnetwork")
        mine.append(text)


def _conflict(text: str, with_: str) -> CloudError:
    return CloudError(400, "badRequest", f"Invalid IPCidrRange: {text} conflicts with {with_}")


def _record_ranges(call: Call) -> None:
    call.tx.set_ranges(call.key, _space(call), [span(text) for text in _ranges(call)])


def _shrinks(old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
    """A range may grow in place, not shrink or move: `IsShrinkageIpCidr` in resource_compute_subnetwork.go.

    As there, what is no range does not replace: a new one that is not known yet, an old one that was broken by hand.
    """
    try:
        inside, around = (ipaddress.IPv4Network(inputs.get("ipCidrRange")) for inputs in (old, new))
    except ValueError:
        return
    if not inside.subnet_of(around):
        yield "ipCidrRange"


def _gateway(call: Call) -> str:
    primary = call.inputs.get("ipCidrRange") or _reserved(call, call.inputs)
    return str(ipaddress.ip_network(primary)[1]) if primary else ""


# addresses


def _regional_address(call: Call) -> str:
    if call.inputs.get("addressType") == "INTERNAL":
        subnet = call.target("subnetwork")
        if subnet is not None and subnet.outputs.get("ipCidrRange"):
            network = ipaddress.ip_network(subnet.outputs["ipCidrRange"])
            return str(network[2 + int(call.digest("address"), 16) % (network.num_addresses - 4)])
    return external_address(call)


def _global_address(call: Call) -> str:
    if call.inputs.get("purpose") == "VPC_PEERING":
        return allocate_internal(call, _space(call), _peering_length(call))
    return external_address(call)


def _check_secondary_versions(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks: `secondaryIpRanges[].ipVersion`."""
    ranges = inputs.get("secondaryIpRanges")
    for i, part in enumerate(ranges if isinstance(ranges, list) else ()):
        text = part.get("ipCidrRange") if isinstance(part, dict) else None
        if isinstance(text, str) and ":" in text and part.get("ipVersion") in {None, "IPV4"}:
            yield CheckFailure(f"secondaryIpRanges[{i}].ipCidrRange", f'expected an IPv4 range, got "{text}"')


def _check_peering_range(inputs: Mapping[str, Value]) -> Iterator[CheckFailure]:
    """A /24 or larger: https://cloud.google.com/vpc/docs/configure-private-services-access#allocating-range."""
    if inputs.get("purpose") != "VPC_PEERING":
        return
    address, length = inputs.get("address"), inputs.get("prefixLength", _PEERING_LENGTH)
    if not isinstance(length, int):
        return
    if not 8 <= length <= 24:
        yield CheckFailure("prefixLength", f"expected 8 to 24, got {length}")
    elif isinstance(address, str) and not formats.SUBNET_RANGE.matches(f"{address}/{length}"):
        yield CheckFailure(
            "address", f'expected the first address of an IPv4 range of length /{length}, got "{address}"'
        )


def _peering_length(call: Call) -> int:
    return int(call.inputs.get("prefixLength") or _PEERING_LENGTH)


def _record_peering_range(call: Call) -> None:
    if call.inputs.get("purpose") == "VPC_PEERING":
        stored = call.tx.find(call.kind.emulation.token, call.path)
        assert stored is not None
        call.tx.set_ranges(call.key, _space(call), [span(f"{stored.outputs['address']}/{_peering_length(call)}")])


def _refuse_peering_overlap(call: Call) -> None:
    address = call.inputs.get("address")
    if call.inputs.get("purpose") != "VPC_PEERING" or address is None:
        return
    text = f"{address}/{_peering_length(call)}"
    other = call.tx.overlapping(_space(call), *span(text), call.key)
    if other is not None:
        raise CloudError(400, "invalid", f"Requested range {text} overlaps with '{other.path}'")


EMULATIONS: Final = (
    Emulation(
        token=NETWORK,
        title="Network",
        words=WORDS,
        standing=default_network,
        on_delete=(delete_automatic,),
        formats={"name": formats.NAME},
        outputs={
            "selfLink": LINK,
            "networkId": lambda call: call.digits("number", 19),
            "numericId": lambda call: call.digits("number", 19),
            "gatewayIpv4": constant(""),
            "routingMode": constant("REGIONAL"),
            "mtu": constant(0),
            "internalIpv6Range": constant(""),
            "bgpBestPathSelectionMode": constant("LEGACY"),
            "bgpAlwaysCompareMed": constant(False),
            "bgpInterRegionCost": constant(""),
        },
    ),
    Emulation(
        token=SUBNETWORK,
        title="Subnetwork",
        words=WORDS,
        standing=automatic_subnet,
        formats={
            "name": formats.NAME,
            "ipCidrRange": formats.SUBNET_RANGE,
            "secondaryIpRanges[].ipCidrRange": formats.SECONDARY_RANGE,
            "purpose": formats.SUBNETWORK_PURPOSE,
            "role": formats.SUBNETWORK_ROLE,
        },
        checks=(_check_secondary_versions,),
        references=(in_network(),),
        decisions=(_shrinks,),
        on_create=(_refuse_overlaps,),
        on_update=(_refuse_overlaps,),
        after_write=(_record_ranges,),
        refine=_show_ranges,
        outputs={
            **COMMON,
            "gatewayAddress": _gateway,
            "subnetworkId": integer(15),
            "fingerprint": revision(),
            "purpose": constant("PRIVATE"),
            "privateIpGoogleAccess": constant(False),
            "privateIpv6GoogleAccess": constant("DISABLE_GOOGLE_ACCESS"),
            "stackType": constant("IPV4_ONLY"),
            "ipv6CidrRange": constant(""),
            "ipv6GceEndpoint": constant(""),
            "externalIpv6Prefix": constant(""),
            "internalIpv6Prefix": constant(""),
            "state": constant("READY"),
            "secondaryIpRanges": constant([]),
        },
        mutable=frozenset({"fingerprint", "gatewayAddress"}),
    ),
    Emulation(
        token=ROUTER,
        title="Router",
        words=WORDS,
        formats={"name": formats.NAME},
        references=(in_network(),),
        outputs=COMMON,
    ),
    Emulation(
        token="gcp:compute/routerNat:RouterNat",
        id="{project}/{region}/{router:last}/{name}",
        title="RouterNat",
        words=WORDS,
        formats={"name": formats.NAME},
        references=(
            Reference(path="router", to=(ROUTER,), on_delete=OnDelete.CASCADE),
            Reference(path="subnetworks[].name", to=(SUBNETWORK,), on_delete=OnDelete.BLOCKED),
            Reference(path="natIps[]", to=(ADDRESS,), on_delete=OnDelete.BLOCKED),
        ),
        outputs={"endpointTypes": constant(["ENDPOINT_TYPE_VM"]), "autoNetworkTier": constant("PREMIUM")},
    ),
    Emulation(
        token=ADDRESS,
        title="Address",
        words=WORDS,
        formats={"name": formats.NAME, "address": formats.ADDRESS},
        references=(
            Reference(path="subnetwork", to=(SUBNETWORK,), on_delete=OnDelete.BLOCKED),
            in_network(),
        ),
        outputs={
            **COMMON,
            "address": _regional_address,
            "addressId": number(19),
            "networkTier": constant("PREMIUM"),
            "purpose": constant(""),
            "users": constant([]),
            "labelFingerprint": revision(),
        },
    ),
    Emulation(
        token="gcp:compute/globalAddress:GlobalAddress",
        title="GlobalAddress",
        words=WORDS,
        formats={"name": formats.NAME, "address": formats.ADDRESS},
        checks=(_check_peering_range,),
        references=(in_network(),),
        on_create=(_refuse_peering_overlap,),
        after_write=(_record_peering_range,),
        outputs={
            **COMMON,
            "address": _global_address,
            "prefixLength": constant(_PEERING_LENGTH),
            "labelFingerprint": revision(),
        },
    ),
    Emulation(
        token="gcp:compute/route:Route",
        id="projects/{project}/global/routes/{name}",
        title="Route",
        words=WORDS,
        formats={"name": formats.NAME, "destRange": formats.RANGE},
        references=(in_network(),),
        outputs={**COMMON, "routeType": constant("STATIC"), "routeStatus": constant("ACTIVE")},
    ),
)

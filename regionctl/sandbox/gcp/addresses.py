"""Addresses that the emulated cloud hands out: the same ones for the same resources."""

from __future__ import annotations

import ipaddress
from typing import Final

from regionctl.sandbox.emulation import Call
from regionctl.sandbox.errors import CloudError

# RFC 2544's benchmarking range: nobody's, so that an emulated address never leads to somebody's machine.
_EXTERNAL: Final = ipaddress.ip_network("198.18.0.0/15")
# Where Google picks a range by itself: https://cloud.google.com/vpc/docs/configure-private-services-access
_INTERNAL: Final = ipaddress.ip_network("10.0.0.0/8")


def external_address(call: Call) -> str:
    return str(_EXTERNAL[1 + int(call.digest("address"), 16) % (_EXTERNAL.num_addresses - 2)])


def span(text: str) -> tuple[int, int]:
    """The first and the last address of an IPv4 range, as numbers."""
    network = ipaddress.ip_network(text, strict=False)
    return int(network[0]), int(network[-1])


def allocate_internal(call: Call, space: str, prefix_length: int) -> str:
    """The first free range of that size in a network, beginning at a place that depends on the name."""
    size = 2 ** (32 - prefix_length)
    count = _INTERNAL.num_addresses // size
    start = int(call.digest("range"), 16) % max(count, 1)
    first = int(_INTERNAL[0])
    for i in range(count):
        low = first + (start + i) % count * size
        if call.tx.overlapping(space, low, low + size - 1) is None:
            return str(ipaddress.ip_address(low))
    raise CloudError(400, "RESOURCE_EXHAUSTED", f"No range of length /{prefix_length} is free in '{space}'")

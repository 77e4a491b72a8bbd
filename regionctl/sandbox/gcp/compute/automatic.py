"""Makes what Google makes by itself: a project's network `default`, and the subnets of a network in automatic mode."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from regionctl.model.wire import Value
from regionctl.sandbox.emulation import Call
from regionctl.sandbox.gcp.apis import PROJECT

NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"

_DEFAULT: Final = re.compile(r"projects/([^/]+)/global/networks/default")
_IN_REGION: Final = re.compile(r"projects/([^/]+)/regions/([^/]+)/subnetworks/([^/]+)")

# The second octet of each region's /20: https://cloud.google.com/vpc/docs/subnets#ip-ranges, November 2026
_SECOND_OCTETS: Final = (
    "us-central1=128 europe-west1=132 us-west1=138 asia-east1=140 us-east1=142 asia-northeast1=146 "
    "asia-southeast1=148 us-east4=150 australia-southeast1=152 europe-west2=154 europe-west3=156 "
    "southamerica-east1=158 asia-south1=160 northamerica-northeast1=162 europe-west4=164 europe-north1=166 "
    "us-west2=168 asia-east2=170 europe-west6=172 asia-northeast2=174 asia-northeast3=178 us-west3=180 "
    "us-west4=182 asia-southeast2=184 europe-central2=186 northamerica-northeast2=188 asia-south2=190 "
    "australia-southeast2=192 southamerica-west1=194 europe-west8=198 europe-west9=200 us-east5=202 "
    "europe-southwest1=204 us-south1=206 me-west1=208 europe-west12=210 me-central1=212 europe-west10=214 "
    "me-central2=216 africa-south1=218 "
)
_AUTOMATIC_RANGES: Final = {
    region: f"10.{octet}.0.0/20" for region, octet in (pair.split("=") for pair in _SECOND_OCTETS.split())
}


def default_network(call: Call, path: str) -> Mapping[str, Value] | None:
    """Every project begins with one, unless it was made without: https://cloud.google.com/vpc/docs/vpc#default-network"""
    found = _DEFAULT.fullmatch(path)
    made = call.tx.find(PROJECT, f"projects/{found[1]}") if found else None
    if found is None or (made is not None and made.inputs.get("autoCreateNetwork") is False):
        return None
    return {
        "name": "default",
        "project": found[1],
        "autoCreateSubnetworks": True,
        "description": "Default network for the project",
    }


def automatic_subnet(call: Call, path: str) -> Mapping[str, Value] | None:
    """A network in automatic mode has a subnet of its name in each region."""
    found = _IN_REGION.fullmatch(path)
    if found is None:
        return None
    project, region, name = found.groups()
    network = f"projects/{project}/global/networks/{name}"
    row = call.tx.find(NETWORK, network)
    automatic = row.outputs.get("autoCreateSubnetworks") is True if row else default_network(call, network)
    gone = row is None and call.tx.was_deleted(NETWORK, network)
    if gone or not automatic or region not in _AUTOMATIC_RANGES:
        return None
    return {
        "name": name,
        "project": project,
        "region": region,
        "network": network,
        "ipCidrRange": _AUTOMATIC_RANGES[region],
    }


def delete_automatic(call: Call) -> None:
    """Automatic subnets go with their network."""
    for subnet in call.tx.of_type(SUBNETWORK, call.path.split("/")[1]):
        if subnet.outputs.get("network") == call.path and subnet.outputs.get("name") == call.path.rsplit("/", 1)[-1]:
            call.tx.delete(subnet.key)

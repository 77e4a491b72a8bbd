"""Private service access: the peering that gives Google's managed services addresses in a network."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import quote

from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.gcp.apis import ONE_PLATFORM
from regionctl.sandbox.gcp.compute.automatic import NETWORK
from regionctl.sandbox.gcp.naming import relative

CONNECTION: Final = "gcp:servicenetworking/connection:Connection"
_GLOBAL_ADDRESS: Final = "gcp:compute/globalAddress:GlobalAddress"
_SERVICE: Final = "servicenetworking.googleapis.com"
# The wording that users report: terraform-provider-google#16275.
_IN_USE: Final = (
    "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this"
    " connection: '{target}'"
)


def peered_address(call: Call, network: str) -> str:
    """An address for a managed instance, from the network's ranges for services. Raises where there are none."""
    connection = call.tx.find(CONNECTION, f"{network}:{_SERVICE}")
    if connection is not None:
        call.uses.add(connection.key)
    names = connection.inputs.get("reservedPeeringRanges") if connection else None
    for name in names or ():
        path = f"{network.partition('/global/')[0]}/global/addresses/{relative(name).rsplit('/', 1)[-1]}"
        reserved = call.tx.find(_GLOBAL_ADDRESS, path)
        if reserved is not None:
            length = reserved.outputs.get("prefixLength") or 20
            block = ipaddress.ip_network(f"{reserved.outputs['address']}/{length}", strict=False)
            return str(block[2 + int(call.digest("private"), 16) % max(1, block.num_addresses - 4)])
    # https://cloud.google.com/sql/docs/postgres/configure-private-services-access
    raise CloudError(
        400,
        "badRequest",
        "Invalid request: Failed to create subnetwork. Please create Service Networking connection with service"
        f" '{_SERVICE}' from consumer project '{call.scope.get('number')}' network '{network}' again.",
    )


EMULATIONS: Final = (
    Emulation(
        token=CONNECTION,
        # `connectionId.Id()` of the provider: the network, escaped, and the service.
        id=lambda call: f"{quote(call.targets['network'][0].path, safe='')}:{call.inputs['service']}",
        path=lambda call: f"{call.targets['network'][0].path}:{call.inputs['service']}",
        imported=lambda _call, id_: id_,
        title="Service Networking Connection",
        words=ONE_PLATFORM.but(
            missing_reason="badRequest", missing_status=400, in_use=_IN_USE, in_use_reason="failedPrecondition"
        ),
        # A connection that was abandoned keeps neither its range nor its network, and goes with it (pulumi-gcp#3354).
        references=(
            Reference(path="network", to=(NETWORK,), on_delete=OnDelete.CASCADE),
            Reference(path="reservedPeeringRanges[]", to=(_GLOBAL_ADDRESS,)),
        ),
        outputs={"peering": lambda call: call.inputs["service"].replace(".", "-")},
    ),
)

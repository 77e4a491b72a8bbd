"""Where a Worker answers: routes of a zone, and custom domains."""

from __future__ import annotations

import re
from typing import Final

from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, hex_id, others, refusal, uuid
from regionctl.sandbox.cloudflare.dns import ADDRESSES, RECORD
from regionctl.sandbox.cloudflare.workers import SCRIPT
from regionctl.sandbox.cloudflare.zones import ZONE
from regionctl.sandbox.emulation import Call, Emulation, Reference, constant
from regionctl.sandbox.transaction import Row

ROUTE: Final = f"{PREFIX}workersRoute:WorkersRoute"
CUSTOM_DOMAIN: Final = f"{PREFIX}workersCustomDomain:WorkersCustomDomain"


def _refuse_pattern(call: Call) -> None:
    if any(row.inputs.get("pattern") == call.inputs["pattern"] for row in others(call, ROUTE)):
        raise refusal(10020, "A route with the same pattern already exists.", 409)


def _refuse_hostname(call: Call) -> None:
    host = call.inputs["hostname"].lower()
    if any(row.inputs["hostname"].lower() == host for row in call.tx.of_type(CUSTOM_DOMAIN) if row.key != call.key):
        # By its documentation the API takes a PUT for another Worker. A replacement that is made first would then be
        # undone by the deletion of what it replaces; the sandbox refuses it, so that `deleteBeforeReplace` is set.
        raise refusal(409, f"Hostname '{host}' is already the custom domain of a Worker.", 409)
    if any(_stands_for(row, host) for row in call.tx.of_type(RECORD)):
        raise refusal(
            100117,
            f"Hostname '{host}' already has externally managed DNS records (A, CNAME, etc)."
            " Delete them first or try a different hostname.",
            409,
        )


def _stands_for(row: Row, host: str) -> bool:
    return row.inputs.get("type") in ADDRESSES and str(row.inputs.get("name")).lower() == host


def _zone_id(call: Call) -> str:
    """The zone of the name among those that the emulated cloud made, else one that follows from the name."""
    zone = _zone(call)
    return zone.id if zone else call.digest(f"zone {_zone_name(call)}")[:32]


def _zone_name(call: Call) -> str:
    zone = _zone(call)
    # Of a zone that was there before only the id is known: the domain is taken to be its name's last two labels.
    return str(zone.inputs["name"]) if zone else ".".join(re.split(r"\.", call.inputs["hostname"])[-2:])


def _zone(call: Call) -> Row | None:
    host = "." + call.inputs["hostname"].lower()
    return next((row for row in call.tx.of_type(ZONE) if host.endswith(f".{row.inputs['name']}".lower())), None)


EMULATIONS: Final = (
    Emulation(
        token=ROUTE,
        id=hex_id,
        path="{project}/{id}",
        formats={"pattern": api.ROUTE},
        references=(Reference(path="script", to=(SCRIPT,)),),
        on_create=(_refuse_pattern,),
        on_update=(_refuse_pattern,),
    ),
    Emulation(
        token=CUSTOM_DOMAIN,
        id=hex_id,
        path="{project}/{id}",
        formats={"hostname": api.HOSTNAME},
        references=(Reference(path="service", to=(SCRIPT,)),),
        on_create=(_refuse_hostname,),
        outputs={
            "certId": lambda call: uuid(call, "certificate"),
            "environment": constant("production"),
            "zoneId": _zone_id,
            "zoneName": _zone_name,
        },
    ),
)

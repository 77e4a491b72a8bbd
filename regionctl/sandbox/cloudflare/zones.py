"""Zones that the emulated cloud made itself. Every other well-formed zone id is one that was there before."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.cloudflare import formats
from regionctl.sandbox.cloudflare.ids import PREFIX, hex_id, now
from regionctl.sandbox.cloudflare.refusals import refusal
from regionctl.sandbox.emulation import Call, Emulation, Never, constant

ZONE: Final = f"{PREFIX}zone:Zone"


def _refuse_second(call: Call) -> None:
    name = call.inputs["name"]
    if any(row.inputs.get("name") == name for row in call.tx.of_type(ZONE) if row.key != call.key):
        raise refusal(1061, f"{name} already exists")


def _name_servers(call: Call) -> list[str]:
    return [f"{name}.ns.cloudflare.com" for name in ("ada", "bob")]


def _empty(call: Call) -> None:
    call.tx.delete_project(call.id)


EMULATIONS: Final = (
    Emulation(
        token=ZONE,
        id=hex_id,
        path="{id}",
        formats={"name": formats.HOSTNAME, "account.id": formats.HEX_ID},
        on_create=(_refuse_second,),
        on_delete=(_empty,),
        tombstone_s=Never.FREE_AGAIN,
        outputs={
            "status": constant("pending"),  # until the domain's name servers are Cloudflare's
            "nameServers": _name_servers,
            "createdOn": now,
            "modifiedOn": now,
            "verificationKey": lambda call: call.digest("verification")[:18],
        },
        mutable=frozenset({"modifiedOn"}),
    ),
)

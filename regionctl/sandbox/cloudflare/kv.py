"""Workers KV: namespaces and the pairs in them."""

from __future__ import annotations

from typing import Final

from regionctl.sandbox.cloudflare import api
from regionctl.sandbox.cloudflare.api import PREFIX, hex_id, others, refusal
from regionctl.sandbox.emulation import Call, Emulation, OnDelete, Reference, constant

NAMESPACE: Final = f"{PREFIX}workersKvNamespace:WorkersKvNamespace"
PAIR: Final = f"{PREFIX}workersKv:WorkersKv"


def _refuse_title(call: Call) -> None:
    if any(row.inputs.get("title") == call.inputs["title"] for row in others(call, NAMESPACE)):
        raise refusal(10014, "a namespace with this account ID and title already exists")


EMULATIONS: Final = (
    Emulation(
        token=NAMESPACE,
        id=hex_id,
        path="{project}/{id}",
        formats={"title": api.KV_TITLE},
        on_create=(_refuse_title,),
        on_update=(_refuse_title,),
        outputs={"supportsUrlEncoding": constant(True)},
    ),
    Emulation(
        token=PAIR,
        id="{keyName}",
        path="{project}/{namespaceId}/{keyName}",
        shared=True,  # written with PUT: a pair that is there is overwritten
        formats={"keyName": api.KV_KEY},
        references=(Reference(path="namespaceId", to=(NAMESPACE,), on_delete=OnDelete.CASCADE),),
    ),
)

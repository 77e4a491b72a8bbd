"""`POST /v1/deliver`: what a sender posts who knows one address only, published for every region, unread."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from auth.keys import KIND
from auth.publishing import Publisher
from kit.pubsub import Outgoing

MAX_BYTES = 262_144
TIMEOUT_S = 4.0  # the Worker waits for 5
HEADER_PREFIX = "x-deliver-header-"
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


class MalformedDelivery(Exception):
    """`header` is not what the contract says."""

    def __init__(self, header: str) -> None:
        self.header = header
        super().__init__(header)


@dataclass(frozen=True)
class Delivery:
    kind: str
    delivery_id: str
    received_at_ms: int
    path: str
    headers: Mapping[str, str]
    body: bytes

    def message(self) -> Outgoing:
        said = {
            "kind": self.kind,
            "delivery_id": self.delivery_id,
            "received_at_ms": self.received_at_ms,
            "path": self.path,
            "headers": dict(self.headers),
            "body": base64.b64encode(self.body).decode(),
        }
        return Outgoing(data=json.dumps(said).encode(), attributes={"type": "delivery"})


def read_delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """`headers` by small names. Raises MalformedDelivery."""

    def checked(name: str, pattern: re.Pattern[str]) -> str:
        value = headers.get(name, "")
        if pattern.fullmatch(value) is None:
            raise MalformedDelivery(name)
        return value

    path = headers.get("x-deliver-path", "")
    if not path.startswith("/") or not path.isascii():
        raise MalformedDelivery("x-deliver-path")
    return Delivery(
        kind=checked("x-deliver-kind", KIND),
        delivery_id=checked("x-deliver-id", _ID),
        received_at_ms=int(checked("x-deliver-received-at", _MILLISECONDS)),
        path=path,
        headers={
            name.removeprefix(HEADER_PREFIX): value for name, value in headers.items() if name.startswith(HEADER_PREFIX)
        },
        body=body,
    )


async def deliver(publisher: Publisher, delivery: Delivery) -> None:
    """Raises what the transport raises: the sender sends it again."""
    async with asyncio.timeout(TIMEOUT_S):
        await publisher.publish([delivery.message()])

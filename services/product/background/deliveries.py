"""What auth was given to deliver to all (docs/request-path.md, `deliver: all`): each kind that this product takes.

Anybody can send there. So first the signature over the raw body, whose age counts from when the Worker received it;
then the delivery's id, or anybody could make the real one be dropped; then whether it belongs to a workspace of here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from kit.database import Connection
from kit.logs import fields, get_logger
from product.access import All

MAX_AGE = timedelta(minutes=5)
_log = get_logger("product.deliveries")
BILLING = All("billing")


class Delivery(BaseModel):
    """As the message says it. A later release may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    delivery_id: Annotated[str, Field(min_length=1, max_length=200)]
    received_at_ms: int
    path: str
    headers: dict[str, str]
    body: str

    @property
    def raw(self) -> bytes:
        return base64.b64decode(self.body, validate=True)

    @property
    def received_at(self) -> datetime:
        return datetime.fromtimestamp(self.received_at_ms / 1000, UTC)


Take: TypeAlias = Callable[[Connection, bytes], Awaitable[None]]


def named_by_the_worker(delivery: Delivery) -> str:
    return delivery.delivery_id


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One kind: the secret that its sender signs with, what is done with what it sent, and which id of it is the same
    when it sends it again. It is asked after the signature was verified."""

    secret: SecretStr
    take: Take
    delivery_id: Callable[[Delivery], str] = named_by_the_worker


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    senders: Mapping[str, Sender]

    async def handle(self, connection: Connection, body: Any) -> None:
        """In the inbox's transaction. Raises for what is to come again; drops what nobody has signed."""
        delivery = Delivery.model_validate(body)
        about = fields(kind=delivery.kind, delivery=delivery.delivery_id)
        sender = self.senders.get(delivery.kind)
        if sender is None:
            _log.warning("nothing here takes this kind", extra=about)
            return
        if not is_signed(delivery, sender.secret):
            _log.warning("the signature is refused", extra=about)
            return
        is_new = await connection.fetchval(
            "INSERT INTO product.delivery (kind, id, received_at) VALUES ($1, $2, $3) "
            "ON CONFLICT DO NOTHING RETURNING true",
            delivery.kind,
            sender.delivery_id(delivery),
            delivery.received_at,
        )
        if is_new:
            await sender.take(connection, delivery.raw)


def is_signed(delivery: Delivery, secret: SecretStr) -> bool:
    """`t=SECONDS,v1=HEX` over `SECONDS.BODY`, as Stripe signs: https://docs.stripe.com/webhooks#verify-manually"""
    parts = [part.partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    if len(times) != 1 or not times[0].isdecimal() or len(times[0]) > 12:
        return False
    age_s = delivery.received_at_ms / 1000 - int(times[0])  # anybody may have written it: it may be no date
    if abs(age_s) > MAX_AGE.total_seconds():
        return False
    signed = times[0].encode() + b"." + delivery.raw
    right = hmac.new(secret.get_secret_value().encode(), signed, hashlib.sha256).hexdigest()
    given = [value.encode("utf-8", "replace") for name, _, value in parts if name.strip() == "v1"]
    return any(hmac.compare_digest(right.encode(), value) for value in given)


def event_id(delivery: Delivery) -> str:
    """Of the body: this sender has no header for it, and each try of it is another request."""
    return str(json.loads(delivery.raw)["id"])


async def take_billing(connection: Connection, raw: bytes) -> None:
    """`{"id", "workspace", "event"}`: an issue in the workspace's oldest project, where the workspace is here."""
    said = json.loads(raw)
    await connection.execute(
        "INSERT INTO product.issue (workspace_id, id, project_id, title) "
        "SELECT w.workspace_id, $2, p.id, $3 FROM product.workspace w "
        "JOIN product.project p USING (workspace_id) "
        "WHERE w.workspace_id = $1 AND w.state = 'confirmed' "
        "AND NOT EXISTS (SELECT FROM product.moved m WHERE m.workspace_id = w.workspace_id) "
        "ORDER BY p.created_at, p.id LIMIT 1",
        str(said["workspace"]),
        uuid4(),
        f"Billing: {said['event']}"[:500],
    )

"""Messages of auth's topic. A hint wakes the poll of the feed and says nothing else; a delivery is handled once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from kit.database import Database
from kit.inbox import Inbox
from kit.logs import fields, get_logger
from kit.pubsub import Received
from product.background.applying import ROLE
from product.background.deliveries import Deliveries

SOURCE: Final = "messages"
ATTEMPTS = 5
_log = get_logger("product.messages")


@dataclass(frozen=True, kw_only=True)
class Messages:
    region: str
    database: Database
    deliveries: Deliveries
    wake: asyncio.Event

    async def handle(self, message: Received) -> bool:
        """True: acknowledge it. What cannot be handled is tried again, and parked in the end."""
        try:
            body: Any = json.loads(message.data)
        except ValueError:
            _log.error("a message is no JSON", extra=fields(message_id=message.id))
            return True
        if message.attributes.get("type") != "delivery":
            if not isinstance(body, dict) or body.get("region") in {self.region, None}:
                self.wake.set()
            return True
        inbox = Inbox(database=self.database, schema="product", role=ROLE, attempts=ATTEMPTS)
        outcome = await inbox.handle(SOURCE, message.id, body, self.deliveries.handle)
        return outcome.settled

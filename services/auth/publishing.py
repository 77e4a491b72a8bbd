"""What auth says on the topic: hints of changes, which the feed also has, and what it was given to deliver."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kit.logs import fields, get_logger
from kit.pubsub import Outgoing

_LOG = get_logger("auth.publishing")
HINT_TIMEOUT_S = 1.0
_AT_ONCE = 500  # of 1,000: https://cloud.google.com/pubsub/quotas#resource_limits (messages in a publish request)


class Publisher(Protocol):
    """kit.pubsub.Publisher, or a test's."""

    async def publish(self, messages: Sequence[Outgoing]) -> list[str]: ...


@dataclass(frozen=True)
class Hint:
    """One entry of the feed, for its region."""

    entity: str
    id: str
    region: str
    n: int
    epoch: str

    def message(self) -> Outgoing:
        said = {"entity": self.entity, "id": self.id, "n": self.n, "epoch": self.epoch, "region": self.region}
        attributes = {"type": "hint", "region": self.region}
        return Outgoing(data=json.dumps(said).encode(), ordering_key=self.id, attributes=attributes)


async def publish_hints(publisher: Publisher, hints: Sequence[Hint]) -> None:
    """Never fails: whoever misses a hint polls the feed."""
    try:
        async with asyncio.timeout(HINT_TIMEOUT_S):
            for begin in range(0, len(hints), _AT_ONCE):
                await publisher.publish([hint.message() for hint in hints[begin : begin + _AT_ONCE]])
    except Exception as err:
        _LOG.warning("hints lost", extra=fields(hints=len(hints), error=type(err).__name__))

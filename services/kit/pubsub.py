"""Pub/Sub, by Google's own client: publish, and receive with an inbox behind it.

PUBSUB_EMULATOR_HOST is respected, as Google's clients do: https://cloud.google.com/pubsub/docs/emulator#env
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError, RetryError
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport
from google.pubsub_v1.types import PubsubMessage

from .logs import get_logger

EMULATOR: Final = "PUBSUB_EMULATOR_HOST"
PUBLISH_S: Final = 5.0
_PULL_S = 30.0
_PAUSE_S = 1.0
_log = get_logger("kit.pubsub")


@dataclass(frozen=True, kw_only=True)
class Received:
    """`id` is the server's and the same in each delivery."""

    id: str
    data: bytes
    ordering_key: str
    attributes: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """Those of one ordering key are delivered in the order in which they were published; without one in any."""

    data: bytes
    ordering_key: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


# True: acknowledge; False: to come again.
Handle = Callable[[Received], Awaitable[bool]]


class Publisher:
    """To one topic (`projects/P/topics/T`)."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._client = PublisherAsyncClient(transport=_transport(PublisherGrpcAsyncIOTransport))

    async def publish(self, messages: Sequence[Outgoing]) -> list[str]:
        """The server's ids, once it has them. Raises google.api_core.exceptions.GoogleAPICallError, RetryError."""
        sent = [
            PubsubMessage(data=message.data, ordering_key=message.ordering_key, attributes=message.attributes)
            for message in messages
        ]
        answer = await self._client.publish(topic=self._topic, messages=sent, timeout=PUBLISH_S)
        return list(answer.message_ids)

    async def close(self) -> None:
        await _close(self._client.transport)


class Subscriber:
    """Of one subscription (`projects/P/subscriptions/S`). `run` receives until it is cancelled."""

    def __init__(self, subscription: str, *, at_once: int = 20) -> None:
        self._subscription, self._at_once = subscription, at_once
        self._client = SubscriberAsyncClient(transport=_transport(SubscriberGrpcAsyncIOTransport))

    async def run(self, handle: Handle) -> None:
        """Goes on after errors of the service, each a line in the log."""
        while True:
            try:
                await self.receive(handle)
            except (GoogleAPICallError, RetryError):
                _log.warning("Pub/Sub does not answer", exc_info=True)
                await asyncio.sleep(_PAUSE_S)

    async def receive(self, handle: Handle) -> int:
        """Waits for messages, handles those that came, and gives their number.

        Those of one ordering key are handled one after the other; once one is to come again, so are those after it.
        """
        try:
            answer = await self._client.pull(
                subscription=self._subscription, max_messages=self._at_once, timeout=_PULL_S, retry=None
            )
        except DeadlineExceeded:  # nothing came
            return 0
        rows: dict[str, list[Any]] = {}
        for number, message in enumerate(answer.received_messages):
            rows.setdefault(message.message.ordering_key or f"\0{number}", []).append(message)
        await asyncio.gather(*(self._one_after_the_other(row, handle) for row in rows.values()))
        return len(answer.received_messages)

    async def _one_after_the_other(self, row: Sequence[Any], handle: Handle) -> None:
        good: list[str] = []
        try:
            for message in row:
                if not await handle(_received(message.message)):
                    break
                good.append(message.ack_id)
        finally:
            again = [message.ack_id for message in row[len(good) :]]
            if good:
                await self._client.acknowledge(subscription=self._subscription, ack_ids=good)
            if again:
                await self._client.modify_ack_deadline(
                    subscription=self._subscription, ack_ids=again, ack_deadline_seconds=0
                )

    async def close(self) -> None:
        await _close(self._client.transport)


def _received(message: Any) -> Received:
    return Received(
        id=message.message_id,
        data=message.data,
        ordering_key=message.ordering_key,
        attributes=dict(message.attributes),
    )


async def _close(transport: Any) -> None:
    await transport.close()


def _transport(kind: Any) -> Any:
    """An emulator's, where there is one; None: Google's, with the account's credentials."""
    emulator = os.environ.get(EMULATOR)
    return kind(channel=grpc.aio.insecure_channel(emulator)) if emulator else None

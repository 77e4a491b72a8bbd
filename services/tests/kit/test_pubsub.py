"""Messages over Google's client, against a Pub/Sub that runs here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kit.database import Connection, Database
from kit.inbox import Inbox
from kit.pubsub import Outgoing, Publisher, Received, Subscriber
from tests.postgres import TestDatabase
from tests.pubsub_emulator import PubSub


@asynccontextmanager
async def both_ends(pubsub: PubSub, *, ordered: bool = True) -> AsyncIterator[tuple[Publisher, Subscriber]]:
    topic = pubsub.topic()
    publisher, subscriber = Publisher(topic), Subscriber(pubsub.subscription(topic, "eu-west", ordered=ordered))
    try:
        yield publisher, subscriber
    finally:
        await publisher.close()
        await subscriber.close()


async def receive(subscriber: Subscriber, count: int, *, refuse: frozenset[bytes] = frozenset()) -> list[Received]:
    """What is acknowledged, until there are `count`; those of `refuse` are refused the first time."""
    found: list[Received] = []
    refused = set(refuse)

    async def handle(message: Received) -> bool:
        if message.data in refused:
            refused.discard(message.data)
            return False
        found.append(message)
        return True

    while len(found) < count:
        await subscriber.receive(handle)
    return found


async def test_a_message_arrives_as_it_was_published(pubsub: PubSub) -> None:
    async with both_ends(pubsub) as (publisher, subscriber):
        ids = await publisher.publish([Outgoing(data=b"{}", ordering_key="ws_1", attributes={"kind": "feed"})])
        found = await receive(subscriber, 1)
    assert found == [Received(id=ids[0], data=b"{}", ordering_key="ws_1", attributes={"kind": "feed"})]


async def test_those_of_one_key_come_in_order_also_after_one_was_refused(pubsub: PubSub) -> None:
    keys = ("ws_1", "ws_2", "ws_3")
    async with both_ends(pubsub) as (publisher, subscriber):
        for n in range(20):
            await publisher.publish([Outgoing(data=b"%d" % n, ordering_key=key) for key in keys])
        found = await receive(subscriber, 60, refuse=frozenset({b"3", b"7"}))
    for key in keys:
        # A message may come again, though never before one that was published before it and not handled yet.
        seen = [int(message.data) for message in found if message.ordering_key == key]
        assert list(dict.fromkeys(seen)) == list(range(20))


async def test_a_message_that_cannot_be_handled_is_parked_and_the_next_of_its_key_follow(
    pubsub: PubSub, both: TestDatabase
) -> None:
    database = await Database.open(both.settings("shop-background"))
    inbox = Inbox(database=database, schema="shop", role="shop_api", attempts=3)
    handled: list[str] = []

    async def apply(_: Connection, body: Any) -> None:
        if body == "poison":
            raise ValueError(body)
        handled.append(body)

    async def handle(message: Received) -> bool:
        return (await inbox.handle("auth-events", message.id, message.data.decode(), apply)).settled

    async with both_ends(pubsub) as (publisher, subscriber):
        await publisher.publish([Outgoing(data=data, ordering_key="ws_1") for data in (b"a", b"poison", b"b", b"c")])
        while len(handled) < 3:
            await subscriber.receive(handle)
    await database.close()
    assert handled == ["a", "b", "c"]
    parked = await both.fetch("SELECT body, attempts, error FROM shop.inbox WHERE state = 'parked'")
    assert [tuple(row) for row in parked] == [("poison", 3, "ValueError")]


@pytest.mark.parametrize("count", [0, 1])
async def test_without_a_key_each_message_stands_for_itself(pubsub: PubSub, count: int) -> None:
    async with both_ends(pubsub, ordered=False) as (publisher, subscriber):
        await publisher.publish([Outgoing(data=b"a"), Outgoing(data=b"b")])
        found = await receive(subscriber, 2, refuse=frozenset({b"a"} if count else ()))
    assert sorted(message.data for message in found) == [b"a", b"b"]

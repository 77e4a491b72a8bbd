"""What comes on auth's topic: hints that say nothing but that there may be more, and deliveries, each handled once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import pytest
from pydantic import SecretStr

from kit.pubsub import Received
from product.background.deliveries import BILLING, Deliveries, Sender, event_id, take_billing
from product.background.messages import ATTEMPTS, Messages
from product.background.running import Task, run_for_ever
from tests.product.region import Person, Region

SECRET = "whsec-of-tests"


@pytest.fixture
async def ada(region: Region) -> Person:
    person = await region.sign_up("ada@example.com")
    await person.create_workspace("acme")
    await person.create_project("acme")
    return person


@pytest.fixture
def messages(region: Region) -> Messages:
    sender = Sender(secret=SecretStr(SECRET), take=take_billing, delivery_id=event_id)
    return Messages(
        region="here",
        database=region.background,
        deliveries=Deliveries(senders={BILLING.kind: sender}),
        wake=asyncio.Event(),
    )


def received(data: bytes, **attributes: str) -> Received:
    return Received(id=secrets.token_hex(8), data=data, ordering_key="", attributes=attributes)


def delivery(
    body: dict[str, Any], *, age_s: float = 0, secret: str = SECRET, signed: bytes | None = None, **changed: Any
) -> Received:
    """As auth publishes it; signed `age_s` before the Worker received it, an hour ago."""
    raw, at = json.dumps(body).encode(), time.time() - 3600
    stamp = str(int(at - age_s))
    right = hmac.new(secret.encode(), stamp.encode() + b"." + (signed or raw), hashlib.sha256).hexdigest()
    said = {
        "kind": "billing",
        "delivery_id": secrets.token_hex(8),
        "received_at_ms": int(at * 1000),
        "path": "/hooks/billing",
        "headers": {"stripe-signature": f"t={stamp},v0=00,v1={right}"},
        "body": base64.b64encode(raw).decode(),
    }
    return received(json.dumps({**said, **changed}).encode(), type="delivery")


async def issues(region: Region) -> list[str]:
    return [row["title"] for row in await region.test_database.fetch("SELECT title FROM product.issue ORDER BY title")]


def event(region: Region, number: int = 1, workspace: str = "") -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "workspace": workspace or next(iter(region.auth.workspaces)),
        "event": f"invoice {number}",
    }


# Hints


@pytest.mark.parametrize("region_named", ["here", None])
async def test_a_hint_wakes_the_poll(messages: Messages, region_named: str | None) -> None:
    assert await messages.handle(received(json.dumps({"n": 4, "region": region_named}).encode(), type="hint"))
    assert messages.wake.is_set()


async def test_a_hint_for_others_wakes_nobody_and_rubbish_is_acknowledged(messages: Messages) -> None:
    assert await messages.handle(received(b'{"region": "elsewhere"}', type="hint"))
    assert not messages.wake.is_set()
    for rubbish in (b"", b"no json", b"\xff", b"[]"):
        assert await messages.handle(received(rubbish))


async def test_a_task_runs_at_once_when_it_is_woken_and_goes_on_after_it_failed() -> None:
    wake, ran = asyncio.Event(), asyncio.Queue[int]()
    count = 0

    async def run() -> None:
        nonlocal count
        count += 1
        ran.put_nowait(count)
        if count == 2:
            raise RuntimeError("once")

    running = asyncio.create_task(run_for_ever(Task(name="t", run=run, every_s=0.01)))
    async with asyncio.timeout(5):
        assert [await ran.get() for _ in range(4)] == [1, 2, 3, 4]
    running.cancel()

    async def slow() -> None:
        ran.put_nowait(0)

    sleeping = asyncio.create_task(run_for_ever(Task(name="t", run=slow, every_s=3600, wake=wake)))
    while not ran.empty():
        ran.get_nowait()
    async with asyncio.timeout(5):
        await ran.get()
        wake.set()
        assert await ran.get() == 0
    sleeping.cancel()
    await asyncio.gather(running, sleeping, return_exceptions=True)


# Deliveries


async def test_a_delivery_is_handled_once_however_often_it_comes(
    region: Region, ada: Person, messages: Messages
) -> None:
    first = delivery(event(region))
    assert await messages.handle(first)
    assert await messages.handle(first)
    # The sender sends it again: another message, another id of the request, the same event.
    assert await messages.handle(delivery(event(region)))
    assert await issues(region) == ["Billing: invoice 1"]
    assert await messages.handle(delivery(event(region, 2)))
    assert await issues(region) == ["Billing: invoice 1", "Billing: invoice 2"]


async def test_what_nobody_signed_is_dropped_and_stands_in_the_way_of_nothing(
    region: Region, ada: Person, messages: Messages
) -> None:
    body = event(region)
    for forged in (
        delivery(body, secret="guessed"),
        delivery(body, signed=b"other"),
        delivery(body, headers={}),
        delivery(body, headers={"stripe-signature": "t=1,t=2,v1=00"}),
        delivery(body, headers={"stripe-signature": f"t={'9' * 40},v1=00"}),
        delivery(body, headers={"stripe-signature": f"t={'9' * 12},v1=00"}),  # a time, and none that Python has
        delivery(body, headers={"stripe-signature": "t=,v1=é"}),
    ):
        assert await messages.handle(forged)
    assert await issues(region) == []
    assert await messages.handle(delivery(body))
    assert await issues(region) == ["Billing: invoice 1"]


@pytest.mark.parametrize(("age_s", "taken"), [(0, True), (299, True), (301, False), (-299, True), (-302, False)])
async def test_the_age_of_a_signature_counts_from_when_it_was_received(
    region: Region, ada: Person, messages: Messages, age_s: int, taken: bool
) -> None:
    """Messages wait for as long as they have to: how old they are now says nothing."""
    assert await messages.handle(delivery(event(region), age_s=age_s))
    assert bool(await issues(region)) is taken


async def test_what_belongs_to_no_workspace_of_here_is_dropped(region: Region, ada: Person, messages: Messages) -> None:
    assert await messages.handle(delivery(event(region, workspace="ws_" + "E" * 22)))
    assert await messages.handle(delivery(event(region), kind="unknown"))
    assert await issues(region) == []


async def test_a_delivery_that_cannot_be_handled_is_parked_and_the_others_go_on(
    region: Region, ada: Person, messages: Messages
) -> None:
    poison = delivery({"id": "evt_9", "workspace": "ws_1"})  # lacks what it must say
    answers = [await messages.handle(poison) for _ in range(ATTEMPTS)]
    assert answers == [False] * (ATTEMPTS - 1) + [True]
    assert await messages.handle(delivery(event(region)))
    assert await issues(region) == ["Billing: invoice 1"]
    parked = await region.test_database.fetch("SELECT error FROM product.inbox WHERE state = 'parked'")
    assert [row["error"] for row in parked] == ["KeyError"]

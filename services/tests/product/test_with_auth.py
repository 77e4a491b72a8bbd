"""The product beside the real auth: what one says, the other takes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from auth.moves import move_workspace
from auth.store import Store
from kit.context import ContextVerifier
from kit.database import Database
from kit.pubsub import Received
from kit.tokens import EDDSA, KeySource
from product.background.deliveries import BILLING, Deliveries, Sender, event_id, take_billing
from product.background.messages import Messages
from product.bucket import Bucket
from tests.auth.conftest import auth, migrated  # noqa: F401 fixtures
from tests.auth.harness import EDGE_TOKEN, Running
from tests.postgres import Server
from tests.product.real import RealRegion
from tests.product.region import HOST


@pytest.fixture
async def region(server: Server, auth: Running, bucket: Bucket) -> AsyncIterator[RealRegion]:  # noqa: F811
    async with RealRegion.start(server, auth, bucket) as started:
        yield started


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def test_somebody_signs_in_by_the_code_in_the_mail_and_out_again(region: RealRegion) -> None:
    email, site = "ada@example.com", {"Origin": f"https://{HOST}", "X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
    sent = await region.client.post("/auth/code", json={"email": email}, headers=site)
    assert sent.status_code == 202, sent.text
    proof = {"challenge_id": sent.json()["challenge_id"], "email": email}
    wrong = await region.client.post("/auth/sign-in", json={**proof, "code": "x"}, headers=site)
    assert code(wrong) == (403, "code_refused")
    right = {**proof, "code": region.auth.mailbox.code(email)}
    signed = await region.client.post("/auth/sign-in", json=right, headers=site)
    assert signed.json()["account"]["email"] == email
    assert signed.json()["created"] is True
    token = signed.cookies["__Host-session"]
    region.client.cookies.clear()
    again = await region.client.post("/auth/sign-in", json=right, headers=site)
    assert code(again) == (403, "code_refused")

    context = (await region.auth.route("cookie", token)).json()["context"]
    headers = {"Cookie": f"__Host-session={token}", "X-Edge-Context": context, "Sec-Fetch-Site": "same-origin"}
    assert (await region.client.get("/api/me", headers=headers)).json()["account_id"] == signed.json()["account"]["id"]
    out = await region.client.post("/auth/sign-out", headers=headers)
    assert (out.status_code, '__Host-session=""' in out.headers["set-cookie"]) == (204, True)
    assert (await region.auth.route("cookie", token)).status_code == 401


async def test_tokens_are_made_shown_once_and_revoked(region: RealRegion) -> None:
    ada = await region.auth.sign_in("ada@example.com")
    await region.create(ada, "acme")
    asked = {"kind": "api-key", "name": "ci", "scopes": ["READ", "WRITE"]}
    made = (await region.send(ada, "POST", "/api/tokens", workspace="acme", json=asked)).json()
    await region.feed.poll()
    routed = (await region.auth.route("api-key", made["secret"])).json()
    headers = {"X-API-Key": made["secret"], "X-Edge-Context": routed["context"]}
    body = {"id": str(uuid4()), "name": "Launch"}
    assert (await region.client.post("/api/projects", json=body, headers=headers)).status_code == 201
    assert code(await region.client.get("/api/tokens", headers=headers)) == (403, "scope_missing")
    listed = (await region.send(ada, "GET", "/api/tokens", workspace="acme")).json()["tokens"]
    assert [(one["name"], one["kind"], one["scopes"]) for one in listed] == [("ci", "api-key", ["READ", "WRITE"])]
    assert made["secret"] not in json.dumps(listed)

    revoked = await region.send(ada, "DELETE", f"/api/tokens/{made['token']['id']}", workspace="acme")
    assert revoked.status_code == 204
    await region.feed.poll()
    # Its context is good for a minute yet; this region has heard of it.
    assert code(await region.client.get("/api/projects", headers=headers)) == (401, "invalid_credential")


async def test_a_workspace_that_auth_moves_is_answered_with_what_the_worker_verifies(region: RealRegion) -> None:
    ada = await region.auth.sign_in("ada@example.com")
    workspace = await region.create(ada, "acme")
    await region.feed.poll()
    stale = (await region.auth.route("cookie", ada.token, "acme")).json()["context"]
    await _move(region, workspace, "us-east")
    await region.feed.poll()

    headers = {"Cookie": f"__Host-session={ada.token}", "X-Edge-Context": stale}
    answer = await region.client.get("/api/projects", headers=headers)
    assert answer.status_code == 421
    keys = KeySource("http://auth/.well-known/jwks.json", EDDSA, region.auth.client)
    moved = await ContextVerifier(keys, "eu-west").verify_moved(answer.headers["x-edge-moved"])
    assert (moved.workspace, moved.origin, moved.to, moved.version) == (workspace, "eu-west", "us-east", 2)
    # It has left, and is not deleted: its rows are the move's.
    assert not await region.database.fetch("SELECT FROM product.tombstone")
    assert len(await region.database.fetch("SELECT FROM product.member")) == 1


async def test_what_a_restored_region_says_wins(region: RealRegion) -> None:
    ada = await region.auth.sign_in("ada@example.com")
    workspace = await region.create(ada, "acme")
    await region.feed.poll()
    for name in ("One", "Two"):
        assert (await region.send(ada, "PATCH", "/api/workspace", workspace="acme", json={"name": name})).is_success
    await region.outbox.send_updates()
    await region.database.execute(
        "SET session_replication_role = replica; UPDATE product.workspace SET name = 'Backup', version = 1"
    )
    await _move(region, workspace, "eu-west")  # to where it is: a restore
    await region.feed.poll()
    await region.outbox.send_updates()
    there = await region.auth.database.fetch("SELECT name FROM auth.workspace")
    here = await region.database.fetch("SELECT name, place_version FROM product.workspace")
    assert [row["name"] for row in there] == ["Backup"]
    assert [tuple(row) for row in here] == [("Backup", 2)]


async def _move(region: RealRegion, workspace: str, to: str) -> None:
    database = await Database.open(region.auth.settings)
    try:
        await move_workspace(Store(database, region.auth.topic), workspace, to)
    finally:
        await database.close()


async def test_what_auth_is_given_to_deliver_is_taken_here(region: RealRegion) -> None:
    ada = await region.auth.sign_in("ada@example.com")
    workspace = await region.create(ada, "acme")
    await region.send(ada, "POST", "/api/projects", workspace="acme", json={"id": str(uuid4()), "name": "Launch"})
    raw = json.dumps({"id": "evt_1", "workspace": workspace, "event": "invoice.paid"}).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(b"whsec", stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    published = len(region.auth.topic.messages)
    taken = await region.auth.client.post(
        "/v1/deliver",
        content=raw,
        headers={
            "Authorization": f"Bearer {EDGE_TOKEN}",
            "Content-Type": "application/octet-stream",
            "X-Request-Id": "request-1",
            "X-Deliver-Kind": "billing",
            "X-Deliver-Id": "request-1",
            "X-Deliver-Received-At": str(int(time.time() * 1000)),
            "X-Deliver-Path": "/hooks/billing",
            "X-Deliver-Header-Stripe-Signature": f"t={stamp},v1={signature}",
        },
    )
    assert taken.status_code == 202, taken.text
    (message,) = region.auth.topic.messages[published:]
    sender = Sender(secret=SecretStr("whsec"), take=take_billing, delivery_id=event_id)
    messages = Messages(
        region=region.name,
        database=region.background,
        deliveries=Deliveries(senders={BILLING.kind: sender}),
        wake=asyncio.Event(),
    )

    received = Received(id="1", data=message.data, ordering_key=message.ordering_key, attributes=message.attributes)
    assert await messages.handle(received)

    listed = (await region.send(ada, "GET", "/api/issues", workspace="acme")).json()["issues"]
    assert [one["title"] for one in listed] == ["Billing: invoice.paid"]
    # And a hint of the real auth wakes the poll.
    hint = next(one for one in region.auth.topic.messages if one.attributes.get("type") == "hint")
    assert await messages.handle(Received(id="2", data=hint.data, ordering_key="", attributes=hint.attributes))
    assert messages.wake.is_set()

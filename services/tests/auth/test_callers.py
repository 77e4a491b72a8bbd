"""Who may ask auth: a region by a token that Google signed for its account, the Worker by its own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette

from .harness import AUDIENCE, CALLERS, EDGE_TOKEN, Google, Running, running

QUESTION = {"query": "query Q { deletionsCursor }"}
API = "api@eu-west.iam.gserviceaccount.com"


async def test_each_account_of_a_region_speaks_for_it(auth: Running) -> None:
    for email in CALLERS:
        answer = await auth.region().post(QUESTION, token=auth.google.token(email))
        assert answer.json() == {"data": {"deletionsCursor": 0}}


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example.com"},
        {"aud": [AUDIENCE]},
        {"iss": "https://accounts.example.com"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "somebody@gmail.com"},
        {"email": API.upper()},
        {"email": None},
        {"exp": int(time.time()) - 60},
        {"iat": int(time.time()) + 600},
        {"nbf": int(time.time()) + 600},
        {"exp": None},
    ],
)
async def test_a_token_that_is_not_that_of_a_regions_account_is_refused(auth: Running, changed: dict[str, Any]) -> None:
    answer = await auth.region().post(QUESTION, token=auth.google.token(API, **changed))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "caller_refused")


@pytest.mark.parametrize("skew_s", [-25, 25])
async def test_a_clock_that_is_a_little_wrong_is_forgiven(auth: Running, skew_s: int) -> None:
    now = int(time.time()) + skew_s
    token = auth.google.token(API, iat=now, exp=now + 3600)
    assert (await auth.region().post(QUESTION, token=token)).status_code == 200
    ended = auth.google.token(API, exp=int(time.time()) - 20)
    assert (await auth.region().post(QUESTION, token=ended)).status_code == 200


async def test_a_token_of_another_signer_or_algorithm_is_refused(auth: Running) -> None:
    good = auth.google.token(API)
    head, claims, _ = good.split(".")
    document = {"iss": "https://accounts.google.com", "aud": AUDIENCE, "email": API, "email_verified": True}
    times = {"iat": int(time.time()), "exp": int(time.time()) + 60}
    other = jwt.encode({"alg": "RS256", "kid": "google-1"}, {**document, **times}, RSAKey.generate_key(2048))
    symmetric = jwt.encode({"alg": "HS256", "kid": "google-1"}, {**document, **times}, OctKey.import_key("x" * 32))
    unsigned = "eyJhbGciOiJub25lIn0." + claims + "."
    for token in ("", "x", "a.b.c", f"{head}.{claims}.", other, symmetric, unsigned, good + "x", EDGE_TOKEN):
        answer = await auth.region().post(QUESTION, token=token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "caller_refused")
    for shown in ({}, {"Authorization": f"Basic {good}"}):
        assert (await auth.client.post("/graphql", json=QUESTION, headers=shown)).status_code == 403


async def test_where_googles_keys_are_out_of_reach_nobody_is_refused(migrated: Any) -> None:
    class NoKeys(Google):
        def app(self) -> Starlette:
            return Starlette()

    async with running(migrated, google=NoKeys()) as auth:
        answer = await auth.region().post(QUESTION)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


async def test_a_region_that_is_not_in_the_list_any_more_is_refused(migrated: Any) -> None:
    callers = {email: region for email, region in CALLERS.items() if region != "us-east"}
    async with running(migrated, callers=callers) as auth:
        token = auth.google.token("api@us-east.iam.gserviceaccount.com")
        assert (await auth.region().post(QUESTION, token=token)).status_code == 403


# ------------------------------------------------------------------------------------------------------------ questions


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 5000,
        b'{"query": 7}',
        b'{"query": " "}',
        b'{"query": "query Q { deletionsCursor }", "variables": []}',
        b'{"query": "query Q { deletionsCursor }", "operationName": 7}',
    ],
)
async def test_what_is_no_question_is_said_to_be_none(auth: Running, document: bytes) -> None:
    answer = await auth.region().post(document)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "query Q { nothing }",
        "query Q { deletionsCursor(x: 1) }",
        "mutation M { drop }",
        "subscription S { deletionsCursor }",
        "query Q { __schema { types { name } } }",
        'query Q { __type(name: "Account") { name } }',
        "query Q { a: deletionsCursor b: deletionsCursor }",
        "query Q { ...F } fragment F on Query { a: deletionsCursor b: deletionsCursor }",
        "query Q { ... on Query { a: deletionsCursor b: deletionsCursor } }",
        "fragment F on Query { ...F } query Q { ...F }",
        "query A { deletionsCursor } query B { deletionsCursor }",
        "query Q($a: Nothing) { deletionsCursor }",
        "mutation M { applyDeletions(after: -1, cursor: 1, batch: []) { __typename } }",
        "mutation M { applyDeletions(after: 0, cursor: 9223372036854775808, batch: []) { __typename } }",
        "mutation M { applyDeletions(after: 0.5, cursor: 1, batch: []) { __typename } }",
        "query Q { deletionsCursor " + "# " * 10 + " }" + " x" * 2000,
    ],
)
async def test_a_question_that_is_malformed_or_too_large_is_400(auth: Running, query: str) -> None:
    answer = await auth.region().post({"query": query})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]


async def test_a_body_of_more_than_a_mebibyte_is_not_read(auth: Running) -> None:
    answer = await auth.region().post(b'{"query": "' + b"x" * 1024 * 1024 + b'"}')
    assert answer.status_code == 413


async def test_only_posts_are_questions(auth: Running) -> None:
    for method in ("GET", "PUT", "OPTIONS"):
        answer = await auth.client.request(method, "/graphql?query={deletionsCursor}")
        assert answer.status_code == 405


async def test_a_counter_holds_sixty_three_bits(auth: Running) -> None:
    last = 2**63 - 1
    answer = await auth.region().ask("applyDeletions", after=0, cursor=last, batch=[])
    assert answer["cursor"] == last
    assert await auth.region().ask("deletionsCursor") == last


# -------------------------------------------------------------------------------------------------------------- deliver


HEADERS = {
    "Authorization": f"Bearer {EDGE_TOKEN}",
    "Content-Type": "application/octet-stream",
    "X-Deliver-Kind": "billing",
    "X-Deliver-Id": "evt_1",
    "X-Deliver-Received-At": "1764262800000",
    "X-Deliver-Path": "/hooks/billing?x=1",
    "X-Deliver-Header-Stripe-Signature": "t=1,v1=abc",
    "X-Other": "not listed",
}


async def deliver(
    auth: Running, body: bytes = b"\x00\xffraw", changed: Mapping[str, str] | None = None
) -> httpx.Response:
    return await auth.client.post("/v1/deliver", content=body, headers={**HEADERS, **(changed or {})})


async def test_what_is_delivered_is_published_for_all_byte_for_byte(auth: Running) -> None:
    assert (await deliver(auth)).status_code == 202
    (message,) = auth.topic.messages
    assert (message.ordering_key, message.attributes) == ("", {"type": "delivery"})
    assert json.loads(message.data) == {
        "kind": "billing",
        "delivery_id": "evt_1",
        "received_at_ms": 1764262800000,
        "path": "/hooks/billing?x=1",
        "headers": {"stripe-signature": "t=1,v1=abc"},
        "body": "AP9yYXc=",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Deliver-Kind": "key:billing"},
        {"X-Deliver-Kind": ""},
        {"X-Deliver-Id": "a b"},
        {"X-Deliver-Id": "x" * 129},
        {"X-Deliver-Received-At": "-1"},
        {"X-Deliver-Received-At": "soon"},
        {"X-Deliver-Path": "hooks"},
    ],
)
async def test_a_delivery_that_is_malformed_is_published_to_nobody(auth: Running, changed: dict[str, str]) -> None:
    assert (await deliver(auth, changed=changed)).status_code == 400
    assert auth.topic.messages == []


async def test_a_delivery_has_256_kib_at_most(auth: Running) -> None:
    assert (await deliver(auth, b"x" * 262_144)).status_code == 202
    assert (await deliver(auth, b"x" * 262_145)).status_code == 413


async def test_what_pubsub_did_not_take_is_not_accepted(auth: Running) -> None:
    auth.topic.broken = TimeoutError()
    assert (await deliver(auth)).status_code == 503

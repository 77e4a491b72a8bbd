"""`/v1/route`: docs/request-path.md, question by question."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from typing import Any

import httpx
import pytest

from auth.moves import move_workspace
from auth.store import Store
from kit.context import ContextVerifier
from kit.database import Database
from kit.tokens import EDDSA, KeySource

from .harness import EDGE_TOKEN, Running, SignedIn, Topic, running

JWKS = "/.well-known/jwks.json"


@pytest.fixture
async def ann(auth: Running) -> SignedIn:
    return await auth.sign_in("ann@example.com")


async def keys_of(auth: Running) -> KeySource:
    jwks = (await auth.client.get(JWKS)).json()
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=jwks)))
    return KeySource(f"http://auth{JWKS}", EDDSA, client)


async def token(auth: Running, account: SignedIn, kind: str, workspace: str | None = None) -> Any:
    answer = await auth.region().ask(
        "createToken",
        accountId=account.account_id,
        kind=kind,
        name="t",
        scopes=["WRITE", "READ"],
        workspaceId=workspace,
    )
    assert answer["__typename"] == "TokenCreated", answer
    return answer


async def test_a_region_takes_the_context_that_auth_signs(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    answer = (await auth.route("cookie", ann.token, "acme")).json()
    verifier = ContextVerifier(await keys_of(auth), "eu-west")
    context = await verifier.verify(answer["context"])
    assert (context.user, context.workspace, context.version, context.kind) == (ann.account_id, workspace, 1, "cookie")
    claims = payload(answer["context"])
    assert claims["exp"] - claims["iat"] == 90
    assert claims["iat"] - claims["nbf"] == 5
    assert claims["credential"] == ann.credential_id
    assert "scopes" not in claims
    assert (answer["refresh_after_s"], answer["expires_after_s"]) == (30, 60)


def payload(token_: str) -> dict[str, Any]:
    part = token_.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


async def test_both_keys_are_published_and_the_other_one_signs_after_a_rotation(auth: Running, ann: SignedIn) -> None:
    before = (await auth.route("cookie", ann.token)).json()["context"]
    async with running(auth.database, signing_key="b") as rotated:
        after = (await rotated.route("cookie", ann.token)).json()["context"]
        verifiers = [ContextVerifier(await keys_of(each), "eu-west") for each in (auth, rotated)]
        assert before.split(".")[0] != after.split(".")[0]
        for verifier in verifiers:
            for context in (before, after):
                assert (await verifier.verify(context)).user == ann.account_id


async def test_a_credential_is_good_for_its_own_kind_alone(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    shown = {
        "cookie": ann.token,
        "bearer": (await token(auth, ann, "BEARER"))["token"],
        "api-key": (await token(auth, ann, "API_KEY", workspace))["token"],
    }
    for made_as, credential in shown.items():
        for kind in shown:
            answer = await auth.route(kind, credential, "acme")
            assert answer.status_code == (200 if kind == made_as else 401), (made_as, kind)
            if kind != made_as:
                assert answer.json() == {"error": "invalid_credential"}
    scopes = payload((await auth.route("bearer", shown["bearer"])).json()["context"])["scopes"]
    assert scopes == ["read", "write"]


async def test_a_token_of_one_workspace_opens_no_other(auth: Running, ann: SignedIn) -> None:
    acme, other = await auth.workspace(ann, "acme"), await auth.workspace(ann, "other")
    for kind in ("BEARER", "API_KEY"):
        narrow = (await token(auth, ann, kind, other))["token"]
        kind_ = kind.lower().replace("_", "-")
        assert (await auth.route(kind_, narrow, "acme")).json() == {"error": "not_a_member"}
        assert (await auth.route(kind_, narrow)).json()["workspace"] == other
    assert (await auth.route("cookie", ann.token)).json()["workspace"] == acme


async def test_a_key_whose_maker_left_opens_nothing(auth: Running, ann: SignedIn) -> None:
    acme = await auth.workspace(ann, "acme")
    bob = await auth.sign_in("bob@example.com")
    member = {"workspaceId": acme, "email": bob.email, "name": "Bob", "role": "ADMIN"}
    added = await auth.region().ask("addMember", operationId=secrets.token_hex(8), accountId=ann.account_id, **member)
    key = (await token(auth, bob, "API_KEY", acme))["token"]
    assert (await auth.route("api-key", key)).status_code == 200
    await auth.region().ask("removeMember", workspaceId=acme, membershipId=added["membership"]["id"])
    for named in ("", "acme"):
        assert (await auth.route("api-key", key, named)).json() == {"error": "not_a_member"}


@pytest.mark.parametrize(
    "ended", ["revoked_at = now()", "expires_at = now() - interval '1 s', created_at = now() - interval '31 days'"]
)
async def test_what_ended_is_invalid(auth: Running, ann: SignedIn, ended: str) -> None:
    await auth.database.execute(f"UPDATE auth.credential SET {ended}")
    answer = await auth.route("cookie", ann.token)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_credential"})


async def test_who_signs_out_is_out(auth: Running, ann: SignedIn) -> None:
    digest = hashlib.sha256(ann.token.encode()).hexdigest()
    assert await auth.region("us-east").ask("signOut", credentialHash=digest) == {"done": False}
    assert (await auth.route("cookie", ann.token)).status_code == 200
    assert await auth.region().ask("signOut", credentialHash=digest) == {"done": True}
    assert (await auth.route("cookie", ann.token)).status_code == 401


async def test_refusals_are_about_the_credential(auth: Running, ann: SignedIn) -> None:
    await auth.workspace(ann, "acme")
    bob = await auth.sign_in("bob@example.com")
    refusals = {
        ("cookie", "x", "acme"): (401, "invalid_credential"),
        ("cookie", bob.token, "acme"): (403, "not_a_member"),
        ("cookie", bob.token, "nobodys"): (404, "unknown_workspace"),
    }
    for question, expected in refusals.items():
        answer = await auth.route(*question)
        assert (answer.status_code, answer.json()) == (expected[0], {"error": expected[1]})
    await auth.database.execute("UPDATE auth.account SET region = NULL WHERE id = $1", bob.account_id)
    assert (await auth.route("cookie", bob.token, placement="us-east")).json()["region"] == "us-east"
    answer = await auth.route("cookie", bob.token, placement="")
    assert (answer.status_code, answer.json()) == (409, {"error": "not_placed"})


async def test_a_member_of_a_workspace_elsewhere_is_routed_there_whatever_the_placement(
    auth: Running, ann: SignedIn
) -> None:
    workspace = await auth.workspace(ann, "acme")
    await move(auth, workspace, "us-east")
    answer = (await auth.route("cookie", ann.token, placement="eu-west")).json()
    assert (answer["region"], answer["version"], payload(answer["context"])["aud"]) == ("us-east", 2, "us-east")


async def move(auth: Running, workspace: str, to_region: str) -> None:
    database = await Database.open(auth.settings)
    try:
        await move_workspace(Store(database, Topic()), workspace, to_region)
    finally:
        await database.close()


async def test_many_questions_at_once_are_answered_each_with_its_own(auth: Running, ann: SignedIn) -> None:
    """They share queries: nobody gets another one's answer."""
    people = [await auth.sign_in(f"p{n}@example.com") for n in range(10)]
    for n, person in enumerate(people[:5]):
        await auth.workspace(person, f"name-{n}")
    questions = [(person, n) for n, person in enumerate(people)] * 20

    async def ask(person: SignedIn, n: int) -> None:
        answer = await auth.route("cookie", person.token, f"name-{n}" if n < 5 else "")
        assert payload(answer.json()["context"])["sub"] == person.account_id
        stranger = await auth.route("cookie", person.token, f"name-{(n + 1) % 5}")
        assert stranger.status_code == 403
        assert (await auth.route("cookie", secrets.token_urlsafe(8))).status_code == 401

    await asyncio.gather(*(ask(*question) for question in questions))


# ----------------------------------------------------------------------------------------------------------------- keys


def key_hash(kind: str, key: str) -> str:
    return hashlib.sha256(f"{kind}\n{key}".encode()).hexdigest()


async def claim(auth: Running, workspace: str, key: str, *, op: str | None = None, region: str = "eu-west") -> str:
    answer = await auth.region(region).ask(
        "claimKey",
        operationId=op or secrets.token_hex(8),
        workspaceId=workspace,
        kind="github-hook",
        keyHash=key_hash("github-hook", key),
    )
    return str(answer["__typename"])


async def route_key(auth: Running, kind: str, *, key: str = "", workspace: str = "") -> httpx.Response:
    return await auth.route(kind, key, workspace, placement="")


async def test_a_minted_key_is_routed_by_the_workspaces_id(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    answer = (await route_key(auth, "key:file", workspace=workspace)).json()
    assert (answer["kind"], answer["region"], answer["workspace"]) == ("key:file", "eu-west", workspace)
    claims = payload(answer["context"])
    assert (claims["sub"], claims["kind"], claims["workspace"]) == (None, "key:file", workspace)
    assert "credential" not in claims
    for unknown in ("ws_none", "acme", f"acc_{'0' * 26}"):
        refused = await route_key(auth, "key:file", workspace=unknown)
        assert (refused.status_code, refused.json()) == (404, {"error": "unknown_key"})


async def test_a_claimed_key_is_routed_to_whoever_claimed_it_first(auth: Running, ann: SignedIn) -> None:
    acme, other = await auth.workspace(ann, "acme"), await auth.workspace(ann, "other")
    assert (await route_key(auth, "key:github-hook", key="8712345")).json() == {"error": "unknown_key"}
    op = secrets.token_hex(8)
    assert [await claim(auth, acme, "8712345", op=op) for _ in range(2)] == ["KeyClaimed"] * 2
    assert await claim(auth, acme, "8712345") == "KeyClaimed"
    assert await claim(auth, acme, "another", op=op) == "OperationConflict"
    assert await claim(auth, other, "8712345") == "KeyTaken"
    assert (await route_key(auth, "key:github-hook", key="8712345")).json()["workspace"] == acme
    assert (await route_key(auth, "key:other-hook", key="8712345")).status_code == 404
    await move(auth, acme, "us-east")
    moved = (await route_key(auth, "key:github-hook", key="8712345")).json()
    assert (moved["region"], moved["version"]) == ("us-east", 2)


async def test_a_claim_is_freed_by_its_release_and_by_the_workspaces_deletion(auth: Running, ann: SignedIn) -> None:
    acme, other = await auth.workspace(ann, "acme"), await auth.workspace(ann, "other")
    await claim(auth, acme, "1")
    release = {"kind": "github-hook", "keyHash": key_hash("github-hook", "1")}
    for workspace, left in ((other, 200), (acme, 404)):
        answer = await auth.region().ask(
            "releaseKey", operationId=secrets.token_hex(8), workspaceId=workspace, **release
        )
        assert answer["__typename"] == "KeyReleased"
        assert (await route_key(auth, "key:github-hook", key="1")).status_code == left
    await claim(auth, acme, "1")
    await auth.region().ask("deleteWorkspace", workspaceId=acme)
    assert await claim(auth, other, "1") == "KeyClaimed"


async def test_a_key_that_many_claim_at_once_has_one_holder(auth: Running, ann: SignedIn) -> None:
    workspaces = [await auth.workspace(ann, f"name-{n}") for n in range(8)]
    answers = await asyncio.gather(*(claim(auth, workspace, "1") for workspace in workspaces))
    assert sorted(answers) == ["KeyClaimed"] + ["KeyTaken"] * 7


async def test_a_workspace_has_a_thousand_keys(auth: Running, ann: SignedIn) -> None:
    acme = await auth.workspace(ann, "acme")
    await auth.database.execute(
        """
        INSERT INTO auth.claim (kind, key, workspace_id, state)
        SELECT 'key:x', n::text, $1, 'confirmed' FROM generate_series(1, 1000) AS n
        """,
        acme,
    )
    assert await claim(auth, acme, "one more") == "TooManyKeys"


# ---------------------------------------------------------------------------------------------- questions that are none


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "password"},
        {"kind": "key:"},
        {"kind": "key:Bad Kind"},
        {"kind": ["cookie"]},
        {"credential": ""},
        {"credential": "a b"},
        {"credential": "ä"},
        {"credential": "x" * 4097},
        {"credential": None},
        {"workspace": "a b"},
        {"workspace": "a'; DROP TABLE auth.account; --"},
        {"workspace": "x" * 65},
        {"workspace": 7},
        {"placement": "EU"},
        {"placement": None},
        {"kind": "key:file", "workspace": "w"},
        {"kind": "key:file", "credential": "", "workspace": ""},
        {"kind": "key:file", "credential": "x" * 513},
    ],
)
async def test_what_is_no_question_is_no_refusal(auth: Running, changed: dict[str, Any]) -> None:
    question = {"host": "h", "kind": "cookie", "credential": "x", "workspace": "", "placement": "eu-west", **changed}
    answer = await ask_raw(auth, json.dumps(question).encode())
    assert (answer.status_code, answer.json()) == (400, {"error": "malformed_question"})


async def ask_raw(auth: Running, body: bytes, token_: str = EDGE_TOKEN) -> httpx.Response:
    return await auth.client.post("/v1/route", content=body, headers={"Authorization": f"Bearer {token_}"})


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 5000, b'{"kind": NaN}'])
async def test_what_is_no_json_is_no_refusal(auth: Running, body: bytes) -> None:
    assert (await ask_raw(auth, body)).json() == {"error": "malformed_question"}


async def test_a_body_that_is_too_large_is_not_read(auth: Running) -> None:
    assert (await ask_raw(auth, b"x" * 20_000)).status_code == 413


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer x", f"bearer {EDGE_TOKEN}", f"Bearer {EDGE_TOKEN} ", EDGE_TOKEN, "Bearer ü"]
)
async def test_only_the_worker_may_ask(auth: Running, shown: str) -> None:
    for path in ("/v1/route", "/v1/deliver"):
        answer = await auth.client.post(path, content=b"{}", headers={b"authorization": shown.encode()})
        assert (answer.status_code, answer.json()) == (403, {"error": "caller_refused"})

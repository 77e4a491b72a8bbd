"""Who a request is from: the signed context, or this database's own replica where none came."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fakeredis.aioredis import FakeRedis

from kit.tokens import Signer
from product.background.feed import Feed
from product.sync.hints import Hints
from tests.product.region import Person, Region

STRANGER = Signer.from_seed("key-b", b"b" * 32)


@pytest.fixture
async def ada(region: Region) -> Person:
    """A member of `acme`, of whom the replica has heard."""
    person = await region.sign_up("ada@example.com")
    await person.create_workspace("acme")
    await poll(region)
    return person


async def poll(region: Region) -> None:
    await Feed(auth=region.background_auth, database=region.background, hints=Hints(FakeRedis())).poll()


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


# The signed context


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "elsewhere"},
        {"aud": ["here"]},
        {"iss": "somebody"},
        {"exp": time.time() - 31},
        {"nbf": time.time() + 86_400, "iat": time.time() + 86_400},
        {"sub": 7},
        {"version": "1"},
    ],
    ids="-".join,
)
async def test_a_context_that_fails_is_refused_though_the_credential_is_good(
    region: Region, ada: Person, claims: Mapping[str, Any]
) -> None:
    sent = region.context(**{"sub": ada.account_id, **claims})
    answer = await ada.get("/api/me", headers={"X-Edge-Context": sent})
    assert await code(answer) == (401, "invalid_context")


async def test_a_context_by_a_key_that_nobody_published_is_refused(region: Region, ada: Person) -> None:
    now = int(time.time())
    claims = {"iss": "auth", "aud": "here", "sub": ada.account_id, "workspace": None, "version": 0, "kind": "cookie"}
    sent = STRANGER.sign("context+jwt", {**claims, "iat": now, "nbf": now, "exp": now + 90})
    assert await code(await ada.get("/api/me", headers={"X-Edge-Context": sent})) == (401, "invalid_context")
    # A statement that a workspace has moved is no context.
    moved = region.context(sub=ada.account_id).split(".")
    assert await code(await ada.get("/api/me", headers={"X-Edge-Context": moved[0]})) == (401, "invalid_context")


async def test_where_the_keys_are_out_of_reach_the_credential_is_looked_up_here(region: Region, ada: Person) -> None:
    region.jwks.down = True
    now = int(time.time())
    claims = {"iss": "auth", "aud": "here", "sub": "ac_other", "workspace": None, "version": 0, "kind": "cookie"}
    sent = STRANGER.sign("context+jwt", {**claims, "iat": now, "nbf": now, "exp": now + 90})
    fresh = Region.start(region.test_database, region.bucket, region.auth)  # which knows no key yet
    async with fresh as cold:
        cold.jwks.down = True
        person = Person(region=cold, account_id=ada.account_id, token=ada.token)
        answer = await person.get("/api/me", workspace="acme", headers={"X-Edge-Context": sent})
        assert answer.json()["account_id"] == ada.account_id


async def test_the_context_says_who_it_is_whatever_the_request_says_of_itself(region: Region, ada: Person) -> None:
    bob = await region.sign_up("bob@example.com")
    other = await bob.create_workspace("bobs")
    answer = await ada.get("/api/workspace?workspace=bobs", workspace="acme", headers={"X-Workspace-Id": other["id"]})
    assert answer.json()["workspace"]["url_key"] == "acme"


# Without a context


async def test_auth_is_gone_and_who_is_known_is_served(region: Region, ada: Person) -> None:
    region.auth.down = True
    region.jwks.down = True
    body = {"id": str(uuid4()), "name": "Launch"}
    assert (await ada.post("/api/projects", body, workspace="acme", context=False)).status_code == 201
    assert (await ada.get("/api/projects", workspace="acme", context=False)).json()["projects"][0]["name"] == "Launch"
    # What only auth can say is not guessed.
    assert await code(await ada.get("/api/workspaces", context=False)) == (503, "auth_unavailable")


async def test_who_is_not_known_is_told_to_come_back_and_never_that_they_are_wrong(region: Region, ada: Person) -> None:
    stranger = Person(region=region, account_id="", token="nobody-knows-this-one")
    answer = await stranger.get("/api/me", context=False)
    assert await code(answer) == (503, "auth_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    as_bearer = await region.client.get("/api/me", headers={"Authorization": f"Bearer {ada.token}"})
    assert await code(as_bearer) == (503, "auth_unavailable")
    assert await code(await ada.get("/api/projects", workspace="not-here", context=False)) == (503, "auth_unavailable")
    assert await code(await region.client.get("/api/me")) == (401, "unauthenticated")


async def test_a_revoked_or_expired_credential_is_refused(region: Region, ada: Person) -> None:
    (row,) = await region.test_database.fetch("SELECT hash FROM product.credential_replica")
    for change in ("revoked_at = now()", "revoked_at = NULL, expires_at = now()"):
        await region.test_database.execute(
            f"UPDATE product.credential_replica SET {change} WHERE hash = $1", row["hash"]
        )
        answer = await ada.get("/api/projects", workspace="acme", context=False)
        assert await code(answer) == (401, "invalid_credential"), change


@pytest.mark.parametrize(("age", "status"), [("23 hours 59 minutes", 200), ("24 hours 1 minute", 503), (None, 503)])
async def test_a_replica_that_has_heard_nothing_for_a_day_speaks_for_nobody(
    region: Region, ada: Person, age: str | None, status: int
) -> None:
    await region.test_database.execute("UPDATE product.feed_state SET read_at = now() - $1::text::interval", age)
    assert (await ada.get("/api/projects", workspace="acme", context=False)).status_code == status
    assert (await ada.get("/api/projects", workspace="acme")).status_code == 200


async def test_a_token_opens_its_own_workspace_and_does_what_its_scopes_say(region: Region, ada: Person) -> None:
    await ada.create_workspace("other")
    made = await ada.post("/api/tokens", {"kind": "api-key", "name": "ci", "scopes": ["READ"]}, workspace="acme")
    assert made.status_code == 201, made.text
    await poll(region)

    async def ask(method: str, workspace: str = "", **more: Any) -> httpx.Response:
        headers = {"X-API-Key": made.json()["secret"], **({"X-Workspace": workspace} if workspace else {})}
        return await region.client.request(method, "/api/projects", headers=headers, **more)

    assert (await ask("GET")).status_code == 200
    assert (await ask("GET", "acme")).status_code == 200
    assert await code(await ask("GET", "other")) == (403, "not_a_member")
    body = {"id": str(uuid4()), "name": "Launch"}
    assert await code(await ask("POST", json=body)) == (403, "scope_missing")
    # By context too.
    credential = next(one for one in region.auth.credentials.values() if one["kind"] == "API_KEY")
    by_context = region.worker_headers(credential, "acme")
    assert (await ask("GET", "acme")).status_code == 200
    refused = await region.client.post("/api/projects", json=body, headers=by_context)
    assert await code(refused) == (403, "scope_missing")


async def test_a_token_makes_no_token_that_may_do_more(region: Region, ada: Person) -> None:
    asked = {"kind": "bearer", "name": "a", "scopes": ["ADMIN"]}
    made = (await ada.post("/api/tokens", asked, workspace="acme")).json()["secret"]
    credential = next(one for one in region.auth.credentials.values() if one["kind"] == "BEARER")
    headers = {"Authorization": f"Bearer {made}", **region.worker_headers(credential, "acme")}
    for scopes, status in ((["ADMIN", "WRITE"], 403), (["ADMIN"], 201)):
        answer = await region.client.post("/api/tokens", json={**asked, "scopes": scopes}, headers=headers)
        assert answer.status_code == status, scopes


# Workspaces that are elsewhere


async def test_a_token_sees_and_ends_nothing_of_its_maker_beyond_its_workspace(region: Region, ada: Person) -> None:
    """An API key is in a team's hands, or in a server's."""
    await ada.create_workspace("private")
    asked = {"kind": "api-key", "name": "ci", "scopes": ["ADMIN", "WRITE", "READ"]}
    secret = (await ada.post("/api/tokens", asked, workspace="acme")).json()["secret"]
    private = await ada.post("/api/tokens", {**asked, "kind": "bearer", "name": "mine"}, workspace="private")
    (session,) = (one["id"] for one in region.auth.credentials.values() if one["kind"] == "COOKIE")
    key = next(one for one in region.auth.credentials.values() if one["name"] == "ci")
    headers = {"X-API-Key": secret, "X-Workspace": "acme", **region.worker_headers(key, "acme")}
    seen = (await region.client.get("/api/tokens", headers=headers)).json()["tokens"]
    assert [one["name"] for one in seen] == ["ci"]
    for wanted in (session, private.json()["token"]["id"]):
        await region.client.delete(f"/api/tokens/{wanted}", headers=headers)
        assert region.auth.credentials[wanted]["revokedAt"] is None
    new = {"operation_id": "by-a-token", "name": "New", "url_key": "new"}
    assert (await region.client.post("/api/workspaces", json=new, headers=headers)).status_code == 403
    mine = (await ada.get("/api/tokens", workspace="acme")).json()["tokens"]
    assert {one["name"] for one in mine} == {"ci", "mine"}


async def test_a_workspace_that_has_left_is_answered_before_the_body_is_read(region: Region, ada: Person) -> None:
    (workspace,) = region.auth.workspaces
    old = region.worker_headers(next(iter(region.auth.credentials.values())), "acme")
    region.auth.move(workspace, "elsewhere", "the.signed.statement")
    await poll(region)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(10):
            read += 1
            yield b'{"id": '

    for more in ({"headers": old}, {"context": False}):
        answer = await ada.send(
            "POST",
            "/api/projects",
            workspace="acme",
            content=body(),
            **more,
        )
        assert answer.status_code == 421
        assert answer.headers["x-edge-moved"] == "the.signed.statement"
    assert read == 0
    assert not await region.test_database.fetch("SELECT FROM product.project")
    assert not await region.test_database.fetch("SELECT FROM product.tombstone WHERE entity = 'workspace'")


async def test_a_statement_is_renewed_before_its_key_is_retired(region: Region, ada: Person) -> None:
    (workspace,) = region.auth.workspaces
    region.auth.move(workspace, "elsewhere", "signed.by.a")
    await poll(region)
    region.auth.moved[workspace]["statement"] = "signed.by.b"
    feed = Feed(auth=region.background_auth, database=region.background, hints=Hints(FakeRedis()))
    assert await feed.renew_statements() == 1
    answer = await ada.get("/api/projects", workspace="acme", context=False)
    assert (answer.status_code, answer.headers["x-edge-moved"]) == (421, "signed.by.b")


async def test_a_workspace_that_came_back_is_served_also_before_the_feed_says_so(region: Region, ada: Person) -> None:
    (workspace,) = region.auth.workspaces
    region.auth.move(workspace, "elsewhere", "the.signed.statement")
    await poll(region)
    back = region.context(sub=ada.account_id, workspace=workspace, version=3)
    assert (await ada.get("/api/projects", headers={"X-Edge-Context": back})).status_code == 200
    older = region.context(sub=ada.account_id, workspace=workspace, version=1)
    assert (await ada.get("/api/projects", headers={"X-Edge-Context": older})).status_code == 421

    region.auth.workspaces[workspace].update(region="here", placeVersion=3)
    region.auth._tell("here", "WORKSPACE", workspace, workspace)
    await poll(region)
    assert (await ada.get("/api/projects", workspace="acme", context=False)).status_code == 200


async def test_a_member_of_whom_nothing_was_heard_yet_is_told_to_come_back(region: Region, ada: Person) -> None:
    (workspace,) = region.auth.workspaces
    sent = region.context(sub="ac_new", workspace=workspace)
    assert await code(await ada.get("/api/projects", headers={"X-Edge-Context": sent})) == (503, "unavailable")
    nowhere = region.context(sub=ada.account_id, workspace="ws_" + "N" * 22)
    assert await code(await ada.get("/api/projects", headers={"X-Edge-Context": nowhere})) == (503, "unavailable")


# Limits


async def test_headers_are_taken_to_the_limit_of_what_the_worker_may_send(region: Region, ada: Person) -> None:
    fields = {f"X-Field-{n}": "v" for n in range(100)}
    assert (await ada.get("/api/me", headers=fields)).status_code == 200
    assert (await ada.get("/api/me", headers={"X-Large": "v" * 32 * 1024})).status_code == 200
    assert (await ada.get("/api/me", headers={f"X-Field-{n}": "v" for n in range(121)})).status_code == 431
    assert (await ada.get("/api/me", headers={"X-Large": "v" * 48 * 1024})).status_code == 431

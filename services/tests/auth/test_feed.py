"""The feed: numbers in the order of commits, cursors that lead nowhere, what each region is told and what it is not."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import httpx
import pytest

from auth.moves import move_workspace
from auth.store import Store
from kit.database import Database
from kit.tokens import EDDSA, KeySource, verify

from .harness import Running, SignedIn, Topic

JWKS = "/.well-known/jwks.json"


async def head(auth: Running) -> str:
    (row,) = await auth.database.fetch("SELECT epoch, n FROM auth.feed_head")
    return f"{row['epoch']}.{row['n']}"


async def changes(auth: Running, cursor: str, region: str = "eu-west", limit: int = 500) -> Any:
    return await auth.region(region).ask("changesSince", cursor=cursor, limit=limit)


async def told(auth: Running, cursor: str, region: str = "eu-west") -> list[tuple[str, str, str]]:
    """(entity, id, kind of record) of each change."""
    answer = await changes(auth, cursor, region)
    return [(change["entity"], change["id"], change["record"]["__typename"]) for change in answer["changes"]]


async def snapshot(auth: Running, region: str = "eu-west", limit: int = 3) -> dict[tuple[str, str], Any]:
    """All pages, by kind and id."""
    found: dict[tuple[str, str], Any] = {}
    after: str | None = None
    while True:
        page = await auth.region(region).ask("snapshot", after=after, limit=limit)
        for record in page["records"]:
            key = record["__typename"], record.get("id") or record["workspaceId"]
            assert key not in found
            found[key] = record
        if (after := page["after"]) is None:
            return found


@pytest.fixture
async def ann(auth: Running) -> SignedIn:
    return await auth.sign_in("ann@example.com")


async def test_a_region_is_told_of_its_workspaces_members_and_their_credentials(auth: Running, ann: SignedIn) -> None:
    start = f"{(await head(auth)).split('.', maxsplit=1)[0]}.0"
    workspace = await auth.workspace(ann, "acme")
    seen = await told(auth, start)
    assert {(entity, kind) for entity, _, kind in seen} == {
        ("CREDENTIAL", "Credential"),
        ("WORKSPACE", "Workspace"),
        ("MEMBERSHIP", "Membership"),
    }
    assert ("WORKSPACE", workspace, "Workspace") in seen
    assert await told(auth, start, "us-east") == []


async def test_changes_come_once_and_in_order(auth: Running, ann: SignedIn) -> None:
    for n in range(7):
        await auth.workspace(ann, f"name-{n}")
    cursor, numbers = f"{(await head(auth)).split('.', maxsplit=1)[0]}.0", []
    for _ in range(100):
        answer = await changes(auth, cursor, limit=2)
        numbers += [change["n"] for change in answer["changes"]]
        cursor = answer["cursor"]
        if not answer["more"]:
            break
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 15  # a session, and a workspace and an owner each
    assert cursor == await head(auth)
    assert (await changes(auth, cursor))["changes"] == []


async def test_an_older_transaction_that_commits_late_is_not_passed_over(auth: Running, ann: SignedIn) -> None:
    """A sequence would give the older one the lower number, and a reader who has seen the higher one would skip it."""
    start = await head(auth)
    older = await auth.database.connect()
    transaction = older.transaction()
    await transaction.start()
    await older.execute(
        "INSERT INTO auth.account (id, email, region) VALUES ($1, 'old@example.com', 'eu-west')", f"acc_{'0' * 26}"
    )
    await older.execute(
        "INSERT INTO auth.credential (id, kind, hash, account_id) VALUES ($1, 'bearer', sha256('x'), $2)",
        f"cred_{'0' * 26}",
        f"acc_{'0' * 26}",
    )
    await auth.workspace(ann, "younger")
    first = await changes(auth, start)
    assert f"cred_{'0' * 26}" not in [change["id"] for change in first["changes"]]
    await transaction.commit()
    await older.close()
    second = await changes(auth, first["cursor"])
    assert [change["id"] for change in second["changes"]] == [f"cred_{'0' * 26}"]


async def test_two_transactions_about_one_account_miss_nothing_of_each_other(auth: Running, ann: SignedIn) -> None:
    """A token, and a membership in another region, at the same moment: that region learns of the token."""
    workspace = await auth.workspace(ann, "acme")
    for n in range(10):
        email = f"bob-{n}@example.com"
        bob = await auth.sign_in(email, "us-east")
        token = {"accountId": bob.account_id, "kind": "BEARER", "name": "t", "scopes": ["READ"]}
        member = {"workspaceId": workspace, "email": email, "name": "Bob", "role": "MEMBER"}
        created, _ = await asyncio.gather(
            auth.region("us-east").ask("createToken", **token),
            auth.region().ask("addMember", operationId=secrets.token_hex(8), accountId=ann.account_id, **member),
        )
        assert ("Credential", created["credential"]["id"]) in await snapshot(auth, limit=500)
        start = f"{(await head(auth)).split('.', maxsplit=1)[0]}.0"
        assert ("CREDENTIAL", created["credential"]["id"], "Credential") in await told(auth, start)


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [
        ("", "MALFORMED"),
        ("x", "MALFORMED"),
        ("0123456789ab.-1", "MALFORMED"),
        ("0123456789ab.0", "OTHER_EPOCH"),
        ("{epoch}.999999", "BEYOND_HEAD"),
        ("{epoch}.٣", "MALFORMED"),
    ],
)
async def test_a_cursor_that_leads_nowhere_asks_for_a_snapshot(auth: Running, cursor: str, reason: str) -> None:
    epoch = (await head(auth)).split(".", maxsplit=1)[0]
    assert await changes(auth, cursor.format(epoch=epoch)) == {"__typename": "Resync", "reason": reason}


async def test_a_restore_gives_another_epoch(auth: Running) -> None:
    before = await head(auth)
    await auth.database.execute("UPDATE auth.feed_head SET epoch = 'aaaaaaaaaaaa'")
    assert (await changes(auth, before))["reason"] == "OTHER_EPOCH"


async def test_entries_about_what_is_gone_are_compacted_after_a_month_and_then_a_snapshot_is_needed(
    auth: Running, ann: SignedIn
) -> None:
    gone, kept = await auth.workspace(ann, "gone"), await auth.workspace(ann, "kept")
    before = await head(auth)
    await auth.region().ask("deleteWorkspace", workspaceId=gone)
    after = await head(auth)
    assert ("WORKSPACE", gone, "Gone") in await told(auth, before)
    await changes(auth, after)
    assert ("WORKSPACE", gone, "Gone") in await told(auth, before), "not before it is a month old"
    await auth.database.execute("UPDATE auth.feed SET at = now() - interval '31 days'")
    await changes(auth, after)
    assert (await changes(auth, before))["reason"] == "COMPACTED"
    assert (await changes(auth, after))["__typename"] == "Changes"
    assert {key for key in await snapshot(auth) if key[0] == "Workspace"} == {("Workspace", kept)}


async def test_the_snapshot_is_what_the_feed_leads_to(auth: Running, ann: SignedIn) -> None:
    start = f"{(await head(auth)).split('.', maxsplit=1)[0]}.0"
    workspaces = [await auth.workspace(ann, f"name-{n}") for n in range(5)]
    for n in range(4):
        bob = await auth.sign_in(f"bob-{n}@example.com", "us-east")
        member = {"workspaceId": workspaces[n], "email": bob.email, "name": "Bob", "role": "GUEST"}
        await auth.region().ask("addMember", operationId=secrets.token_hex(8), accountId=ann.account_id, **member)
    await auth.region().ask("deleteWorkspace", workspaceId=workspaces[0])
    replica: dict[tuple[str, str], Any] = {}
    for change in (await changes(auth, start))["changes"]:
        record = change["record"]
        if record["__typename"] == "Gone":
            replica = {key: value for key, value in replica.items() if key[1] != change["id"]}
        else:
            replica[record["__typename"], change["id"]] = record
    assert replica == await snapshot(auth)
    assert (
        len(replica) == 4 + 4 + 3 + 1 + 3
    )  # workspaces, owners, members, ann's session and those of three who are left


async def test_a_revocation_is_in_the_feed_and_in_no_snapshot(auth: Running, ann: SignedIn) -> None:
    before = await head(auth)
    assert await auth.region().ask("revokeCredential", accountId=ann.account_id, credentialId=ann.credential_id) == {
        "done": True
    }
    (change,) = (await changes(auth, before))["changes"]
    assert (change["id"], change["record"]["revokedAt"] is not None) == (ann.credential_id, True)
    assert ("Credential", ann.credential_id) not in await snapshot(auth)
    assert (await auth.route("cookie", ann.token)).status_code == 401


async def test_who_leaves_the_last_workspace_of_a_region_takes_their_credentials_along(
    auth: Running, ann: SignedIn
) -> None:
    workspace = await auth.workspace(ann, "acme")
    bob = await auth.sign_in("bob@example.com", "us-east")
    member = {"workspaceId": workspace, "email": bob.email, "name": "Bob", "role": "MEMBER"}
    added = await auth.region().ask("addMember", operationId=secrets.token_hex(8), accountId=ann.account_id, **member)
    assert ("Credential", bob.credential_id) in await snapshot(auth)
    before = await head(auth)
    await auth.region().ask("removeMember", workspaceId=workspace, membershipId=added["membership"]["id"])
    assert sorted(await told(auth, before)) == [
        ("CREDENTIAL", bob.credential_id, "Gone"),
        ("MEMBERSHIP", added["membership"]["id"], "Gone"),
    ]
    assert ("Credential", bob.credential_id) in await snapshot(auth, "us-east")


async def test_hints_are_published_once_it_is_committed(auth: Running, ann: SignedIn) -> None:
    auth.topic.messages.clear()
    workspace = await auth.workspace(ann, "acme")
    hints = auth.topic.hints()
    assert {(hint["entity"], hint["region"]) for hint in hints} == {("workspace", "eu-west"), ("membership", "eu-west")}
    assert [hint["n"] for hint in hints] == sorted({hint["n"] for hint in hints})
    assert all(message.ordering_key == hint["id"] for message, hint in zip(auth.topic.messages, hints, strict=True))
    assert hints[-1] == {
        "entity": "workspace",
        "id": workspace,
        "n": int((await head(auth)).partition(".")[2]),
        "epoch": (await head(auth)).partition(".")[0],
        "region": "eu-west",
    }


async def test_a_topic_that_is_away_stops_nothing(auth: Running, ann: SignedIn) -> None:
    auth.topic.broken = ConnectionError()
    before = await head(auth)
    workspace = await auth.workspace(ann, "acme")
    assert ("WORKSPACE", workspace, "Workspace") in await told(auth, before)


# ---------------------------------------------------------------------------------------------------------------- moves


async def test_a_move_tells_both_regions_and_signs_a_statement_for_the_one_that_is_left(
    auth: Running, ann: SignedIn
) -> None:
    workspace = await auth.workspace(ann, "acme")
    before = await head(auth)
    database = await Database.open(auth.settings)
    try:
        assert await move_workspace(Store(database, Topic()), workspace, "us-east") == 2
    finally:
        await database.close()
    left = {(entity, id_): kind for entity, id_, kind in await told(auth, before)}
    assert left["WORKSPACE", workspace] == "Gone"
    assert left["MOVED", workspace] == "Moved"
    assert sorted(left.values()) == ["Credential", "Gone", "Gone", "Moved"]  # ann is pinned there, so her session stays
    came = [(entity, kind) for entity, _, kind in await told(auth, before, "us-east")]
    assert sorted(came) == [("CREDENTIAL", "Credential"), ("MEMBERSHIP", "Membership"), ("WORKSPACE", "Workspace")]

    answer = (await auth.route("cookie", ann.token, "acme")).json()
    assert (answer["region"], answer["version"]) == ("us-east", 2)
    (moved,) = await auth.region().ask("moved")
    assert await auth.region("us-east").ask("moved") == []
    claims = await checked(auth, moved["statement"], "moved+jwt")
    expected = {"iss": "auth", "sub": workspace, "from": "eu-west", "to": "us-east", "version": 2}
    assert {name: claims[name] for name in expected} == expected
    assert "exp" not in claims


async def checked(auth: Running, token: str, typ: str) -> dict[str, Any]:
    """By the keys that auth publishes, as a region does it."""
    jwks = (await auth.client.get(JWKS)).json()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=jwks))
    async with httpx.AsyncClient(transport=transport) as client:
        return await verify(token, typ, EDDSA, KeySource(f"http://auth{JWKS}", EDDSA, client))

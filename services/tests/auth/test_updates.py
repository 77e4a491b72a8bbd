"""What begins in a region: facts by version, deletions by cursor; in any order, any number of times."""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import Any

import pytest

from auth.moves import move_workspace
from auth.store import Store
from kit.database import Database

from .harness import Running, SignedIn, Topic


@pytest.fixture
async def ann(auth: Running) -> SignedIn:
    return await auth.sign_in("ann@example.com")


@pytest.fixture
async def acme(auth: Running, ann: SignedIn) -> str:
    return await auth.workspace(ann, "acme")


async def members(auth: Running, account: SignedIn, region: str = "eu-west") -> list[Any]:
    return [place["membership"] for place in await auth.region(region).ask("memberships", accountId=account.account_id)]


def of_member(
    workspace: str, id_: str, name: str, version: int, *, place: int = 1, role: str = "OWNER"
) -> dict[str, Any]:
    return {
        "workspaceId": workspace,
        "id": id_,
        "placeVersion": place,
        "rowVersion": version,
        "member": {"name": name, "role": role},
    }


def of_workspace(workspace: str, name: str, version: int, *, place: int = 1, url_key: str = "acme") -> dict[str, Any]:
    return {
        "workspaceId": workspace,
        "id": workspace,
        "placeVersion": place,
        "rowVersion": version,
        "workspace": {"name": name, "urlKey": url_key},
    }


async def apply(auth: Running, *batch: dict[str, Any], region: str = "eu-west") -> list[str]:
    answer = await auth.region(region).ask("applyUpdates", batch=list(batch))
    return [outcome["outcome"] for outcome in answer["outcomes"]]


async def move(auth: Running, workspace: str, to_region: str) -> None:
    database = await Database.open(auth.settings)
    try:
        await move_workspace(Store(database, Topic()), workspace, to_region)
    finally:
        await database.close()


async def test_the_higher_version_wins_in_any_order(auth: Running, ann: SignedIn, acme: str) -> None:
    (membership,) = await members(auth, ann)
    updates = [of_member(acme, membership["id"], f"version {n}", n) for n in range(2, 40)] * 3
    random.Random(7).shuffle(updates)
    batches = [updates[n : n + 9] for n in range(0, len(updates), 9)]
    outcomes = await asyncio.gather(*(apply(auth, *batch) for batch in batches))
    assert {outcome for batch in outcomes for outcome in batch} == {"APPLIED", "STALE"}
    (after,) = await members(auth, ann)
    assert (after["name"], after["rowVersion"]) == ("version 39", 39)


async def test_what_a_region_wrote_is_not_told_to_it_again(auth: Running, ann: SignedIn, acme: str) -> None:
    cursor = (await auth.region().ask("changesSince", cursor="x", limit=1))["reason"]
    assert cursor == "MALFORMED"
    page = await auth.region().ask("snapshot", limit=1)
    (membership,) = await members(auth, ann)
    auth.topic.messages.clear()
    assert (
        await apply(auth, of_workspace(acme, "New", 2), of_member(acme, membership["id"], "Ann", 2)) == ["APPLIED"] * 2
    )
    assert (await auth.region().ask("changesSince", cursor=page["cursor"], limit=10))["changes"] == []
    assert auth.topic.messages == []
    (place,) = await auth.region().ask("memberships", accountId=ann.account_id)
    assert (place["workspace"]["name"], place["membership"]["name"]) == ("New", "Ann")


async def test_a_restored_region_wins_by_its_higher_place(auth: Running, ann: SignedIn, acme: str) -> None:
    """Its rows have lower versions than those that auth has seen, of a time that is forgotten."""
    assert await apply(auth, of_workspace(acme, "lost by the restore", 9)) == ["APPLIED"]
    await move(auth, acme, "eu-west")
    assert await apply(auth, of_workspace(acme, "late, from before", 10)) == ["STALE"]
    assert await apply(auth, of_workspace(acme, "restored", 4, place=2)) == ["APPLIED"]
    assert await apply(auth, of_workspace(acme, "from nowhere", 5, place=3)) == ["INVALID"]
    (place,) = await auth.region().ask("memberships", accountId=ann.account_id)
    assert place["workspace"]["name"] == "restored"


async def test_a_workspace_that_moved_is_the_new_regions_alone(auth: Running, ann: SignedIn, acme: str) -> None:
    await move(auth, acme, "us-east")
    assert await apply(auth, of_workspace(acme, "late", 9)) == ["NOT_YOURS"]
    assert await apply(auth, of_workspace(acme, "new", 2, place=2), region="us-east") == ["APPLIED"]


async def test_a_tombstone_beats_a_late_update(auth: Running, ann: SignedIn, acme: str) -> None:
    added = await auth.region().ask(
        "addMember",
        operationId=secrets.token_hex(8),
        accountId=ann.account_id,
        workspaceId=acme,
        email="bob@example.com",
        name="Bob",
        role="MEMBER",
    )
    bob = added["membership"]["id"]
    await auth.region().ask("removeMember", workspaceId=acme, membershipId=bob)
    assert await apply(auth, of_member(acme, bob, "late", 99)) == ["GONE"]
    await auth.region().ask("deleteWorkspace", workspaceId=acme)
    assert await apply(auth, of_workspace(acme, "late", 99), of_member(acme, bob, "late", 99)) == ["GONE", "GONE"]


async def test_what_is_not_the_regions_or_makes_no_sense_is_said_item_by_item(
    auth: Running, ann: SignedIn, acme: str
) -> None:
    (membership,) = await members(auth, ann)
    other = await auth.workspace(ann, "other")
    good = of_member(acme, membership["id"], "good", 2)
    batch = [
        of_workspace("ws_none", "x", 2),
        of_member(other, membership["id"], "another workspace's", 2),
        {**of_workspace(acme, "x", 2), "id": other},
        {**of_workspace(acme, "x", 2), "member": {"name": "x", "role": "MEMBER"}},
        {key: value for key, value in good.items() if key != "member"},
        of_member(acme, membership["id"], "", 2),
        of_workspace(acme, "x", 2, url_key="No Key"),
        good,
    ]
    assert await apply(auth, *batch) == ["NOT_YOURS", "NOT_YOURS"] + ["INVALID"] * 5 + ["APPLIED"]
    assert await apply(auth, good, region="us-east") == ["NOT_YOURS"]


async def test_a_batch_that_is_too_large_is_refused_whole(auth: Running, acme: str) -> None:
    answer = await auth.region().ask("applyUpdates", batch=[of_workspace(acme, "x", n) for n in range(501)])
    assert (answer["__typename"], answer["field"]) == ("Invalid", "batch")
    deletions = [{"workspaceId": acme, "entity": "MEMBERSHIP", "id": str(n)} for n in range(501)]
    answer = await auth.region().ask("applyDeletions", after=0, cursor=501, batch=deletions)
    assert (answer["__typename"], answer["field"]) == ("Invalid", "batch")


async def test_batches_that_meet_do_not_block_each_other(auth: Running, ann: SignedIn) -> None:
    workspaces = [await auth.workspace(ann, f"name-{n}") for n in range(6)]
    forward = [of_workspace(w, "f", 2, url_key=f"name-{n}") for n, w in enumerate(workspaces)]
    backward = [of_workspace(w, "b", 3, url_key=f"name-{n}") for n, w in reversed(list(enumerate(workspaces)))]
    answers = await asyncio.gather(*(apply(auth, *batch) for batch in [forward, backward] * 5))
    assert len(answers) == 10


# ------------------------------------------------------------------------------------------------------------ deletions


async def delete(auth: Running, after: int, cursor: int, *batch: tuple[str, str, str], region: str = "eu-west") -> Any:
    items = [{"workspaceId": workspace, "entity": entity, "id": id_} for workspace, entity, id_ in batch]
    answer = await auth.region(region).ask("applyDeletions", after=after, cursor=cursor, batch=items)
    if answer["__typename"] != "DeletionsApplied":
        return answer
    return answer["cursor"], [outcome["outcome"] for outcome in answer["outcomes"]]


async def test_deletions_are_applied_once_behind_the_cursor_and_do_not_come_back(
    auth: Running, ann: SignedIn, acme: str
) -> None:
    (membership,) = await members(auth, ann)
    page = await auth.region().ask("snapshot", limit=1)
    item = (acme, "MEMBERSHIP", membership["id"])
    assert await auth.region().ask("deletionsCursor") == 0
    assert await delete(auth, 5, 7, item) == {"__typename": "CursorMismatch", "cursor": 0}
    assert await delete(auth, 0, 7, item) == (7, ["APPLIED"])
    assert await delete(auth, 0, 7, item) == {"__typename": "CursorMismatch", "cursor": 7}
    assert await delete(auth, 7, 9, item) == (9, ["GONE"])
    assert await auth.region().ask("deletionsCursor") == 9
    assert await auth.region("us-east").ask("deletionsCursor") == 0
    changed = (await auth.region().ask("changesSince", cursor=page["cursor"], limit=10))["changes"]
    assert [change["entity"] for change in changed] == ["CREDENTIAL"]
    (audited,) = await auth.database.fetch("SELECT entity, key, origin FROM auth.audit")
    assert tuple(audited) == ("membership", {"id": membership["id"]}, "eu-west")


async def test_whose_last_membership_a_region_deletes_is_a_stranger_there(
    auth: Running, ann: SignedIn, acme: str
) -> None:
    """The deletion does not come back; that the account's session opens nothing there any more is news."""
    bob = await auth.sign_in("bob@example.com", "us-east")
    added = await auth.region().ask(
        "addMember",
        operationId=secrets.token_hex(8),
        accountId=ann.account_id,
        workspaceId=acme,
        email=bob.email,
        name="Bob",
        role="MEMBER",
    )
    cursor = (await auth.region().ask("snapshot", limit=1))["cursor"]
    await delete(auth, 0, 1, (acme, "MEMBERSHIP", added["membership"]["id"]))
    assert (await auth.route("cookie", bob.token, "acme")).json() == {"error": "not_a_member"}
    (change,) = (await auth.region().ask("changesSince", cursor=cursor, limit=10))["changes"]
    assert (change["id"], change["record"]["__typename"]) == (bob.credential_id, "Gone")


async def test_a_region_deletes_no_workspace_and_nothing_of_others(auth: Running, ann: SignedIn, acme: str) -> None:
    (membership,) = await members(auth, ann)
    theirs = ("ws_none", "MEMBERSHIP", membership["id"])
    assert await delete(auth, 0, 3, (acme, "WORKSPACE", acme), theirs) == (3, ["INVALID", "NOT_YOURS"])
    assert await delete(auth, 0, 3, (acme, "MEMBERSHIP", membership["id"]), region="us-east") == (3, ["NOT_YOURS"])
    await move(auth, acme, "us-east")
    assert await delete(auth, 3, 4, (acme, "MEMBERSHIP", membership["id"])) == (4, ["NOT_YOURS"])
    assert len(await members(auth, ann)) == 1


async def test_a_cascade_is_audited_once_a_row(auth: Running, ann: SignedIn, acme: str) -> None:
    for n in range(20):
        await auth.region().ask(
            "addMember",
            operationId=secrets.token_hex(8),
            accountId=ann.account_id,
            workspaceId=acme,
            email=f"member-{n}@example.com",
            name="M",
            role="GUEST",
        )
    await auth.region().ask("deleteWorkspace", workspaceId=acme)
    rows = await auth.database.fetch("SELECT entity, key, count(*) FROM auth.audit GROUP BY 1, 2")
    assert {row["count"] for row in rows} == {1}
    assert sorted(row["entity"] for row in rows) == ["claim"] + ["membership"] * 21 + ["workspace"]

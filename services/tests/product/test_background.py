"""What goes between auth and the product when nobody asks: feed, outbox, deletions, what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fakeredis.aioredis import FakeRedis

from product.background.feed import Feed, Implausible
from product.background.outbox import Outbox
from product.background.sweeping import Sweeper
from product.bucket import Bucket
from product.errors import AuthUnavailable
from product.sync.hints import Hints
from tests.product.fake_auth import Record
from tests.product.region import Person, Region


@pytest.fixture
def feed(region: Region) -> Feed:
    return Feed(auth=region.background_auth, database=region.background, hints=Hints(FakeRedis()))


@pytest.fixture
def outbox(region: Region) -> Outbox:
    return Outbox(auth=region.background_auth, database=region.background)


async def rows(region: Region, table: str, order: str = "1") -> Sequence[Any]:
    return await region.test_database.fetch(f"SELECT * FROM product.{table} ORDER BY {order}")


async def acme(region: Region) -> tuple[Person, str]:
    ada = await region.sign_up("ada@example.com")
    return ada, (await ada.create_workspace("acme"))["id"]


def membership(region: Region, account: str) -> Record:
    return next(one for one in region.auth.memberships.values() if one["accountId"] == account)


# The feed


async def test_the_first_poll_takes_a_snapshot_and_the_next_ones_go_on_behind_it(region: Region, feed: Feed) -> None:
    ada, workspace = await acme(region)
    await feed.poll()
    assert [row["account_id"] for row in await rows(region, "credential_replica")] == [ada.account_id]
    assert "snapshot" in region.auth.asked

    region.auth.asked.clear()
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    region.auth.add_membership(workspace, bob["id"], "MEMBER", "Bob")
    assert await feed.poll() == 2
    assert await feed.poll() == 0

    assert set(region.auth.asked) == {"changesSince"}
    assert {row["name"] for row in await rows(region, "member")} == {"", "Bob"}
    assert len(await rows(region, "credential_replica")) == 2


async def test_how_old_the_feed_is_counts_from_when_auth_last_answered(region: Region, feed: Feed) -> None:
    assert [row["read_at"] for row in await rows(region, "feed_state")] == [None]
    await feed.poll()
    (first,) = await rows(region, "feed_state")
    region.auth.down = True
    with pytest.raises(AuthUnavailable):
        await feed.poll()
    (second,) = await rows(region, "feed_state")
    assert first["read_at"] is not None
    assert second == first


async def test_a_workspace_whose_rows_were_lost_comes_back_by_the_feed(region: Region, feed: Feed) -> None:
    """As where the region failed between auth's confirmation and its own."""
    ada = await region.sign_up("ada@example.com")
    found = region.auth.found(ada.account_id, "acme", "here")
    await feed.poll()
    assert (await ada.get("/api/workspace", workspace="acme")).json()["workspace"]["id"] == found["id"]
    assert (await ada.get("/api/me", workspace="acme")).json()["role"] == "owner"


async def test_a_record_that_cannot_be_applied_is_set_aside_and_holds_nothing_up(region: Region, feed: Feed) -> None:
    _ada, workspace = await acme(region)
    await feed.poll()
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    lone = region.auth.add_membership(workspace, bob["id"], "MEMBER", "Bob")
    lone["workspaceId"] = "ws_" + "Z" * 22  # which is not here
    region.auth.workspaces["ws_" + "Z" * 22] = {**region.auth.workspaces[workspace], "id": "ws_" + "Z" * 22}
    eve, _ = region.auth.sign_up("eve@example.com", "here")
    region.auth.add_membership(workspace, eve["id"], "MEMBER", "Eve")

    await feed.poll()

    assert {row["name"] for row in await rows(region, "member")} == {"", "Eve"}
    (aside,) = await rows(region, "inbox")
    assert (aside["source"], aside["state"], aside["error"]) == ("feed", "failing", "ForeignKeyViolationError")
    for _ in range(20):
        await feed.try_again()
    (parked,) = await rows(region, "inbox")
    assert parked["state"] == "parked"

    await feed.poll()
    assert len(await rows(region, "inbox")) == 1


async def test_what_was_set_aside_is_applied_once_it_can_be(region: Region, feed: Feed) -> None:
    _ada, workspace = await acme(region)
    await feed.poll()
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    other = region.auth.found(bob["id"], "bobs", "here")
    # The membership first: its workspace's entry comes later.
    entries = region.auth.feeds["here"]
    at = next(n for n, one in enumerate(entries) if one[1] == other["id"])
    hidden = region.auth.workspaces.pop(other["id"])
    await region.test_database.execute("DELETE FROM product.tombstone")
    late = entries.pop(at)
    await feed.poll()
    assert [row["state"] for row in await rows(region, "inbox")] == ["failing"]

    region.auth.workspaces[other["id"]] = hidden
    entries.append(late)
    entries.append(late)
    await feed.poll()
    await feed.try_again()

    assert [row["state"] for row in await rows(region, "inbox")] == ["done"]
    assert {row["workspace_id"] for row in await rows(region, "member")} == {workspace, other["id"]}


async def test_a_revocation_reaches_the_replica_and_stays(region: Region, feed: Feed) -> None:
    ada, _ = await acme(region)
    await feed.poll()
    (credential,) = region.auth.credentials.values()
    region.auth.revoke(credential["id"])
    await feed.poll()
    assert (await rows(region, "credential_replica"))[0]["revoked_at"] is not None
    # The signed context is good for a while; who has heard of the revocation refuses at once.
    assert (await ada.get("/api/me", workspace="acme")).status_code == 401

    credential["revokedAt"] = None
    region.auth._tell("here", "CREDENTIAL", credential["id"], None)
    await feed.poll()
    assert (await rows(region, "credential_replica"))[0]["revoked_at"] is not None


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "other.3", "e1.999999"], ids=["none", "malformed", "epoch", "beyond"]
)
async def test_a_cursor_that_leads_nowhere_starts_anew(region: Region, feed: Feed, cursor: str) -> None:
    ada, workspace = await acme(region)
    await feed.poll()
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    gone = region.auth.add_membership(workspace, bob["id"], "MEMBER", "Bob")
    await feed.poll()
    region.auth.memberships.pop(gone["id"])
    for credential in [one for one in region.auth.credentials.values() if one["accountId"] == bob["id"]]:
        region.auth.credentials.pop(credential["id"])
    await region.test_database.execute("UPDATE product.feed_state SET cursor = $1", cursor)

    await feed.poll()

    assert [row["account_id"] for row in await rows(region, "member")] == [ada.account_id]
    assert [row["account_id"] for row in await rows(region, "credential_replica")] == [ada.account_id]
    (state,) = await rows(region, "feed_state")
    assert state["cursor"] == f"e1.{len(region.auth.feeds['here'])}"
    assert not await rows(region, "outbox")


async def test_a_snapshot_that_lacks_nearly_everything_is_not_believed(region: Region, feed: Feed) -> None:
    ada = await region.sign_up("ada@example.com")
    for number in range(15):
        await ada.create_workspace(f"acme-{number}")
    await feed.poll()
    for workspace in list(region.auth.workspaces)[1:]:
        region.auth.workspaces[workspace]["region"] = "elsewhere"
    await region.test_database.execute("UPDATE product.feed_state SET cursor = ''")

    with pytest.raises(Implausible):
        await feed.poll()

    assert not await rows(region, "tombstone")
    assert (await ada.get("/api/workspace", workspace="acme-0")).status_code == 200


# What begins here


async def test_updates_go_to_auth_coalesced_and_once(region: Region, outbox: Outbox) -> None:
    ada, workspace = await acme(region)
    for name in ("One", "Two", "Three"):
        assert (await ada.patch("/api/workspace", {"name": name}, workspace="acme")).status_code == 200
    mine = membership(region, ada.account_id)
    await ada.patch(f"/api/members/{mine['id']}", {"name": "Ada Lovelace"}, workspace="acme")

    assert await outbox.send_updates() == 2

    assert [item["rowVersion"] for item in region.auth.applied] == [4, 2]
    assert region.auth.workspaces[workspace]["name"] == "Three"
    assert mine["name"] == "Ada Lovelace"
    assert not await rows(region, "outbox")
    assert await outbox.send_updates() == 0


async def test_an_update_whose_answer_was_lost_goes_again_and_changes_nothing(region: Region, outbox: Outbox) -> None:
    ada, workspace = await acme(region)
    await ada.patch("/api/workspace", {"name": "One"}, workspace="acme")
    region.auth.lose("applyUpdates")
    with pytest.raises(AuthUnavailable):
        await outbox.send_updates()
    assert len(await rows(region, "outbox")) == 1
    await ada.patch("/api/workspace", {"name": "Two"}, workspace="acme")

    await outbox.send_updates()

    assert region.auth.workspaces[workspace]["name"] == "Two"
    assert not await rows(region, "outbox")


async def test_a_tombstone_beats_a_late_update(region: Region, outbox: Outbox) -> None:
    ada, workspace = await acme(region)
    await ada.patch("/api/workspace", {"name": "Late"}, workspace="acme")
    region.auth.remove_workspace(workspace)
    await outbox.send_updates()
    assert workspace not in region.auth.workspaces
    assert not await rows(region, "outbox")


async def test_after_a_restore_this_sides_facts_win(region: Region, feed: Feed, outbox: Outbox) -> None:
    ada, workspace = await acme(region)
    await feed.poll()
    for name in ("One", "Two"):
        await ada.patch("/api/workspace", {"name": name}, workspace="acme")
    await outbox.send_updates()
    await region.test_database.execute(  # as the backup had it
        "SET session_replication_role = replica; UPDATE product.workspace SET name = 'Backup', version = 1"
    )
    region.auth.workspaces[workspace]["placeVersion"] += 1
    region.auth._tell("here", "WORKSPACE", workspace, workspace)

    await feed.poll()
    await outbox.send_updates()

    assert region.auth.workspaces[workspace]["name"] == "Backup"
    assert (await ada.get("/api/workspace", workspace="acme")).json()["workspace"]["name"] == "Backup"


async def test_a_member_who_was_deleted_here_is_deleted_in_auth_once(
    region: Region, outbox: Outbox, feed: Feed
) -> None:
    """By hand, say: the API deletes in auth first. The rows that hang on it are audited, and sent to nobody."""
    ada, workspace = await acme(region)
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    region.auth.add_membership(workspace, bob["id"], "MEMBER", "Bob")
    await feed.poll()
    project = await ada.create_project("acme")
    await ada.create_issue("acme", project)
    await ada.delete(f"/api/projects/{project}", workspace="acme")
    await region.test_database.execute("DELETE FROM product.member WHERE name = 'Bob'")
    region.auth.lose("applyDeletions")
    with pytest.raises(AuthUnavailable):
        await outbox.send_deletions()

    await outbox.send_deletions()

    assert [one["accountId"] for one in region.auth.memberships.values()] == [ada.account_id]
    assert region.auth.deletions["here"] == 3
    assert await outbox.send_deletions() == 0
    # What auth then says comes back as a tombstone, and goes nowhere from here.
    await feed.poll()
    assert await outbox.send_deletions() == 0


async def test_deletions_after_a_restore_are_no_old_ones(region: Region, outbox: Outbox, feed: Feed) -> None:
    ada, workspace = await acme(region)
    bob, _ = region.auth.sign_up("bob@example.com", "here")
    region.auth.add_membership(workspace, bob["id"], "MEMBER", "Bob")
    await feed.poll()
    region.auth.deletions["here"] = 1000  # the backup knows none of them

    await region.test_database.execute("DELETE FROM product.member WHERE name = 'Bob'")
    await outbox.send_deletions()

    assert [one["accountId"] for one in region.auth.memberships.values()] == [ada.account_id]
    assert region.auth.deletions["here"] == 1001


# What is gone


async def test_a_deleted_workspace_is_seen_by_nobody_at_once_and_gone_after_the_grace(
    region: Region, bucket: Bucket, feed: Feed, outbox: Outbox
) -> None:
    ada, workspace = await acme(region)
    issue = await ada.create_issue("acme", await ada.create_project("acme"))
    where = f"/api/attachments/{uuid4()}?issue_id={issue['id']}&name=a"
    assert (await ada.send("PUT", where, workspace="acme", content=b"file")).status_code == 201
    context = region.context(sub=ada.account_id, workspace=workspace)
    await ada.create_workspace("other")

    assert (await ada.delete("/api/workspace", workspace="acme")).status_code == 204

    answer = await ada.get("/api/issues", workspace="acme", headers={"X-Edge-Context": context})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_workspace")
    await feed.poll()
    patient = Sweeper(database=region.background, bucket=bucket, grace=timedelta(hours=1))
    assert await patient.delete_workspaces() == 0
    sweeper = Sweeper(database=region.background, bucket=bucket, grace=timedelta(0))
    await sweeper.sweep()
    for table in ("project", "issue", "attachment", "operation", "orphan_object"):
        assert not await rows(region, table), table
    assert [row["url_key"] for row in await rows(region, "workspace")] == ["other"]
    assert {row["workspace_id"] for row in await rows(region, "change")} == {
        row["workspace_id"] for row in await rows(region, "workspace")
    }
    audited = await rows(region, "audit")
    assert sorted(row["entity"] for row in audited) == ["attachment", "issue", "member", "project", "workspace"]
    assert await outbox.send_deletions() == 0
    await sweeper.sweep()


async def test_a_removed_member_is_refused_at_once(region: Region, feed: Feed) -> None:
    ada, _workspace = await acme(region)
    bob = await region.sign_up("bob@example.com")
    invited = await ada.post(
        "/api/members", {"email": "bob@example.com", "name": "Bob"}, workspace="acme", operation="invite-bob-1"
    )
    assert invited.status_code == 201, invited.text
    assert (await bob.get("/api/issues", workspace="acme")).status_code == 200

    member = invited.json()["member"]["id"]
    assert (await ada.delete(f"/api/members/{member}", workspace="acme")).status_code == 204

    answer = await bob.get("/api/issues", workspace="acme")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_a_member")
    await feed.poll()
    assert [row["account_id"] for row in await rows(region, "member")] == [ada.account_id]
    # Invited again, by another membership.
    again = await ada.post(
        "/api/members", {"email": "bob@example.com", "name": "Bob"}, workspace="acme", operation="invite-bob-2"
    )
    assert again.status_code == 201
    assert (await bob.get("/api/issues", workspace="acme")).status_code == 200

"""Workspaces begin in auth: whatever is lost on the way, an operation id stands for one workspace, for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fakeredis.aioredis import FakeRedis

from product.background.feed import Feed
from product.background.outbox import Outbox
from product.background.sweeping import Sweeper
from product.sync.hints import Hints
from tests.product.region import Person, Region


@pytest.fixture
async def ada(region: Region) -> Person:
    return await region.sign_up("ada@example.com")


async def create(who: Person, url_key: str = "acme", operation: str = "operation-1") -> httpx.Response:
    return await who.post("/api/workspaces", {"operation_id": operation, "name": "Acme", "url_key": url_key})


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


async def rows(region: Region, table: str) -> list[Any]:
    return await region.test_database.fetch(f"SELECT * FROM product.{table}")


def outbox(region: Region) -> Outbox:
    return Outbox(auth=region.background_auth, database=region.background)


@pytest.mark.parametrize("lost", ["createWorkspace", "confirmWorkspace"])
@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lost_answer_is_found_again_by_the_same_id(
    region: Region, ada: Person, lost: str, carried_out: bool
) -> None:
    (region.auth.lose if carried_out else region.auth.refuse)(lost)
    assert code(await create(ada)) == (503, "auth_unavailable")
    first = await create(ada)
    second = await create(ada)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(region.auth.workspaces) == len(await rows(region, "workspace")) == len(await rows(region, "member")) == 1


async def test_nobody_sees_a_workspace_that_is_not_confirmed(region: Region, ada: Person) -> None:
    region.auth.refuse("confirmWorkspace")
    await create(ada)
    assert [row["state"] for row in await rows(region, "workspace")] == ["pending"]
    for path in ("/api/workspace", "/api/members", "/api/projects"):
        assert code(await ada.get(path, workspace="acme")) == (503, "unavailable")
    assert (await ada.get("/api/workspaces")).json()["workspaces"] == []
    # Nor where it is looked up here.
    await Feed(auth=region.background_auth, database=region.background, hints=Hints(FakeRedis())).poll()
    assert code(await ada.get("/api/projects", workspace="acme", context=False)) == (503, "auth_unavailable")


async def test_who_was_too_late_has_lost_the_claim_for_ever(region: Region, ada: Person) -> None:
    region.auth.refuse("confirmWorkspace")
    await create(ada)
    region.auth.url_keys["acme"] = "ws_" + "B" * 22  # taken over
    for _ in range(2):
        assert code(await create(ada)) == (409, "claim_lost")
        assert not await rows(region, "workspace")
        assert not await rows(region, "member")
    # Its rows were nobody's: auth does not hear of their end.
    assert await outbox(region).send_deletions() == 0


async def test_a_key_is_one_workspaces_and_an_id_one_creations(region: Region, ada: Person) -> None:
    bob = await region.sign_up("bob@example.com")
    assert (await create(ada)).status_code == 201
    taken = await create(bob, operation="operation-of-bob")
    assert code(taken) == (409, "url_key_taken")
    assert taken.json()["error"]["url_key"] == "acme"
    assert code(await create(ada, url_key="other")) == (409, "operation_conflict")
    assert len(await rows(region, "workspace")) == 1


async def test_a_late_retry_brings_no_deleted_workspace_back(region: Region, ada: Person) -> None:
    assert (await create(ada)).status_code == 201
    assert (await ada.delete("/api/workspace", workspace="acme")).status_code == 204
    assert code(await create(ada)) == (409, "claim_lost")
    sweeper = Sweeper(database=region.background, bucket=region.bucket, grace=timedelta(0))
    await sweeper.sweep()
    assert code(await create(ada)) == (409, "claim_lost")
    assert not await rows(region, "workspace")
    assert (await create(ada, operation="operation-2")).status_code == 201  # the key may be used again


async def test_a_creation_that_nobody_finished_is_dropped_and_may_be_finished(region: Region, ada: Person) -> None:
    region.auth.refuse("confirmWorkspace")
    await create(ada)
    sweeper = Sweeper(database=region.background, bucket=region.bucket, grace=timedelta(0))
    await sweeper.sweep()
    assert len(await rows(region, "workspace")) == 1
    await region.test_database.execute("UPDATE product.workspace SET created_at = now() - interval '25 hours'")
    await sweeper.sweep()
    assert not await rows(region, "workspace")
    assert await outbox(region).send_deletions() == 0
    assert (await create(ada)).status_code == 201


# Another URL key


async def rekey(who: Person, url_key: str, operation: str = "operation-key-1") -> httpx.Response:
    return await who.patch("/api/workspace", {"url_key": url_key}, workspace="acme", operation=operation)


async def test_a_url_key_is_claimed_before_it_is_written(region: Region, ada: Person) -> None:
    await create(ada)
    region.auth.refuse("claimUrlKey")
    assert code(await rekey(ada, "acme-2")) == (503, "auth_unavailable")
    assert [row["url_key"] for row in await rows(region, "workspace")] == ["acme"]

    changed = await rekey(ada, "acme-2")
    assert changed.json()["workspace"]["url_key"] == "acme-2"
    assert (await rekey(ada, "acme-2")).json() == changed.json()
    await outbox(region).send_updates()
    assert [one["urlKey"] for one in region.auth.workspaces.values()] == ["acme-2"]
    assert code(await ada.patch("/api/workspace", {"url_key": "x-y"}, workspace="acme-2")) == (
        400,
        "operation_id_missing",
    )


async def test_a_url_key_of_another_workspace_changes_nothing(region: Region, ada: Person) -> None:
    await create(ada)
    await create(ada, "other", "operation-2")
    assert code(await rekey(ada, "other")) == (409, "url_key_taken")
    assert {row["url_key"] for row in await rows(region, "workspace")} == {"acme", "other"}
    assert not await rows(region, "outbox")


async def test_a_url_key_that_was_lost_on_the_way_is_taken_back(region: Region, ada: Person) -> None:
    await create(ada)
    await rekey(ada, "acme-2")
    region.auth.url_keys["acme-2"] = "ws_" + "B" * 22  # the claim expired, and somebody came

    await outbox(region).send_updates()

    assert [row["url_key"] for row in await rows(region, "workspace")] == ["acme"]
    assert [one["urlKey"] for one in region.auth.workspaces.values()] == ["acme"]
    assert not await rows(region, "outbox")

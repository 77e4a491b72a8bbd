"""What has to hold between the real auth and the real product, whatever gets lost between them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from kit.database import Connection
from product.bucket import Bucket
from product.errors import AuthUnavailable
from product.tenant import transaction
from tests.auth.conftest import auth, migrated  # noqa: F401 fixtures
from tests.auth.harness import Running, SignedIn
from tests.postgres import Server
from tests.product.real import Faults, RealRegion, until_it_works

LOSSES = (AuthUnavailable,)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def region(server: Server, auth: Running, bucket: Bucket) -> AsyncIterator[RealRegion]:  # noqa: F811
    async with RealRegion.start(server, auth, bucket) as started:
        yield started


async def test_1000_creations_with_the_answer_lost_anywhere_make_one_workspace_each(region: RealRegion) -> None:
    chooser = random.Random(11)
    people = [await region.auth.sign_in(f"person-{n}@example.com") for n in range(10)]
    contexts = [(await region.auth.route("cookie", one.token)).json()["context"] for one in people]
    region.between.faults = Faults(chooser, lost_before=0.1, lost_after=0.1, doubled=0.05)
    tries: Counter[int] = Counter()
    answers: dict[str, set[str]] = {}

    async def create(number: int) -> None:
        who = number % len(people)
        url_key, operation = f"w-{number}", secrets.token_hex(16)
        body = {"operation_id": operation, "name": url_key, "url_key": url_key}
        headers = {
            "X-Edge-Context": contexts[who],
            "Cookie": f"__Host-session={people[who].token}",
            "Sec-Fetch-Site": "same-origin",
        }
        while True:
            tries[number] += 1
            answer = await region.client.post("/api/workspaces", json=body, headers=headers)
            if answer.status_code == 201:
                answers.setdefault(url_key, set()).add(answer.json()["workspace"]["id"])
                if chooser.random() < 0.1 and tries[number] < 5:
                    continue  # the browser lost it, and asks again
                return
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "auth_unavailable"), answer.text

    todo = iter(range(1000))

    async def work() -> None:
        for number in todo:
            await create(number)

    await asyncio.gather(*(work() for _ in range(8)))
    region.between.faults = None

    here = await region.database.fetch("SELECT url_key, workspace_id FROM product.workspace WHERE state = 'confirmed'")
    there = await region.auth.database.fetch("SELECT url_key, id FROM auth.workspace WHERE state = 'confirmed'")
    assert {key: {workspace} for key, workspace in here} == answers
    assert {key: {workspace} for key, workspace in there} == answers
    assert len(here) == len(there) == len(answers) == 1000
    assert len(await region.database.fetch("SELECT FROM product.workspace")) == 1000
    assert sum(tries.values()) > 1200
    owners = await region.database.fetch("SELECT workspace_id, count(*) AS n FROM product.member GROUP BY 1")
    assert {row["n"] for row in owners} == {1}


async def many_members(region: RealRegion, workspaces: int, members: int) -> list[str]:
    """Workspaces with members, on both sides. The ids of the workspaces."""
    owner = await region.auth.sign_in("owner@example.com")
    made = [await region.create(owner, f"acme-{n}") for n in range(workspaces)]
    asked = region.auth.region(region.name)
    for workspace in made:
        for number in range(members - 1):
            added = await asked.ask(
                "addMember",
                operationId=secrets.token_hex(16),
                accountId=owner.account_id,
                workspaceId=workspace,
                email=f"member-{number}@example.com",
                name=f"Member {number}",
                role="MEMBER",
            )
            assert added["__typename"] == "MemberAdded", added
    await region.feed.poll()
    return made


async def facts(region: RealRegion) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """What each side says: the product's, auth's."""
    here = await region.database.fetch(
        "SELECT workspace_id AS id, name, url_key AS more, version FROM product.workspace UNION ALL "
        "SELECT id, name, role, version FROM product.member"
    )
    there = await region.auth.database.fetch(
        "SELECT id, name, url_key AS more, row_version AS version FROM auth.workspace UNION ALL "
        "SELECT id, name, lower(role), row_version FROM auth.membership"
    )
    return {row["id"]: tuple(row)[1:] for row in here}, {row["id"]: tuple(row)[1:] for row in there}


async def test_10000_updates_lost_doubled_and_reordered_leave_both_sides_equal(region: RealRegion) -> None:
    """In rounds, each drained through the same faults: what is lost last has no later update to hide behind."""
    chooser = random.Random(5)
    workspaces = await many_members(region, workspaces=5, members=40)
    before, also_before = await facts(region)
    assert before == also_before
    assert len(before) == 5 + 5 * 40
    region.between.faults = Faults(chooser, lost_before=0.15, lost_after=0.15, doubled=0.15, late=0.3)
    updated = 0
    for _ in range(25):
        updated += await _a_round(region, chooser, workspaces, 400)
        await until_it_works(region.outbox.send_updates, LOSSES)
        await region.between.deliver_late_ones()
        await until_it_works(region.feed.poll, LOSSES)
        here, there = await facts(region)
        assert here == there
    assert updated >= 10_000
    assert here != before
    assert not await region.database.fetch("SELECT FROM product.outbox")
    assert not await region.database.fetch("SELECT FROM product.inbox")


async def _a_round(region: RealRegion, chooser: random.Random, workspaces: list[str], at_least: int) -> int:
    """Writes while two drains and the feed go on. The number of rows that were updated."""
    updated = 0
    done = False

    async def write() -> None:
        nonlocal updated, done
        while updated < at_least:
            async with transaction(region.api, chooser.choice(workspaces)) as connection:
                updated += await _update(connection, chooser)
        done = True

    async def repeat(act: Callable[[], Awaitable[int]]) -> None:
        while not done:
            with suppress(AuthUnavailable):
                await act()
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(repeat(act) for act in (region.outbox.send_updates,) * 2), repeat(region.feed.poll))
    return updated


async def _update(connection: Connection, chooser: random.Random) -> int:
    if chooser.random() < 0.05:  # a bulk write
        tag = await connection.execute(
            "UPDATE product.member SET name = 'Bulk ' || $2, role = $1",
            chooser.choice(["admin", "member", "guest"]),
            secrets.token_hex(4),
        )
        return int(tag.rpartition(" ")[2])
    if chooser.random() < 0.1:
        await connection.execute("UPDATE product.workspace SET name = $1", f"Acme {secrets.token_hex(4)}")
        return 1
    await connection.execute(
        "UPDATE product.member SET name = $1 WHERE id = (SELECT id FROM product.member ORDER BY id OFFSET $2 LIMIT 1)",
        f"Member {secrets.token_hex(4)}",
        chooser.randrange(40),
    )
    return 1


async def _ids(region: RealRegion) -> set[tuple[str, str]]:
    rows = await region.database.fetch(
        " UNION ALL ".join(
            f"SELECT '{name}' AS name, id::text FROM product.{name}"
            for name in ("member", "project", "issue", "comment")
        )
    )
    return {(row["name"], row["id"]) for row in rows}


async def test_each_row_of_a_cascade_is_audited_once_and_the_drain_resumes_anywhere(region: RealRegion) -> None:
    chooser = random.Random(3)
    workspaces = await many_members(region, workspaces=3, members=30)
    for workspace in workspaces:
        async with transaction(region.api, workspace) as connection:
            for _ in range(4):
                project = uuid4()
                await connection.execute(
                    "INSERT INTO product.project (workspace_id, id, name) VALUES ($1, $2, 'P')", workspace, project
                )
                await connection.execute(
                    "INSERT INTO product.issue (workspace_id, id, project_id, title) "
                    "SELECT $1, gen_random_uuid(), $2, 'i' FROM generate_series(1, 50)",
                    workspace,
                    project,
                )
            await connection.execute(
                "INSERT INTO product.comment (workspace_id, id, issue_id, body) "
                "SELECT workspace_id, gen_random_uuid(), id, 'c' FROM product.issue"
            )
    names = ("member", "project", "issue", "comment")
    everything = {
        (name, str(row["id"]))
        for name in names
        for row in await region.database.fetch(f"SELECT id FROM product.{name}")
    }
    region.between.faults = Faults(chooser, lost_before=0.2, lost_after=0.3, doubled=0.2, late=0.3)
    done = False

    async def delete() -> None:
        """By hand: projects with all that hangs on them, and members, in bulk and one by one."""
        nonlocal done
        for workspace in workspaces[:2]:
            for statement in (
                (
                    "DELETE FROM product.project WHERE workspace_id = $1 AND id IN "
                    "(SELECT id FROM product.project WHERE workspace_id = $1 LIMIT 2)"
                ),
                (
                    "DELETE FROM product.member WHERE workspace_id = $1 AND id IN "
                    "(SELECT id FROM product.member WHERE workspace_id = $1 AND role = 'member' LIMIT 5)"
                ),
                "DELETE FROM product.member WHERE workspace_id = $1 AND role = 'member'",
                "DELETE FROM product.project WHERE workspace_id = $1",
            ):
                await region.database.execute(statement, workspace)
                await asyncio.sleep(0.05)
        done = True

    async def drain() -> None:
        while not done:
            with contextlib.suppress(AuthUnavailable):
                await region.outbox.send_deletions()
            await asyncio.sleep(0.01)

    await asyncio.gather(delete(), drain(), drain())
    await until_it_works(region.outbox.send_deletions, LOSSES)
    await region.between.deliver_late_ones()
    region.between.faults = None
    assert await region.outbox.send_deletions() == 0

    left = {
        (name, str(row["id"]))
        for name in names
        for row in await region.database.fetch(f"SELECT id FROM product.{name}")
    }
    audited = await region.database.fetch(
        "SELECT entity, key ->> 'id' AS id, position FROM product.audit ORDER BY position"
    )
    assert Counter((row["entity"], row["id"]) for row in audited) == Counter(everything - left)
    assert [row["position"] for row in audited] == list(range(1, len(audited) + 1))
    here, there = await facts(region)
    assert here.keys() == there.keys()
    assert len(left) == len(everything) - len(audited)
    # What auth says of it comes back by the feed, is applied here, and does not go there again.
    await region.feed.poll()
    assert await region.outbox.send_deletions() == 0
    assert len(await region.database.fetch("SELECT FROM product.audit")) == len(audited)


async def test_auth_is_killed_and_all_whom_the_region_knows_are_served(region: RealRegion) -> None:
    people: list[tuple[SignedIn, str]] = []
    for number in range(30):
        who = await region.auth.sign_in(f"person-{number}@example.com")
        await region.create(who, f"acme-{number}")
        people.append((who, f"acme-{number}"))
    await region.feed.poll()
    stranger = await region.auth.sign_in("stranger@example.com")

    region.between.down = True

    for who, url_key in people:
        body = {"id": str(uuid4()), "name": "Written while auth is gone"}
        assert (await region.send(who, "POST", "/api/projects", workspace=url_key, json=body)).status_code == 201
        listed = await region.send(who, "GET", "/api/projects", workspace=url_key)
        assert [one["id"] for one in listed.json()["projects"]] == [body["id"]]
        other = next(key for _, key in people if key != url_key)
        assert (await region.send(who, "GET", "/api/projects", workspace=other)).status_code in {403, 503}
    assert (await region.send(stranger, "GET", "/api/projects", workspace="acme-1")).status_code == 503

"""What has to hold between the real auth and the real product, whatever gets lost between them.

As many as the bars say are run by `make bench` (tests/product/consistency.py).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest

from product.bucket import Bucket
from product.errors import AuthUnavailable
from product.tenant import transaction
from tests.auth.conftest import auth, migrated  # noqa: F401 fixtures
from tests.auth.harness import Running, SignedIn
from tests.postgres import Server
from tests.product.consistency import LOSSES, create_with_losses, facts, many_members, update_with_losses
from tests.product.real import Faults, RealRegion, until_it_works

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def region(server: Server, auth: Running, bucket: Bucket) -> AsyncIterator[RealRegion]:  # noqa: F811
    async with RealRegion.start(server, auth, bucket) as started:
        yield started


async def test_creations_with_the_answer_lost_anywhere_make_one_workspace_each(region: RealRegion) -> None:
    outcome = await create_with_losses(region, 250)
    assert (outcome.workspaces, outcome.rows_besides) == (250, 0)
    assert outcome.tries > 300


async def test_updates_lost_doubled_and_reordered_leave_both_sides_equal(region: RealRegion) -> None:
    outcome = await update_with_losses(region, 2500)
    assert outcome.updated >= 2500
    assert (outcome.different, outcome.left_over) == (0, 0)


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
            with suppress(AuthUnavailable):
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

"""Whether auth and the product agree in the end, whatever is lost between them: what tests and the bench both run.

python -m tests.product.consistency --creations 1000 --updates 10000      prints what happened as JSON
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from kit.database import Connection
from product.bucket import Bucket
from product.errors import AuthUnavailable
from product.tenant import transaction
from tests import postgres
from tests.auth.conftest import fill as fill_auth
from tests.auth.harness import running
from tests.product.real import Faults, RealRegion, until_it_works

LOSSES = (AuthUnavailable,)


@dataclass(frozen=True)
class Creations:
    """`workspaces`: confirmed ones on both sides, each the one that its creator was told of."""

    asked: int
    tries: int
    workspaces: int
    rows_besides: int


@dataclass(frozen=True)
class Updates:
    """`rounds` after each of which the two sides were compared; `different`: records that were not equal."""

    updated: int
    rounds: int
    different: int
    left_over: int


async def create_with_losses(region: RealRegion, count: int, seed: int = 11) -> Creations:
    """Each by an operation id of its own, asked again until there is an answer, and sometimes after it."""
    chooser = random.Random(seed)
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

    todo = iter(range(count))

    async def work() -> None:
        for number in todo:
            await create(number)

    # A context is good for 90 s; the faults may take longer where the machine is busy.
    async def renew() -> None:
        while True:
            await asyncio.sleep(20)
            for n, one in enumerate(people):
                contexts[n] = (await region.auth.route("cookie", one.token)).json()["context"]

    renewing = asyncio.create_task(renew())
    await asyncio.gather(*(work() for _ in range(8)))
    renewing.cancel()
    region.between.faults = None
    here = await region.database.fetch("SELECT url_key, workspace_id FROM product.workspace WHERE state = 'confirmed'")
    there = await region.auth.database.fetch("SELECT url_key, id FROM auth.workspace WHERE state = 'confirmed'")
    agreed = [
        key
        for key, told in answers.items()
        if told == {row[1] for row in here if row[0] == key} == {row[1] for row in there if row[0] == key}
    ]
    rows = len(await region.database.fetch("SELECT FROM product.workspace")) + len(there)
    owners = len(await region.database.fetch("SELECT FROM product.member"))
    return Creations(
        asked=count,
        tries=sum(tries.values()),
        workspaces=len(agreed),
        rows_besides=rows - 2 * len(agreed) + abs(owners - len(agreed)),
    )


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


async def update_with_losses(region: RealRegion, count: int, seed: int = 5, in_a_round: int = 400) -> Updates:
    """In rounds, each drained through the same faults: what is lost last has no later update to hide behind."""
    chooser = random.Random(seed)
    workspaces = await many_members(region, workspaces=5, members=40)
    region.between.faults = Faults(chooser, lost_before=0.15, lost_after=0.15, doubled=0.15, late=0.3)
    updated = rounds = different = 0
    while updated < count:
        updated += await _a_round(region, chooser, workspaces, in_a_round)
        await until_it_works(region.outbox.send_updates, LOSSES)
        await region.between.deliver_late_ones()
        await until_it_works(region.feed.poll, LOSSES)
        here, there = await facts(region)
        different += sum(here.get(key) != there.get(key) for key in here.keys() | there.keys())
        rounds += 1
    region.between.faults = None
    left_over = await region.database.fetch("SELECT n::text FROM product.outbox UNION ALL SELECT id FROM product.inbox")
    return Updates(updated=updated, rounds=rounds, different=different, left_over=len(left_over))


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


async def main(creations: int, updates: int) -> dict[str, Any]:
    """Each on databases of its own."""
    nowhere = storage.Client("none", AnonymousCredentials())  # type: ignore[no-untyped-call] # no file is stored
    server, found = postgres.start(), {}
    try:
        for name, act, count in (
            ("creations", create_with_losses, creations),
            ("updates", update_with_losses, updates),
        ):
            migrated = await server.copy("auth", fill_auth)
            async with running(migrated) as auth, RealRegion.start(server, auth, Bucket(nowhere, "none")) as region:
                began = time.monotonic()
                outcome: Creations | Updates = await act(region, count)
                found[name] = {**asdict(outcome), "seconds": round(time.monotonic() - began, 1)}
    finally:
        server.stop()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--creations", type=int, default=1000)
    parser.add_argument("--updates", type=int, default=10_000)
    asked = parser.parse_args()
    sys.stdout.write(json.dumps(asyncio.run(main(asked.creations, asked.updates))) + "\n")

"""Updates begin in the shop, deletions in the office; whatever the network does, both sides end alike."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.database import Database
from kit.outbox import Change, delete_changes, read_changes
from tests.postgres import TestDatabase

CUSTOMERS = 100


class Fault(StrEnum):
    """What happens to a batch on its way."""

    NONE = "none"
    DROPPED = "dropped"
    ANSWER_LOST = "answer lost"
    DOUBLED = "doubled"
    LATE = "late"  # no answer in time; it arrives after others


@dataclass(frozen=True)
class Update:
    """Of every customer whose number leaves `rest` when it is divided by `by`: a bulk write where `by` is small."""

    by: int
    rest: int


@dataclass(frozen=True)
class Send:
    fault: Fault
    limit: int


@dataclass(frozen=True)
class Delete:
    customer: int


@dataclass(frozen=True)
class LateOnesArrive:
    pass


Act = Update | Send | Delete | LateOnesArrive


@dataclass
class Pair:
    """The two sides, and the network between them."""

    shop: Database
    office: Database
    late: list[list[Change]] = field(default_factory=list)
    place_version: int = 1
    written: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    async def begin(self, customers: int) -> None:
        self.late.clear()
        async with self.shop.transaction("shop_drain") as connection:
            await connection.execute("DELETE FROM shop.outbox")
        async with self.shop.transaction("shop_api", local={"kit.origin": "office"}) as connection:
            await connection.execute("DELETE FROM shop.customer")
            await connection.execute(
                "INSERT INTO shop.customer SELECT 'ws_1', n::text, 'first' FROM generate_series(1, $1) n", customers
            )
        async with self.office.transaction("office_api") as connection:
            await connection.execute("DELETE FROM office.customer")
            await connection.execute(
                "INSERT INTO office.customer SELECT 'ws_1', n::text, 'first', 1, 0 FROM generate_series(1, $1) n",
                customers,
            )

    async def restore(self) -> None:
        """The shop has its first rows again, and auth has said that it is a new place."""
        self.place_version += 1
        async with self.shop.transaction("shop_api", local={"kit.origin": "office"}) as connection:
            await connection.execute("UPDATE shop.customer SET name = 'first', version = 0")

    async def act(self, act: Act) -> None:
        match act:
            case Update(by, rest):
                await self._update(by, rest)
            case Send(fault, limit):
                self.seen[fault] += 1
                await self._send(fault, limit)
            case Delete(customer):
                await self._delete(customer)
            case LateOnesArrive():
                for batch in self.late:
                    await self._apply(batch)
                self.late.clear()

    async def _update(self, by: int, rest: int) -> None:
        async with self.shop.transaction("shop_api") as connection:
            done = await connection.execute(
                "UPDATE shop.customer SET name = $1 || id WHERE id::int % $2 = $3", f"name {self.written} ", by, rest
            )
        self.written += int(done.split()[1])

    async def _send(self, fault: Fault, limit: int) -> None:
        async with self.shop.transaction("shop_drain", read_only=True) as connection:
            batch = await read_changes(connection, "shop", limit=limit)
        if fault is Fault.DROPPED:
            return
        if fault is Fault.LATE:
            self.late.append(batch)
            return
        for _ in range(2 if fault is Fault.DOUBLED else 1):
            await self._apply(batch)
        if fault is not Fault.ANSWER_LOST:
            async with self.shop.transaction("shop_drain") as connection:
                await delete_changes(connection, "shop", batch)

    async def _apply(self, batch: Sequence[Change]) -> None:
        """As auth does it: a version is taken only if it is higher, and a tombstone beats them all."""
        async with self.office.transaction("office_api") as connection:
            await connection.executemany(
                """
                INSERT INTO office.customer AS c (workspace_id, id, name, place_version, version)
                SELECT $1::text, $2::text, $3, $4::bigint, $5::bigint
                WHERE NOT EXISTS (SELECT FROM office.tombstone t WHERE t.workspace_id = $1 AND t.id = $2)
                ON CONFLICT (workspace_id, id) DO UPDATE
                SET name = excluded.name, place_version = excluded.place_version, version = excluded.version
                WHERE (excluded.place_version, excluded.version) > (c.place_version, c.version)""",
                [(c.workspace_id, c.id, c.body["name"], self.place_version, c.version) for c in batch],
            )

    async def _delete(self, customer: int) -> None:
        async with self.office.transaction("office_api") as connection:
            await connection.execute(
                "INSERT INTO office.tombstone VALUES ('ws_1', $1) ON CONFLICT DO NOTHING", str(customer)
            )
            await connection.execute("DELETE FROM office.customer WHERE id = $1", str(customer))
        async with self.shop.transaction("shop_api", local={"kit.origin": "office"}) as connection:
            await connection.execute("DELETE FROM shop.customer WHERE id = $1", str(customer))

    async def settle(self) -> None:
        """The network is good again: all is sent, and what was late comes last of all."""
        while await self._outbox():
            await self.act(Send(Fault.NONE, 500))
        await self.act(LateOnesArrive())

    async def _outbox(self) -> int:
        async with self.shop.transaction("shop_drain", read_only=True) as connection:
            return int(await connection.fetchval("SELECT count(*) FROM shop.outbox"))

    async def both(self) -> tuple[list[Any], list[Any]]:
        query = "SELECT id, name, version FROM {}.customer ORDER BY id"
        async with self.shop.transaction("shop_api", read_only=True) as connection:
            here = await connection.fetch(query.format("shop"))
        async with self.office.transaction("office_api", read_only=True) as connection:
            there = await connection.fetch(query.format("office"))
        return [tuple(row) for row in here], [tuple(row) for row in there]


@pytest.fixture
async def pair(both: TestDatabase) -> AsyncIterator[Pair]:
    shop = await Database.open(both.settings("shop-background"))
    office = await Database.open(both.settings("office-office"))
    yield Pair(shop, office)
    await shop.close()
    await office.close()


def acts(source: random.Random) -> Iterable[Act]:
    """For ever; a write of one row, of some and of all are as likely as each other."""
    while True:
        by = source.choice((1, 7, CUSTOMERS + 1))
        kinds: tuple[Act, ...] = (
            Update(by, source.randrange(by)),
            Update(by, source.randrange(by)),
            Send(source.choice(list(Fault)), source.choice((1, 10, 500))),
            LateOnesArrive(),
        )
        yield source.choice(kinds) if source.random() > 0.01 else Delete(source.randint(1, CUSTOMERS))


@pytest.mark.parametrize("seed", range(3))
async def test_ten_thousand_updates_end_alike_on_both_sides(pair: Pair, seed: int) -> None:
    await pair.begin(CUSTOMERS)
    for act in acts(random.Random(seed)):
        await pair.act(act)
        if pair.written >= 10_000:
            break
    assert min(pair.seen[fault] for fault in Fault) > 5
    await pair.settle()
    here, there = await pair.both()
    assert here == there
    assert 0 < len(here) < CUSTOMERS
    assert max(version for _, _, version in here) > 50


ACTS = st.one_of(
    st.integers(1, 4).flatmap(lambda by: st.builds(Update, st.just(by), st.integers(0, by - 1))),
    st.builds(Send, st.sampled_from(Fault), st.integers(1, 4)),
    st.builds(Delete, st.integers(1, 4)),
    st.builds(LateOnesArrive),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(ACTS, min_size=1, max_size=30))
async def test_any_course_of_events_ends_alike_on_both_sides(
    pair: Pair, both: TestDatabase, program: list[Act]
) -> None:
    await both.execute("DELETE FROM office.tombstone")
    await pair.begin(4)
    for act in program:
        await pair.act(act)
    await pair.settle()
    here, there = await pair.both()
    assert here == there


async def test_a_region_that_was_restored_wins_since_its_place_version_rises(pair: Pair) -> None:
    await pair.begin(2)
    for _ in range(5):
        await pair.act(Update(1, 0))
    await pair.settle()
    await pair.restore()
    await pair.act(Update(1, 0))
    await pair.settle()
    here, there = await pair.both()
    assert here == there
    assert {version for _, _, version in here} == {1}

"""Every change, once, in order: whichever instance, whichever socket."""

from __future__ import annotations

import asyncio

from tests.sync.bed import PROJECT, WORKSPACE, Bed


async def test_a_client_without_a_position_gets_a_snapshot_and_then_what_follows(bed: Bed) -> None:
    before = await bed.write("before")
    follower = await (await bed.instance()).follower().connect(workspace=WORKSPACE)
    await follower.read()
    assert follower.position == ("1", before)
    assert {key[0] for key in follower.records} == {"workspace", "project", "issue"}
    after = await bed.change("after")
    await follower.reach(after)
    assert follower.numbers == [after]
    titles = {body["title"] for (entity, _), body in follower.records.items() if entity == "issue"}
    assert titles == {"before", "after"}
    await follower.close()


async def test_a_client_goes_on_from_its_position_at_another_instance(bed: Bed) -> None:
    one, other = await bed.instance(), await bed.instance()
    follower = await one.follower().connect(workspace=WORKSPACE)
    await follower.read()
    await follower.close()
    missed = [await bed.write(f"missed {n}") for n in range(20)]
    follower.origin = other.origin
    await follower.connect(workspace=WORKSPACE)
    await follower.reach(missed[-1])
    assert follower.numbers == missed
    assert follower.snapshots == 1
    await follower.close()


async def test_a_client_that_is_ahead_of_what_an_instance_has_heard_needs_no_snapshot(bed: Bed) -> None:
    behind = await bed.instance()
    other = await behind.follower("other").connect(workspace=WORKSPACE)
    await other.read()
    n = await bed.write("of this the instance has not heard")
    ahead = behind.follower()
    ahead.position = ("1", n)
    await ahead.connect(workspace=WORKSPACE)
    last = await bed.change("next")
    await ahead.reach(last)
    assert (ahead.snapshots, ahead.numbers) == (0, [last])
    for follower in (ahead, other):
        await follower.close()


async def test_a_hint_reaches_every_instance(bed: Bed) -> None:
    followers = [await (await bed.instance()).follower(f"account {n}").connect(workspace=WORKSPACE) for n in range(3)]
    for follower in followers:
        await follower.read()
    n = await bed.change("for all")
    for follower in followers:
        await follower.reach(n)
        await follower.close()


async def test_the_poll_finds_a_last_change_of_which_no_message_came(bed: Bed) -> None:
    instance = await bed.instance()
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    n = await bed.write("no hint follows")
    await instance.hub.poll()
    await follower.reach(n)
    await follower.close()


async def test_hints_that_come_late_twice_or_ahead_of_the_log_change_nothing(bed: Bed) -> None:
    instance = await bed.instance()
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    for n in (1, 10_000, 1):
        instance.hub.hinted(WORKSPACE, n)
    wanted = [await bed.change(f"change {n}") for n in range(5)]
    await follower.reach(wanted[-1])
    assert follower.numbers == wanted
    await follower.close()


async def test_a_transaction_that_began_earlier_and_commits_later_is_not_skipped(bed: Bed) -> None:
    instance = await bed.instance()
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    held, written = asyncio.Event(), asyncio.Event()

    async def older() -> None:
        async with bed.database.transaction("product_api") as connection:
            await connection.execute("SELECT set_config('product.workspace_id', $1, true)", WORKSPACE)
            await connection.execute(
                "UPDATE product.project SET name = 'older' WHERE workspace_id = $1 AND id = $2", WORKSPACE, PROJECT
            )
            written.set()
            await held.wait()

    open_transaction = asyncio.create_task(older())
    await written.wait()
    first = await bed.change("younger, committed first")
    await follower.reach(first)
    held.set()
    await open_transaction
    await instance.hub.poll()
    await follower.reach(first + 1)
    assert follower.numbers == [first, first + 1]
    await follower.close()


async def test_a_change_carries_the_id_that_the_client_gave_it(bed: Bed) -> None:
    instance = await bed.instance()
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    await bed.write("mine", operation="operation-1")
    await instance.hub.poll()
    message = await follower.read()
    assert [change["operation_id"] for change in message["changes"]] == ["operation-1"]
    await follower.close()


async def test_a_position_of_another_history_gets_a_snapshot(bed: Bed) -> None:
    n = await bed.write("one")
    instance = await bed.instance()
    for position in [("0", 1), ("1", n + 1000)]:
        follower = instance.follower()
        follower.position = position
        await follower.connect(workspace=WORKSPACE)
        message = await follower.read()
        assert message["type"] == "snapshot", position
        assert follower.position == ("1", n)
        await follower.close()


async def test_changes_that_the_log_has_dropped_are_replaced_by_a_snapshot(bed: Bed) -> None:
    numbers = [await bed.write(f"change {n}") for n in range(6)]
    await bed.test_database.execute("DELETE FROM product.change WHERE n < $1", numbers[3])
    instance = await bed.instance(kept=2)
    follower = instance.follower()
    follower.position = ("1", numbers[0])
    await follower.connect(workspace=WORKSPACE)
    assert (await follower.read())["type"] == "snapshot"
    assert follower.position == ("1", numbers[-1])
    await follower.close()


async def test_a_client_behind_what_is_in_memory_reads_the_log(bed: Bed) -> None:
    first = await bed.write("first")
    last = [await bed.write(f"change {n}") for n in range(12)][-1]
    instance = await bed.instance(kept=3)
    follower = instance.follower()
    follower.position = ("1", first)
    await follower.connect(workspace=WORKSPACE)
    await follower.reach(last)
    assert follower.numbers == list(range(first + 1, last + 1))
    await follower.close()


async def test_a_large_snapshot_comes_in_parts(bed: Bed) -> None:
    async with bed.database.transaction("product_api") as connection:
        await connection.execute("SELECT set_config('product.workspace_id', $1, true)", WORKSPACE)
        await connection.execute(
            "INSERT INTO product.issue (workspace_id, id, project_id, title, description)"
            " SELECT $1, gen_random_uuid(), $2, 'Issue ' || n, repeat('x', 10000) FROM generate_series(1, 100) n",
            WORKSPACE, PROJECT,
        )  # fmt: skip
    follower = await (await bed.instance()).follower().connect(workspace=WORKSPACE)
    sizes = []
    while follower.position is None:
        sizes.append(len((await follower.read())["records"]))
    assert len(sizes) > 10
    assert len(follower.records) == sum(sizes) == 102
    await follower.close()

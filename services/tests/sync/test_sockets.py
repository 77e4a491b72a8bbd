"""How a socket begins, and the ways in which it ends."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from product.sync.protocol import Close
from product.sync.session import Pace
from tests.sync.bed import WORKSPACE, Bed
from tests.sync.follower import SUBPROTOCOL, Follower


async def ended(follower: Follower) -> tuple[int, dict[str, object]]:
    """Reads to the end of the socket; how it ended."""
    assert follower.socket is not None
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await follower.read()
    assert closed.value.rcvd is not None, "the connection broke off"
    return closed.value.rcvd.code, json.loads(closed.value.rcvd.reason)


async def opened(bed: Bed, pace: Pace | None = None, account: str = "anna") -> Follower:
    follower = await (await bed.instance(pace=pace)).follower(account).connect(workspace=WORKSPACE)
    await follower.read()
    return follower


async def test_a_client_that_does_not_acknowledge_gets_no_more_than_a_window_and_is_dropped(bed: Bed) -> None:
    instance = await bed.instance(pace=Pace(window=4000, slow_after_s=0.05))
    follower = await instance.follower().connect(workspace=WORKSPACE)
    received = len(json.dumps(await follower.read(acknowledge=False)))
    last = 0
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            last = await bed.change("y" * 400)
            message = await follower.read(acknowledge=False)
            received += len(json.dumps(message))
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == Close.SLOW_CLIENT
    assert follower.position == ("1", last - 1)
    assert received < 4000 + len(json.dumps(message))
    await follower.connect(workspace=WORKSPACE)
    await follower.reach(last)
    assert follower.numbers == list(range(follower.numbers[0], last + 1))
    await follower.close()


async def test_a_slow_client_keeps_nobody_else_waiting(bed: Bed) -> None:
    instance = await bed.instance(pace=Pace(window=500, slow_after_s=3600))
    slow = await instance.follower("slow").connect(workspace=WORKSPACE)
    quick = await instance.follower("quick").connect(workspace=WORKSPACE)
    last = [await bed.change("z" * 400) for _ in range(50)][-1]
    await quick.reach(last)
    for follower in (slow, quick):
        await follower.close()


async def test_a_socket_lives_as_long_as_it_may(bed: Bed) -> None:
    follower = await (await bed.instance(pace=Pace(lifetime_s=0.01))).follower().connect(workspace=WORKSPACE)
    assert await ended(follower) == (Close.LIFETIME, {"reason": "lifetime"})


@pytest.mark.parametrize("code", [Close.SESSION_ENDED, Close.NOT_A_MEMBER, Close.MOVED])
async def test_session_and_membership_are_checked_again(bed: Bed, code: Close) -> None:
    follower = await opened(bed, Pace(check_every_s=0.01))
    bed.door.ended["anna"] = code
    assert await ended(follower) == (code, {"reason": code.name.lower()})


async def test_a_revocation_that_is_heard_ends_the_accounts_sockets_at_once_and_nobody_elses(bed: Bed) -> None:
    instances = [await bed.instance(), await bed.instance()]
    followers = [await instance.follower("anna").connect(workspace=WORKSPACE) for instance in instances]
    bob = await instances[0].follower("bob").connect(workspace=WORKSPACE)
    for follower in (*followers, bob):
        await follower.read()
    bed.door.ended["anna"] = Close.SESSION_ENDED
    await bed.hints.revoked("anna")
    assert {(await ended(follower))[0] for follower in followers} == {Close.SESSION_ENDED}
    assert set(bed.door.asked) == {"anna"}
    await bob.reach(await bed.change("still here"))
    await bob.close()


async def test_an_instance_that_goes_away_sends_its_clients_to_another_each_after_a_delay_of_its_own(bed: Bed) -> None:
    going, staying = await bed.instance(), await bed.instance()
    followers = [await going.follower(f"account {n}").connect(workspace=WORKSPACE) for n in range(20)]
    for follower in followers:
        await follower.read()
    stopped = asyncio.create_task(going.stop())
    ends = [await ended(follower) for follower in followers]
    await stopped
    assert {code for code, _ in ends} == {Close.DRAINING}
    delays = [reason["retry_in_ms"] for _, reason in ends]
    assert len(set(delays)) > 10
    assert all(isinstance(delay, int) and 0 <= delay <= 5000 for delay in delays)
    n = await bed.change("meanwhile")
    followers[0].origin = staying.origin
    await followers[0].connect(workspace=WORKSPACE)
    await followers[0].reach(n)
    await followers[0].close()


async def test_without_redis_changes_are_found_by_the_poll(bed: Bed) -> None:
    nobody = bed.redis(port=9)  # discard: nobody listens there
    instance = await bed.instance(redis=nobody, poll_every_s=0.01)
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    await follower.reach(await bed.write("found all the same"))
    await follower.close()


@pytest.mark.parametrize(
    "message",
    ["", "{}", '{"type": "ack"}', '{"type": "ack", "messages": 0}', '{"type": "ack", "messages": 99}',
     '{"type": "ack", "messages": "1"}', '{"type": "put"}', "[" * 1000, b"\0"],
)  # fmt: skip
async def test_what_is_no_message_of_the_protocol_ends_the_socket(bed: Bed, message: str | bytes) -> None:
    follower = await (await bed.instance()).follower().connect(workspace=WORKSPACE)
    await follower.read(acknowledge=False)
    assert follower.socket is not None
    await follower.socket.send(message)
    assert await ended(follower) == (Close.BAD_MESSAGE, {"reason": "bad_message"})


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        (f"workspace={WORKSPACE}", {}, 401),
        (f"workspace={WORKSPACE}&after=1", {"X-Account": "anna"}, 400),
        (f"workspace={WORKSPACE}&after=1:x", {"X-Account": "anna"}, 400),
        ("workspace=ws_nobody", {"X-Account": "anna"}, 404),
        (f"workspace={WORKSPACE}", {"X-Account": "anna", "Origin": "https://elsewhere.example"}, 403),
        (f"workspace={WORKSPACE}", {"X-Account": "anna", "Origin": "null"}, 403),
        (f"workspace={WORKSPACE}", {"X-Account": "anna", "Origin": "http://["}, 403),
    ],
)
async def test_who_may_not_come_in_gets_an_answer(bed: Bed, query: str, headers: dict[str, str], status: int) -> None:
    instance = await bed.instance()
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"{instance.origin}/sync?{query}", subprotocols=[SUBPROTOCOL], additional_headers=headers, proxy=None
        )
    assert refused.value.response.status_code == status


async def test_a_page_of_this_site_may_open_a_socket(bed: Bed) -> None:
    instance = await bed.instance()
    host = instance.origin.removeprefix("ws://")
    follower = Follower(instance.origin, {"X-Account": "anna", "Origin": f"http://{host}"})
    await follower.connect(workspace=WORKSPACE)
    await follower.read()
    await follower.close()


async def test_a_client_of_another_protocol_is_told_so(bed: Bed) -> None:
    instance = await bed.instance()
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            f"{instance.origin}/sync",
            subprotocols=[Subprotocol("sync.v9")],
            additional_headers={"X-Account": "a"},
            proxy=None,
        )
    assert refused.value.response.status_code == 400


async def test_a_workspace_that_goes_away_has_its_sockets_checked(bed: Bed) -> None:
    instance = await bed.instance()
    follower = await instance.follower().connect(workspace=WORKSPACE)
    await follower.read()
    bed.door.ended["anna"] = Close.NOT_A_MEMBER
    await bed.test_database.execute("DELETE FROM product.workspace WHERE workspace_id = $1", WORKSPACE)
    await instance.hub.poll()
    assert (await ended(follower))[0] == Close.NOT_A_MEMBER

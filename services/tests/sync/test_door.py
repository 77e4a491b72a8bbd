"""Who may open a socket, and who may keep it, by the region's own tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kit.context import ContextVerifier
from kit.tokens import EDDSA, KeySource
from product.authentication import Authenticator
from product.sync.door import CredentialDoor
from product.sync.protocol import Close
from tests.sync.bed import WORKSPACE, Bed, Instance
from tests.sync.follower import Follower

TOKEN = "token-of-anna"
DIGEST = sha256(TOKEN.encode()).hexdigest()


@pytest.fixture
async def instance(bed: Bed) -> AsyncIterator[Instance]:
    """It authenticates by itself: the keys by which it would verify a context are out of reach."""
    await bed.test_database.execute(
        "INSERT INTO product.member (workspace_id, id, account_id, name, email, role)"
        " VALUES ($1, 'mb_1', 'anna', 'Anna', 'anna@example.com', 'member')",
        WORKSPACE,
    )
    await bed.test_database.execute(
        "INSERT INTO product.credential_replica (hash, id, kind, account_id) VALUES ($1, 'cr_1', 'cookie', 'anna')",
        DIGEST,
    )
    await bed.test_database.execute("UPDATE product.feed_state SET read_at = now()")
    async with httpx.AsyncClient() as client:
        keys = KeySource("http://127.0.0.1:9/jwks", EDDSA, client)  # discard: nobody is there
        authenticator = Authenticator(ContextVerifier(keys, "here"), bed.database)
        yield await bed.instance(door=CredentialDoor(authenticator, bed.database))


async def opened(instance: Instance, cookie: str = f"__Host-session={TOKEN}", workspace: str = "acme") -> Follower:
    follower = Follower(instance.origin, {"Cookie": cookie})
    await follower.connect(workspace=workspace)
    await follower.read()
    return follower


async def end_of(follower: Follower) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await follower.read()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize(
    ("cookie", "workspace", "status"),
    [("", "acme", 401), ("__Host-session=of-nobody", "acme", 503), (f"__Host-session={TOKEN}", "elsewhere", 503)],
)
async def test_who_is_not_known_does_not_come_in(instance: Instance, cookie: str, workspace: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await opened(instance, cookie, workspace)
    assert refused.value.response.status_code == status


async def test_a_member_sees_the_workspace_and_stays(bed: Bed, instance: Instance) -> None:
    follower = await opened(instance)
    instance.hub.revoked("anna")  # something of hers, but not this
    await follower.reach(await bed.change("still here"))
    assert ("workspace", WORKSPACE) in follower.records
    await follower.close()


@pytest.mark.parametrize(
    ("what_happens", "code"),
    [
        ("UPDATE product.credential_replica SET revoked_at = now()", Close.SESSION_ENDED),
        ("UPDATE product.credential_replica SET expires_at = now()", Close.SESSION_ENDED),
        ("DELETE FROM product.member", Close.NOT_A_MEMBER),
        (f"INSERT INTO product.tombstone (entity, id) VALUES ('workspace', '{WORKSPACE}')", Close.NOT_A_MEMBER),
        (f"INSERT INTO product.moved (workspace_id, version, statement) VALUES ('{WORKSPACE}', 2, 's')", Close.MOVED),
    ],
)
async def test_a_socket_ends_with_the_right_to_it(bed: Bed, instance: Instance, what_happens: str, code: Close) -> None:
    follower = await opened(instance)
    await bed.test_database.execute(what_happens)
    await bed.hints.revoked("anna")
    assert await end_of(follower) == code


async def test_a_workspace_that_has_come_back_is_here(bed: Bed, instance: Instance) -> None:
    follower = await opened(instance)
    await bed.test_database.execute(
        "INSERT INTO product.moved (workspace_id, version, statement) VALUES ($1, 2, 's')", WORKSPACE
    )
    await bed.test_database.execute("UPDATE product.workspace SET place_version = 3")
    instance.hub.revoked("anna")
    await follower.reach(await bed.change("here again"))
    await follower.close()

"""Creation, claims of names, members and deletion: what begins in auth."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Coroutine, Generator
from typing import Any

import pytest

from .harness import Running, SignedIn, running

EXPIRE = "UPDATE auth.claim SET expires_at = now() - interval '1 second' WHERE state = 'pending'"


def operation() -> str:
    return secrets.token_hex(16)


async def create(
    auth: Running, owner: SignedIn, url_key: str, *, op: str | None = None, name: str = "Acme", region: str = "eu-west"
) -> Any:
    return await auth.region(region).ask(
        "createWorkspace", operationId=op or operation(), accountId=owner.account_id, name=name, urlKey=url_key
    )


async def confirm(auth: Running, claimed: Any) -> Any:
    return await auth.region().ask("confirmWorkspace", workspaceId=claimed["workspace"]["id"])


@pytest.fixture
async def ann(auth: Running) -> SignedIn:
    return await auth.sign_in("ann@example.com")


async def test_a_workspace_is_served_once_it_is_confirmed(auth: Running, ann: SignedIn) -> None:
    claimed = await create(auth, ann, "acme")
    assert claimed["workspace"]["state"] == "PENDING"
    assert claimed["owner"]["role"] == "OWNER"
    assert (await auth.route("cookie", ann.token, "acme")).json() == {"error": "unknown_workspace"}
    assert (await auth.route("cookie", ann.token)).json()["workspace"] is None
    assert (await confirm(auth, claimed))["workspace"]["state"] == "CONFIRMED"
    assert (await auth.route("cookie", ann.token, "acme")).json()["workspace"] == claimed["workspace"]["id"]


async def test_the_same_operation_has_the_same_answer_for_ever(auth: Running, ann: SignedIn) -> None:
    id_, taken = operation(), operation()
    claimed = await create(auth, ann, "acme", op=id_)
    refused = await create(auth, ann, "acme", op=taken)
    await confirm(auth, claimed)
    assert await create(auth, ann, "acme", op=id_) == claimed
    await auth.region().ask("deleteWorkspace", workspaceId=claimed["workspace"]["id"])
    assert await create(auth, ann, "acme", op=id_) == claimed
    assert await create(auth, ann, "acme", op=taken) == refused == {"__typename": "UrlKeyTaken", "urlKey": "acme"}


async def test_an_operation_with_other_content_is_a_conflict(auth: Running, ann: SignedIn) -> None:
    id_ = operation()
    await create(auth, ann, "acme", op=id_)
    assert await create(auth, ann, "acme", op=id_, name="Other") == {
        "__typename": "OperationConflict",
        "operationId": id_,
    }
    member = {"workspaceId": "ws_none", "email": "b@example.com", "name": "B", "role": "MEMBER"}
    answer = await auth.region().ask("addMember", operationId=id_, accountId=ann.account_id, **member)
    assert answer["__typename"] == "NotYours"


async def test_operation_ids_are_an_accounts_own(auth: Running, ann: SignedIn) -> None:
    bob = await auth.sign_in("bob@example.com")
    id_ = operation()
    first, second = await create(auth, ann, "acme", op=id_), await create(auth, bob, "other", op=id_)
    assert first["workspace"]["id"] != second["workspace"]["id"]


async def test_the_same_operation_at_the_same_moment_is_done_once(auth: Running, ann: SignedIn) -> None:
    id_ = operation()
    answers = await asyncio.gather(*(create(auth, ann, "acme", op=id_) for _ in range(10)))
    assert {answer["workspace"]["id"] for answer in answers} == {answers[0]["workspace"]["id"]}


async def test_an_account_creates_where_it_is_pinned_and_elsewhere_is_told_so(auth: Running, ann: SignedIn) -> None:
    id_ = operation()
    assert await create(auth, ann, "acme", op=id_, region="us-east") == {
        "__typename": "PlacedElsewhere",
        "region": "eu-west",
    }
    assert (await create(auth, ann, "acme", op=id_))["__typename"] == "WorkspaceClaimed"


@pytest.mark.parametrize("placement", ["us-east", ""])
async def test_an_account_without_a_workspace_stays_where_it_signed_in_wherever_it_is_placed_now(
    auth: Running, ann: SignedIn, placement: str
) -> None:
    here = await auth.route("cookie", ann.token)
    assert (here.status_code, "error" in here.json()) == (200, False)
    elsewhere = await auth.route("cookie", ann.token, placement=placement)
    said = elsewhere.json()
    assert (elsewhere.status_code, said["error"], said["region"]) == (409, "placed_elsewhere", "eu-west")
    assert said.keys() == {*here.json(), "error"}


async def test_a_name_of_a_claim_that_expired_is_taken_over_and_its_first_claimant_has_lost_for_ever(
    auth: Running, ann: SignedIn
) -> None:
    bob = await auth.sign_in("bob@example.com")
    first = await create(auth, ann, "acme")
    assert (await create(auth, bob, "acme"))["__typename"] == "UrlKeyTaken"
    await auth.database.execute(EXPIRE)
    second = await create(auth, bob, "acme")
    lost = {"__typename": "ClaimLost", "workspaceId": first["workspace"]["id"]}
    assert await confirm(auth, first) == lost
    assert (await confirm(auth, second))["__typename"] == "Confirmed"
    await auth.region().ask("deleteWorkspace", workspaceId=second["workspace"]["id"])
    assert await confirm(auth, first) == lost
    assert await auth.region().ask("memberships", accountId=ann.account_id) == []


async def test_a_claim_that_expired_may_still_be_confirmed_if_nobody_took_it(auth: Running, ann: SignedIn) -> None:
    claimed = await create(auth, ann, "acme")
    await auth.database.execute(EXPIRE)
    assert (await confirm(auth, claimed))["__typename"] == "Confirmed"
    assert (await confirm(auth, claimed))["__typename"] == "Confirmed"


async def test_confirming_and_taking_over_at_once_have_one_winner(auth: Running, ann: SignedIn) -> None:
    bob = await auth.sign_in("bob@example.com")
    outcomes: Counter[tuple[str, str]] = Counter()
    for n in range(20):
        first = await create(auth, ann, f"name-{n}")
        await auth.database.execute(EXPIRE)
        confirmed, taken = await asyncio.gather(confirm(auth, first), create(auth, bob, f"name-{n}"))
        outcomes[confirmed["__typename"], taken["__typename"]] += 1
    assert set(outcomes) <= {("Confirmed", "UrlKeyTaken"), ("ClaimLost", "WorkspaceClaimed")}


async def test_fifty_names_and_twenty_racers_are_fifty_winners(auth: Running) -> None:
    racers = [await auth.sign_in(f"racer-{n}@example.com") for n in range(20)]
    pairs = [(racer, f"name-{n}") for n in range(50) for racer in racers]
    random.Random(1).shuffle(pairs)
    gate = asyncio.Semaphore(40)

    async def race(racer: SignedIn, url_key: str) -> tuple[str, str]:
        async with gate:
            return url_key, (await create(auth, racer, url_key))["__typename"]

    answers = Counter(await asyncio.gather(*(race(*pair) for pair in pairs)))
    assert answers == {
        (f"name-{n}", kind): count for n in range(50) for kind, count in (("WorkspaceClaimed", 1), ("UrlKeyTaken", 19))
    }


class BrokenOffAt:
    """Awaits something, and cancels the task where it waits for the `at`th time: before the first query, between two,
    at the commit, or behind it."""

    def __init__(self, awaited: Coroutine[Any, Any, Any], at: int) -> None:
        self._awaited, self._at = awaited, at

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._awaited.__await__()
        waits = 0
        try:
            waiting = next(inner)
            while True:
                waits += 1
                task = asyncio.current_task()
                assert task is not None
                if waits == self._at:
                    task.cancel()
                try:
                    sent = yield waiting
                except BaseException as err:
                    waiting = inner.throw(err)
                else:
                    waiting = inner.send(sent)
        except StopIteration as ended:
            return ended.value


async def broken_off(awaited: Coroutine[Any, Any, str], at: int) -> str:
    return str(await BrokenOffAt(awaited, at))


@pytest.mark.timeout(300)
async def test_a_thousand_creations_whose_answers_are_lost_make_one_workspace_each(
    auth: Running, ann: SignedIn
) -> None:
    """Each is tried again with the same id until it is answered."""
    chance = random.Random(20261127)
    gate = asyncio.Semaphore(8)
    lost = 0

    async def attempt(n: int) -> str:
        claimed = await create(auth, ann, f"name-{n}", op=f"operation-{n:04}")
        return str((await confirm(auth, claimed))["workspace"]["id"])

    async def until_answered(n: int) -> str:
        nonlocal lost
        async with gate:
            for at in (chance.randint(1, 60), chance.randint(1, 120)):
                task = asyncio.create_task(broken_off(attempt(n), at))
                await asyncio.wait({task})
                if not task.cancelled():
                    return task.result()
                lost += 1
            return await attempt(n)

    made = await asyncio.gather(*(until_answered(n) for n in range(1000)))
    rows = await auth.database.fetch("SELECT id, url_key, state FROM auth.workspace")
    assert len(rows) == len(set(made)) == 1000
    assert {row["id"] for row in rows} == set(made)
    assert {row["url_key"] for row in rows} == {f"name-{n}" for n in range(1000)}
    assert {row["state"] for row in rows} == {"confirmed"}
    assert lost > 500, "answers were lost, or this tests nothing"


@pytest.mark.parametrize("url_key", ["", "a", "Acme", "acme-", "-acme", "ac--me", "a.b", "ä1", "a" * 41, "a b", "a\n"])
async def test_what_is_no_url_key_is_refused(auth: Running, ann: SignedIn, url_key: str) -> None:
    answer = await create(auth, ann, url_key)
    assert (answer["__typename"], answer["field"]) == ("Invalid", "urlKey")


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "a\x00b", "a\u2028b", "a\x1b[31m"])
async def test_what_is_no_name_is_refused(auth: Running, ann: SignedIn, name: str) -> None:
    answer = await create(auth, ann, "acme", name=name)
    assert (answer["__typename"], answer["field"]) == ("Invalid", "name")


# ----------------------------------------------------------------------------------------------- another URL key


async def rename(auth: Running, workspace: str, url_key: str, row_version: int) -> str:
    update = {
        "workspaceId": workspace,
        "id": workspace,
        "placeVersion": 1,
        "rowVersion": row_version,
        "workspace": {"name": "Acme", "urlKey": url_key},
    }
    answer = await auth.region().ask("applyUpdates", batch=[update])
    return str(answer["outcomes"][0]["outcome"])


async def claim(auth: Running, ann: SignedIn, workspace: str, url_key: str) -> str:
    answer = await auth.region().ask(
        "claimUrlKey", operationId=operation(), accountId=ann.account_id, workspaceId=workspace, urlKey=url_key
    )
    return str(answer["__typename"])


async def test_another_url_key_is_claimed_and_then_written(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    assert await rename(auth, workspace, "newer", 2) == "CLAIM_LOST"
    assert await claim(auth, ann, workspace, "newer") == "UrlKeyClaimed"
    assert (await auth.route("cookie", ann.token, "newer")).status_code == 404
    assert await rename(auth, workspace, "newer", 2) == "APPLIED"
    assert (await auth.route("cookie", ann.token, "newer")).json()["workspace"] == workspace
    assert (await auth.route("cookie", ann.token, "acme")).status_code == 404
    bob = await auth.sign_in("bob@example.com")
    assert (await create(auth, bob, "acme"))["__typename"] == "WorkspaceClaimed"


async def test_a_url_key_that_somebody_took_over_is_lost_for_the_update(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    bob = await auth.sign_in("bob@example.com")
    assert await claim(auth, ann, workspace, "newer") == "UrlKeyClaimed"
    await auth.database.execute(EXPIRE)
    assert (await create(auth, bob, "newer"))["__typename"] == "WorkspaceClaimed"
    assert await rename(auth, workspace, "newer", 2) == "CLAIM_LOST"
    assert (await auth.route("cookie", ann.token, "acme")).json()["workspace"] == workspace


async def test_a_workspace_claims_one_name_at_a_time(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    for url_key in ("first", "second", "acme"):
        expected = "UrlKeyTaken" if url_key == "acme" else "UrlKeyClaimed"
        assert await claim(auth, ann, workspace, url_key) == expected
    keys = await auth.database.fetch("SELECT key FROM auth.claim ORDER BY key")
    assert [row["key"] for row in keys] == ["acme"]


# --------------------------------------------------------------------------------------------------- members, deletion


async def invite(auth: Running, ann: SignedIn, workspace: str, email: str, **changed: Any) -> Any:
    region = changed.pop("region", "eu-west")
    given = {"operationId": operation(), "name": "Bob", "role": "MEMBER", **changed}
    return await auth.region(region).ask(
        "addMember", accountId=ann.account_id, workspaceId=workspace, email=email, **given
    )


async def test_whoever_was_invited_signs_in_and_is_routed(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    id_ = operation()
    added = await invite(auth, ann, workspace, "Bob@Example.com", operationId=id_)
    assert added["membership"]["email"] == "bob@example.com"
    assert await invite(auth, ann, workspace, "bob@example.com", operationId=id_) == added
    assert (await invite(auth, ann, workspace, "bob@example.com"))["__typename"] == "AlreadyMember"
    assert [mail.subject for mail in auth.mailbox.mails if mail.recipient == "bob@example.com"] == [
        "You were added to acme"
    ]
    bob = await auth.sign_in("bob@example.com", "us-east")
    assert bob.account_id == added["membership"]["accountId"]
    assert (await auth.route("cookie", bob.token, placement="us-east")).json()["region"] == "eu-west"


async def test_no_mailbox_is_flooded_with_invitations(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    for n in range(8):
        added = await invite(auth, ann, workspace, f"bob+{n % 2}@example.com")
        assert added["__typename"] == "MemberAdded"
        await auth.region().ask("removeMember", workspaceId=workspace, membershipId=added["membership"]["id"])
    assert len([mail for mail in auth.mailbox.mails if mail.recipient.startswith("bob")]) == 5


async def test_somebody_with_workspaces_in_two_regions_sees_both_from_each(auth: Running, ann: SignedIn) -> None:
    bob = await auth.sign_in("bob@example.com", "us-east")
    mine, other = await auth.workspace(bob, "mine", "us-east"), await auth.workspace(ann, "acme")
    await invite(auth, ann, other, "bob@example.com")
    for region in ("eu-west", "us-east"):
        seen = await auth.region(region).ask("memberships", accountId=bob.account_id)
        assert {(place["workspace"]["id"], place["workspace"]["region"]) for place in seen} == {
            (mine, "us-east"),
            (other, "eu-west"),
        }
    assert (await auth.route("cookie", bob.token, "acme")).json()["region"] == "eu-west"
    assert (await auth.route("cookie", bob.token, "mine")).json()["region"] == "us-east"


async def test_a_member_who_is_removed_is_a_member_no_more(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    bob = await auth.sign_in("bob@example.com")
    membership = (await invite(auth, ann, workspace, bob.email))["membership"]["id"]
    for _ in range(2):
        answer = await auth.region().ask("removeMember", workspaceId=workspace, membershipId=membership)
        assert answer == {"__typename": "Deleted", "id": membership}
    assert (await auth.route("cookie", bob.token, "acme")).json() == {"error": "not_a_member"}


async def test_a_deleted_workspace_is_gone_with_all_that_belonged_to_it(auth: Running, ann: SignedIn) -> None:
    workspace = await auth.workspace(ann, "acme")
    await invite(auth, ann, workspace, "bob@example.com")
    key = await auth.region().ask(
        "createToken", accountId=ann.account_id, kind="API_KEY", name="ci", scopes=["READ"], workspaceId=workspace
    )
    for _ in range(2):
        answer = await auth.region().ask("deleteWorkspace", workspaceId=workspace)
        assert answer == {"__typename": "Deleted", "id": workspace}
    assert (await auth.route("cookie", ann.token, "acme")).status_code == 404
    assert (await auth.route("api-key", key["token"])).status_code == 401
    audited = await auth.database.fetch("SELECT entity, count(*) FROM auth.audit GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in audited] == [("claim", 1), ("credential", 1), ("membership", 2), ("workspace", 1)]


async def test_a_region_speaks_of_its_own_workspaces_alone(auth: Running, ann: SignedIn) -> None:
    """Whatever the other region asks about it, nothing changes and nothing is told."""
    workspace = await auth.workspace(ann, "acme")
    membership = (await invite(auth, ann, workspace, "bob@example.com"))["membership"]
    before = await auth.database.fetch(
        "SELECT md5(string_agg(w::text || m::text, '')) FROM auth.workspace w, auth.membership m"
    )
    other = auth.region("us-east")
    ours = {"operationId": operation(), "workspaceId": workspace}
    questions: list[tuple[str, dict[str, Any]]] = [
        ("confirmWorkspace", {"workspaceId": workspace}),
        ("claimUrlKey", {**ours, "accountId": ann.account_id, "urlKey": "stolen"}),
        ("addMember", {**ours, "accountId": ann.account_id, "email": "eve@example.com", "name": "E", "role": "OWNER"}),
        ("removeMember", {"workspaceId": workspace, "membershipId": membership["id"]}),
        ("deleteWorkspace", {"workspaceId": workspace}),
        ("claimKey", {**ours, "kind": "hook", "keyHash": "0" * 64}),
        ("releaseKey", {**ours, "kind": "hook", "keyHash": "0" * 64}),
        (
            "createToken",
            {
                "accountId": ann.account_id,
                "kind": "API_KEY",
                "name": "x",
                "scopes": ["ADMIN"],
                "workspaceId": workspace,
            },
        ),
        ("createToken", {"accountId": ann.account_id, "kind": "BEARER", "name": "x", "scopes": ["ADMIN"]}),
    ]
    for name, given in questions:
        assert (await other.ask(name, **given))["__typename"] == "NotYours", name
    assert await other.ask("account", accountId=ann.account_id) is None
    assert await other.ask("memberships", accountId=ann.account_id) == []
    assert await other.ask("credentials", accountId=ann.account_id, workspaceId=workspace) == []
    assert await other.ask("revokeCredential", accountId=ann.account_id, credentialId=ann.credential_id) == {
        "done": False
    }
    after = await auth.database.fetch(
        "SELECT md5(string_agg(w::text || m::text, '')) FROM auth.workspace w, auth.membership m"
    )
    assert before == after
    assert (await auth.route("cookie", ann.token, "acme")).status_code == 200


async def test_two_processes_create_as_one(auth: Running, ann: SignedIn) -> None:
    async with running(auth.database) as other:
        id_ = operation()
        answers = await asyncio.gather(*(create((auth, other)[n % 2], ann, "acme", op=id_) for n in range(8)))
    assert len({answer["workspace"]["id"] for answer in answers}) == 1

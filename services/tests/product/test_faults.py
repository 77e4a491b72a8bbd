"""What goes wrong around the API, and whose rows are whose."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from redis.asyncio import Redis

from kit.database import Database
from product.background.outbox import BATCH, Outbox
from product.bucket import Bucket
from product.sync.hints import Hints
from tests.postgres import TestDatabase
from tests.product.region import LOGINS, Person, Region


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", {}).get("code", "")


@pytest.fixture
async def ada(region: Region) -> Person:
    person = await region.sign_up("ada@example.com")
    await person.create_workspace("acme")
    return person


# Whose rows are whose


async def test_nothing_of_another_workspace_is_seen_or_changed_by_its_id(region: Region, ada: Person) -> None:
    eve = await region.sign_up("eve@example.com")
    await eve.create_workspace("eves")
    project = await ada.create_project("acme")
    issue = await ada.create_issue("acme", project)
    comment, attachment = str(uuid4()), str(uuid4())
    await ada.post(f"/api/issues/{issue['id']}/comments", {"id": comment, "body": "Ours"}, workspace="acme")
    where = f"/api/attachments/{attachment}?issue_id={issue['id']}&name=a"
    await ada.send("PUT", where, workspace="acme", content=b"ours")
    key = {"id": str(uuid4()), "kind": "link", "issue_id": issue["id"]}
    await ada.post("/api/route-keys", key, workspace="acme")
    member = (await ada.get("/api/members", workspace="acme")).json()["members"][0]["id"]
    everything = await _dump(region)

    for method, path, body in [
        ("GET", f"/api/projects/{project}", None),
        ("PATCH", f"/api/projects/{project}", {"name": "Eve's"}),
        ("GET", f"/api/issues/{issue['id']}", None),
        ("PATCH", f"/api/issues/{issue['id']}", {"title": "Eve's"}),
        ("PATCH", f"/api/comments/{comment}", {"body": "Eve's"}),
        ("GET", f"/api/attachments/{attachment}", None),
        ("PATCH", f"/api/members/{member}", {"name": "Eve's"}),
        ("DELETE", f"/api/members/{member}", None),
    ]:
        answer = await eve.send(method, path, workspace="eves", json=body)
        assert code(answer) == (404, "not_found"), (method, path)
    for path in ("projects", "issues", "comments", "attachments", "route-keys"):
        for found in (project, issue["id"], comment, attachment, key["id"]):
            answer = await eve.delete(f"/api/{path}/{found}", workspace="eves")
            assert answer.status_code == 200, "deleted, for all she knows"
    theirs = {"id": str(uuid4()), "project_id": project, "title": "Into yours"}
    assert code(await eve.post("/api/issues", theirs, workspace="eves")) == (422, "unknown_reference")
    note = {"id": str(uuid4()), "body": "Into yours"}
    assert code(await eve.post(f"/api/issues/{issue['id']}/comments", note, workspace="eves")) == (
        422,
        "unknown_reference",
    )
    put = await eve.send("PUT", where, workspace="eves", content=b"eve's")
    assert code(put) == (404, "not_found")
    listed = await eve.get(f"/api/issues/{issue['id']}/comments", workspace="eves")
    assert listed.json()["comments"] == []
    assert (await eve.get(f"/api/issues?project_id={project}", workspace="eves")).json()["issues"] == []
    assert await _dump(region) == everything
    # The same ids are free there: an id means nothing without its workspace.
    assert (await eve.post("/api/projects", {"id": project, "name": "Eve's"}, workspace="eves")).status_code == 201


async def _dump(region: Region) -> list[str]:
    rows = await region.test_database.fetch(
        " UNION ALL ".join(
            f"SELECT to_jsonb(t)::text AS row FROM product.{table} t WHERE workspace_id = "
            "(SELECT workspace_id FROM product.workspace WHERE url_key = 'acme')"
            for table in ("workspace", "member", "project", "issue", "comment", "attachment", "route_key", "change")
        )
    )
    return sorted(row["row"] for row in rows)


async def test_guests_read_and_members_manage_nothing(region: Region, ada: Person) -> None:
    project = await ada.create_project("acme")
    people = {}
    for role in ("guest", "member", "admin"):
        people[role] = await region.sign_up(f"{role}@example.com")
        body = {"email": f"{role}@example.com", "name": role, "role": role}
        assert (await ada.post("/api/members", body, workspace="acme", operation=f"invite-{role}")).status_code == 201
    new = {"project_id": project, "title": "Fly"}
    rights = {"guest": (200, 403, 403), "member": (200, 201, 403), "admin": (200, 201, 200)}
    for role, wanted in rights.items():
        who = people[role]
        got = (
            (await who.get("/api/issues", workspace="acme")).status_code,
            (await who.post("/api/issues", {"id": str(uuid4()), **new}, workspace="acme")).status_code,
            (await who.patch("/api/workspace", {"name": f"By {role}"}, workspace="acme")).status_code,
        )
        assert got == wanted, role
    assert code(await people["admin"].delete("/api/workspace", workspace="acme")) == (403, "forbidden")
    members = (await ada.get("/api/members", workspace="acme")).json()["members"]
    owner = next(one["id"] for one in members if one["role"] == "owner")
    admin = next(one["id"] for one in members if one["role"] == "admin")
    assert code(await people["admin"].delete(f"/api/members/{owner}", workspace="acme")) == (403, "forbidden")
    promoted = await people["admin"].patch(f"/api/members/{admin}", {"role": "owner"}, workspace="acme")
    assert code(promoted) == (403, "forbidden")
    assert code(await ada.patch(f"/api/members/{owner}", {"role": "member"}, workspace="acme")) == (409, "last_owner")
    assert code(await ada.delete(f"/api/members/{owner}", workspace="acme")) == (409, "last_owner")


# Operation ids


async def test_the_same_id_does_it_once_and_gives_the_same_answer(region: Region, ada: Person) -> None:
    project = await ada.create_project("acme")
    body = {"id": str(uuid4()), "project_id": project, "title": "Fly"}

    async def post() -> httpx.Response:
        return await ada.post("/api/issues", body, workspace="acme", operation="operation-1")

    answers = await asyncio.gather(*(post() for _ in range(8)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    changes = await region.test_database.fetch("SELECT operation_id FROM product.change WHERE entity = 'issue'")
    assert [row["operation_id"] for row in changes] == ["operation-1"]


async def test_whoever_made_a_workspace_and_left_is_told_nothing_of_it_by_the_same_id(
    region: Region, ada: Person
) -> None:
    await ada.create_workspace("left-behind", "the-creation")
    bob = await region.sign_up("bob-heir@example.com")
    heir = {"email": "bob-heir@example.com", "name": "Bob", "role": "owner"}
    assert (await ada.post("/api/members", heir, workspace="left-behind", operation="invite-bob")).status_code == 201
    members = (await bob.get("/api/members", workspace="left-behind")).json()["members"]
    (old,) = (one["id"] for one in members if one["account_id"] == ada.account_id)
    assert (await bob.delete(f"/api/members/{old}", workspace="left-behind")).status_code == 204
    body = {"operation_id": "the-creation", "name": "Left-Behind", "url_key": "left-behind"}
    answer = await ada.post("/api/workspaces", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_a_member")


async def test_two_owners_cannot_remove_each_other(region: Region, ada: Person) -> None:
    bob = await region.sign_up("bob-too@example.com")
    second = {"email": "bob-too@example.com", "name": "Bob", "role": "owner"}
    await ada.post("/api/members", second, workspace="acme", operation="invite-bob")
    members = (await ada.get("/api/members", workspace="acme")).json()["members"]
    ids = {one["account_id"]: one["id"] for one in members}
    region.auth.lose("removeMember")  # auth has done it, and is not heard
    removal = await ada.delete(f"/api/members/{ids[bob.account_id]}", workspace="acme")
    assert code(removal) == (503, "auth_unavailable")
    assert code(await bob.delete(f"/api/members/{ids[ada.account_id]}", workspace="acme")) == (403, "forbidden")
    again = await ada.delete(f"/api/members/{ids[bob.account_id]}", workspace="acme")
    assert again.status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/api/issues?limit={'9' * 5000}", 400),
        ("GET", "/public/issues/ws_%00.aaaa", 404),
        ("GET", "/api/issues/%00", 404),
        ("DELETE", "/api/members/%00", 422),
    ],
)
async def test_what_no_database_can_hold_is_refused(ada: Person, method: str, path: str, status: int) -> None:
    has_context = not path.startswith("/public")  # of a key it would say another kind
    assert (await ada.send(method, path, workspace="acme", context=has_context)).status_code == status


async def test_a_file_whose_name_cannot_be_kept_is_not_stored(
    region: Region, ada: Person, storage_client: storage.Client
) -> None:
    issue = await ada.create_issue("acme", await ada.create_project("acme"))
    path = f"/api/attachments/{uuid4()}?name=a%00b&issue_id={issue['id']}"
    answer = await ada.send("PUT", path, workspace="acme", content=b"x")
    assert answer.status_code == 400
    assert list(region.bucket._bucket.list_blobs()) == []


async def test_the_same_id_for_something_else_is_a_typed_conflict(region: Region, ada: Person) -> None:
    project = await ada.create_project("acme")
    issue = await ada.create_issue("acme", project)
    path = f"/api/issues/{issue['id']}"
    assert (await ada.patch(path, {"title": "A"}, workspace="acme", operation="operation-1")).status_code == 200
    for again in (
        await ada.patch(path, {"title": "B"}, workspace="acme", operation="operation-1"),
        await ada.delete(path, workspace="acme", operation="operation-1"),
        await ada.patch(f"/api/projects/{project}", {"name": "A"}, workspace="acme", operation="operation-1"),
    ):
        assert code(again) == (409, "operation_conflict")
    assert (await ada.get(path, workspace="acme")).json()["issue"]["title"] == "A"
    # What failed left nothing of its id: it may be tried again as something else.
    nowhere = f"/api/issues/{uuid4()}"
    assert code(await ada.patch(nowhere, {"title": "A"}, workspace="acme", operation="operation-2")) == (
        404,
        "not_found",
    )
    assert (await ada.patch(path, {"title": "C"}, workspace="acme", operation="operation-2")).status_code == 200
    # Ids are each account's own.
    bob = await region.sign_up("bob@example.com")
    await ada.post("/api/members", {"email": "bob@example.com"}, workspace="acme", operation="invite-bob")
    assert (await bob.patch(path, {"title": "D"}, workspace="acme", operation="operation-1")).status_code == 200


# What clients send


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "no-uuid", "name": "x"}, 400),
        ({"id": str(uuid4()), "name": ""}, 400),
        ({"id": str(uuid4()), "name": "x", "workspace_id": "ws_1"}, 400),
        ({"id": str(uuid4()), "name": "a\x00b"}, 422),
        ([], 400),
        ("x", 400),
        ({"id": str(uuid4()), "name": "x" * 300_000}, 413),
    ],
    ids=["no-id", "empty", "unknown-field", "nul", "list", "string", "large"],
)
async def test_a_body_that_makes_no_sense_is_refused_without_being_repeated(
    ada: Person, body: object, status: int
) -> None:
    answer = await ada.post("/api/projects", body, workspace="acme")
    assert answer.status_code == status, answer.text
    assert "no-uuid" not in answer.text
    assert answer.json()["error"]["request_id"]


async def test_other_types_than_json_are_refused(ada: Person) -> None:
    """A form of another site's page can send `text/plain` without asking."""
    body = b'{"id": "1", "name": "x"}'
    sent = await ada.send(
        "POST", "/api/projects", workspace="acme", content=body, headers={"Content-Type": "text/plain"}
    )
    assert code(sent) == (415, "unsupported_media_type")


# What is away


class Relay:
    """Between the program and PostgreSQL; cut, nothing gets through, and nobody answers."""

    def __init__(self, target: Path, folder: Path) -> None:
        self._target, self.folder = target / ".s.PGSQL.5432", folder
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.folder / ".s.PGSQL.5432")

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        (self.folder / ".s.PGSQL.5432").unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        self._writers |= {writer, back}
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._writers -= {writer, back}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def relay(region: Region, database: TestDatabase) -> AsyncIterator[Relay]:
    """The region's API, behind a relay to its database."""
    services = region.app.state.services
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        made = Relay(database.server.sockets, Path(folder))
        await made.mend()
        opened = await Database.open(database.settings(LOGINS["api"], database_host=folder))
        services.authenticator._database = opened
        region.app.state.services = dataclasses.replace(services, database=opened)
        yield made
        await opened.close()
        await made.cut()


async def test_the_database_is_away_and_comes_back(region: Region, ada: Person, relay: Relay) -> None:
    assert (await region.client.get("/readyz")).status_code == 503  # nothing was heard of auth yet
    await region.test_database.execute("UPDATE product.feed_state SET read_at = now()")
    assert (await region.client.get("/readyz")).status_code == 200
    body = {"id": str(uuid4()), "name": "Launch"}
    assert (await ada.post("/api/projects", body, workspace="acme")).status_code == 201
    await relay.cut()
    for _ in range(3):
        answer = await ada.get("/api/projects", workspace="acme")
        assert code(answer) == (503, "unavailable")
        assert answer.headers["retry-after"]
    assert (await region.client.get("/readyz")).status_code == 503
    assert (await region.client.get("/healthz")).status_code == 200
    await relay.mend()
    assert len((await ada.get("/api/projects", workspace="acme")).json()["projects"]) == 1
    assert (await region.client.get("/readyz")).status_code == 200


async def test_redis_is_gone_and_changes_are_made_all_the_same(region: Region, ada: Person) -> None:
    nobody = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    region.app.state.services = dataclasses.replace(region.app.state.services, hints=Hints(nobody))
    assert (await ada.post("/api/projects", {"id": str(uuid4()), "name": "x"}, workspace="acme")).status_code == 201
    await nobody.aclose()


async def test_the_bucket_is_gone_and_no_row_promises_a_file(region: Region, ada: Person) -> None:
    issue = await ada.create_issue("acme", await ada.create_project("acme"))
    anonymous = AnonymousCredentials()  # type: ignore[no-untyped-call]
    nowhere = storage.Client("test", anonymous, client_options={"api_endpoint": "http://127.0.0.1:1"})
    services = dataclasses.replace(region.app.state.services, bucket=Bucket(nowhere, "uploads", retry_s=0.2))
    region.app.state.services = services
    where = f"/api/attachments/{uuid4()}?issue_id={issue['id']}&name=a"
    assert code(await ada.send("PUT", where, workspace="acme", content=b"x")) == (503, "bucket_unavailable")
    assert not await region.test_database.fetch("SELECT FROM product.attachment")


async def test_more_updates_than_auth_takes_at_once_go_in_batches(region: Region, ada: Person) -> None:
    (workspace,) = region.auth.workspaces
    owner = next(iter(region.auth.memberships.values()))
    for number in range(2 * BATCH + 200):
        copy = {**owner, "id": f"mb_{number}", "accountId": f"ac_{number}", "name": "x"}
        region.auth.memberships[copy["id"]] = copy
    await region.test_database.execute(
        "SET session_replication_role = replica; "
        "INSERT INTO product.member (workspace_id, id, account_id, name, email, role) "
        f"SELECT '{workspace}', 'mb_' || i, 'ac_' || i, 'x', '', 'member' FROM generate_series(0, {2 * BATCH + 199}) i"
    )
    await region.test_database.execute("UPDATE product.member SET name = 'Renamed' WHERE account_id ~ '^ac_[0-9]+$'")
    region.auth.asked.clear()

    await Outbox(auth=region.background_auth, database=region.background).send_updates()

    sent = region.auth.asked.count("applyUpdates")
    assert sent >= 3
    assert {one["name"] for one in region.auth.memberships.values() if one["id"] != owner["id"]} == {"Renamed"}

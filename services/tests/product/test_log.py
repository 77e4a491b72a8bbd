"""What the product writes into its log: ids and words, and nothing of anybody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fakeredis.aioredis import FakeRedis

from kit import logs
from product.background.feed import Feed
from product.background.outbox import Outbox
from product.sync.hints import Hints
from tests.product.fake_auth import CODE
from tests.product.region import Region


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as the program writes it, with every library's part."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    logs.configure("api", "revision-1", level=logging.DEBUG, stream=stream)
    root.setLevel(logging.DEBUG)
    for library in ("asyncio", "httpcore", "httpx", "urllib3", "google", "faker", "fakeredis"):
        logging.getLogger(library).setLevel(logging.WARNING)  # as the program leaves them
    yield stream
    root.handlers[:], root.level = before


async def test_the_log_names_nobody_and_quotes_nothing(region: Region, written: io.StringIO) -> None:
    ada = await region.sign_up("ada.lovelace@example.com")
    await ada.create_workspace("secret-project")
    project = await ada.create_project("secret-project")
    issue = await ada.create_issue("secret-project", project, title="Private title")
    invited = {"email": "charles.babbage@example.com", "name": "Charles Babbage"}
    await ada.post("/api/members", invited, workspace="secret-project", operation="invite-charles")
    key = {"id": str(uuid4()), "kind": "link", "issue_id": issue["id"]}
    shown = (await ada.post("/api/route-keys", key, workspace="secret-project")).json()["key"]
    token = {"kind": "bearer", "name": "Private token", "scopes": ["READ"]}
    secret = (await ada.post("/api/tokens", token, workspace="secret-project")).json()["secret"]
    # And where things go wrong.
    await region.client.get(f"/public/issues/{shown}")
    await region.client.get(f"/public/issues/{shown}x")
    await region.client.get("/api/me", headers={"Authorization": f"Bearer {secret}"})
    await region.client.post("/auth/sign-in", json={"challenge_id": "c", "email": invited["email"], "code": "999999"})
    await ada.patch(f"/api/issues/{issue['id']}", {"title": "Private\x00title"}, workspace="secret-project")
    await ada.post("/api/issues", {"id": issue["id"], "project_id": str(uuid4()), "title": "Private title"},
                   workspace="secret-project")  # fmt: skip
    await ada.post("/api/projects", {"id": "Private id"}, workspace="secret-project")
    feed = Feed(auth=region.background_auth, database=region.background, hints=Hints(FakeRedis()))
    await feed.poll()
    lone = region.auth.add_membership(next(iter(region.auth.workspaces)), ada.account_id, "MEMBER", "Private name")
    await feed.poll()  # which cannot be applied: this account is a member already
    await region.test_database.execute("UPDATE product.member SET name = 'Private name'")
    region.auth.memberships = {lone["id"]: lone}
    await Outbox(auth=region.background_auth, database=region.background).send_updates()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert len(lines) > 15
    assert {"set aside" in line["message"] for line in lines} == {True, False}
    text = written.getvalue().lower()
    for private in (
        "lovelace", "babbage", "private", "secret-project", CODE, "999999", ada.token.lower(), secret.lower(),
        shown.partition(".")[2].lower(), "example.com",
    ):  # fmt: skip
        assert private not in text, private
    requests = [line for line in lines if line["message"] == "request"]
    assert all(line["request_id"] and line["took_ms"] >= 0 for line in requests)
    assert {line["workspace"] for line in requests if line["route"] == "/api/projects"} >= set(region.auth.workspaces)

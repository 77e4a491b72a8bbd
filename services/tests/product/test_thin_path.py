"""From signing up to a workspace with issues."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator
from uuid import uuid4

from starlette.requests import ClientDisconnect

from tests.product.region import HOST, Region


async def test_somebody_signs_up_creates_a_workspace_and_works_in_it(region: Region) -> None:
    ada = await region.sign_up("ada@example.com")
    workspace = await ada.create_workspace("acme")
    listed = (await ada.get("/api/workspaces")).json()["workspaces"]
    assert listed == [{"id": workspace["id"], "name": "Acme", "url_key": "acme", "role": "owner", "region": "here"}]

    project = await ada.create_project("acme")
    issue = await ada.create_issue("acme", project)
    comment = {"id": str(uuid4()), "body": "Now"}
    assert (await ada.post(f"/api/issues/{issue['id']}/comments", comment, workspace="acme")).status_code == 201
    changed = await ada.patch(f"/api/issues/{issue['id']}", {"status": "done"}, workspace="acme")

    assert changed.json()["issue"]["status"] == "done"
    assert changed.json()["issue"]["title"] == "Fly"
    assert changed.json()["issue"]["created_by"] == ada.account_id
    assert (await ada.get("/api/me", workspace="acme")).json()["role"] == "owner"
    heard = await region.test_database.fetch("SELECT n FROM product.change ORDER BY n")
    assert [row["n"] for row in heard] == list(range(1, changed.json()["change"] + 1))


async def test_signing_in_sets_two_cookies_for_this_host_alone(region: Region) -> None:
    sent = (await region.client.post("/auth/code", json={"email": "ada@example.com"})).json()
    body = {"challenge_id": sent["challenge_id"], "email": "ada@example.com", "code": "123456"}
    answer = await region.client.post("/auth/sign-in", json=body)

    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["__Host-session", "__Host-region"]
    assert "=here;" in cookies[1]
    for cookie in cookies:
        assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
        assert "domain" not in cookie.lower()
    assert answer.headers["cache-control"] == "private, no-store"
    assert not {name for name in answer.headers if name.startswith("x-edge")}


async def test_an_account_of_another_region_is_told_which_and_given_the_hint_that_the_edge_follows(
    region: Region,
) -> None:
    region.auth.sign_up("ada@example.com", "elsewhere")
    body = {"challenge_id": "ch_1", "email": "ada@example.com", "code": "123456"}
    answer = await region.client.post("/auth/sign-in", json=body)
    said = answer.json()["error"]
    assert (answer.status_code, said["code"], said["region"]) == (409, "placed_elsewhere", "elsewhere")
    (cookie,) = answer.headers.get_list("set-cookie")
    parts = {part.strip().lower() for part in cookie.split(";")}
    assert parts >= {"__host-region=elsewhere", "httponly", "secure", "samesite=lax", "path=/"}


async def test_where_the_edge_says_that_nobody_new_is_taken_only_who_lives_here_signs_in(region: Region) -> None:
    body = {"challenge_id": "ch_1", "email": "ada@example.com", "code": "123456"}
    closed = {"X-Edge-Placement": "none"}
    refused = await region.client.post("/auth/sign-in", json=body, headers=closed)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nobody_new")
    assert "set-cookie" not in refused.headers
    assert (await region.client.post("/auth/sign-in", json=body)).json()["created"]
    assert (await region.client.post("/auth/sign-in", json=body, headers=closed)).status_code == 200


async def test_a_wrong_code_says_how_many_tries_are_left(region: Region) -> None:
    body = {"challenge_id": "ch_1", "email": "ada@example.com", "code": "000000"}
    answer = await region.client.post("/auth/sign-in", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "code_refused")
    assert answer.json()["error"]["attempts_left"] == 4
    assert "set-cookie" not in answer.headers


async def test_a_file_goes_to_the_bucket_and_comes_back_byte_for_byte(region: Region) -> None:
    ada = await region.sign_up("ada@example.com")
    await ada.create_workspace("acme")
    issue = await ada.create_issue("acme", await ada.create_project("acme"))
    content, attachment = bytes(range(256)) * 9000, str(uuid4())
    where = f"/api/attachments/{attachment}?issue_id={issue['id']}&name=plan%20%E2%82%AC.pdf"

    async def put() -> int:
        answer = await ada.send(
            "PUT", where, workspace="acme", content=content, headers={"Content-Type": "application/pdf"}
        )
        return answer.status_code

    assert await put() == 201
    assert await put() == 201  # its answer was lost: the same again
    got = await ada.get(f"/api/attachments/{attachment}", workspace="acme")
    assert got.content == content
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''plan%20%E2%82%AC.pdf"
    listed = (await ada.get(f"/api/issues/{issue['id']}/attachments", workspace="acme")).json()["attachments"]
    assert [(one["id"], one["size_bytes"]) for one in listed] == [(attachment, len(content))]
    other = await ada.send("PUT", where, workspace="acme", content=b"other")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "already_exists")
    assert (await ada.get(f"/api/attachments/{attachment}", workspace="acme")).content == content


async def test_a_file_whose_sender_went_away_is_none(region: Region) -> None:
    ada = await region.sign_up("ada@example.com")
    await ada.create_workspace("acme")
    issue = await ada.create_issue("acme", await ada.create_project("acme"))
    attachment = str(uuid4())
    where = f"/api/attachments/{attachment}?issue_id={issue['id']}&name=a"

    async def half(size: int) -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x" * 65536
        raise ClientDisconnect

    for size in (1, 40):
        with contextlib.suppress(ClientDisconnect):
            await ada.send("PUT", where, workspace="acme", content=half(size))
        gc.collect()
        assert not list(region.bucket._bucket.list_blobs())
    assert (await ada.send("PUT", where, workspace="acme", content=b"")).status_code == 201
    got = await ada.get(f"/api/attachments/{attachment}", workspace="acme")
    assert (got.status_code, got.content) == (200, b"")


async def test_a_webhook_makes_an_issue_and_a_link_shows_one(region: Region) -> None:
    ada = await region.sign_up("ada@example.com")
    workspace = await ada.create_workspace("acme")
    project = await ada.create_project("acme")
    hook = await ada.post(
        "/api/route-keys", {"id": str(uuid4()), "kind": "webhook", "project_id": project}, workspace="acme"
    )
    key = hook.json()["key"]
    assert key.startswith(workspace["id"] + ".")

    def context(kind: str) -> dict[str, str]:
        return {"X-Edge-Context": region.context(sub=None, workspace=workspace["id"], kind=f"key:{kind}")}

    made = await region.client.post(f"/hooks/issues/{key}", json={"title": "Broken"}, headers=context("webhook"))
    assert made.status_code == 201
    issue = made.json()["issue"]["id"]
    link = await ada.post("/api/route-keys", {"id": str(uuid4()), "kind": "link", "issue_id": issue}, workspace="acme")
    shown = await region.client.get(f"/public/issues/{link.json()['key']}", headers=context("link"))
    assert shown.json()["issue"]["title"] == "Broken"

    # A key opens its own kind's path alone, and a context of a key is nobody elsewhere.
    assert (await region.client.get(f"/public/issues/{key}", headers=context("link"))).status_code == 404
    assert (await region.client.get(f"/public/issues/{key}", headers=context("webhook"))).status_code == 404
    assert (await region.client.get("/api/me", headers=context("link"))).status_code == 401
    # Without a context the region finds the key by itself.
    assert (await region.client.post(f"/hooks/issues/{key}", json={"title": "Again"})).status_code == 201
    made_up = f"{workspace['id']}.{'x' * 32}"
    assert (await region.client.post(f"/hooks/issues/{made_up}", json={"title": "No"})).status_code == 404


async def test_another_sites_page_changes_nothing_with_the_cookie(region: Region) -> None:
    ada = await region.sign_up("ada@example.com")
    await ada.create_workspace("acme")
    body = {"id": str(uuid4()), "name": "Launch"}
    for refused in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await ada.post("/api/projects", body, workspace="acme", headers=refused)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "other_site"), refused
    assert (await ada.post("/api/projects", body, workspace="acme")).status_code == 201

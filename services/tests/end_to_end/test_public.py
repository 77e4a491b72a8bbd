"""Requests that carry nobody's credential reach the region of the workspace that their key names, from wherever."""

from __future__ import annotations

import secrets
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.fleet import ZONES, Fleet
from tests.end_to_end.person import Person


@pytest.mark.parametrize("region", sorted(ZONES))
async def test_a_webhook_and_a_link_reach_the_workspace_that_made_them(fleet: Fleet, region: str) -> None:
    owner, stranger = Person(fleet, f"hooks-{region}", region), Person(fleet, f"stranger-{region}", _other(region))
    for person in (owner, stranger):
        await person.sign_in()
        await person.create_workspace(f"{person.email.partition('@')[0]}-{secrets.token_hex(4)}")
    (name,) = owner.projects
    asked = {"id": str(uuid4()), "kind": "webhook", "project_id": owner.projects[name]}
    hook = (await owner.must("POST", "/api/route-keys", asked, workspace=name))["key"]
    # A session of somebody in another region, which counts for nothing here.
    made = await stranger.ask("POST", f"/hooks/issues/{hook}", {"title": "by a hook"})
    assert (made.status_code, made.headers["x-served-by"]) == (201, region)
    (issue,) = (await owner.must("GET", "/api/issues", workspace=name))["issues"]
    assert issue["title"] == "by a hook"
    asked = {"id": str(uuid4()), "kind": "link", "issue_id": issue["id"]}
    link = (await owner.must("POST", "/api/route-keys", asked, workspace=name))["key"]
    async with httpx.AsyncClient(base_url=fleet.origin) as nobody:
        shown = await nobody.get(f"/public/issues/{link}", headers={"X-Time-Zone": ZONES[_other(region)]})
        assert (shown.status_code, shown.headers["x-served-by"]) == (200, region)
        assert "by a hook" in shown.text
        assert (await nobody.get(f"/public/issues/{hook}")).status_code == 404
        assert (await nobody.get(f"/public/issues/nowhere.{'0' * 22}")).json()["error"]["code"] == "unknown_key"
    for person in (owner, stranger):
        await person.close()


async def test_what_a_sender_posts_for_everybody_is_accepted_by_auth(fleet: Fleet) -> None:
    async with httpx.AsyncClient(base_url=fleet.origin) as sender:
        answer = await sender.post(
            "/hooks/billing", content=b'{"id": "evt_1"}', headers={"Stripe-Signature": "t=1,v1=x"}
        )
        assert (answer.status_code, answer.json()["accepted"]) == (202, True)
        large = await sender.post("/hooks/billing", content=b"x" * (256 * 1024 + 1))
        assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


def _other(region: str) -> str:
    return next(name for name in sorted(ZONES) if name != region)

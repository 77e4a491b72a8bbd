"""From an address to an issue that another tab sees: through the Worker, auth, and the region that it belongs to."""

from __future__ import annotations

import secrets

import pytest

from tests.end_to_end.fleet import ZONES, Fleet
from tests.end_to_end.person import Person


@pytest.mark.parametrize("region", sorted(ZONES))
async def test_who_signs_up_is_served_where_their_time_zone_says(fleet: Fleet, region: str) -> None:
    person = Person(fleet, f"thin-{region}", region)
    await person.sign_in()
    key = f"thin-{region}-{secrets.token_hex(4)}"
    await person.create_workspace(key)
    answer = await person.ask("GET", "/api/workspace", workspace=key)
    assert answer.headers["x-served-by"] == region
    assert answer.json()["workspace"]["url_key"] == key
    listed = (await person.must("GET", "/api/workspaces"))["workspaces"]
    assert [(one["url_key"], one["region"]) for one in listed] == [(key, region)]
    follower = await person.follower().connect(workspace=key)
    await follower.read()
    made = await person.create_issue(key, "seen at once", operation="operation-1")
    message = await follower.read()
    assert [(change["id"], change["operation_id"]) for change in message["changes"]] == [
        (made["issue"]["id"], "operation-1")
    ]
    await follower.close()
    await person.close()

"""A region drains: nobody new comes to it, and who lives there signs in from wherever they are."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.end_to_end.fleet import Fleet
from tests.end_to_end.person import Person

HOME, ELSEWHERE = "eu-west", "us-east"


@pytest.fixture
def drain(fleet: Fleet) -> Iterator[None]:
    fleet.restart_worker(HOME)
    yield
    fleet.restart_worker()


async def code_for(person: Person, **headers: str) -> dict[str, str]:
    sent = await person.must("POST", "/auth/code", {"email": person.email}, **headers)
    code = person.fleet.mailbox.code(person.email)
    return {"challenge_id": sent["challenge_id"], "email": person.email, "code": code}


async def test_who_lives_in_a_draining_region_signs_in_on_a_new_device(fleet: Fleet) -> None:
    name = f"resident-{secrets.token_hex(4)}"
    before = Person(fleet, name, HOME)
    await before.sign_in()
    fleet.restart_worker(HOME)
    try:
        device = Person(fleet, name, ELSEWHERE)  # where the draw leads away from home
        proof = await code_for(device)
        told = await device.ask("POST", "/auth/sign-in", proof)
        assert (told.status_code, told.json()["error"]["region"]) == (409, HOME)
        # As the page goes on: the choice of what it was told, with the same code and the cookie that came.
        signed_in = await device.ask("POST", "/auth/sign-in", proof, X_Region_Choice=HOME)
        assert (signed_in.status_code, signed_in.headers["x-served-by"]) == (200, HOME), signed_in.text
        for chosen in (HOME, ""):
            me = await device.ask("GET", "/api/me", X_Region_Choice=chosen)
            assert (me.status_code, me.headers["x-served-by"]) == (200, HOME)
        await device.create_workspace(name)
        await device.close()
    finally:
        fleet.restart_worker()
    await before.close()


@pytest.mark.usefixtures("drain")
async def test_nobody_new_comes_to_a_draining_region_by_a_hint_that_they_made_up(fleet: Fleet) -> None:
    stranger = Person(fleet, f"stranger-{secrets.token_hex(4)}", ELSEWHERE)
    stranger.cookies = {"__Host-region": HOME}
    proof = await code_for(stranger, X_Region_Choice=HOME)
    refused = await stranger.ask("POST", "/auth/sign-in", proof, X_Region_Choice=HOME)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nobody_new")
    signed_in = await stranger.ask("POST", "/auth/sign-in", proof)
    assert (signed_in.status_code, signed_in.headers["x-served-by"]) == (200, ELSEWHERE)
    stranger.cookies = {}
    chosen = await stranger.ask("POST", "/auth/code", {"email": stranger.email}, X_Region_Choice=HOME)
    assert (chosen.status_code, chosen.json()["error"]["code"]) == (400, "region_not_open")
    await stranger.close()

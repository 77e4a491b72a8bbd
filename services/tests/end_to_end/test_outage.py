"""Auth is gone, and everything else starts anew: whoever was served goes on, by the regions' own data."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.end_to_end.fleet import ZONES, Fleet
from tests.end_to_end.person import Person
from tests.postgres import Server
from tests.processes import Program
from tests.product.conftest import LOGINS, fill
from tests.sync.follower import Follower


@pytest.mark.timeout(300)
async def test_without_auth_everything_else_starts_and_serves_who_was_known(fleet: Fleet) -> None:
    people = {region: Person(fleet, f"outage-{region}-{secrets.token_hex(4)}", region) for region in ZONES}
    keys = {region: f"outage-{region}-{secrets.token_hex(4)}" for region in ZONES}
    for region, person in people.items():
        await person.sign_in()
        await person.create_workspace(keys[region])
        await known_by_the_region(person, keys[region])
    fleet.auth.kill()
    try:
        regional = [program for region in fleet.regions.values() for program in region.programs]
        for program in regional:
            program.stop()
            program.start()
        fleet.restart_worker()
        for program in regional:
            program.wait()
        for name, person in people.items():
            await serves(person, name, keys[name])
        stranger = Person(fleet, "stranger", "eu-west")
        stranger.cookies = {"__Host-session": "of-nobody-that-is-known", "__Host-region": "eu-west"}
        refused = await stranger.ask("GET", "/api/workspace", workspace=keys["eu-west"])
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "auth_unavailable"
        await stranger.close()
    finally:
        fleet.auth.start()
        fleet.auth.wait()
        fleet.restart_worker()  # the one that saw auth fail asks it nothing for five seconds
    for person in people.values():
        await person.close()


@pytest.mark.parametrize("program", ["api", "sync"])
async def test_a_region_that_never_heard_of_auth_is_not_ready(server: Server, tmp_path: Path, program: str) -> None:
    database = await server.copy("product", fill)
    nobody = "http://127.0.0.1:9"  # discard
    environment = {
        **database.environment(LOGINS[program]),
        "REGION": "new",
        "AUTH_URL": nobody,
        "CACHE_HOST": "127.0.0.1",
        "CACHE_PORT": "9",
        "BUCKET_UPLOADS": "uploads",
        "STORAGE_EMULATOR_HOST": nobody,
        "GOOGLE_CLOUD_PROJECT": "new",
    }
    started = Program(f"product.{program}", environment, tmp_path, program)
    started.start()
    try:
        started.wait("/healthz")
        assert started.status("/readyz") == 503
        await database.execute("UPDATE product.feed_state SET read_at = now()")
        started.wait("/readyz")
    finally:
        started.kill()


async def known_by_the_region(person: Person, key: str) -> None:
    """Waits until the region has heard of the session from auth: it reads auth's feed."""
    database = person.fleet.regions[person.region].database
    digest = person.session_hash
    while not await database.fetch("SELECT true FROM product.credential_replica WHERE hash = $1", digest):
        await person.ask("GET", "/api/workspace", workspace=key)


async def serves(person: Person, region: str, key: str) -> None:
    answer = await person.ask("GET", "/api/workspace", workspace=key)
    assert (answer.status_code, answer.headers["x-served-by"]) == (200, region), answer.text
    made = await person.create_issue(key, "written while auth is gone")
    follower: Follower = await person.follower().connect(workspace=key)
    await follower.read()
    assert ("issue", made["issue"]["id"]) in follower.records
    await follower.close()

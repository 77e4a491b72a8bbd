"""The three stages: each role does what it was granted and nothing else, and a program knows which stage it is in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kit.database import Database
from kit.settings import Stage
from kit.stages import StageMismatch
from tests.border import granted, try_everything
from tests.homes import APP, homes, roles_of
from tests.postgres import Server, running

from .sample import OFFICE, SHOP

SERVICES = (OFFICE, SHOP)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of its own: roles are a server's, and migrations here take them from the logins of others' databases."""
    with running() as own:
        yield own


@pytest.mark.parametrize("stage", Stage)
async def test_every_grant_is_used_and_every_refusal_tried(server: Server, stage: Stage) -> None:
    async with homes(server, stage, SERVICES) as all_homes:
        for home in all_homes:
            here = [other for other in all_homes if other.database.name == home.database.name]
            for login in sorted(set(home.logins.values())):
                schemas = [other.schema for other in here]
                used, tried = await try_everything(home.database, login, roles_of(login, here), schemas)
                assert used > 10
                assert tried > 30


@pytest.mark.parametrize("stage", Stage)
async def test_rights_are_those_of_the_list_in_each_stage(server: Server, stage: Stage) -> None:
    async with homes(server, stage, SERVICES) as all_homes:
        found = [line for home in all_homes for line in await granted(home.database, [home.schema])]
    assert found == RIGHTS.strip().splitlines()


@pytest.mark.parametrize("actual", Stage)
@pytest.mark.parametrize("said", Stage)
async def test_a_program_does_not_start_where_the_border_is_not_what_its_stage_says(
    server: Server, actual: Stage, said: Stage
) -> None:
    order = list(Stage)
    async with homes(server, actual, SERVICES) as all_homes:
        for home in all_homes:
            settings = home.database.settings(next(iter(home.logins.values())), stage=said)
            if order.index(said) > order.index(actual):
                with pytest.raises(StageMismatch) as mismatch:
                    await Database.open(settings, schema=home.schema.name)
                assert mismatch.value.found
            else:
                await (await Database.open(settings, schema=home.schema.name)).close()


async def test_a_login_that_may_become_the_owner_does_not_start_in_any_stage(server: Server) -> None:
    async with homes(server, Stage.ONE_LOGIN, SERVICES) as (home, _):
        await home.database.execute(f"GRANT office_owner TO {APP}")
        try:
            with pytest.raises(StageMismatch) as mismatch:
                await Database.open(home.database.settings(APP, stage=Stage.ONE_LOGIN), schema="office")
        finally:
            await home.database.execute(f"REVOKE office_owner FROM {APP}")
    assert mismatch.value.found == ("office_owner",)


RIGHTS = """
office_api office.customer: SELECT, INSERT, UPDATE, DELETE
office_api office.inbox: SELECT, INSERT, UPDATE
office_api office.operation: SELECT, INSERT, UPDATE
office_api office.tombstone: SELECT, INSERT
office_drain office.audit: SELECT
office_migrate office.alembic_version: SELECT
office_migrate office.audit: SELECT
office_migrate office.customer: SELECT, INSERT, UPDATE, DELETE
office_migrate office.inbox: SELECT, INSERT, UPDATE, DELETE
office_migrate office.operation: SELECT, INSERT, UPDATE, DELETE
office_migrate office.tombstone: SELECT, INSERT, UPDATE, DELETE
shop_api shop.customer: SELECT, INSERT, UPDATE, DELETE
shop_api shop.inbox: SELECT, INSERT, UPDATE
shop_api shop.line: SELECT, INSERT, UPDATE, DELETE
shop_api shop.purchase: SELECT, INSERT, UPDATE, DELETE
shop_drain shop.audit: SELECT
shop_drain shop.outbox: SELECT, DELETE
shop_migrate shop.alembic_version: SELECT
shop_migrate shop.audit: SELECT
shop_migrate shop.customer: SELECT, INSERT, UPDATE, DELETE
shop_migrate shop.inbox: SELECT, INSERT, UPDATE, DELETE
shop_migrate shop.line: SELECT, INSERT, UPDATE, DELETE
shop_migrate shop.outbox: SELECT
shop_migrate shop.purchase: SELECT, INSERT, UPDATE, DELETE
"""

"""The border between auth and the product, as their own migrations leave it, in each stage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auth.migrate import SCHEMA as AUTH
from kit.settings import Stage
from product.migrate import SCHEMA as PRODUCT
from tests.border import granted, try_everything
from tests.homes import homes, roles_of
from tests.postgres import Server, running

RIGHTS = Path(__file__).with_name("rights.txt")
HEADER = "# Who may do what in which table, from the catalogue. Written again by: python -m tests.rights\n"
SERVICES = (AUTH, PRODUCT)


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
            schemas = [other.schema for other in here]
            for login in sorted(set(home.logins.values())):
                used, tried = await try_everything(home.database, login, roles_of(login, here), schemas)
                assert used > 10
                assert tried > 100


async def test_a_right_is_given_where_a_reviewer_sees_it(server: Server) -> None:
    async with homes(server, Stage.TWO_LOGINS, SERVICES) as all_homes:
        found = [line for home in all_homes for line in await granted(home.database, [home.schema])]
    assert RIGHTS.read_text(encoding="utf-8") == HEADER + "".join(f"{line}\n" for line in found)

"""Two small services, on which the kit is tried: `office`, of which there is one, and `shop`, a region's."""

from __future__ import annotations

from pathlib import Path

from kit.migrations import Schema, migrate, read_steps
from tests.postgres import MIGRATE, TestDatabase

_HERE = Path(__file__).parent
OFFICE = Schema(name="office", accounts={"office": ("office_api", "office_drain")}, steps=read_steps(_HERE / "office"))
SHOP = Schema(
    name="shop",
    accounts={"api": ("shop_api",), "background": ("shop_api", "shop_drain")},
    steps=read_steps(_HERE / "shop"),
    regional=True,
)


async def fill(database: TestDatabase) -> None:
    """Both in one database, with a login an account."""
    for schema in (OFFICE, SHOP):
        logins = {account: f"{schema.name}-{account}" for account in schema.accounts}
        for login in logins.values():
            await database.server.login(login)
        await migrate(schema, database.settings(MIGRATE), logins)

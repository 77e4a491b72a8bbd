"""The job that runs once a release: `python -m product.migrate`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kit import logs
from kit.migrations import Schema, migrate, read_steps
from product.settings import MigrateSettings

SCHEMA = Schema(
    name="product",
    regional=True,
    accounts={
        "api": ["product_api"],
        "sync": ["product_api"],
        "background": ["product_background", "product_drain"],
    },
    steps=read_steps(Path(__file__).with_name("migrations")),
)


async def main(settings: MigrateSettings) -> None:
    """Accounts that the schema does not know, of workloads without the database, get no role."""
    log = logs.get_logger("product.migrate")
    logins = {key: user for key, user in settings.database_accounts.items() if key in SCHEMA.accounts}
    done = await migrate(SCHEMA, settings, logins, say=log.info)
    log.info(
        "migrated", extra=logs.fields(steps=list(done.steps), granted=len(done.granted), revoked=len(done.revoked))
    )


if __name__ == "__main__":
    given = MigrateSettings.model_validate({})
    logs.configure(given.k_service, given.k_revision)
    asyncio.run(main(given))

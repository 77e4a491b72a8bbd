"""`python -m auth.migrate`: the job that runs once a release, before the service rolls."""

from __future__ import annotations

import asyncio

from auth.database import SCHEMA
from kit import logs
from kit.migrations import migrate
from kit.settings import Settings


class MigrateSettings(Settings):
    """`database_accounts`: who logs in, by the workload's key (stacks/workloads.py)."""

    database_accounts: dict[str, str]


async def main(settings: MigrateSettings) -> None:
    log = logs.get_logger("auth.migrate")
    await migrate(SCHEMA, settings, settings.database_accounts, say=log.info)


if __name__ == "__main__":
    given = MigrateSettings.model_validate({})
    logs.configure(given.k_service, given.k_revision)
    asyncio.run(main(given))

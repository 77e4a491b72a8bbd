"""The job that runs once a release, before anything of it starts: `python -m auth.migrate`, and the product's."""

from __future__ import annotations

import asyncio

from kit import logs
from kit.settings import Settings

from .run import Migrated, migrate
from .schema import Schema


class MigrateSettings(Settings):
    """`database_accounts`: who logs in, by the workload's key (stacks/workloads.py), as a JSON object."""

    database_accounts: dict[str, str]


async def job(schema: Schema, settings: MigrateSettings) -> Migrated:
    """Workloads that the schema has no account for get no role. Raises MigrationError."""
    log = logs.get_logger("kit.migrations")
    logins = {key: user for key, user in settings.database_accounts.items() if key in schema.accounts}
    done = await migrate(schema, settings, logins, say=log.info)
    log.info(
        "migrated",
        extra=logs.fields(
            schema=schema.name, steps=list(done.steps), granted=len(done.granted), revoked=len(done.revoked)
        ),
    )
    return done


def main(schema: Schema) -> None:
    """By the environment. Ends with an error where a migration does, and so the release does not go on."""
    settings = MigrateSettings.model_validate({})
    logs.configure(settings.k_service, settings.k_revision)
    asyncio.run(job(schema, settings))

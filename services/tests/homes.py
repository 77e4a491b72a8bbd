"""Two services in one of the three stages (kit/stages.py): where each is, and who logs in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from kit.migrations import Schema, migrate
from kit.settings import Stage
from tests.postgres import MIGRATE, Server, TestDatabase

APP = "app"  # the one login of the first stage


@dataclass(frozen=True)
class Home:
    """Where a service is: its database, and who logs in for which of its accounts."""

    schema: Schema
    database: TestDatabase
    logins: Mapping[str, str]


@asynccontextmanager
async def homes(server: Server, stage: Stage, schemas: Sequence[Schema]) -> AsyncIterator[list[Home]]:
    """The services, migrated, in databases of the stage."""
    databases = [await server.create()]
    made: list[Home] = []
    try:
        for schema in schemas:
            if made and stage is Stage.OWN_DATABASE:
                databases.append(await server.create())
            logins = {
                account: APP if stage is Stage.ONE_LOGIN else f"{stage}-{schema.name}-{account}"
                for account in schema.accounts
            }
            for login in logins.values():
                await server.login(login)
            await migrate(schema, databases[-1].settings(MIGRATE), logins)
            made.append(Home(schema, databases[-1], logins))
        yield made
    finally:
        for database in databases:
            await server.drop(database)


def roles_of(login: str, here: Sequence[Home]) -> list[str]:
    """What a login may take in a database in which these services are."""
    return sorted(
        role
        for home in here
        for role in {
            role for account, name in home.logins.items() if name == login for role in home.schema.accounts[account]
        }
    )

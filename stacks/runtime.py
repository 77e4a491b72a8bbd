"""What runs in a site: how a workload is placed, what it is told of its database, and the migration before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pulumi import Input, Output

from components.base import Labels
from components.database import Database, iam_user
from components.identity import Identity
from components.job import Job, JobArgs
from components.registry import Registry
from components.secrets import Secrets
from components.workload import SecretEnv
from regions.keys import MIGRATE
from regions.names import ProjectNames
from regions.spec import Home
from stacks.foundation import STACK_LABELS, Site
from stacks.secret_slots import DATABASE_PASSWORD, variable
from stacks.site_network import SiteNetwork


class Place(TypedDict):
    """The arguments that every workload has in common."""

    project: Input[str]
    region: Input[str]
    account_email: Input[str]
    network_id: Input[str]
    subnet_id: Input[str]
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What every workload of a site runs in."""

    site_network: SiteNetwork
    identity: Identity
    database: Database
    secrets: Secrets
    registry: Registry

    def place(self, key: str, at: Site[Home, ProjectNames]) -> Place:
        return Place(
            project=at.project.using("run"),
            region=at.home.location,
            account_email=self.identity.emails[key],
            network_id=self.site_network.network.network_id,
            subnet_id=self.site_network.workloads_subnet_id,
            labels=at.labels,
        )

    def image(self, key: str, release: Mapping[str, str]) -> Output[str]:
        return Output.concat(self.registry.image_prefix, f"/{key}@{release[key]}")

    def database_env(self, user: Input[str]) -> dict[str, Input[str]]:
        return {
            "DATABASE_HOST": self.database.private_ip,
            "DATABASE_NAME": self.database.database_names["app"],
            "DATABASE_USER": user,
        }

    def own_database_env(self, key: str) -> dict[str, Input[str]]:
        """Of a workload that logs in as its own account."""
        return self.database_env(iam_user(self.identity.emails[key]))

    def secret_env(self, keys: Sequence[str]) -> dict[str, SecretEnv]:
        return {
            variable(key): SecretEnv(secret_id=self.secrets.secret_ids[key], version=self.secrets.versions[key])
            for key in keys
        }


def make_migration(
    at: Site[Home, ProjectNames], runtime: Runtime, release: Mapping[str, str], accounts: Sequence[str]
) -> Job:
    """The job that migrates the database and makes the roles of those that log in as themselves."""
    return Job(
        MIGRATE,
        JobArgs(
            **runtime.place(MIGRATE, at),
            name=at.names.job(MIGRATE),
            image=runtime.image(MIGRATE, release),
            occasion=json.dumps(dict(release), sort_keys=True),
            constant_labels=STACK_LABELS,
            env={
                **runtime.database_env(MIGRATE),
                # The roles that it makes are those of the accounts that log in as themselves.
                "DATABASE_ACCOUNTS": Output.all(*(iam_user(runtime.identity.emails[key]) for key in accounts)).apply(
                    ",".join
                ),
            },
            secret_env=runtime.secret_env([DATABASE_PASSWORD]),
        ),
    )

"""The job that runs once a release: `python -m auth.migrate`."""

from __future__ import annotations

from pathlib import Path

from kit.migrations import Schema, read_steps
from kit.migrations.job import main

# `auth` is the key of the account that the service runs as (stacks/auth.py).
SCHEMA = Schema(
    name="auth",
    accounts={"auth": ("auth_api", "auth_drain")},
    steps=read_steps(Path(__file__).with_name("migrations")),
)


if __name__ == "__main__":
    main(SCHEMA)

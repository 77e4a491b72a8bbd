"""`python -m auth.migrate`: the job that runs once a release, before the service rolls."""

from __future__ import annotations

from auth.database import SCHEMA
from kit.migrations.job import main

if __name__ == "__main__":
    main(SCHEMA)

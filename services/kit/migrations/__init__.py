"""Migrations: steps in plain SQL, rehearsed before they run, and roles that hold the border.

schema    what a service keeps in a database; reads the files
roles     the SQL that makes roles and grants them
border    what must hold of every table, from the catalogue
run       rehearses and runs
helpers.sql  functions that steps call
"""

from .run import BorderBroken, Migrated, MigrationError, RowsWouldBeLost, TableIsBusy, migrate
from .schema import Schema, Step, StepError, read_steps

__all__ = [
    "BorderBroken",
    "Migrated",
    "MigrationError",
    "RowsWouldBeLost",
    "Schema",
    "Step",
    "StepError",
    "TableIsBusy",
    "migrate",
    "read_steps",
]

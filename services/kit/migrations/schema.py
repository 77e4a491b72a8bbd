"""What a service keeps in a database: a schema, its roles, and the steps that lead there.

A step is a file `0001_name.sql`. Comments at its top say how it is run:

    -- as: owner                 what changes tables (the default); `migrate` for changes of rows: no TRUNCATE, no DDL
    -- loses: attachment         rows of this table become fewer, or it is dropped; several by commas
    -- not rehearsable: REASON   one statement, outside of a transaction (CREATE INDEX CONCURRENTLY)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_DIRECTIVE = re.compile(r"--\s*(as|loses|not rehearsable):\s*(.+?)\s*")
OWNER, MIGRATE = "owner", "migrate"


class StepError(Exception):
    """A file of steps breaks a rule; the text begins with where."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        super().__init__(f"{where}: {what}")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One file. `loses` names tables of the schema, without it."""

    revision: str
    name: str
    sql: str
    run_as: str = OWNER
    loses: frozenset[str] = frozenset()
    not_rehearsable: str | None = None

    @property
    def title(self) -> str:
        return f"{self.revision}_{self.name}"


@dataclass(frozen=True, kw_only=True)
class Schema:
    """`accounts` maps the key of an account that logs in ("api") to the roles that it may take.

    Beside the roles of `accounts` there are always NAME_owner, which owns everything and in which nobody logs in,
    NAME_migrate, as which rows are changed, and NAME_drain, which reads audit and outbox.
    `regional`: its tables are rows of workspaces that can move, so that keys begin with workspace_id.
    """

    name: str
    accounts: Mapping[str, Sequence[str]]
    steps: Sequence[Step]
    regional: bool = False
    extra_roles: Sequence[str] = field(default=())

    @property
    def owner(self) -> str:
        return f"{self.name}_{OWNER}"

    @property
    def migrate(self) -> str:
        return f"{self.name}_{MIGRATE}"

    @property
    def drain(self) -> str:
        return f"{self.name}_drain"

    @property
    def roles(self) -> tuple[str, ...]:
        """All of them but the owner."""
        named = {role for roles in self.accounts.values() for role in roles}
        return tuple(sorted({self.migrate, self.drain, *named, *self.extra_roles}))


def read_steps(folder: Path) -> tuple[Step, ...]:
    """The steps of a folder, in order, numbered without a gap from 0001. Raises StepError."""
    files = sorted(folder.glob("*.sql"))
    steps = tuple(_read(file) for file in files)
    for number, (file, step) in enumerate(zip(files, steps, strict=True), 1):
        if int(step.revision) != number:
            raise StepError(file.name, f"the step {number:04} is missing, or two have one number")
    return steps


def _read(file: Path) -> Step:
    named = _FILE.fullmatch(file.name)
    if named is None:
        raise StepError(file.name, "a step is named like 0001_accounts.sql")
    sql = file.read_text(encoding="utf-8")
    given: dict[str, str] = {}
    for number, line in enumerate(sql.splitlines(), 1):
        if not line.startswith("--"):
            break
        if (directive := _DIRECTIVE.fullmatch(line)) is not None:
            if directive[1] in given:
                raise StepError(f"{file.name}:{number}", f"`{directive[1]}` is there twice")
            given[directive[1]] = directive[2]
    run_as = given.get("as", OWNER)
    if run_as not in {OWNER, MIGRATE}:
        raise StepError(file.name, f"runs as {run_as!r}, which is neither {OWNER} nor {MIGRATE}")
    return Step(
        revision=named[1],
        name=named[2],
        sql=sql,
        run_as=run_as,
        loses=frozenset(name.strip() for name in given.get("loses", "").split(",") if name.strip()),
        not_rehearsable=given.get("not rehearsable"),
    )

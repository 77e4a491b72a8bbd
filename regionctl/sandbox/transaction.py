"""What one call of the provider reads and writes in the emulated clouds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from regionctl.model.path import Path as PropertyPath
from regionctl.model.wire import Bag, Value
from regionctl.sandbox.sealing import Sealing, Vault
from regionctl.system.reading import NotOfTheShape, checked, parsed


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource of the emulated clouds. Secret values in it are sealed."""

    key: int
    type: str
    id: str
    path: str
    name: str
    project: str
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    secrets: frozenset[PropertyPath]
    created_s: float


@dataclass(frozen=True, kw_only=True)
class FaultRow:
    key: int
    kind: str
    type: str
    name: str
    remaining: int | None
    delay_s: float


_BAG = TypeAdapter(dict[str, Any])
_PATHS = TypeAdapter(list[list[str | int]])
_TEXTS = TypeAdapter(list[str], config=ConfigDict(strict=True))
_COLUMNS = "key, type, id, path, name, project, inputs, outputs, secrets, created_s"


class Transaction:
    """What one call reads and writes. Valid inside `Store.transaction` only."""

    def __init__(self, db: sqlite3.Connection, sealing: Sealing, vault: Vault) -> None:
        self._db = db
        self.sealing = sealing
        self._vault = vault

    # resources

    def find(self, type_: str, path: str) -> Row | None:
        found = self._rows("where type = ? and path = ?", (type_, path))
        return found[0] if found else None

    def lookup(self, type_: str, path: str) -> Row | None:
        """As `find`, but a resource that is not yet visible everywhere stays hidden for some lookups."""
        row = self.find(type_, path)
        return None if row is None or self._still_hidden(row.key) else row

    def with_id(self, id_: str, type_: str | None = None) -> list[Row]:
        """Every resource with this id: types may share one, and some ids leave the project out."""
        return self._rows("where id = ? and type = ifnull(?, type) order by key", (id_, type_))

    def of_type(self, type_: str, project: str | None = None) -> list[Row]:
        return self._rows("where type = ? and project = ifnull(?, project) order by id", (type_, project))

    def children(self, parent: int) -> list[Row]:
        return self._rows("where parent = ? order by key", (parent,))

    def projects(self) -> list[str]:
        """Every project that something lies in."""
        return [project for (project,) in self._db.execute("select distinct project from resource order by project")]

    def all(self) -> list[Row]:
        return self._rows("order by project, type, id", ())

    def _rows(self, where: str, values: tuple[object, ...]) -> list[Row]:
        return [_row(found) for found in self._db.execute(f"select {_COLUMNS} from resource {where}", values)]

    def insert(
        self,
        *,
        type_: str,
        id_: str,
        path: str,
        name: str,
        project: str,
        parent: int | None,
        inputs: Bag,
        outputs: Bag,
        now_s: float,
    ) -> int:
        """Adds a resource and returns its key. The path is free: the caller looked."""
        cursor = self._db.execute(
            "insert into resource (type, id, path, name, project, parent, inputs, outputs, secrets, created_s)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (type_, id_, path, name, project, parent, *self._texts(inputs, outputs), now_s),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update(self, key: int, inputs: Bag, outputs: Bag) -> None:
        self._db.execute(
            "update resource set inputs = ?, outputs = ?, secrets = ? where key = ?",
            (*self._texts(inputs, outputs), key),
        )

    def rewrite(self, key: int, inputs: Mapping[str, Value], outputs: Mapping[str, Value]) -> None:
        """Replaces what is stored, secrets sealed as they were read."""
        self._db.execute(
            "update resource set inputs = ?, outputs = ? where key = ?", (json.dumps(inputs), json.dumps(outputs), key)
        )

    def delete(self, key: int) -> None:
        """Removes a resource and everything within it."""
        self._db.execute("delete from resource where key = ?", (key,))

    def delete_project(self, project: str) -> None:
        """Removes everything in a project at once."""
        self._db.execute("delete from resource where project = ?", (project,))

    def clear(self) -> int:
        """Empties the clouds, tombstones and faults too. Returns how many resources there were."""
        for table in ("tombstone", "fault"):
            self._db.execute(f"delete from {table}")
        return self._db.execute("delete from resource").rowcount

    def hide(self, key: int, lookups: int) -> None:
        self._db.execute("insert or replace into hidden (resource, lookups) values (?, ?)", (key, lookups))

    def _still_hidden(self, key: int) -> bool:
        """Counts a lookup of a resource that may not be visible everywhere yet."""
        counted = self._db.execute("update hidden set lookups = lookups - 1 where resource = ?", (key,)).rowcount
        if counted:
            self._db.execute("delete from hidden where resource = ? and lookups < 0", (key,))
        return bool(counted and self._db.execute("select 1 from hidden where resource = ?", (key,)).fetchone())

    # what hangs on what

    def set_uses(self, user: int, used: Iterable[int]) -> None:
        self._db.execute("delete from use where user = ?", (user,))
        self._db.executemany("insert or ignore into use (user, used) values (?, ?)", ((user, key) for key in used))

    def users(self, key: int) -> list[Row]:
        return self._rows("where key in (select user from use where used = ?) order by id", (key,))

    # grants

    def set_grants(self, owner: int, target: str, role: str, members: Iterable[str]) -> None:
        self._db.execute("delete from grant_ where owner = ?", (owner,))
        self._db.executemany(
            "insert or ignore into grant_ (owner, target, role, member) values (?, ?, ?, ?)",
            ((owner, target, role, member) for member in members),
        )

    def granted(self, targets: Iterable[str], roles: Sequence[str], member: str) -> bool:
        """Whether one of the roles on one of the targets is granted. A grant that not every server knows yet does not
        count for some uses."""
        asked = "select owner from grant_ where target = ? and role = ? and member = ?"
        owners = [
            owner
            for target in targets
            for role in roles
            for (owner,) in self._db.execute(asked, (target, role, member)).fetchall()
        ]
        return any(not self._still_hidden(owner) for owner in owners)

    # address ranges

    def set_ranges(self, owner: int, space: str, ranges: Iterable[tuple[int, int]]) -> None:
        self._db.execute("delete from address_range where owner = ?", (owner,))
        self._db.executemany(
            "insert into address_range (owner, space, first, last) values (?, ?, ?, ?)",
            ((owner, space, first, last) for first, last in ranges),
        )

    def overlapping(self, space: str, first: int, last: int, owner: int | None = None) -> Row | None:
        """A resource other than `owner` that holds a part of the range."""
        found = self._rows(
            "where key in (select owner from address_range where space = ? and last >= ? and first <= ?)"
            " and key is not ? limit 1",
            (space, first, last, owner),
        )
        return found[0] if found else None

    # tombstones

    def bury(self, type_: str, id_: str, until_s: float | None) -> None:
        self._db.execute("insert or replace into tombstone (type, id, until_s) values (?, ?, ?)", (type_, id_, until_s))

    def buried(self, type_: str, id_: str, now_s: float) -> bool:
        found = self._db.execute("select until_s from tombstone where type = ? and id = ?", (type_, id_)).fetchone()
        return found is not None and (found[0] is None or found[0] > now_s)

    def was_deleted(self, type_: str, id_: str) -> bool:
        """Whether its deletion was noted, even where the name is free again."""
        return (
            self._db.execute("select 1 from tombstone where type = ? and id = ?", (type_, id_)).fetchone() is not None
        )

    def tombstones(self) -> list[tuple[str, str, float | None]]:
        return self._db.execute(
            "select type, id, until_s from tombstone where until_s is null or until_s > 0 order by type, id"
        ).fetchall()

    # faults

    def faults(self) -> list[FaultRow]:
        rows = self._db.execute("select key, kind, type, name, remaining, delay_s from fault order by key")
        return [FaultRow(key=k, kind=kind, type=t, name=n, remaining=r, delay_s=d) for k, kind, t, n, r, d in rows]

    def add_fault(self, kind: str, type_: str, name: str, remaining: int | None, delay_s: float) -> None:
        self._db.execute(
            "insert into fault (kind, type, name, remaining, delay_s) values (?, ?, ?, ?, ?)",
            (kind, type_, name, remaining, delay_s),
        )

    def spend_fault(self, key: int) -> None:
        self._db.execute("update fault set remaining = remaining - 1 where key = ?", (key,))
        self._db.execute("delete from fault where key = ? and remaining <= 0", (key,))

    def clear_faults(self) -> int:
        return self._db.execute("delete from fault").rowcount

    # secrets

    def keep(self, owner: int, inputs: Mapping[str, Value]) -> None:
        """Keeps the inputs of a resource, secrets among them, encrypted."""
        sealed = self._vault.seal(json.dumps(inputs).encode())
        self._db.execute("insert or replace into kept (owner, sealed) values (?, ?)", (owner, sealed))

    def kept(self, row: Row) -> dict[str, Value]:
        """The inputs of a resource with the secrets that were kept. Raises VaultUnreadable."""
        found = self._db.execute("select sealed from kept where owner = ?", (row.key,)).fetchone()
        return self.sealing.unseal(row.inputs, [json.loads(self._vault.open(found[0]))] if found else [])

    def _texts(self, inputs: Bag, outputs: Bag) -> tuple[str, str, str]:
        paths = sorted(map(list, outputs.secrets | inputs.secrets), key=str)
        return json.dumps(self.sealing.seal(inputs)), json.dumps(self.sealing.seal(outputs)), json.dumps(paths)


def _row(found: tuple[int, str, str, str, str, str, str, str, str, float]) -> Row:
    key, type_, id_, path, name, project, inputs, outputs, secret_paths, created_s = found
    try:
        checked(_TEXTS, [type_, id_, path, name, project])
        bags = parsed(_BAG, inputs), parsed(_BAG, outputs)
        paths = parsed(_PATHS, secret_paths)
    except NotOfTheShape as err:
        raise sqlite3.DatabaseError(f"the properties of resource {key} are damaged: {err.why}") from err
    return Row(
        key=key,
        type=type_,
        id=id_,
        path=path,
        name=name,
        project=project,
        inputs=bags[0],
        outputs=bags[1],
        secrets=frozenset(tuple(one) for one in paths),
        created_s=created_s,
    )

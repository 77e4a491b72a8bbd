"""The emulated clouds on disk: one SQLite file a fleet, shared by every process that serves or inspects it.

Every call of the provider is one short transaction. The file is in WAL mode without fsync: a killed process loses
nothing, since what it committed is in the kernel's hands; only a crash of the machine could lose the last calls, of
clouds that do not exist. Values of secrets are never written: in their place stands a fingerprint, made with a random
key of this file, that tells whether a value is still the one that was stored. What an emulated cloud must know again is
kept apart, encrypted with a key that is not in the file: see vault.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regionctl.errors import RegionctlError
from regionctl.sandbox.vault import Vault
from regionctl.sandbox.wire import Bag, Value
from regionctl.sandbox.wire import Path as PropertyPath

FORMAT: Final = 1
BUSY_TIMEOUT_S: Final = 30.0
# Not `grant_`: SQLite 3.40 takes columns after a primary key that lies apart for NULL in a table without rowids.
_VERIFIED: Final = ("resource", "use", "address_range", "tombstone", "kept")
_PRIMARY_CODE: Final = 0xFF  # of an extended result code: https://www.sqlite.org/rescode.html
SEALED: Final = "$sealed"  # the key of a fingerprint in stored values
SEALED_TEXT: Final = "[a secret that this state does not know]"

_TABLES = """
create table meta (key text primary key, value text not null) without rowid;
create table resource (
    key integer primary key,
    type text not null,
    id text not null,                -- Pulumi's
    path text not null,              -- its name in the cloud
    name text not null,              -- the Pulumi name it was made under
    project text not null,
    parent integer references resource (key) on delete cascade,
    inputs text not null,
    outputs text not null,
    secrets text not null,
    created_s real not null,
    unique (type, path)
);
create index resource_project on resource (project);
create index resource_parent on resource (parent);
create index resource_id on resource (id, type);
-- what must stay while a resource uses it
create table use (
    user integer not null references resource (key) on delete cascade,
    used integer not null references resource (key) on delete cascade,
    primary key (user, used)
) without rowid;
create index use_used on use (used);
create table grant_ (
    owner integer not null references resource (key) on delete cascade,
    target text not null,
    role text not null,
    member text not null,
    primary key (owner, member)
) without rowid;
create index grant_target on grant_ (target, role, member);
create table address_range (
    owner integer not null references resource (key) on delete cascade,
    space text not null,             -- the network whose addresses these are
    first integer not null,
    last integer not null,
    primary key (owner, first)
) without rowid;
create index address_range_space on address_range (space, last);
-- names that cannot be used again, for ever where until_s is null
create table tombstone (
    type text not null,
    id text not null,
    until_s real,
    primary key (type, id)
) without rowid;
create table fault (
    key integer primary key,
    kind text not null,
    type text not null,
    name text not null,
    remaining integer,               -- calls still to fail, null for all
    delay_s real not null
);
create table hidden (
    resource integer primary key references resource (key) on delete cascade,
    lookups integer not null         -- that will still not find it
);
"""
# Not among the others: files of this format were made without it.
_KEPT = """
create table if not exists kept (
    owner integer primary key references resource (key) on delete cascade,
    sealed blob not null             -- what Vault.seal made of its inputs
)
"""


class StoreUnreadable(RegionctlError):
    """The file is damaged, of another format, or none of ours: `foreign` says that it must not be touched."""

    def __init__(self, path: Path, why: str, *, foreign: bool = False) -> None:
        super().__init__(
            f"the emulated clouds cannot be read: {why}",
            where=str(path),
            hint="move it away" if foreign else "move it away, or start over with `regionctl sandbox reset`",
        )
        self.path = path
        self.foreign = foreign


class StoreBusy(RegionctlError):
    """Another process holds the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"another process has held the emulated clouds for {BUSY_TIMEOUT_S:g} s",
            where=str(path),
            hint="let it finish or end it, and run the command again",
        )
        self.path = path


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


_COLUMNS = "key, type, id, path, name, project, inputs, outputs, secrets, created_s"


class Transaction:
    """What one call reads and writes. Valid inside `Store.transaction` only."""

    def __init__(self, db: sqlite3.Connection, sealing_key: bytes, vault: Vault) -> None:
        self._db = db
        self._sealing_key = sealing_key
        self._vault = vault

    # resources

    def find(self, type_: str, path: str) -> Row | None:
        found = self._rows("where type = ? and path = ?", (type_, path))
        return found[0] if found else None

    def lookup(self, type_: str, path: str) -> Row | None:
        """As `find`, but a resource that is not yet visible everywhere stays hidden for some lookups."""
        row = self.find(type_, path)
        if row is None:
            return None
        counted = self._db.execute("update hidden set lookups = lookups - 1 where resource = ?", (row.key,)).rowcount
        if counted:
            self._db.execute("delete from hidden where resource = ? and lookups < 0", (row.key,))
            return None if self._db.execute("select 1 from hidden where resource = ?", (row.key,)).fetchone() else row
        return row

    def with_id(self, id_: str, type_: str | None = None) -> list[Row]:
        """Every resource with this id: types may share one, and some ids leave the project out."""
        return self._rows("where id = ? and type = ifnull(?, type) order by key", (id_, type_))

    def of_type(self, type_: str, project: str | None = None) -> list[Row]:
        return self._rows("where type = ? and project = ifnull(?, project) order by id", (type_, project))

    def children(self, parent: int) -> list[Row]:
        return self._rows("where parent = ? order by key", (parent,))

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

    def granted(self, targets: Iterable[str], roles: Iterable[str], member: str) -> bool:
        return any(
            self._db.execute(
                "select 1 from grant_ where target = ? and role = ? and member = ?", (target, role, member)
            ).fetchone()
            for target in targets
            for role in roles
        )

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

    def tombstones(self) -> list[tuple[str, str, float | None]]:
        return self._db.execute("select type, id, until_s from tombstone order by type, id").fetchall()

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
        return self.unseal(row.inputs, [json.loads(self._vault.open(found[0]))] if found else [])

    def fingerprint(self, value: Value) -> str:
        """A keyed hash of a value: equal values of one store have equal fingerprints."""
        text = json.dumps(value, sort_keys=True).encode()
        return hmac.new(self._sealing_key, text, hashlib.sha256).hexdigest()

    def _texts(self, inputs: Bag, outputs: Bag) -> tuple[str, str, str]:
        paths = sorted(map(list, outputs.secrets | inputs.secrets), key=str)
        return json.dumps(self._seal(inputs)), json.dumps(self._seal(outputs)), json.dumps(paths)

    def _seal(self, bag: Bag) -> Value:
        return _seal(bag.values, bag.secrets, lambda value: {SEALED: self.fingerprint(value)})

    def unseal(self, stored: Mapping[str, Value], known: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
        """Stored values with every fingerprint replaced by the known value that it was made from."""

        def walk(value: Value, candidates: list[Value]) -> Value:
            if isinstance(value, dict) and SEALED in value:
                return next((c for c in candidates if self.fingerprint(c) == value[SEALED]), SEALED_TEXT)
            if isinstance(value, dict):
                return {
                    k: walk(v, [c[k] for c in candidates if isinstance(c, Mapping) and k in c])
                    for k, v in value.items()
                }
            if isinstance(value, list):
                return [
                    walk(v, [c[i] for c in candidates if isinstance(c, list) and i < len(c)])
                    for i, v in enumerate(value)
                ]
            return value

        result = walk(dict(stored), list(known))
        assert isinstance(result, dict)
        return result


class Store:
    """A handle on the file; threads of a process may share it."""

    def __init__(self, path: Path) -> None:
        """Opens the file and makes it where it is missing, readable by its owner alone.

        Raises StoreUnreadable, StoreBusy.
        """
        self.path = path
        self._lock = threading.Lock()
        self._vault = Vault(path.with_name(f"{path.name}.key"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as err:
            raise StoreUnreadable(path, f"{err.strerror}", foreign=True) from err
        self._db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            with self._translated():
                self._refuse_foreign()
                self._db.execute("pragma foreign_keys = on")
                self._db.execute("pragma synchronous = off")
                self._db.execute("pragma journal_mode = wal")
            self._sealing_key = self._prepare()
        except RegionctlError:
            self._db.close()
            raise

    def _refuse_foreign(self) -> None:
        """Refuses what another program or another version made, before anything is written."""
        version, tables, ours = self._db.execute(
            "select (select user_version from pragma_user_version), count(*), ifnull(sum(name = 'meta'), 0)"
            " from sqlite_master"
        ).fetchone()
        if tables and not ours:
            raise StoreUnreadable(self.path, "it is a database of another program", foreign=True)
        if tables and version != FORMAT:
            raise StoreUnreadable(self.path, f"it has format {version}, this version reads {FORMAT}")

    def _prepare(self) -> bytes:
        with self._begin() as db:
            if db.execute("pragma user_version").fetchone()[0] == 0:
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute("insert into meta values ('sealing_key', ?)", (secrets.token_hex(32),))
                db.execute(f"pragma user_version = {FORMAT}")
            db.execute(_KEPT)
            key = db.execute("select value from meta where key = 'sealing_key'").fetchone()
            if key is None:
                raise StoreUnreadable(self.path, "the key of its fingerprints is missing")
            return bytes.fromhex(key[0])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors about the file as ours. Those about a statement of ours are bugs, and pass."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as err:
            code = getattr(err, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # text that is no UTF-8 has none
            if code & _PRIMARY_CODE == sqlite3.SQLITE_BUSY:
                raise StoreBusy(self.path) from err
            raise StoreUnreadable(self.path, str(err)) from err

    @contextmanager
    def _begin(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # SQLite rolls back by itself where it cannot go on
                    self._db.execute("rollback")
                raise
            self._db.execute("commit")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing; one at a time over all processes. Raises StoreUnreadable, StoreBusy."""
        with self._begin() as db:
            yield Transaction(db, self._sealing_key, self._vault)

    def verify(self) -> None:
        """Reads what exists, which takes milliseconds a region. Raises StoreUnreadable where the file is damaged."""
        for table in _VERIFIED:
            with self._lock, self._translated():
                (found,) = self._db.execute(f"pragma quick_check({table})").fetchone()
            if found != "ok":
                raise StoreUnreadable(self.path, f"it is damaged: {' '.join(found.split())}")

    def close(self) -> None:
        self._db.close()


def _row(found: tuple[int, str, str, str, str, str, str, str, str, float]) -> Row:
    key, type_, id_, path, name, project, inputs, outputs, secret_paths, created_s = found
    try:
        return Row(
            key=key,
            type=type_,
            id=id_,
            path=path,
            name=name,
            project=project,
            inputs=json.loads(inputs),
            outputs=json.loads(outputs),
            secrets=frozenset(tuple(path) for path in json.loads(secret_paths)),
            created_s=created_s,
        )
    except ValueError as err:
        raise sqlite3.DatabaseError(f"the properties of resource {key} are no JSON") from err


def _seal(value: Value, paths: Iterable[PropertyPath], seal: Callable[[Value], Value]) -> Value:
    """A copy of `value` in which everything at one of `paths` is sealed."""
    below: dict[str | int, list[PropertyPath]] = {}
    for path in paths:
        if not path:
            return seal(value)
        below.setdefault(path[0], []).append(path[1:])
    if isinstance(value, dict):
        return {k: _seal(v, below[k], seal) if k in below else v for k, v in value.items()}
    if isinstance(value, list):
        return [_seal(v, below[i], seal) if i in below else v for i, v in enumerate(value)]
    return value


def without_sealed(values: Mapping[str, Value]) -> dict[str, Value]:
    """Unsealed values without the secrets that nobody knew."""
    known = _without_sealed(dict(values))
    assert isinstance(known, dict)
    return known


def _without_sealed(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _without_sealed(item) for key, item in value.items() if item != SEALED_TEXT}
    return [_without_sealed(item) for item in value] if isinstance(value, list) else value

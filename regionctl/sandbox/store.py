"""The emulated clouds on disk: one SQLite file a fleet, shared by every process that serves or inspects it.

Every call of the provider is one short transaction. The file is in WAL mode without fsync: a killed process loses
nothing, since what it committed is in the kernel's hands; only a crash of the machine could lose the last calls, of
clouds that do not exist. Values of secrets are never written: see sealing. What an emulated cloud must know again is
kept apart, encrypted with a key that is not in the file: see vault.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command
from regionctl.sandbox.sealing import Sealing, Vault
from regionctl.sandbox.transaction import Transaction

FORMAT: Final = 1
BUSY_TIMEOUT_S: Final = 30.0
# Not `grant_`: SQLite 3.40 takes columns after a primary key that lies apart for NULL in a table without rowids.
_VERIFIED: Final = ("resource", "use", "address_range", "tombstone", "kept")
_PRIMARY_CODE: Final = 0xFF  # of an extended result code: https://www.sqlite.org/rescode.html

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
            hint="move it away" if foreign else f"move it away, or start over with: {command('sandbox', 'reset')}",
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
            self._sealing = Sealing(self._prepare())
        except BaseException:
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
        """Makes the tables where they are missing. The key of the fingerprints."""
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
            try:
                return bytes.fromhex(key[0])
            except (TypeError, ValueError):
                raise StoreUnreadable(self.path, "the key of its fingerprints is damaged") from None

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
            raise StoreUnreadable(self.path, " ".join(str(err).split())) from err
        except UnicodeDecodeError as err:
            raise StoreUnreadable(self.path, "a text in it is none") from err

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
            yield Transaction(db, self._sealing, self._vault)

    def verify(self) -> None:
        """Reads what exists, which takes milliseconds a region. Raises StoreUnreadable where the file is damaged."""
        for table in _VERIFIED:
            with self._lock, self._translated():
                (found,) = self._db.execute(f"pragma quick_check({table})").fetchone()
            if found != "ok":
                raise StoreUnreadable(self.path, f"it is damaged: {' '.join(found.split())}")

    def close(self) -> None:
        self._db.close()

"""Looks into the emulated clouds of one file, and changes them behind Pulumi's back.

    status(data)                        what exists, by type; tombstones; faults
    resources(data, words)              what matches words in type, name, id or logical name
    edit(data, resource, path, value)   makes drift: one property of one resource, as a console would
    add_fault / faults / clear_faults   what goes wrong on demand
    reset(data)                         nothing was ever made

Values that are secret are never shown: they read "[secret]", and cannot be edited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command, did_you_mean
from regionctl.model.path import Path as PropertyPath
from regionctl.model.path import parse, place
from regionctl.model.values import SECRET_MASK, rebuilt
from regionctl.model.wire import Value
from regionctl.providers.check import check_value
from regionctl.providers.schema import inputs, package
from regionctl.sandbox.faults import FaultKind, Subject, is_type
from regionctl.sandbox.providers import PROVIDERS, is_schema_only, kinds_of
from regionctl.sandbox.sealing import SEALED
from regionctl.sandbox.store import Store, StoreUnreadable
from regionctl.sandbox.transaction import FaultRow, Row, Transaction


class NoSuchResource(RegionctlError):
    """Nothing in the emulated clouds has this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        hint = did_you_mean(name, known, f"{command('sandbox', 'show')} lists what there is")
        super().__init__(f"the emulated clouds hold no {name!r}", hint=hint)


class Ambiguous(RegionctlError):
    """More than one resource has this name."""

    def __init__(self, name: str, ids: Sequence[str]) -> None:
        self.name = name
        self.ids = tuple(ids)
        super().__init__(f"{len(ids)} resources are called {name!r}", hint=f"give one's id: {', '.join(ids[:5])}")


class NoSuchProperty(RegionctlError):
    """The resource has nothing at this path that could be edited."""

    def __init__(self, name: str, path: str, why: str, known: Sequence[str]) -> None:
        self.name = name
        self.path = path
        has = f"it has {', '.join(known)}" if known else ""
        hint = did_you_mean(str(next(iter(parse(path)), "")), known, has, most=1) or None
        super().__init__(f"{name}: {path}: {why}", hint=hint)


class NoSuchType(RegionctlError):
    """No type of any provider matches."""

    def __init__(self, glob: str, known: Sequence[str]) -> None:
        self.glob = glob
        hint = did_you_mean(glob, known, "write a service (sql), a type (sql.User) or a glob of types", most=1)
        super().__init__(f"no type of a resource is called {glob!r}", hint=hint)


class WrongValue(RegionctlError):
    """No cloud would take this value for the property."""

    def __init__(self, name: str, path: str, why: str) -> None:
        self.name = name
        self.path = path
        super().__init__(f"{name}: {path}: {why}", hint="write a value that the console would take")


@dataclass(frozen=True, kw_only=True)
class CloudResource:
    """One resource as the cloud has it. `name` is Pulumi's logical name of what made it; secrets are masked."""

    type: str
    id: str
    name: str
    project: str
    properties: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class CloudStatus:
    """`types`: how many resources of each there are; `floor`: those that are emulated by the SDK's schema alone.
    `tombstones`: names that cannot be used again yet, by type."""

    types: Mapping[str, int]
    floor: tuple[str, ...]
    projects: Mapping[str, int]
    tombstones: Mapping[str, int]
    faults: tuple[FaultRow, ...]


def status(data: Path) -> CloudStatus:
    """What the file holds."""
    with _transaction(data) as tx:
        rows = _all(tx, data)
        types = dict(sorted(Counter(row.type for row in rows).items()))
        return CloudStatus(
            types=types,
            floor=tuple(filter(is_schema_only, types)),
            projects=dict(sorted(Counter(row.project for row in rows if row.project).items())),
            tombstones=dict(sorted(Counter(type_ for type_, _, _ in tx.tombstones()).items())),
            faults=tuple(tx.faults()),
        )


def resources(data: Path, name: str | None = None) -> list[CloudResource]:
    """What has this id or name, all where it is None. Raises NoSuchResource."""
    with _transaction(data) as tx:
        rows = _all(tx, data)
        found = rows if name is None else _named(rows, name)
        return [_shown(row) for row in found]


def edit(data: Path, name: str, path: str, value: Value) -> CloudResource:
    """Sets one property, as somebody would in the console. `path` is like `settings.tier` or `rules[0].ports`.

    Raises NoSuchResource, Ambiguous, NoSuchProperty, WrongValue.
    """
    with _transaction(data) as tx:
        found = _named(_all(tx, data), name)
        if len(found) > 1:
            raise Ambiguous(name, [row.id for row in found])
        row = found[0]
        keys = place(path) or (path,)
        if any(keys[: len(secret)] == secret or secret[: len(keys)] == keys for secret in row.secrets):
            raise NoSuchProperty(row.name, path, "it is secret, and cannot be edited here", [])
        known = sorted(
            {name for name in row.outputs if not name.startswith("__") and name != "id"} | {*inputs(row.type)}
        )
        if keys[0] not in known:
            raise NoSuchProperty(row.name, path, f"there is no {keys[0]!r}", known)
        outputs = _with(row, row.outputs, keys, path, value)
        _refuse_wrong(row, keys, value)
        given = _with(row, row.inputs, keys, path, value) if keys[0] in row.inputs else row.inputs
        tx.rewrite(row.key, given, outputs)
        return _shown(next(one for one in tx.all() if one.key == row.key))


def faults(data: Path) -> tuple[FaultRow, ...]:
    with _transaction(data) as tx:
        return tuple(tx.faults())


def add_fault(
    data: Path, kind: FaultKind, *, type_: str = "*", name: str = "*", count: int | None = None, delay_s: float = 1.0
) -> None:
    """Switches a fault on. `count`: how many calls it hits; None is all of them, until it is cleared.

    Raises NoSuchType for a glob that would never match.
    """
    every = [Subject(token=token, names=()) for provider in PROVIDERS for token in package(provider).types]
    subjects = [subject for subject in every if subject.can_have(kind)]
    if not is_type(type_, subjects):
        raise NoSuchType(type_, sorted({word for subject in subjects for word in subject.types}))
    with _transaction(data) as tx:
        tx.add_fault(kind, type_, name, count, delay_s)


def clear_faults(data: Path) -> int:
    """Switches every fault off; how many there were."""
    with _transaction(data) as tx:
        return tx.clear_faults()


def reset(data: Path) -> int | None:
    """Forgets everything, tombstones and faults among it; how many resources there were.

    A file that cannot be read is made anew, unless it is another program's: then it is not known how many (None).
    """
    try:
        with _transaction(data) as tx:
            return tx.clear()
    except StoreUnreadable as err:
        if err.foreign:
            raise
    for suffix in ("", "-wal", "-shm"):
        data.with_name(data.name + suffix).unlink(missing_ok=True)
    Store(data).close()
    return None


@contextmanager
def _transaction(data: Path) -> Iterator[Transaction]:
    store = Store(data)
    try:
        with store.transaction() as tx:
            yield tx
    finally:
        store.close()


def _all(tx: Transaction, data: Path) -> list[Row]:
    """Raises StoreUnreadable for a row of a provider that is not emulated: somebody changed the file."""
    rows = tx.all()
    for row in rows:
        if row.type.partition(":")[0] not in PROVIDERS:
            raise StoreUnreadable(data, f"it holds a {row.type!r}, which no emulated provider has")
    return rows


def _named(rows: Sequence[Row], name: str) -> list[Row]:
    by_id = [row for row in rows if name in {row.id, row.path}]
    found = by_id or [row for row in rows if name in {row.name, row.outputs.get("name")}]
    if not found:
        raise NoSuchResource(name, sorted({row.name for row in rows}))
    return found


def _shown(row: Row) -> CloudResource:
    masked: dict[str, Any] = {key: _masked(value) for key, value in sorted(_properties(row).items())}
    return CloudResource(type=row.type, id=row.id, name=row.name, project=row.project, properties=masked)


def _properties(row: Row) -> dict[str, Value]:
    """Without the provider's own notes."""
    return {name: value for name, value in row.outputs.items() if not name.startswith("__") and name != "id"}


def _masked(value: Value) -> Value:
    return rebuilt(value, lambda item: SECRET_MASK if isinstance(item, dict) and SEALED in item else item)


def _refuse_wrong(row: Row, keys: PropertyPath, value: Value) -> None:
    rules = kinds_of(row.type.partition(":")[0])[row.type].check_rules
    for failure in check_value(rules, keys, value):
        raise WrongValue(row.name, failure.path, failure.reason)


def _with(row: Row, value: Any, keys: PropertyPath, path: str, new: Value) -> Any:
    """A copy of `value` with `new` at `keys`. Its parent must be there; the last key of an object may be a new one."""
    key, rest = keys[0], keys[1:]
    if isinstance(value, Mapping):
        if not isinstance(key, str) or (rest and key not in value):
            raise NoSuchProperty(row.name, path, f"there is no {key!r}", sorted(value))
        return {**value, key: _with(row, value[key], rest, path, new) if rest else new}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        changed = _with(row, value[key], rest, path, new) if rest else new
        return [*value[:key], changed, *value[key + 1 :]]
    raise NoSuchProperty(row.name, path, f"there is no {key!r}", [])

"""Importing what was matched: reads the cloud, never writes to it.

Three steps. First what the program cannot be compared without: the values of secrets, which become the stack's own,
and Google's service agents, which no import knows. Then the engine compares everything with the provider, in a preview.
Then what is equal is imported; what differs is refused with its differences, unless they are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from regionctl.adopt.classify import Classification, Row
from regionctl.adopt.compare import PROVIDER_ONLY
from regionctl.engine import Engine, Plan
from regionctl.engine.runs.importing import Import
from regionctl.engine.state.failures import RunFailed
from regionctl.model.declaration import Declaration, Resource
from regionctl.model.errors import RegionctlError
from regionctl.model.events import Op, PropertyChange
from regionctl.model.hints import command
from regionctl.model.path import Path as PropertyPath
from regionctl.model.program import StackProgram
from regionctl.model.urn import name_of
from regionctl.model.values import Asset, Secret, Symbolic, leaves, value_at
from regionctl.system.files import write_whole

VERSION: Final = 1


class DamagedRecord(RegionctlError):
    """The record cannot be read; the state is as it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__("the record of what was adopted is damaged", where=str(path), hint="move the file away")


class _Document(BaseModel):
    """The record as it stands in its file."""

    model_config = ConfigDict(strict=True)

    version: int = VERSION
    source: str | None
    rules: str | None
    urns: list[str]


class Record:
    """`source` is the export that was last planned or applied from; `urns` what was imported. Written before the import
    itself, so that one that is killed is known."""

    def __init__(self, path: Path) -> None:
        """Raises DamagedRecord."""
        self.path = path
        self.source: str | None = None
        self.rules: str | None = None
        self.urns: tuple[str, ...] = ()
        if path.exists():
            self._read()

    def remember(self, source: Path, rules: Path | None) -> None:
        if source.is_file() or source.is_dir():  # a pipe can be read once
            self.source = str(source)
        self.rules = str(rules) if rules else None
        self._write()

    def add(self, urns: Iterable[str]) -> None:
        self.urns = tuple(dict.fromkeys((*self.urns, *urns)))
        self._write()

    def remove(self, urns: Iterable[str]) -> None:
        gone = set(urns)
        self.urns = tuple(urn for urn in self.urns if urn not in gone)
        self._write()

    def _read(self) -> None:
        try:
            document = _Document.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            raise DamagedRecord(self.path) from error
        self.source, self.rules, self.urns = document.source, document.rules, tuple(document.urns)

    def _write(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = _Document(source=self.source, rules=self.rules, urns=list(self.urns))
        write_whole(self.path, document.model_dump_json(indent=2))


_AGENT = "gcp:projects/serviceIdentity:ServiceIdentity"
_CONFIG = "config"  # the source of a symbol that is a secret of the stack's config
_SECRET = "[secret]"


@dataclass(frozen=True, kw_only=True)
class Altered:
    """A resource that an import would change, and how."""

    row: Row
    changes: tuple[PropertyChange, ...]

    @property
    def name(self) -> str:
        assert self.row.declared
        return self.row.declared.name

    @property
    def paths(self) -> list[str]:
        return [change.path for change in self.changes]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`imported` by this run, `before` it by others; `unread`: secrets that the cloud does not tell, by resource."""

    imported: tuple[str, ...]
    before: int
    refused: tuple[Altered, ...]
    accepted: tuple[Altered, ...]
    unread: Mapping[str, tuple[str, ...]]
    taken_over: tuple[str, ...]  # keys of the config's secrets that have the cloud's values now


class NotReadable(RegionctlError):
    """The engine could not read what is to be imported: it is not there any more, or may not be read."""

    def __init__(self, stack: str, cause: RegionctlError) -> None:
        self.stack = stack
        told = "; ".join(line for line in cause.what.splitlines() if line != "preview failed")
        super().__init__(
            f"nothing was imported, because not everything can be read: {told}",
            where=cause.where,
            hint=f"export again, and run: {command('adopt', 'classify')}",
        )


def adopt(
    engine: Engine,
    program: StackProgram,
    declaration: Declaration,
    coverage: Classification,
    *,
    record: Record,
    accept: Accepted,
) -> Outcome:
    """Imports what was matched and is equal, or whose differences are accepted.

    What is in the state already is left alone, so that a run that was killed is gone on with. Raises NotReadable.
    """
    return _Adoption(engine, program, declaration, coverage, record).run(accept)


class _Adoption:
    def __init__(
        self,
        engine: Engine,
        program: StackProgram,
        declaration: Declaration,
        coverage: Classification,
        record: Record,
    ) -> None:
        self._engine = engine
        self._program = program
        self._declaration = declaration
        self._record = record
        self._rows = {row.declared.urn: row for row in coverage.matched if row.declared and row.found.import_id}
        self._agents = _agents(declaration, coverage)

    def run(self, accept: Accepted) -> Outcome:
        held = self._held()
        before = len(held & self._rows.keys())
        first = [urn for urn in self._rows if self._config_secrets(urn) and urn not in held]
        try:
            self._import([*self._agents, *first])
            taken_over = self._take_over(first)
            found = self._compare()
        except RunFailed as error:
            self._forget(sorted(self._held() - held))
            raise NotReadable(self._program.name, error) from error
        unread = {urn: paths for urn, changes in found.items() if (paths := _unread(changes))}
        differs = {
            urn: Altered(row=self._rows[urn], changes=differing)
            for urn, changes in found.items()
            if (differing := tuple(change for change in changes if _is_of_the_cloud(change))) and urn not in held
        }
        refused = {
            urn: one
            for urn, one in differs.items()
            if not accept.covers(one.name, [change.path for change in one.changes])
        }
        self._forget([urn for urn in first if urn in refused])
        self._import([urn for urn in self._rows if urn not in refused])
        return Outcome(
            imported=tuple(sorted((self._held() - held) & self._rows.keys())),
            before=before,
            refused=tuple(refused.values()),
            accepted=tuple(one for urn, one in differs.items() if urn not in refused),
            unread={name_of(urn): paths for urn, paths in unread.items()},
            taken_over=taken_over,
        )

    def _held(self) -> set[str]:
        return {resource.urn for resource in self._engine.state(self._program).resources}

    def _compare(self) -> Mapping[str, tuple[PropertyChange, ...]]:
        """What the provider says differs, by URN. Touches no cloud."""
        ids = {(row.found.type, name_of(urn)): str(row.found.import_id) for urn, row in self._rows.items()}
        result = self._engine.plan_import(self._program, ids)[self._program.name]
        if isinstance(result, RegionctlError):
            raise result
        if result.error:
            raise result.error
        return {urn: changes for urn, changes in _changes(result).items() if urn in self._rows}

    def _import(self, urns: Sequence[str]) -> None:
        wanted = [*self._components(urns), *(self._one(urn) for urn in urns)]
        if urns:
            self._record.add(one.urn for one in wanted)
            self._engine.import_existing(self._program, wanted)

    def _forget(self, urns: Sequence[str]) -> None:
        if urns:
            self._engine.forget(self._program, urns)
            self._record.remove(urns)

    def _components(self, urns: Sequence[str]) -> list[Import]:
        """The components above these resources, the outer ones first."""
        above: dict[str, Import] = {}
        for urn in urns:
            for resource in reversed(list(self._ancestors(urn))):
                above.setdefault(resource.urn, _import_of(resource, None))
        return list(above.values())

    def _ancestors(self, urn: str) -> Iterator[Resource]:
        parent = self._declaration.resources[urn].parent
        while parent is not None:
            yield (resource := self._declaration.resources[parent])
            parent = resource.parent

    def _one(self, urn: str) -> Import:
        resource = self._declaration.resources[urn]
        if urn in self._agents:
            return self._agents[urn]
        plain = {
            name: value for name, value in resource.inputs.items() if name in PROVIDER_ONLY and isinstance(value, bool)
        }
        return _import_of(resource, self._rows[urn].found.import_id, inputs=plain)

    def _config_secrets(self, urn: str) -> Mapping[PropertyPath, str]:
        """Which inputs are secrets of the stack's config as they are: the config's keys by path."""
        return dict(_config_secrets(self._declaration.resources[urn].inputs))

    def _take_over(self, urns: Sequence[str]) -> tuple[str, ...]:
        """Makes the values that exist those of the stack's config. They are in no file but the encrypted one."""
        values: dict[str, str] = {}
        inputs = self._engine.secret_inputs(self._program, urns) if urns else {}
        for urn in urns:
            for path, key in self._config_secrets(urn).items():
                value = value_at(inputs.get(urn), path)
                if isinstance(value, str) and value:
                    values[key] = value
        for key, value in values.items():
            self._engine.set_secret(self._program, key, value)
        return tuple(values)


def _import_of(resource: Resource, id_: str | None, *, inputs: Mapping[str, Any] | None = None) -> Import:
    return Import(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        id=id_,
        version=resource.options.version,
        inputs=inputs or {},
    )


def _agents(declaration: Declaration, coverage: Classification) -> Mapping[str, Import]:
    """Google's service agents, whose addresses the grants to them tell. Asking Google for one that exists gives the
    same one again, and there is nothing to read: the state says what the grants say."""
    members: dict[str, set[str]] = {}
    for row in coverage.matched:
        assert row.declared
        member = row.declared.resource.inputs.get("member")
        if isinstance(member, Symbolic) and len(member.symbols) == 1 and str(member).startswith("${"):
            members.setdefault(member.symbols[0].source, set()).add(str(row.found.properties.get("member")))
    found = {}
    for urn, told in members.items():
        resource = declaration.resources.get(urn)
        if resource is not None and resource.type == _AGENT and len(told) == 1:
            found[urn] = _agent(resource, told.pop())
    return found


def _agent(resource: Resource, member: str) -> Import:
    inputs = {name: str(value) for name, value in resource.inputs.items()}
    outputs = {**inputs, "email": member.partition(":")[2], "member": member}
    # The id that google_project_service_identity gives itself: `SetId` in resource_project_service_identity.go.
    id_ = f"projects/{inputs['project']}/services/{inputs['service']}"
    return replace(_import_of(resource, id_, inputs=inputs), outputs={**outputs, "id": id_})


def _changes(plan: Plan) -> Mapping[str, tuple[PropertyChange, ...]]:
    """By URN, what an update or a replacement after the import would change."""
    return {step.urn: step.diff for step in plan.steps if step.op in {Op.UPDATE, Op.REPLACE} and step.diff}


def _is_of_the_cloud(change: PropertyChange) -> bool:
    """Whether it would change something in the cloud, as far as that can be known."""
    return change.path not in PROVIDER_ONLY and not _is_unread(change)


def _is_unread(change: PropertyChange) -> bool:
    """A secret that the program sets and the cloud does not tell."""
    return change.old is None and change.new == _SECRET


def _unread(changes: Sequence[PropertyChange]) -> tuple[str, ...]:
    return tuple(change.path for change in changes if _is_unread(change))


def _config_secrets(inputs: Mapping[str, Any]) -> Iterator[tuple[PropertyPath, str]]:
    """Where a secret of the stack's config stands, and its key there."""
    for path, item in leaves(inputs, into=lambda item: not isinstance(item, Secret | Asset)):
        text = item.value if isinstance(item, Secret) else None
        if isinstance(text, Symbolic) and len(text.symbols) == 1 and text.symbols[0].source == _CONFIG:
            yield path, text.symbols[0].property


@dataclass(frozen=True)
class Accepted:
    """Patterns (`*` is anything) of resources' logical names and of property paths."""

    patterns: tuple[str, ...] = ()

    def covers(self, name: str, paths: Sequence[str]) -> bool:
        """Whether the resource is accepted, or every one of the properties that differ."""
        return self._one(name) or all(self._one(path) or self._one(_top(path)) for path in paths)

    def _one(self, text: str) -> bool:
        return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in self.patterns)


def _top(path: str) -> str:
    """`labels.fleet` -> labels"""
    return re.split(r"[.\[]", path, maxsplit=1)[0]

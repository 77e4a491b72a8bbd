"""A stack's state, read without the CLI: the checkpoint file of the file backend, or an export of a remote state.

Secrets in it are ciphertext; here they read "[secret]".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from regionctl.engine.workspace import PRIVATE_FOLDER, Workspace
from regionctl.model import differences
from regionctl.model.errors import EngineError
from regionctl.model.program import StackProgram
from regionctl.model.urn import ROOT_TYPE, name_of
from regionctl.system.files import write_once
from regionctl.system.reading import NotOfTheShape, checked, loaded


class DamagedState(EngineError):
    """The checkpoint cannot be read. It was not touched; `backup` is the one before it, where there is one."""

    def __init__(self, path: Path, program: StackProgram, why: str) -> None:
        backup = path.with_name(f"{path.name}.bak")
        self.stack = program.name
        self.path = path
        self.backup = backup if backup.is_file() else None
        kept = f"; the state before the last change is kept in {backup}" if self.backup else ""
        super().__init__(
            f"the state of {program.name} is damaged ({why}) and was left as it is{kept}",
            where=str(path),
            hint=f"run: {program.command('state', 'repair')}",
        )


class NeverApplied(EngineError):
    """The backend knows no such stack: nothing was applied yet."""

    def __init__(self, program: StackProgram) -> None:
        self.stack = program.name
        hint = (
            f"to make it, run: {program.command('up')}; to restore it, run: {program.command('state', 'import')} FILE"
        )
        super().__init__(f"{program.name} was never applied", hint=hint)


@dataclass(frozen=True, kw_only=True)
class StateResource:
    """One resource in the state. Wire names; secrets masked."""

    urn: str
    type: str
    name: str
    id: str | None
    custom: bool
    protect: bool
    parent: str | None
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)  # as Pulumi wrote it


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What ran when Pulumi was killed. `kind`: `creating`, `updating`, `deleting`, `reading` or `importing`."""

    kind: str
    resource: StateResource

    def __str__(self) -> str:
        return f"{self.kind} {self.resource.type} {self.resource.name!r}"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """`resources` do not hold the stack itself and the engine's default providers. `saved` is when Pulumi wrote it."""

    resources: tuple[StateResource, ...]
    pending: tuple[Pending, ...]
    outputs: Mapping[str, Any]
    saved: datetime | None = None

    @property
    def holds_nothing(self) -> bool:
        """Whether nothing of the stack exists, not even half."""
        return not self.pending and not any(resource.custom for resource in self.resources)


EMPTY = Checkpoint(resources=(), pending=(), outputs={})


def read_checkpoint(workspace: Workspace, program: StackProgram) -> Checkpoint | None:
    """The state on this disk; None for a stack that was never made, or a remote state. Raises DamagedState."""
    path = workspace.checkpoint(program)
    if path is None:
        return None
    try:
        return parse_checkpoint(path.read_bytes())
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        raise DamagedState(path, program, "it is a folder") from None
    except OSError as error:
        raise DamagedState(path, program, error.strerror or str(error)) from error
    except NotOfTheShape as error:
        raise DamagedState(path, program, error.why) from error


def write_state(workspace: Workspace, project: str, stack: str, exported: Mapping[str, Any] | None = None) -> bool:
    """Makes a stack on this disk, as `pulumi stack init` does, or with a state that was exported; False where it is
    there already.

    CreateStack in pkg/backend/diy/backend.go and ensurePulumiMeta in meta.go of pulumi v3.259.0. The state of a stack
    in which nothing was done yet is a file that names it, and no more.
    """
    folder = workspace.state_dir
    assert folder is not None
    path = folder / "stacks" / project / f"{stack}.json"
    for part in (folder, folder / "stacks", path.parent):
        part.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    write_once(folder / "meta.yaml", "version: 1\n")
    is_new = not path.exists()
    content = dict(exported or {"version": 3})
    latest = {"latest": content.pop("deployment")} if "deployment" in content else {}
    content["checkpoint"] = {"stack": f"organization/{project}/{stack}", **latest}
    write_once(path, json.dumps(content))
    return is_new


def parse_checkpoint(content: bytes) -> Checkpoint:
    """From the content of a checkpoint file. Raises NotOfTheShape."""
    document = loaded(content)
    checked(_FILE, document)
    return _checkpoint(document["checkpoint"].get("latest") or {})


def parse_export(document: str) -> Checkpoint:
    """From what `stack export` prints. Raises NotOfTheShape."""
    exported = loaded(document)
    checked(_EXPORT, exported)
    return _checkpoint(exported.get("deployment") or {})


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class _Resource(_Shape):
    """`ResourceV3` of sdk/go/common/apitype/core.go of pulumi v3.259.0, as far as it is read here."""

    urn: str = Field(pattern=r"^urn:pulumi:[^\x00-\x1f]*::[^\x00-\x1f]*::[^\x00-\x1f]*::")
    type: str
    id: str | None = None
    custom: bool = False
    protect: bool = False
    delete: bool = False
    parent: str | None = None
    dependencies: list[str] | None = None
    property_dependencies: dict[str, list[str] | None] | None = Field(None, alias="propertyDependencies")
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None


class _Pending(_Shape):
    type: str
    resource: _Resource


class _Manifest(_Shape):
    time: str | None = None


class _Deployment(_Shape):
    manifest: _Manifest | None = None
    resources: list[_Resource] | None = None
    pending_operations: list[_Pending] | None = None


class _Latest(_Shape):
    latest: _Deployment | None = None


class _File(_Shape):
    checkpoint: _Latest


class _Export(_Shape):
    version: int
    deployment: _Deployment | None = None


_FILE, _EXPORT = TypeAdapter(_File), TypeAdapter(_Export)


def _checkpoint(deployment: Mapping[str, Any]) -> Checkpoint:
    every = [_resource(raw) for raw in deployment.get("resources") or ()]
    pending = tuple(
        Pending(kind=raw["type"], resource=_resource(raw["resource"]))
        for raw in deployment.get("pending_operations") or ()
    )
    root = next((r for r in every if r.type == ROOT_TYPE), None)
    return Checkpoint(
        resources=tuple(r for r in every if not differences.is_bookkeeping(r.type, r.name)),
        pending=pending,
        outputs=root.outputs if root else {},
        saved=_time((deployment.get("manifest") or {}).get("time")),
    )


def _time(text: str | None) -> datetime | None:
    """When the state was saved, where it says so."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def _resource(raw: Mapping[str, Any]) -> StateResource:
    urn = raw["urn"]
    return StateResource(
        urn=urn,
        type=raw["type"],
        name=name_of(urn),
        id=raw.get("id"),
        custom=raw.get("custom", False),
        protect=raw.get("protect", False),
        parent=raw.get("parent"),
        dependencies=tuple(raw.get("dependencies") or ()),
        property_dependencies={k: tuple(v or ()) for k, v in (raw.get("propertyDependencies") or {}).items()},
        inputs=differences.cleaned(raw.get("inputs") or {}),
        outputs=differences.cleaned(raw.get("outputs") or {}),
        raw=raw,
    )

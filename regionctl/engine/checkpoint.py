"""A stack's state, read without the CLI: the checkpoint file of the file backend, or an export of a remote state.

Secrets in it are ciphertext; here they read "[secret]".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regionctl.errors import EngineError
from regionctl.program import StackProgram

from . import paths
from .workspace import Workspace

ROOT_TYPE = "pulumi:pulumi:Stack"


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
    """`resources` do not hold the stack itself and the engine's default providers."""

    resources: tuple[StateResource, ...]
    pending: tuple[Pending, ...]
    outputs: Mapping[str, Any]


EMPTY = Checkpoint(resources=(), pending=(), outputs={})


def read_checkpoint(workspace: Workspace, program: StackProgram) -> Checkpoint | None:
    """The state on this disk; None for a stack that was never made, or a remote state. Raises DamagedState."""
    path = workspace.checkpoint(program)
    if path is None or not path.exists():
        return None
    try:
        document = json.loads(path.read_bytes())
        return parse_deployment(document["checkpoint"].get("latest") or {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedState(path, program, _why(error)) from error


def parse_deployment(deployment: Mapping[str, Any]) -> Checkpoint:
    """From the `deployment` of an export, or the `latest` of a checkpoint."""
    every = [_resource(raw) for raw in deployment.get("resources") or ()]
    pending = tuple(
        Pending(kind=raw["type"], resource=_resource(raw["resource"]))
        for raw in deployment.get("pending_operations") or ()
    )
    root = next((r for r in every if r.type == ROOT_TYPE), None)
    return Checkpoint(
        resources=tuple(r for r in every if not paths.is_bookkeeping(r.type, r.name)),
        pending=pending,
        outputs=root.outputs if root else {},
    )


def _resource(raw: Mapping[str, Any]) -> StateResource:
    urn = raw["urn"]
    return StateResource(
        urn=urn,
        type=raw["type"],
        name=urn.rpartition("::")[2],
        id=raw.get("id"),
        custom=raw.get("custom", False),
        protect=raw.get("protect", False),
        parent=raw.get("parent"),
        dependencies=tuple(raw.get("dependencies") or ()),
        property_dependencies={k: tuple(v or ()) for k, v in (raw.get("propertyDependencies") or {}).items()},
        inputs=paths.cleaned(raw.get("inputs") or {}),
        outputs=paths.cleaned(raw.get("outputs") or {}),
        raw=raw,
    )


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    return "it is no checkpoint of Pulumi"

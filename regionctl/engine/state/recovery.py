"""After a kill: names the operations that were running, and settles them before the next change.

Pulumi writes down an operation before it starts it, and its outcome after. Between the two only the cloud knows. A
pending update or delete is settled by a refresh. A pending create is not: the object exists or not, and nobody
knows its id. `Finder` says which; without one (the real clouds) Pulumi's own warning stands and the human decides.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from regionctl.model.events import Diagnostic, Severity
from regionctl.model.program import StackProgram

from .checkpoint import Pending, StateResource

if TYPE_CHECKING:
    from .session import Session

Finder: TypeAlias = Callable[[StateResource, frozenset[str]], str | None]
"""The id under which the object of an unfinished create exists, None where it does not. Gets the ids that are known
already: those of the same type in the state.
"""


def find_in_sandbox(data: Path, project: str | None, resource: StateResource, known: frozenset[str]) -> str | None:
    """Looks an object up in the emulated clouds of one file, by the name that it was made under."""
    from regionctl.sandbox.store import Store

    projects = {resource.inputs.get("project") or project, "", None}
    with contextlib.closing(Store(data)) as store, store.transaction() as clouds:
        rows = clouds.of_type(resource.type)
        found = [r.id for r in rows if r.name == resource.name and r.project in projects and r.id not in known]
    return found[0] if found else None


def name_pending(program: StackProgram, pending: tuple[Pending, ...], *, settled: bool) -> tuple[Diagnostic, ...]:
    """One warning for each pending operation, with the way on."""
    ways = f"`{program.command('up')}` or `{program.command('refresh')}` settles it"
    way = "it is settled first" if settled else ways
    return tuple(
        Diagnostic(
            stack=program.name,
            severity=Severity.WARNING,
            message=f"Pulumi was interrupted while {p}; {way}",
            urn=p.resource.urn,
        )
        for p in pending
    )


def settle(session: Session, pending: tuple[Pending, ...], find: Finder) -> None:
    """Turns unfinished creates into resources where the object exists, and forgets them where it does not.

    What the resource then is, and what became of unfinished updates and deletes, the refresh that must follow shows.
    """
    # `pulumi refresh --import-pending-creates` of 3.259.0 marks the operation as an import and then drops it.
    deployment = _deployment(session)
    resources: list[dict[str, Any]] = list(deployment.get("resources") or ())
    for operation in pending:
        if operation.kind != "creating":
            continue
        known = frozenset(raw.get("id", "") for raw in resources if raw["type"] == operation.resource.type)
        identity = find(operation.resource, known)
        if identity is not None:
            _adopt(resources, operation.resource, identity)
    settled = {**deployment, "resources": resources, "pending_operations": []}
    document = json.dumps({"version": 3, "deployment": settled})
    session.call("stack", "import", "--stack", session.program.name, text=document)


def _adopt(resources: list[dict[str, Any]], resource: StateResource, identity: str) -> None:
    """Adds a resource that was made. One that it replaces stays, to be deleted by the next run."""
    made = {**resource.raw, "id": identity, "outputs": resource.raw.get("inputs") or {}}
    for index, raw in enumerate(resources):
        if raw["urn"] == resource.urn and not raw.get("delete"):
            resources[index : index + 1] = [made, {**raw, "delete": True}]
            return
    resources.append(made)


def _deployment(session: Session) -> dict[str, Any]:
    exported = json.loads(session.call("stack", "export", "--stack", session.program.name))
    deployment: dict[str, Any] = exported["deployment"]
    return deployment

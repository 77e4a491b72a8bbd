"""After a kill: what was running is named, and made whole before the next change.

Pulumi writes down an operation before it starts it, and its outcome after. Between the two only the cloud knows. A
pending update or delete is settled by a refresh. A pending create is not: the object exists or not, and its id was
never told. `Finder` says which; without one (the real clouds) Pulumi's own warning stands and the human decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from regionctl.program import StackProgram

from .checkpoint import Pending, StateResource
from .events import Diagnostic, Severity

if TYPE_CHECKING:
    from .session import Session

Finder: TypeAlias = Callable[[StateResource], str | None]
"""The id under which the object of an unfinished create exists, or None where it does not."""


def name_pending(program: StackProgram, pending: tuple[Pending, ...], *, settled: bool) -> tuple[Diagnostic, ...]:
    """One warning for each pending operation, with the way on."""
    stack = program.region or program.name
    way = "it is settled first" if settled else f"`regionctl up {stack}` or `regionctl refresh {stack}` settles it"
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

    What the resource then is, and what became of unfinished updates and deletes, the refresh that must follow tells.
    """
    # `pulumi refresh --import-pending-creates` of 3.259.0 marks the operation as an import and then drops it.
    deployment = _deployment(session)
    operations = [p for p in deployment.get("pending_operations") or () if p["type"] == "creating"]
    found = {p.resource.urn: find(p.resource) for p in pending if p.kind == "creating"}
    made = {
        raw["resource"]["urn"]: {**raw["resource"], "id": identity, "outputs": raw["resource"].get("inputs") or {}}
        for raw in operations
        if (identity := found.get(raw["resource"]["urn"])) is not None
    }
    settled = {
        **deployment,
        "resources": [*(deployment.get("resources") or ()), *made.values()],
        "pending_operations": [],
    }
    session.call(
        "stack", "import", "--stack", session.program.name, text=json.dumps({"version": 3, "deployment": settled})
    )


def _deployment(session: Session) -> dict[str, Any]:
    exported = json.loads(session.call("stack", "export", "--stack", session.program.name))
    deployment: dict[str, Any] = exported["deployment"]
    return deployment

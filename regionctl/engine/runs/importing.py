"""Takes resources that exist into a stack's state, without changing them.

Two steps. `with_imports` is a program whose resources say what they are in the cloud, for a preview: the provider reads
each and compares it with what the program declares. `import_resources` then does what `pulumi import --file` does,
which reads and never writes: a resource is protected afterwards, whatever the program says.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from pulumi import ResourceTransformationResult
from pulumi.automation import CommandError
from pulumi.runtime import register_stack_transformation

from regionctl.engine.secrets import slots
from regionctl.engine.state import records
from regionctl.engine.state.checkpoint import EMPTY
from regionctl.engine.state.session import Session
from regionctl.engine.state.waiting import with_lock
from regionctl.model.program import StackProgram
from regionctl.model.urn import ROOT_TYPE
from regionctl.model.values import rebuilt

from .event_collector import Collector
from .failures import explain


@dataclass(frozen=True, kw_only=True)
class Import:
    """One resource to import, or (without an id) a component above one.

    `inputs` are plain values that the provider cannot read from the cloud; they count where it reads none. With
    `outputs`, which are then all that is known of it, the provider is not asked.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    id: str | None
    version: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


def with_imports(program: StackProgram, ids: Mapping[tuple[str, str], str]) -> StackProgram:
    """The program, in which the resources with these types and names say which ones of the cloud they are."""
    return replace(program, run=partial(_run, program, ids))


def _run(program: StackProgram, ids: Mapping[tuple[str, str], str]) -> None:

    def imported(args: Any) -> Any:
        id_ = ids.get((args.type_, args.name))
        if id_ is not None:
            args.opts.import_ = id_
        return ResourceTransformationResult(args.props, args.opts)

    register_stack_transformation(imported)
    program.run()


def import_resources(session: Session, imports: Sequence[Import]) -> None:
    """Imports them all. Killed on the way, those that were done are in the state. Raises an EngineError."""
    slots.ensure(session)
    known = {resource.urn for resource in records.state(session).resources}
    wanted = [one for one in imports if one.urn not in known]
    if wanted:
        with tempfile.TemporaryDirectory() as folder:
            _call(session, Path(folder), _document(wanted, known))


def _call(session: Session, folder: Path, document: Mapping[str, Any]) -> None:
    """In a project without a runtime: `import` would start the language's plugin, which it has no use for."""
    (folder / "Pulumi.yaml").write_text(f"name: {session.program.project}\n", encoding="utf-8")
    file = folder / "import.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    config = session.workspace.config_file(session.program.name)
    where = ("--cwd", str(folder), "--stack", session.program.name, "--config-file", str(config))
    flags = ("--yes", "--skip-preview", "--protect", "--generate-code=false", "--suppress-outputs")

    def run() -> None:
        session.on_stack(partial(session.call, "import", "--file", str(file), *where, *flags))

    heard = Collector(session.program.name, dry=False, emit=lambda _event: None)
    try:
        with_lock(session, 0, heard.say, run)
    except CommandError as failure:
        raise explain(session, failure, heard, EMPTY) from None


def _document(imports: Sequence[Import], known: set[str]) -> Mapping[str, Any]:
    """`importFile` of pkg/cmd/pulumi/operations/import.go. URNs serve as names, so that none is ambiguous."""
    parents = {one.parent for one in imports if one.parent} & known
    return {"nameTable": {urn: urn for urn in sorted(parents)}, "resources": [_spec(one) for one in imports]}


def _spec(one: Import) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"type": one.type, "name": one.urn, "logicalName": one.name}
    if one.parent:
        spec["parent"] = one.parent
    if one.id is None:
        return {**spec, "component": True}
    if one.version:
        spec["version"] = one.version
    if one.inputs:
        spec["inputs"] = dict(one.inputs)
    if one.outputs:
        spec["outputs"] = dict(one.outputs)
    return {**spec, "id": one.id}


def secret_inputs(session: Session, urns: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """The inputs of resources in the state by URN, their secrets in plain text: for this process's memory alone."""
    exported = json.loads(session.call("stack", "export", "--show-secrets", "--stack", session.program.name))
    resources = (exported.get("deployment") or {}).get("resources") or ()
    return {one["urn"]: rebuilt(one.get("inputs") or {}, _plain) for one in resources if one["urn"] in urns}


def _plain(value: Any) -> Any:
    """Without the wrapping of a secret: {signature: ..., "plaintext": JSON}."""
    wrapped = isinstance(value, dict) and isinstance(value.get("plaintext"), str)
    return json.loads(value["plaintext"]) if wrapped else value


def forget(session: Session, urns: Sequence[str]) -> None:
    """Takes resources out of the state, whatever protects them; in the cloud they stay as they are.

    Components that are left without a child go with them, and what still depends on them depends on nothing instead.
    """
    heard = Collector(session.program.name, dry=False, emit=lambda _event: None)

    def replace_state() -> None:
        document = json.loads(session.call("stack", "export", "--stack", session.program.name))
        deployment = document.get("deployment") or {}
        deployment["resources"] = _without(deployment.get("resources") or [], set(urns))
        session.call("stack", "import", "--stack", session.program.name, text=json.dumps(document))

    with_lock(session, 0, heard.say, replace_state)


def _without(resources: list[dict[str, Any]], urns: set[str]) -> list[dict[str, Any]]:
    gone = _with_empty_components(resources, {one["urn"] for one in resources if one["urn"] in urns and one["custom"]})
    kept = [one for one in resources if one["urn"] not in gone]
    for one in kept:
        one["dependencies"] = [urn for urn in one.get("dependencies") or () if urn not in gone]
        by_property = one.get("propertyDependencies") or {}
        one["propertyDependencies"] = {
            name: [urn for urn in needed or () if urn not in gone] for name, needed in by_property.items()
        }
    return kept


def _with_empty_components(resources: list[dict[str, Any]], gone: set[str]) -> set[str]:
    """`gone`, and the components of which then nothing is left."""
    while True:
        left = [one for one in resources if one["urn"] not in gone]
        parents = {one.get("parent") for one in left}
        empty = {one["urn"] for one in left if _is_component(one) and one["urn"] not in parents}
        if not empty:
            return gone
        gone = gone | empty


def _is_component(resource: Mapping[str, Any]) -> bool:
    return not resource.get("custom") and resource["type"] != ROOT_TYPE

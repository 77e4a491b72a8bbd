"""An export without an engine: what a program declares, as if the cloud had it, in the shape of an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from regionctl.adopt.declared import ANY, UNSAID, Declared, declared
from regionctl.adopt.writers import Format, write
from regionctl.model.program import SecretKind, SecretSlot, StackProgram, Target
from regionctl.model.values import SECRET_MASK
from regionctl.render import Declaration, render
from regionctl.sandbox.clouds import CloudResource
from regionctl.sandbox.gcp.naming import project_number
from regions.load import load_fleet
from stacks.programs import programs
from tests.adopt import by_hand

REGIONS = Path(__file__).parents[2] / "regions"
Edit = Callable[[list[CloudResource]], list[CloudResource]]


@cache
def us_east() -> tuple[StackProgram, Declaration]:
    """The shipped region us-east and its declaration."""
    program = programs(load_fleet(REGIONS, "prod"))["prod.us-east"]
    return program, render(program)


@cache
def made_by_hand() -> tuple[StackProgram, Declaration]:
    slot = SecretSlot(kind=SecretKind.GENERATED)
    program = StackProgram(
        project="regionctl",
        name="prod.by-hand",
        fleet="prod",
        region=None,
        target=Target.SANDBOX,
        run=by_hand.region,
        config={"gcp:project": by_hand.PROJECT, "gcp:region": by_hand.REGION},
        secrets={"session": slot, "password": slot},
    )
    return program, render(program)


def resources(program: StackProgram, declaration: Declaration) -> list[CloudResource]:
    """Every resource as the cloud would have it, with what is computed made up."""
    project = program.config["gcp:project"]
    return [_resource(one, project, index) for index, one in enumerate(declared(declaration, program.config))]


def _resource(one: Declared, project: str, index: int) -> CloudResource:
    own = str(one.inputs.get("project") or project)
    known = {"project": own, **_known(one.inputs, own)}
    if "location" not in known and "{region}" in one.kind.import_id:
        known.setdefault("region", by_hand.REGION)
    id_ = one.kind.id_of(known, own)
    if id_ is None:  # the cloud gives it: a number
        id_ = f"projects/{own}/things/{index}"
        known["name"] = id_
    if one.kind.latest:
        known[one.kind.latest] = "1"
        id_ = one.kind.id_of(known, own)
    return CloudResource(type=one.resource.type, id=str(id_), name=one.name, project=own, properties=known)


def _known(value: Any, project: str) -> Any:
    """Agents have the project's number in their addresses; secrets and unknowns are left out, but for a version."""
    if isinstance(value, Mapping):
        inner = {key: "1" if key == "version" and item == ANY else _known(item, project) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_known(item, project) for item in value]
    if value is UNSAID or value in (SECRET_MASK, ANY):
        return None
    return value.replace(ANY, f"{project_number(project)}@agents.iam") if isinstance(value, str) else value


def export(folder: Path, form: Format = Format.TERRAFORM, edit: Edit = lambda found: found) -> Path:
    """us-east as its program declares it, edited, as an export."""
    write(edit(resources(*us_east())), folder, form)
    return folder


def export_by_hand(folder: Path, form: Format = Format.TERRAFORM) -> Path:
    write(resources(*made_by_hand()), folder, form)
    return folder


def changing(name: str, /, **properties: Any) -> Edit:
    """An edit of the resource that was declared under this logical name."""

    def edit(found: list[CloudResource]) -> list[CloudResource]:
        assert any(one.name == name for one in found), name
        return [replace(o, properties={**o.properties, **properties}) if o.name == name else o for o in found]

    return edit

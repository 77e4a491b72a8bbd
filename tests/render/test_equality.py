"""A render declares what the real engine is told, for every stack of every fleet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from pulumi.runtime.proto import resource_pb2

from regionctl.engine import Engine, Plan, Workspace
from regionctl.model.program import StackProgram
from regionctl.render import Declaration, Resource, Secret, Symbolic, Unknown, Value, render
from regionctl.render.monitor import options_of
from regionctl.render.values import Decoder
from regions.load import load_fleet
from stacks.programs import REGIONS_DIR, programs
from tests.render.told import overheard, requests

pytestmark = pytest.mark.engine

# Digests of values that the clouds make: in a render of what stands for those values, so that it changes with the
# declaration. Only an engine that has applied before knows the real one.
_DIGESTS = frozenset({".runExecutionToken"})

FLEETS = sorted(folder.name for folder in REGIONS_DIR.iterdir() if (folder / "fleet.yaml").is_file())


@pytest.mark.parametrize("fleet", FLEETS)
def test_the_engine_is_told_what_a_render_declares(fleet: str, tmp_path: Path) -> None:
    engine = Engine(workspace=Workspace.at(REGIONS_DIR.parent, str(tmp_path)))
    stacks = programs(load_fleet(REGIONS_DIR, fleet)).values()
    first = [stack for stack in stacks if not _reads_others(stack)]
    with engine.attached(first[0]) as attached:
        differences = [
            *_compared(attached, first, tmp_path),
            # Planning the others made their stacks, so that this one can look for outputs there.
            *_compared(attached, [stack for stack in stacks if stack not in first], tmp_path),
        ]
    assert differences == []


def _reads_others(stack: StackProgram) -> bool:
    return any(r.type == "pulumi:pulumi:StackReference" for r in render(stack).resources.values())


def _compared(engine: Engine, stacks: Iterable[StackProgram], folder: Path) -> Iterator[str]:
    pairs = [overheard(stack, folder) for stack in stacks]
    _expect_good(engine.plan([program for program, _ in pairs]))
    for stack, (_, file) in zip(stacks, pairs, strict=True):
        yield from _differences(stack.name, render(stack), list(requests(file)))


def _expect_good(results: Mapping[str, Plan | Exception]) -> None:
    for result in results.values():
        assert isinstance(result, Plan), result
        assert result.error is None, result.error


def _differences(
    stack: str, declaration: Declaration, told: list[resource_pb2.RegisterResourceRequest]
) -> Iterator[str]:
    declared = {(r.type, r.name, r.parent or ""): r for r in declaration.resources.values() if r.read_id is None}
    heard = {(r.type, r.name, _parent(r)): r for r in told}
    for key in sorted(declared.keys() ^ heard.keys()):
        yield f"{stack}: {key} is {'declared only' if key in declared else 'told only'}"
    for key in sorted(declared.keys() & heard.keys()):
        for what in _unlike(declared[key], heard[key]):
            yield f"{stack}: {declared[key].urn}: {what}"


def _parent(request: resource_pb2.RegisterResourceRequest) -> str:
    return "" if "::pulumi:pulumi:Stack::" in request.parent else request.parent


def _unlike(declared: Resource, told: resource_pb2.RegisterResourceRequest) -> Iterator[str]:
    if declared.custom != told.custom:
        yield "custom"
    if declared.dependencies != tuple(sorted(told.dependencies)):
        yield f"dependencies {declared.dependencies} and {sorted(told.dependencies)}"
    wanted = {key: tuple(sorted(value.urns)) for key, value in told.propertyDependencies.items()}
    if declared.property_dependencies != wanted:
        yield f"property dependencies {declared.property_dependencies} and {wanted}"
    if declared.options != options_of(told):
        yield f"options {declared.options} and {options_of(told)}"
    yield from _unlike_values("", declared.inputs, Decoder({}).struct(told.object))


def _unlike_values(path: str, declared: Value, told: Value) -> Iterator[str]:
    if isinstance(told, Secret) or isinstance(declared, Secret):
        # The value differs by design: a render has none. That it is secret must not.
        if type(told) is not type(declared):
            yield f"{path}: one of the two is no secret"
    elif isinstance(told, Unknown):
        if not isinstance(declared, (Symbolic, Unknown)) and path not in _DIGESTS:
            yield f"{path}: {declared!r} is known to the render only"
    elif isinstance(told, Mapping) and isinstance(declared, Mapping):
        for key in sorted({*told, *declared}):
            yield from _unlike_values(f"{path}.{key}", declared.get(key), told.get(key))
    elif isinstance(told, list) and isinstance(declared, list) and len(told) == len(declared):
        for index, (mine, theirs) in enumerate(zip(declared, told, strict=True)):
            yield from _unlike_values(f"{path}[{index}]", mine, theirs)
    elif isinstance(declared, (Symbolic, Unknown)) or declared != told:
        yield f"{path}: {declared!r} and {told!r}"

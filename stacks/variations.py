"""Gives a stack's program once more for each value of its specs, with another value in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel

from regionctl.model.program import StackProgram
from regionctl.proofs.origin import Variation
from regions.load import Fleet, merge
from regions.source import KeyPath
from regions.spec import FleetSpec, RegionSpec
from stacks.programs import programs

_NO_CAUSE = ("exceptions", "name", "fleet")  # nothing that is declared comes from these


def variations(fleet: Fleet, program: StackProgram) -> Iterator[Variation]:
    """A variation for each value in YAML that the stack's program may read, in the order of the files."""
    if program.region is not None:
        own = fleet.documents[program.region].value
        yield from _variations(fleet, program, program.region, merge(fleet.spec.defaults, own), ())
    else:
        section = program.short
        said = fleet.documents[None].value.get(section)
        if isinstance(said, Mapping):
            yield from _variations(fleet, program, None, said, (section,))


def _variations(
    fleet: Fleet, program: StackProgram, region: str | None, said: Mapping[str, object], path: tuple[str, ...]
) -> Iterator[Variation]:
    for key, value in said.items():
        here = (*path, key)
        if isinstance(value, Mapping):
            if key not in _NO_CAUSE:
                yield from _variations(fleet, program, region, value, here)
            continue
        varied = _with_another(fleet, region, here)
        if varied is not None:
            yield Variation(
                path=here,
                value=str(value),
                source=fleet.position(region, here),
                changed_program=programs(varied)[program.name],
            )


def _with_another(fleet: Fleet, region: str | None, path: KeyPath) -> Fleet | None:
    spec: RegionSpec | FleetSpec = fleet.spec if region is None else fleet.regions[region]
    changed = _changed(spec, path)
    if isinstance(changed, FleetSpec):
        return replace(fleet, spec=changed)
    if isinstance(changed, RegionSpec):
        return replace(fleet, regions=MappingProxyType({**fleet.regions, str(region): changed}))
    return None


def _changed(value: object, path: KeyPath) -> object | None:
    """The value with another one at the path; None where it cannot be another. Nothing is validated: it only has to
    show what depends on it."""
    if not path:
        return _another(value)
    key, rest = str(path[0]), path[1:]
    if isinstance(value, BaseModel):
        below = _changed(getattr(value, key, None), rest)
        return None if below is None else value.model_copy(update={key: below})
    if isinstance(value, Mapping):
        below = _changed(value.get(key), rest)
        return None if below is None else MappingProxyType({**value, key: below})
    return None


def _another(value: object) -> object | None:
    match value:
        case StrEnum():
            return next((member for member in type(value) if member is not value), None)
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case tuple():
            return value[:-1]
        case _:
            return None

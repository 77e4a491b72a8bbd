"""What a provider's SDK does not say about a type: the tables in `<provider>/<service>/facts.json`.

A table names its source. Paths are Pulumi's property names with `[]` for any element of a list:
`settings.databaseFlags[].name`. A type without a table has the floor: its identity replaces, nothing else is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from regionctl.sandbox.schema import Kind, TypeSchema, collection_of
from regionctl.sandbox.wire import Value

Group = tuple[str, ...]

_IDENTITY = frozenset({"name", "project", "location", "region", "zone"})


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The table of one type."""

    replace: frozenset[str] = frozenset()  # a change replaces the resource
    computed: frozenset[str] = frozenset()  # optional: the cloud chooses where nothing is given, and keeps its choice
    output: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()  # lists without an order
    default: Mapping[str, Value] = field(default_factory=dict)
    enum: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    min: Mapping[str, int] = field(default_factory=dict)  # elements of a list
    max: Mapping[str, int] = field(default_factory=dict)
    requires: Mapping[str, Group] = field(default_factory=dict)
    conflicts: tuple[Group, ...] = ()
    exactly_one: tuple[Group, ...] = ()
    at_least_one: tuple[Group, ...] = ()
    floor: bool = False

    def replaces(self, path: str) -> bool:
        """Whether a change at `path` replaces: the path itself or a block around it is in the table."""
        return path in self.replace or any(path.startswith((f"{block}.", f"{block}[")) for block in self.replace)


def facts_of(schema: TypeSchema) -> Facts:
    """The table of a type, or the floor where there is none."""
    table = _tables(schema.token.partition(":")[0], schema.service)
    found = table.get(schema.token)
    return found if found is not None else _floor(schema)


def own_name(schema: TypeSchema) -> str | None:
    """The input that names a resource of a type without a table: `name`, or `datasetId` of a Dataset."""
    return next((name for name in ("name", f"{schema.collection}Id") if name in schema.inputs), None)


def containers(schema: TypeSchema) -> tuple[str, ...]:
    """The inputs that name what a resource of a type without a table lies in: those that it cannot do without and that
    are called like another type of its service, as `cluster` of a NodePool and `datasetId` of a Table."""
    siblings = {
        collection_of(token) for token, (service, _) in schema.package.types.items() if service == schema.service
    }
    return tuple(
        name
        for name, prop in schema.inputs.items()
        if prop.required
        and prop.shape.kind is Kind.STRING
        and name != own_name(schema)
        and name.removesuffix("Id") in siblings
    )


def _floor(schema: TypeSchema) -> Facts:
    optional = (name for name, prop in schema.inputs.items() if not prop.required)
    return Facts(
        replace=frozenset(
            name for name in schema.inputs if name in {*_IDENTITY, own_name(schema), *containers(schema)}
        ),
        computed=frozenset(optional),
        output=frozenset(schema.output_only),
        floor=True,
    )


@cache
def _tables(provider: str, service: str) -> Mapping[str, Facts]:
    path = Path(__file__).parent / provider / service / "facts.json"
    if not path.exists():
        return {}
    return {token: _read(row) for token, row in json.loads(path.read_text())["types"].items()}


def _read(row: Mapping[str, Value]) -> Facts:
    return Facts(
        replace=frozenset(row.get("replace", ())),
        computed=frozenset(row.get("computed", ())),
        output=frozenset(row.get("output", ())),
        secret=frozenset(row.get("secret", ())),
        sets=frozenset(row.get("set", ())),
        default=row.get("default", {}),
        enum={path: tuple(values) for path, values in row.get("enum", {}).items()},
        min=row.get("min", {}),
        max=row.get("max", {}),
        requires={path: tuple(others) for path, others in row.get("requires", {}).items()},
        conflicts=_groups(row, "conflicts"),
        exactly_one=_groups(row, "exactlyOne"),
        at_least_one=_groups(row, "atLeastOne"),
    )


def _groups(row: Mapping[str, Value], name: str) -> tuple[Group, ...]:
    return tuple(tuple(group) for group in row.get(name, ()))

"""What a provider's SDK does not say about a type: the tables in `<provider>/<service>/facts.json`.

A table names its source, and the provider's schema that `tools/facts.py` last wrote rows from; what a type has in
`byHand` counts besides, and that program leaves it alone. Paths are Pulumi's property names with `[]` for any element
of a list and `*` for any key of a map: `settings.databaseFlags[].name`. A type without a table is known from its SDK
class alone: its identity replaces, nothing else is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from regionctl.model.path import split
from regionctl.model.wire import Value
from regionctl.providers.catalogue import entry
from regionctl.providers.schema import Kind, TypeSchema, collection_of

Group = tuple[str, ...]
Bounds = tuple[float | None, float | None]  # both inclusive, None without a bound

_IDENTITY = frozenset({"name", "project", "location", "region", "zone"})


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """How a generated name is made: the URN's, cut to `length`, with a suffix of hexadecimal digits."""

    length: int = 255  # tfbridge.SetAutonaming(255, "-") of pulumi-gcp
    separator: str = "-"
    suffix: bool = True
    lower: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The table of one type."""

    replace: frozenset[str] = frozenset()  # a change replaces the resource
    replace_if_given: frozenset[str] = frozenset()  # ... unless it is that the program no longer gives the property
    computed: frozenset[str] = frozenset()  # optional: the cloud chooses where nothing is given, and keeps its choice
    keeps: frozenset[str] = frozenset()  # computed, and planned to stay as it is in an update
    fallback: Mapping[str, Value] = field(default_factory=dict)  # computed, and planned so where nothing is given
    output: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()  # where the SDK's classes leave it optional
    deprecated: Mapping[str, str] = field(default_factory=dict)  # what to use instead, in the provider's words
    write_only: frozenset[str] = frozenset()  # never in the state, so no change of it shows
    sets: frozenset[str] = frozenset()  # lists without an order
    default: Mapping[str, Value] = field(default_factory=dict)
    enum: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    caseless: frozenset[str] = frozenset()  # enumerations that take any case
    range: Mapping[str, tuple[Bounds, ...]] = field(default_factory=dict)  # a number lies in one of them
    length: Mapping[str, Bounds] = field(default_factory=dict)  # characters of a string
    pattern: Mapping[str, str] = field(default_factory=dict)  # a regular expression that is found in the string
    format: Mapping[str, str] = field(default_factory=dict)  # by its name in `constraints.FORMATS`
    kinds: Mapping[str, Group] = field(default_factory=dict)  # of a value whose kind the SDK leaves open
    min: Mapping[str, int] = field(default_factory=dict)  # elements of a list
    max: Mapping[str, int] = field(default_factory=dict)
    requires: Mapping[str, Group] = field(default_factory=dict)
    only_with: Mapping[str, Mapping[str, Group]] = field(default_factory=dict)  # where another one has such a value
    conflicts: tuple[Group, ...] = ()
    exactly_one: tuple[Group, ...] = ()
    at_least_one: tuple[Group, ...] = ()
    same: Mapping[str, str] = field(default_factory=dict)  # by its name in `comparisons.SAME`
    auto_names: Mapping[str, AutoName] = field(default_factory=lambda: {"name": AutoName()})
    delete_first: bool = False  # a replacement deletes before it creates, whatever the name
    schema_only: bool = False

    @cached_property
    def defaults_in(self) -> Mapping[str, Mapping[str, Value]]:
        """The defaults of each object, by its path and their names."""
        found: dict[str, dict[str, Value]] = {}
        for path, value in self.default.items():
            block, name = split(path)
            found.setdefault(block, {})[name] = value
        return found


def facts_of(schema: TypeSchema) -> Facts:
    """The table of a type; where there is none, what its SDK class alone says."""
    table = _tables(schema.token.partition(":")[0], schema.service)
    found = table.get(schema.token)
    facts = _with_newer(found, schema) if found is not None else _from_schema(schema)
    return replace(facts, replace=facts.replace.union(entry(schema.token).replaces))


def _with_newer(facts: Facts, schema: TypeSchema) -> Facts:
    """A table with what the SDK alone says, which may be of a newer provider.

    What may be left out and is always there afterwards has a default or is computed: `isOptional` in
    `pkg/tfgen/generate.go` of Pulumi's bridge.
    """
    computed = (
        name
        for name, prop in schema.inputs.items()
        if not prop.required
        and name in schema.outputs
        and schema.outputs[name].required
        and name not in facts.default
        and name not in facts.auto_names  # Pulumi makes it up
    )
    return replace(facts, computed=facts.computed | frozenset(computed))


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


def _from_schema(schema: TypeSchema) -> Facts:
    optional = (name for name, prop in schema.inputs.items() if not prop.required)
    return Facts(
        replace=frozenset(
            name for name in schema.inputs if name in {*_IDENTITY, own_name(schema), *containers(schema)}
        ),
        computed=frozenset(optional),
        output=frozenset(schema.output_only),
        schema_only=True,
    )


@cache
def _tables(provider: str, service: str) -> Mapping[str, Facts]:
    path = Path(__file__).parent / provider / service / "facts.json"
    if not path.exists():
        return {}
    return {token: facts_from(row) for token, row in json.loads(path.read_text())["types"].items()}


def facts_from(row: Mapping[str, Value]) -> Facts:
    """A type's entry of a table."""
    for name, own in row.get("byHand", {}).items():
        row = {**row, name: {**row.get(name, {}), **own} if isinstance(own, dict) else [*row.get(name, ()), *own]}
    names = row.get("autoName")
    return Facts(
        replace=frozenset(row.get("replace", ())),
        replace_if_given=frozenset(row.get("replaceIfGiven", ())),
        computed=frozenset(row.get("computed", ())),
        keeps=frozenset(row.get("keeps", ())),
        fallback=row.get("fallback", {}),
        output=frozenset(row.get("output", ())),
        secret=frozenset(row.get("secret", ())),
        required=frozenset(row.get("required", ())),
        deprecated=row.get("deprecated", {}),
        write_only=frozenset(row.get("writeOnly", ())),
        sets=frozenset(row.get("set", ())),
        default=row.get("default", {}),
        enum={path: tuple(values) for path, values in row.get("enum", {}).items()},
        caseless=frozenset(row.get("caseless", ())),
        range={path: tuple((low, high) for low, high in bounds) for path, bounds in row.get("range", {}).items()},
        length={path: (least, most) for path, (least, most) in row.get("length", {}).items()},
        pattern=row.get("pattern", {}),
        format=row.get("format", {}),
        kinds={path: tuple(kinds) for path, kinds in row.get("kinds", {}).items()},
        min=row.get("min", {}),
        max=row.get("max", {}),
        requires={path: tuple(others) for path, others in row.get("requires", {}).items()},
        only_with=row.get("onlyWith", {}),
        conflicts=_groups(row, "conflicts"),
        exactly_one=_groups(row, "exactlyOne"),
        at_least_one=_groups(row, "atLeastOne"),
        same=row.get("same", {}),
        auto_names={path: AutoName(**how) for path, how in names.items()} if names else {"name": AutoName()},
        delete_first=row.get("deleteFirst", False),
    )


def _groups(row: Mapping[str, Value], name: str) -> tuple[Group, ...]:
    return tuple(tuple(group) for group in row.get(name, ()))

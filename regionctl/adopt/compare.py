"""Compares what exists with what is declared, property by property, as far as an export tells.

The engine's own comparison, with the provider, comes when a resource is imported; this one needs neither, and says
where in the export each value stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from regionctl.adopt.declared import ACCOUNT_DOMAIN, ANY, UNSAID, Declared
from regionctl.adopt.inventory import Expression, Found
from regionctl.adopt.kinds import bare
from regionctl.adopt.shapes import schema_of
from regionctl.model.errors import Position
from regionctl.model.path import join, parse, pattern_of
from regionctl.model.values import SECRET_MASK
from regionctl.providers.facts import Facts, facts_of
from regionctl.providers.schema import Kind, Shape

# What only the provider knows: virtual fields of terraform-provider-google, which no API has.
PROVIDER_ONLY: Final = frozenset(
    {
        "checkIfServiceHasUsageOnDestroy",
        "deletionPolicy",
        "deletionProtection",
        "disableDependentServices",
        "disableOnDestroy",
        "forceDestroy",
        "runExecutionToken",
    }
)
# What an export says nothing of by leaving it out: those, the project (which its path tells) and a URL's parameter.
UNTOLD: Final = PROVIDER_ONLY | {"project", "uniqueWriterIdentity"}
# Google puts them there itself: https://cloud.google.com/resource-manager/docs/labels-overview
_GOOGLE_LABELS: Final = re.compile(r"^(goog-|managed-by-cnrm$)")
_MISSING: Final = object()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One property. `declared` or `exists` is None where that side says nothing."""

    path: str
    declared: Any
    exists: Any
    where: Position


def differences(declared: Declared, found: Found) -> tuple[Difference, ...]:
    """The properties that differ, in the order of their paths. Secrets and values that nobody knows yet do not."""
    schema = schema_of(declared.resource.type)
    if schema is None:
        return ()
    ignored = frozenset(declared.resource.options.ignore_changes)
    comparison = _Comparison(facts_of(schema), ignored | {"id", declared.kind.name}, schema.fields)
    shapes = {name: prop.shape for name, prop in schema.inputs.items()}
    pairs = comparison.objects(declared.inputs, found.properties, shapes, "")
    return tuple(
        Difference(path=path, declared=wanted, exists=exists, where=found.place(path)) for path, wanted, exists in pairs
    )


class _Comparison:
    def __init__(self, facts: Facts, ignored: frozenset[str], fields: Any) -> None:
        self._facts = facts
        self._ignored = ignored
        self._fields = fields

    def objects(
        self, wanted: Mapping[str, Any], exists: Mapping[str, Any], shapes: Mapping[str, Shape], prefix: str
    ) -> Iterator[tuple[str, Any, Any]]:
        for name in sorted(wanted.keys() | (exists.keys() & shapes.keys())):
            path = join(prefix, name)
            if path not in self._ignored:
                yield from self._values(wanted.get(name), exists.get(name), shapes.get(name), path)

    def _values(self, wanted: Any, exists: Any, shape: Shape | None, path: str) -> Iterator[tuple[str, Any, Any]]:
        fact = pattern_of(parse(path))
        if _unsaid(wanted) or _hidden(exists):
            return
        if wanted is None:
            if exists not in self._nothing(fact) and not self._chosen_by_the_cloud(fact, shape, exists):
                yield path, None, exists
        elif exists is None:
            if wanted not in self._nothing(fact) and path not in UNTOLD:
                yield path, wanted, None
        elif isinstance(wanted, Mapping) and isinstance(exists, Mapping):
            yield from self._mappings(wanted, exists, shape, path)
        elif isinstance(wanted, list) and isinstance(exists, list):
            yield from self._lists(wanted, exists, shape, path, ordered=fact not in self._facts.sets)
        elif not (same(wanted, exists) or (path == "location" and str(wanted).lower() == str(exists).lower())):
            yield path, wanted, exists

    def _mappings(
        self, wanted: Mapping[str, Any], exists: Mapping[str, Any], shape: Shape | None, path: str
    ) -> Iterator[tuple[str, Any, Any]]:
        if shape is not None and shape.kind is Kind.OBJECT:
            fields = {name: prop.shape for name, prop in self._fields(shape).items()}
            yield from self.objects(wanted, exists, fields, path)
            return
        own = {key: value for key, value in exists.items() if not _GOOGLE_LABELS.match(key)}
        if any(not same(wanted.get(key), own.get(key)) for key in wanted.keys() | own.keys()):
            yield path, dict(wanted), own

    def _lists(
        self, wanted: list[Any], exists: list[Any], shape: Shape | None, path: str, *, ordered: bool
    ) -> Iterator[tuple[str, Any, Any]]:
        element = shape.element if shape else None
        if len(wanted) != len(exists):
            yield path, wanted, exists
            return
        pairs = list(zip(wanted, exists, strict=True)) if ordered else _paired(wanted, exists)
        for index, (one, other) in enumerate(pairs):
            yield from self._values(one, other, element, join(path, index))

    def _nothing(self, fact: str) -> tuple[Any, ...]:
        """What means the same as saying nothing."""
        return (None, "", False, 0, [], {}, "0", self._facts.default.get(fact, _MISSING))

    def _chosen_by_the_cloud(self, fact: str, shape: Shape | None, exists: Any) -> bool:
        if fact in self._facts.computed or fact in self._facts.output:
            return True
        if shape is not None and shape.kind is Kind.MAP and isinstance(exists, Mapping):
            return all(_GOOGLE_LABELS.match(key) for key in exists)
        return False


def same(wanted: Any, exists: Any) -> bool:
    """Whether two plain values say the same: links of any form, JSON in any order, and ANY.

    PostgreSQL calls a service account by its address without the domain; a declared name may have it still.
    """
    if _unsaid(wanted) or _hidden(exists) or wanted == exists:
        return True
    if not isinstance(wanted, str) or not isinstance(exists, str):
        return isinstance(wanted, int | float) and isinstance(exists, str) and str(wanted) == exists
    one, other = (bare(text).replace(ACCOUNT_DOMAIN, "") for text in (wanted, exists))
    if one == other or (ANY in one and fnmatchcase(other, one.replace("[", "[[]"))):
        return True
    if "/" in one or "/" in other:
        return one.endswith(f"/{other}") or other.endswith(f"/{one}")
    return one[:1] == "{" and _json(one) is not None and _json(one) == _json(other)


def _paired(wanted: list[Any], exists: list[Any]) -> list[tuple[Any, Any]]:
    """The elements of two sets, equal ones first."""
    left = list(exists)
    pairs, rest = [], []
    for one in wanted:
        equal = next((other for other in left if _alike(one, other)), _MISSING)
        if equal is _MISSING:
            rest.append(one)
        else:
            left.remove(equal)
            pairs.append((one, equal))
    return [*pairs, *zip(rest, left, strict=True)]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(_alike(value, other.get(key)) for key, value in one.items())
    return same(one, other)


def _unsaid(wanted: Any) -> bool:
    """Whether nobody knows yet what is declared, or nobody may."""
    return wanted is UNSAID or wanted in (ANY, SECRET_MASK)


def _hidden(exists: Any) -> bool:
    """Whether the export has the value and does not say it. A `*` in it is what exists."""
    return isinstance(exists, Expression) or exists == SECRET_MASK


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

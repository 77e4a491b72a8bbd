"""Everything that is known about a type, put together once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from regionctl.sandbox.check import AutoName, CheckRules
from regionctl.sandbox.diff import DiffRules
from regionctl.sandbox.emulation import Emulation
from regionctl.sandbox.provider import Provider
from regionctl.sandbox.rules import Facts, facts_of
from regionctl.sandbox.schema import TypeSchema
from regionctl.sandbox.wire import Path, Value, paths_at


@dataclass(frozen=True)
class TypeKind:
    """A type's schema, table and emulation."""

    schema: TypeSchema
    facts: Facts
    emulation: Emulation

    @cached_property
    def check_rules(self) -> CheckRules:
        return CheckRules(
            schema=self.schema, facts=self.facts, formats=self.emulation.formats, auto_name=self.auto_name
        )

    @cached_property
    def diff_rules(self) -> DiffRules:
        emulation = self.emulation
        return DiffRules(
            facts=self.facts,
            decisions=emulation.decisions,
            same=emulation.same,
            auto_name=self.auto_name,
        )

    @property
    def auto_name(self) -> AutoName | None:
        """Which name Pulumi makes up: an input that the SDK lets be left out."""
        auto = self.emulation.auto_name
        prop = self.schema.inputs.get(auto.property)
        return auto if prop is not None and not prop.required else None

    def secrets(self, values: Mapping[str, Value]) -> frozenset[Path]:
        """The values that are secret whatever the program said."""
        names = {(name,) for name in self.schema.secrets | self.emulation.secret if values.get(name) is not None}
        return frozenset(names.union(*(paths_at(values, path) for path in self.facts.secret)))


class Kinds:
    """The types of one provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._known: dict[str, TypeKind] = {}

    def __getitem__(self, token: str) -> TypeKind:
        """Raises UnknownType."""
        if token not in self._known:
            schema = self._provider.package.schema(token)
            self._known[token] = TypeKind(schema, facts_of(schema), self._provider.emulation(schema))
        return self._known[token]

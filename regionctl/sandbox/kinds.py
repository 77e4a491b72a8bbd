"""Everything that is known about a type, put together once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from regionctl.model.path import Path
from regionctl.model.values import paths_at
from regionctl.model.wire import Value
from regionctl.providers.changes import DiffRules, only_a_program_gives
from regionctl.providers.check import CheckRules
from regionctl.providers.coercion import Plugin
from regionctl.providers.facts import AutoName, Facts, facts_of
from regionctl.providers.schema import TypeSchema
from regionctl.sandbox.emulation import Emulation
from regionctl.sandbox.provider import Provider


@dataclass(frozen=True)
class TypeKind:
    """A type's schema, table and emulation."""

    schema: TypeSchema
    facts: Facts
    emulation: Emulation
    plugin: Plugin

    @cached_property
    def check_rules(self) -> CheckRules:
        return CheckRules(
            schema=self.schema,
            facts=self.facts,
            plugin=self.plugin,
            formats=self.emulation.formats,
            checks=self.emulation.checks,
            auto_names=self.auto_names,
        )

    @cached_property
    def diff_rules(self) -> DiffRules:
        return DiffRules(
            facts=self.facts,
            schema=self.schema,
            plugin=self.plugin,
            decisions=self.emulation.decisions,
            ignored=self.emulation.ignored,
            same=self.emulation.same,
            auto_names=self.auto_names,
        )

    @property
    def auto_names(self) -> Mapping[str, AutoName]:
        """Which names Pulumi makes up: inputs that the SDK lets be left out.

        pulumi-cloudflare sets no autonaming (`provider/resources.go`), nor do the framework's bridges by themselves.
        """
        if self.plugin is Plugin.FRAMEWORK:
            return {}
        inputs = self.schema.inputs
        return {
            name: auto for name, auto in self.facts.auto_names.items() if name in inputs and not inputs[name].required
        }

    def stays(self, name: str, value: Value) -> bool:
        """Whether an update that does not give a property leaves it as it is."""
        prop = self.schema.inputs.get(name)
        if prop is None:
            return True
        given = self.plugin is Plugin.FRAMEWORK and only_a_program_gives(self.facts, value, prop.shape, name)
        return name in self.facts.computed and name not in self.facts.fallback and not given

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
            emulation = self._provider.emulation(schema)
            self._known[token] = TypeKind(schema, facts_of(schema), emulation, self._provider.plugin)
        return self._known[token]

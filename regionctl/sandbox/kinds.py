"""Everything that is known about a type, put together once a process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from regionctl.sandbox.check import CheckRules
from regionctl.sandbox.diff import DiffRules
from regionctl.sandbox.emulation import Emulation
from regionctl.sandbox.provider import Provider
from regionctl.sandbox.rules import Facts, facts_of
from regionctl.sandbox.schema import TypeSchema
from regionctl.sandbox.wire import Path


@dataclass(frozen=True)
class TypeKind:
    """A type's schema, table and emulation."""

    schema: TypeSchema
    facts: Facts
    emulation: Emulation

    @cached_property
    def check_rules(self) -> CheckRules:
        return CheckRules(schema=self.schema, facts=self.facts, formats=self.emulation.formats)

    @cached_property
    def diff_rules(self) -> DiffRules:
        emulation = self.emulation
        return DiffRules(schema=self.schema, facts=self.facts, decisions=emulation.decisions, same=emulation.same)

    @cached_property
    def secret_paths(self) -> frozenset[Path]:
        """Outputs that are secret whatever the inputs were."""
        names = self.schema.secrets | self.emulation.secret
        nested = {tuple(path.split(".")) for path in self.facts.secret if "[]" not in path}
        return frozenset({(name,) for name in names} | nested)


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

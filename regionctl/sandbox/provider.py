"""What the core of the sandbox asks of one provider, `gcp` or `cloudflare`, and its types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from regionctl.model.wire import Value
from regionctl.providers.coercion import Plugin
from regionctl.providers.constraints import CheckFailure
from regionctl.providers.facts import facts_of
from regionctl.providers.schema import FunctionSchema, Property, SdkPackage, TypeSchema
from regionctl.sandbox.emulation import Call, Emulation, TypeKind
from regionctl.sandbox.errors import CloudError
from regionctl.sandbox.faults import Verb
from regionctl.sandbox.transaction import Transaction

Config = Mapping[str, Value]


class Provider(Protocol):
    """One emulated provider. Holds no state: that is the store's."""

    name: str
    plugin: Plugin

    @property
    def package(self) -> SdkPackage:
        """The SDK whose types the provider has."""

    def emulation(self, schema: TypeSchema) -> Emulation:
        """How a type behaves; of a type without an emulation, as its SDK class alone says."""

    def check_config(self, config: Config) -> list[CheckFailure]:
        """What is wrong with the provider's own configuration."""

    def function(self, asked: Invocation) -> Mapping[str, Value] | None:
        """What a function answers that is not named after a type; None for one that is not emulated.

        What it leaves out of the answer is empty.
        """

    def called(self, asked: str) -> str:
        """The type's own word for what a function's name asks for: `cryptoKey` for getKMSCryptoKey."""

    def scope(self, schema: TypeSchema, inputs: Mapping[str, Value], config: Config) -> dict[str, Value]:
        """What templates may use besides inputs: the defaults of project and region, and what follows from them."""

    def target_path(self, target: Emulation, value: str, call: Call) -> str:
        """The path of the resource that a reference's value names, whatever form it has."""

    def spellings(self, call: Call, path: str) -> Iterable[str]:
        """Every form of a path that means the same, the one that resources are kept under first."""

    def common_output(self, schema: TypeSchema, name: str, inputs: Mapping[str, Value], config: Config) -> Value:
        """An output that many types share (labels), or None."""

    def guessed_output(self, call: Call, prop: Property) -> Value:
        """A plausible value for an output of which nothing is known but its kind; None where that may be absent."""

    def state_notes(self, call: Call) -> Mapping[str, Value]:
        """What the provider keeps in a state beside the properties that the SDK names."""

    def before_create(self, call: Call) -> None:
        """Refuses what the whole cloud refuses: an API that is not enabled, a project that is gone."""

    def before_delete(self, call: Call) -> None:
        """Refuses where the resource is protected."""

    def abandons(self, call: Call) -> bool:
        """Whether a deletion only makes the provider forget the resource."""

    def explain(self, verb: Verb, emulation: Emulation, error: CloudError) -> str:
        """The whole message, as the real provider gives it."""


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


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One call of a function, inside a transaction."""

    schema: FunctionSchema
    args: Mapping[str, Value]
    config: Config
    tx: Transaction
    now_s: float

    @property
    def project(self) -> str:
        return str(self.args.get("project") or self.config.get("project") or "")

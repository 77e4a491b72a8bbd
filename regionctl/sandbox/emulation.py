"""How one resource type behaves in an emulated cloud: a declaration, with functions only where a rule needs code."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, Final

from regionctl.model.path import Path
from regionctl.model.values import paths_at
from regionctl.model.wire import Value
from regionctl.providers.catalogue import entry
from regionctl.providers.changes import Decision, DiffRules, only_a_program_gives
from regionctl.providers.check import ApiCheck, CheckRules, Format
from regionctl.providers.coercion import Plugin
from regionctl.providers.comparisons import Same
from regionctl.providers.facts import AutoName, Facts
from regionctl.providers.schema import Kind, Property, Shape, TypeSchema
from regionctl.sandbox.transaction import Row, Transaction

DAY_S: Final = 86_400.0


class OnDelete(StrEnum):
    """What a reference means for the deletion of what it names."""

    NOTHING = "nothing"  # the target goes, the reference dangles
    BLOCKED = "blocked"  # the target stays while it is referred to
    CASCADE = "cascade"  # this resource lies within the target and goes with it


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A permission that somebody needs on the target of a reference. `member` is a template."""

    roles: tuple[str, ...]
    member: str


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A property that names another resource: it must exist, by the time of the call."""

    path: str  # as the tables write paths
    to: tuple[str, ...]  # the types that it may name
    on_delete: OnDelete = OnDelete.NOTHING
    grant: Grant | None = None
    only: Callable[[str], bool] | None = None  # which values name a resource at all


class Never(Enum):
    """A name that is never free again."""

    FREE_AGAIN = "never"


@dataclass(frozen=True, kw_only=True)
class Words:
    """An API's way to say no. Templates know `id`, `title`, and `target`, `target_title` of the other resource."""

    exists: str = "Requested entity already exists"
    exists_reason: str = "alreadyExists"
    exists_status: int = 409
    missing: str = "The resource '{target}' was not found"
    missing_reason: str = "notFound"
    missing_status: int = 404
    in_use: str = "The {title} resource '{id}' is already being used by '{target}'"
    in_use_reason: str = "resourceInUseByAnotherResource"
    buried: str = "{title} '{id}' was deleted not long ago: its name cannot be used again yet"
    buried_reason: str = "alreadyExists"
    buried_status: int = 409
    busy: str = "The resource '{held}' is not ready"
    busy_reason: str = "resourceNotReady"
    busy_status: int = 400

    def but(self, **changes: Any) -> Words:
        return replace(self, **changes)


@dataclass
class Call:
    """One operation on one resource, inside a transaction."""

    tx: Transaction
    kind: TypeKind
    inputs: Mapping[str, Value]
    scope: dict[str, Value]
    urn_name: str
    now_s: float
    old: Row | None = None
    id: str = ""
    path: str = ""
    key: int = 0
    targets: dict[str, list[Row]] = field(default_factory=dict)
    uses: set[int] = field(default_factory=set)  # what must stay meanwhile, besides the references' targets

    def fill(self, template: str, **more: Value) -> str:
        """A template with inputs, the provider's defaults and `id` filled in."""
        return FORMATTER.vformat(template, (), {**self.scope, **present(self.inputs), "id": self.id, **more})

    def digest(self, salt: str) -> str:
        """Hex digits that depend on the resource's place in the cloud alone."""
        return hashlib.sha256(f"{self.kind.emulation.token}|{self.place}|{salt}".encode()).hexdigest()

    @property
    def place(self) -> str:
        return self.id or f"{self.scope.get('project')}|{self.urn_name}"

    def digits(self, salt: str, count: int) -> str:
        """A decimal number of exactly `count` digits, that does not start with 0."""
        low = 10 ** (count - 1)
        return str(low + int(self.digest(salt), 16) % (9 * low))

    def target(self, path: str) -> Row | None:
        """The first resource that the reference at `path` names."""
        found = self.targets.get(path)
        return found[0] if found else None


Output = str | Callable[[Call], Value]
Hook = Callable[[Call], None]


@dataclass(frozen=True, kw_only=True)
class Emulation:
    """What a type does. Templates are those of the real provider: `projects/{project}/global/networks/{name}`."""

    token: str
    id: str | Callable[[Call], str] = ""  # left out, the import id of its catalogue entry
    path: str | Callable[[Call], str] | None = None  # its name in the cloud, where the id says less
    standing: Callable[[Call, str], Mapping[str, Value] | None] | None = None  # inputs of what nobody made at a path
    imported: Callable[[Call, str], str] | None = None  # the path that an import id means, where it is none itself
    by_name: str | Callable[[Call, str], str] | None = None  # the path that a bare name (`value`) means
    title: str = ""
    words: Words = field(default_factory=Words)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    mutable: frozenset[str] = frozenset()  # outputs that an update may change
    refine: Callable[[Call, dict[str, Value]], None] | None = None  # what the cloud fills into nested blocks
    fills: frozenset[str] = frozenset()  # nested properties that `refine` fills in where they are not given
    secret: frozenset[str] = frozenset()  # outputs that are secret though no table says so
    references: tuple[Reference, ...] = ()
    formats: Mapping[str, Format] = field(default_factory=dict)  # what the API wants, besides the table
    checks: tuple[ApiCheck, ...] = ()
    plans: tuple[ApiCheck, ...] = ()  # what the provider refuses once it plans: an error of its CustomizeDiff
    decisions: tuple[Decision, ...] = ()
    ignored: tuple[Decision, ...] = ()  # which properties' changes the provider drops
    same: Mapping[str, Same] = field(default_factory=dict)
    returns_secrets: bool = False  # the API gives secrets to whoever may read them, so that inputs are kept
    told: frozenset[str] = frozenset()  # outputs that the provider calls secret and the API tells to whoever reads it
    shared: bool = False  # making it twice is no mistake: a grant, an enabled API
    tombstone_s: float | Never | None = None  # how long its name stays taken after its deletion
    on_create: tuple[Hook, ...] = ()  # may refuse, before anything is written
    on_update: tuple[Hook, ...] = ()
    on_delete: tuple[Hook, ...] = ()
    after_write: tuple[Hook, ...] = ()  # the resource has its key
    alone: str | None = None  # a template: what can be changed in one place at a time
    schema_only: bool = False  # nothing is known but what the SDK says

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", entry(self.token).import_id)

    def but(self, **changes: Any) -> Emulation:
        """A copy with some fields changed."""
        return replace(self, **changes)


def present(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def evaluate(call: Call, output: Output) -> Value:
    """A template filled in, or what the function says."""
    return call.fill(output) if isinstance(output, str) else output(call)


class _Formatter(string.Formatter):
    """Adds `{network:last}`, the last segment of a path or link."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "last":
            return str(value).rsplit("/", 1)[-1]
        return str(super().format_field(value, format_spec))


FORMATTER: Final = _Formatter()


# common outputs


def number(count: int) -> Callable[[Call], str]:
    """An id that the cloud assigns: a decimal number of `count` digits."""
    return lambda call: call.digits("number", count)


def integer(count: int) -> Callable[[Call], int]:
    return lambda call: int(call.digits("number", count))


def uuid(call: Call) -> str:
    text = call.digest("uuid")
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def constant(value: Value) -> Callable[[Call], Value]:
    return lambda _: value


def secret(salt: str) -> Callable[[Call], str]:
    """A value that only this store's cloud could make up. Names of it are secret outputs, so it is stored sealed."""
    return lambda call: call.tx.sealing.fingerprint([call.path, salt])


def revision(prefix: str = "") -> Callable[[Call], str]:
    """A fingerprint or etag: another one whenever the inputs are others."""

    def of(call: Call) -> str:
        shown = hashlib.sha256(repr(sorted(call.inputs.items(), key=str)).encode()).hexdigest()
        return prefix + hashlib.sha256(f"{call.place}|{shown}".encode()).hexdigest()[:12]

    return of


def placeholder(call: Call, prop: Property) -> Value:
    """A value for an output of which nothing is known but its kind."""
    return f"{prop.name}-{call.digest(prop.name)[:8]}" if prop.shape.kind is Kind.STRING else empty(prop.shape)


def empty(shape: Shape) -> Value:
    """What a Terraform state holds where nothing is set."""
    match shape.kind:
        case Kind.STRING:
            return ""
        case Kind.INTEGER | Kind.NUMBER:
            return 0
        case Kind.BOOLEAN:
            return False
        case Kind.LIST:
            return []
        case _:
            return {}


def timestamp(seconds: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(text: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 time; None where it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


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

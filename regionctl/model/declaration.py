"""What a program declares: resources with their inputs, dependencies, parents and options, and the stack's outputs.

Its values have wire names, as the provider gets them (`values.py` lists their kinds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from regionctl.model.errors import Position
from regionctl.model.values import Value


@dataclass(frozen=True, kw_only=True)
class CustomTimeouts:
    """As given: Go durations, such as "20m"."""

    create: str | None = None
    update: str | None = None
    delete: str | None = None


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A name that the resource had before: a whole `urn`, or the parts that differ."""

    urn: str | None = None
    name: str | None = None
    type: str | None = None
    stack: str | None = None
    project: str | None = None
    parent_urn: str | None = None
    no_parent: bool = False


@dataclass(frozen=True, kw_only=True)
class Options:
    """The resource options that the engine is told. None is what the program left unsaid."""

    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    replace_with: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    import_id: str | None = None
    custom_timeouts: CustomTimeouts | None = None
    deleted_with: str | None = None
    provider: str | None = None
    providers: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    plugin_download_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One declared resource: a custom one, which a provider makes, or a component, which only groups others."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Mapping[str, Value]
    parent: str | None = None  # a URN; None directly below the stack
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    outputs: Mapping[str, Value] = field(default_factory=dict)  # of a component: what it registered
    read_id: str | None = None  # of a resource that is read, not managed: its id
    created_at: Position | None = field(default=None, compare=False)  # the line of the program that makes it

    @property
    def component(self) -> bool:
        return not self.custom


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What one stack declares, without the stack resource itself. `resources` are in the order of registration."""

    project: str
    stack: str
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Value]
    warnings: tuple[str, ...] = ()

    def children(self, urn: str | None) -> tuple[Resource, ...]:
        """The resources whose parent is `urn`; None for those directly below the stack."""
        return tuple(r for r in self.resources.values() if r.parent == urn)

    def named(self, name: str) -> tuple[Resource, ...]:
        """The resources with this logical name: more than one where their types differ."""
        return tuple(r for r in self.resources.values() if r.name == name)

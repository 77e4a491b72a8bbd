"""A stack and the program that declares its resources, as the tool sees them.

The tool knows nothing about a company: `stacks/` builds these values from the specs, and rendering and the engine
take nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from regionctl.model.hints import short_name, stack_command


class Target(StrEnum):
    """Where a fleet lives: the emulated clouds on this disk, or the real ones."""

    SANDBOX = "sandbox"
    CLOUD = "cloud"


class StackKind(StrEnum):
    """What a stack of a fleet is for."""

    REGION = "region"
    AUTH = "auth"
    EDGE = "edge"
    CI = "ci"


class SecretKind(StrEnum):
    """`generated` is made once and kept; `provided` is set by a human."""

    GENERATED = "generated"
    PROVIDED = "provided"


class SecretFormat(StrEnum):
    """What a secret's value must be. All but `text` are PEM (RFC 7468)."""

    TEXT = "text"
    AUTHORITY = "authority"  # X.509 certificates of authorities
    CERTIFICATE = "certificate"  # an X.509 certificate, its chain behind it
    PRIVATE_KEY = "private-key"  # not encrypted


@dataclass(frozen=True, kw_only=True)
class SecretSlot:
    """A secret that a stack needs in its Pulumi config. Never its value."""

    kind: SecretKind
    bytes: int = 32  # length of the random value of a generated one, before it is written as URL-safe base64
    format: SecretFormat = SecretFormat.TEXT
    partner: str | None = None  # a certificate's private key, a private key's certificate: the two must match

    def __post_init__(self) -> None:
        paired = self.format in {SecretFormat.CERTIFICATE, SecretFormat.PRIVATE_KEY}
        assert paired is (self.partner is not None), f"a secret of format {self.format} with partner {self.partner}"
        assert self.format is SecretFormat.TEXT or self.kind is SecretKind.PROVIDED, "only text is generated"


@dataclass(frozen=True, kw_only=True)
class StackProgram:
    """One stack: its name, its program, and the config that the program reads.

    `run` declares resources and calls `pulumi.export`; it reads secrets with `pulumi.Config().require_secret(key)`.
    It has no other inputs and no side effects, so that it can be rendered, planned and applied alike.
    """

    project: str  # Pulumi's project: one for the whole repository
    name: str  # Pulumi's stack name: prod.eu-west
    fleet: str
    region: str | None  # None for auth, edge and ci
    target: Target
    run: Callable[[], None]
    kind: StackKind = StackKind.REGION
    providers: frozenset[str] = frozenset()  # the Pulumi packages of its resources: gcp, cloudflare
    config: Mapping[str, str] = field(default_factory=dict)  # plain Pulumi config, full keys ("gcp:project")
    secrets: Mapping[str, SecretSlot] = field(default_factory=dict)  # keys without the project's namespace
    needs: tuple[str, ...] = ()  # stacks (full names) that must have been applied before this one
    modules: tuple[str, ...] = ()  # what `run` imports: it can be loaded before, while something else starts
    by_name_alone: bool = False  # what is done to every stack is not done to this one: it must be named

    def __post_init__(self) -> None:
        assert self.name.startswith(f"{self.fleet}."), f"stack {self.name!r} is not of fleet {self.fleet!r}"

    @property
    def short(self) -> str:
        """Its name within the fleet: eu-west."""
        return short_name(self.name)

    def command(self, *words: str) -> str:
        """A command line on this stack for people to type next: `regionctl --fleet staging up eu-west`."""
        return stack_command(self.name, *words)

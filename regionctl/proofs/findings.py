"""What the proofs look at, what they find, and what a fleet declares as an exception from them.

    Check = (Evidence) -> findings      a plain function: no clock, no files, no engine

A finding fails unless a declared exception excuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network

from regionctl.model.errors import Position
from regionctl.model.program import StackKind
from regionctl.model.urn import name_of
from regionctl.render import Declaration, Resource


@dataclass(frozen=True, kw_only=True)
class DeclaredException:
    """An exception that a spec declares: what it excuses, on which stack, why and until when (that day included).

    `key` is what the check excuses by: a path of the spec (`database.tier`) for parity, a rule's id for the others.
    `resources` are logical names; none given, the exception is for every resource of the stack.
    """

    check: str
    key: str
    stack: str
    reason: str
    expires: date
    source: Position
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check objects to. `message` says what about it, without naming stack, resource and path again.

    `rule` is stable and public: `parity/undeclared-difference`, `CKV_GCP_60`. `path` is the property's path in the
    resource's inputs as the provider gets them: `settings.backupConfiguration.location`. `source` is where to mend it;
    a check leaves it out where it only knows the resource, and the frame finds the line. `key` is what an exception
    would have to name; None where nothing excuses it.
    """

    check: str
    rule: str
    stack: str
    message: str
    hint: str
    urn: str | None = None
    path: str | None = None
    source: Position | None = None
    key: str | None = None
    excuse: DeclaredException | None = None

    @property
    def fails(self) -> bool:
        return self.excuse is None

    @property
    def resource(self) -> str | None:
        """The logical name of the resource."""
        return name_of(self.urn) if self.urn else None


@dataclass(frozen=True, kw_only=True)
class StackFacts:
    """What the specs say about a stack and its render does not.

    `tokens` are texts that belong to this stack and to no other, by what they are (`project`, `host`). `files` are what
    it is kept in, by what that is. The edge has no location, jurisdiction, project and ranges.
    """

    stack: str
    fleet: str
    kind: StackKind
    region: str | None = None
    location: str | None = None
    jurisdiction: str | None = None
    project: str | None = None
    ranges: tuple[IPv4Network, ...] = ()
    tokens: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AllowedReference:
    """A reference from one stack to another that the design wants: the whole text, as it stands in inputs, and why."""

    by: str
    to: str
    text: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RestsOutside:
    """Kinds of data that rest outside the jurisdiction of their stack, or of users, because the design wants it so.

    `kinds` are names that catalogues give (`key-value`); `where` is the jurisdiction that they rest in, or `global`;
    `what` says in words what is kept, `reason` why there.
    """

    stack: str
    kinds: tuple[str, ...]
    where: str
    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SentEverywhere:
    """Requests that a fleet hands to every region, whatever jurisdiction, because they are declared to hold nothing of
    users. `requests` says which, `headers` what goes along with a body; `stack` is the one that they pass through."""

    stack: str
    requests: str
    headers: tuple[str, ...]
    source: Position


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A value that a stack's spec sets otherwise than others: its path in the spec, both values, who the others are."""

    key: str
    own: str
    others: str
    others_are: str
    source: Position
    others_source: Position | None = None


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A stack that must be like others: what its spec sets otherwise, and what it would declare without that.

    `tokens` maps the texts that it cannot share to what they are, as the folding takes them. `excusable`:
    an exception in its spec may allow a setting.
    """

    stack: str
    settings: tuple[Setting, ...]
    without_overrides: Declaration
    tokens: Mapping[str, str]
    excusable: bool = True


@dataclass(frozen=True, kw_only=True)
class SecretFact:
    """A secret that a stack's program reads. Never its value.

    `fingerprint` is made with a key that nobody keeps, so that it tells equal values from others and nothing else; None
    where the value is not there or could not be read. `wanted`: it must be there by now. `public`: two stacks may have
    the same, such as a certificate. `rotation_days` is None where the spec wants none.
    """

    stack: str
    name: str
    present: bool
    wanted: bool
    public: bool
    source: Position
    stored_at: Position | None = None
    set_on: date | None = None
    rotation_days: int | None = None
    fingerprint: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a check looks at: the renders of whole fleets by stack, and what the specs say about each stack.

    `places` maps every location of the cloud, multi-regions included, to the jurisdiction that it lies in. `peers` are
    groups of stacks that must be alike.
    """

    renders: Mapping[str, Declaration]
    facts: Mapping[str, StackFacts]
    today: date
    exceptions: tuple[DeclaredException, ...] = ()
    allowed: tuple[AllowedReference, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[tuple[Peer, ...], ...] = ()
    outside: tuple[RestsOutside, ...] = ()
    everywhere: tuple[SentEverywhere, ...] = ()
    secrets: tuple[SecretFact, ...] = ()

    def __post_init__(self) -> None:
        assert self.renders.keys() == self.facts.keys(), "a stack without a render, or without facts"

    def resources(self) -> Iterable[tuple[StackFacts, Resource]]:
        """Every custom resource with the facts of its stack, stack by stack."""
        for stack, declaration in self.renders.items():
            for resource in declaration.resources.values():
                if resource.custom:
                    yield self.facts[stack], resource


CheckFunction = Callable[[Evidence], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A proof by name. `claim` is what it proves, as a sentence. `report` is what an auditor reads, in Markdown, where
    the findings alone do not say enough; it gets the findings of the check with their excuses. `details` are what the
    JSON document has besides the findings. `unchecked` says what the check could not look at, a line each.
    """

    name: str
    claim: str
    run: CheckFunction
    report: Callable[[Evidence, Sequence[Finding]], str] | None = None
    details: Callable[[Evidence], Mapping[str, object]] | None = None
    unchecked: Callable[[Evidence], Iterable[str]] | None = None

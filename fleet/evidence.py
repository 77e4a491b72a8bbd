"""Proving what must hold of fleets: which checks, on what evidence, and what they find at which line of the specs."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from fleet.context import FleetContext
from regionctl.engine.state.passphrase import Cipher, NotOpened
from regionctl.engine.state.stackconfig import StackConfig
from regionctl.model.errors import Position, RegionctlError
from regionctl.model.hints import did_you_mean
from regionctl.model.program import SecretFormat, SecretKind, StackProgram, Target
from regionctl.proofs import Check, Evidence, Peer, Proof, SecretFact, Setting, StackFacts, prove
from regionctl.proofs.origin import Variation, traced
from regionctl.proofs.prove import CHECKS
from regionctl.proofs.rules import rules_check, rules_in
from regionctl.render import Declaration, render_all
from regions.alike import Override, as_if_in, fleet_differences, overrides, without_overrides
from regions.load import Fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from regions.names import auth_names, edge_names, region_names
from regions.source import KeyPath
from regions.spec import Lifecycle, RegionSpec
from regions.tokens import Own, comparable, region_own
from stacks.facts import allowed_references, declared_exceptions, rests_outside, sent_everywhere, stack_facts
from stacks.programs import programs
from stacks.table import table
from stacks.variations import variations

_PUBLIC = (SecretFormat.CERTIFICATE, SecretFormat.AUTHORITY)


def secret_facts(contexts: Sequence[FleetContext]) -> tuple[SecretFact, ...]:
    """Every secret of every stack. What a passphrase encrypts is opened where it is at hand, and forgotten.

    Raises EngineError where a stack config is broken.
    """
    stacks = [_Stack(context, program) for context in contexts for program in context.programs.values()]
    key = secrets.token_bytes(32)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # the derivation of a passphrase's key leaves Python
        fingerprints = list(pool.map(lambda stack: stack.fingerprints(key), stacks))
    return tuple(fact for stack, of in zip(stacks, fingerprints, strict=True) for fact in stack.facts(of))


@dataclass(frozen=True)
class _Stack:
    context: FleetContext
    program: StackProgram

    @property
    def _config(self) -> StackConfig:
        return StackConfig(self.context.workspace.config_file(self.program.name))

    def fingerprints(self, key: bytes) -> Mapping[str, bytes]:
        """By secret, of those that can be read."""
        config = self._config
        passphrase = self.context.workspace.passphrase()
        if config.salt is None or passphrase is None:
            return {}
        try:
            cipher = Cipher(passphrase, config.salt)
            return {
                name: hmac.digest(key, cipher.open(text).encode(), hashlib.sha256)
                for name, text in self._held(config).items()
            }
        except NotOpened:
            return {}

    def _held(self, config: StackConfig) -> dict[str, str]:
        prefix = f"{self.program.project}:"
        own = {key.removeprefix(prefix): text for key, text in config.encrypted.items() if key.startswith(prefix)}
        return {name: own[name] for name in self.program.secrets if name in own}

    def facts(self, fingerprints: Mapping[str, bytes]) -> list[SecretFact]:
        config = self._config
        held, days = self._held(config), config.set_on(self.program.project)
        return [
            SecretFact(
                stack=self.program.name,
                name=name,
                present=name in held,
                wanted=self._wanted(slot.kind),
                public=slot.format in _PUBLIC,
                source=self._position(name),
                stored_at=config.position(f"{self.program.project}:{name}") if name in held else None,
                set_on=days.get(name) if name in held else None,
                rotation_days=self._rotation_days(name),
                fingerprint=fingerprints.get(name),
            )
            for name, slot in self.program.secrets.items()
        ]

    def _wanted(self, kind: SecretKind) -> bool:
        """A sandbox makes up what nobody sets, and a planned region has time."""
        region = self.program.region
        planned = region is not None and self.context.fleet.regions[region].lifecycle is Lifecycle.PLANNED
        return kind is SecretKind.PROVIDED and self.program.target is Target.CLOUD and not planned

    def _position(self, name: str) -> Position:
        section = self.program.short
        path: KeyPath = ("secrets", name) if self.program.region else (section,)
        return self.context.fleet.position(self.program.region, path)

    def _rotation_days(self, name: str) -> int | None:
        region = self.program.region
        spec = self.context.fleet.regions[region].secrets.get(name) if region else None
        return spec.rotation_days if spec else None


def region_peers(fleet: Fleet, renders: Mapping[str, Declaration]) -> tuple[Peer, ...]:
    """A fleet's regions. Those that set nothing of their own are rendered already."""
    level = {name: without_overrides(fleet, name) for name in fleet.regions}
    without = render_all(_programs(fleet, {name: spec for name, spec in level.items() if spec != fleet.regions[name]}))
    tokens = comparable({name: region_own(fleet.spec, spec) for name, spec in level.items()})
    return tuple(
        Peer(
            stack=(stack := region_names(fleet.spec, spec).stack),
            settings=tuple(_setting(one, "the other regions") for one in overrides(fleet, name)),
            without_overrides=without.get(stack, renders[stack]),
            tokens=tokens[name],
        )
        for name, spec in level.items()
    )


def _programs(fleet: Fleet, regions: Mapping[str, RegionSpec]) -> list[StackProgram]:
    """The programs of regions as these specs have them, and not the fleet's files."""
    whole = replace(fleet, regions=MappingProxyType({**fleet.regions, **regions}))
    return [program for program in programs(whole).values() if program.region in regions]


def fleet_peers(fleets: Sequence[Fleet]) -> Iterator[tuple[Peer, ...]]:
    """Fleets beside the last one of them: auth beside auth, edge beside edge, and a region of each."""
    like = fleets[-1]
    same = {fleet.name: as_if_in(fleet, like) for fleet in fleets}
    region = min(like.regions)
    stacks = {name: _stacks(it, region) for name, it in same.items()}
    wanted = {stack for of_fleet in stacks.values() for stack in of_fleet.values()}
    rendered = render_all([one for it in same.values() for one in programs(it).values() if one.name in wanted])
    settings = {fleet.name: fleet_differences(fleet, like) for fleet in fleets}
    tokens = comparable({name: _fleet_own(it, region) for name, it in same.items()})
    for section in ("auth", "edge", "defaults"):
        yield tuple(
            Peer(
                stack=_stacks(fleet, min(fleet.regions))[section],
                settings=tuple(_setting(one, like.name) for one in settings[fleet.name] if _section(one) == section),
                # Outputs are made of what is compared, and the edge's are a digest of hosts too.
                without_overrides=replace(rendered[stacks[fleet.name][section]], outputs={}),
                tokens=tokens[fleet.name],
                excusable=False,
            )
            for fleet in fleets
        )


def _stacks(fleet: Fleet, region: str) -> dict[str, str]:
    """The stack that each section of a fleet's file is for; of the defaults, that of one region."""
    return {
        "auth": auth_names(fleet.spec).stack,
        "edge": edge_names(fleet.spec).stack,
        "defaults": region_names(fleet.spec, fleet.regions[region]).stack,
    }


def _section(override: Override) -> str:
    """What is said outside of the sections is for every region too."""
    first = str(override.path[0])
    return first if first in ("auth", "edge") else "defaults"


def _fleet_own(fleet: Fleet, region: str) -> Own:
    """The texts that a fleet cannot share with another, and the name of what each is."""
    spec = fleet.spec
    regions = tuple(fleet.regions.values())
    return [
        *region_own(spec, fleet.regions[region]),
        (auth_names(spec).project, "auth-project"),
        (spec.edge.account_id, "account"),
        (spec.edge.zone_id, "zone"),
        (str(table(spec, regions).version), "table-version"),
        (spec.domain, "domain"),
        (spec.company, "company"),
        (spec.name, "fleet"),
    ]


def _setting(override: Override, others_are: str) -> Setting:
    return Setting(
        key=override.key,
        own=str(override.own),
        others=str(override.others),
        others_are=others_are,
        source=override.source,
        others_source=override.others_source,
    )


OWN_RULES = "rules"  # the check of the company's own rules, and their folder in a checkout


class UnknownCheck(RegionctlError):
    """No check has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(
            f"no check is called {name!r}", hint=did_you_mean(name, known, f"there are {', '.join(known)}")
        )


def chosen_checks(names: Sequence[str], rules: Path | None, root: Path) -> list[Check]:
    """The checks of these names, all of them where there are none. The company's own rules are those of the folder
    `rules`, else of a checkout's where it has some.

    Raises UnknownCheck, NoRules, RuleFailed.
    """
    known = (*(one.name for one in CHECKS), OWN_RULES)
    for name in names:
        if name not in known:
            raise UnknownCheck(name, known)
    chosen = [one for one in CHECKS if not names or one.name in names]
    own = root / OWN_RULES
    if rules or OWN_RULES in names or (not names and own.is_dir()):
        chosen.append(rules_check(rules_in(rules or own)))
    return chosen


def evidence_for(checks: Sequence[Check], contexts: Sequence[FleetContext], today: date) -> Evidence:
    """What these checks need of whole fleets, and no more. Raises as `evidence_of` does."""
    wanted = {check.name for check in checks}
    return evidence_of(contexts, today, peers="parity" in wanted, secrets="secrets" in wanted)


def proven(checks: Sequence[Check], evidence: Evidence, contexts: Sequence[FleetContext]) -> Proof:
    """What the checks find, at the lines of the specs where these are the cause. Renders again for what fails."""
    by_fleet = {context.fleet_name: context for context in contexts}

    def variations_of(stack: str) -> list[Variation]:
        context = by_fleet[evidence.facts[stack].fleet]
        return list(variations(context.fleet, context.programs[stack]))

    proof = prove(checks, evidence)
    return replace(proof, findings=tuple(traced(proof.findings, evidence, variations_of)))


def evidence_of(
    contexts: Sequence[FleetContext], today: date, *, peers: bool = True, secrets: bool = False
) -> Evidence:
    """The evidence of whole fleets. Renders every stack; for `peers` those again that set something of their own. With
    `secrets` it also reads the stack configs.

    Raises SpecError, ProgramFailed, EngineError.
    """
    fleets = [context.fleet for context in contexts]
    renders = render_all([program for context in contexts for program in context.programs.values()])
    facts = {stack: _kept(fact, context) for context in contexts for stack, fact in stack_facts(context.fleet).items()}
    return Evidence(
        renders=renders,
        facts={stack: facts[stack] for stack in renders},
        today=today,
        exceptions=tuple(exception for fleet in fleets for exception in declared_exceptions(fleet)),
        allowed=tuple(reference for fleet in fleets for reference in allowed_references(fleet)),
        places={**JURISDICTION_OF, **MULTI_REGIONS},
        peers=tuple(_peers(fleets, renders)) if peers else (),
        outside=tuple(declared for fleet in fleets for declared in rests_outside(fleet)),
        everywhere=tuple(declared for fleet in fleets for declared in sent_everywhere(fleet)),
        secrets=secret_facts(contexts) if secrets else (),
    )


def _peers(fleets: Sequence[Fleet], renders: Mapping[str, Declaration]) -> Iterator[tuple[Peer, ...]]:
    for fleet in fleets:
        yield region_peers(fleet, renders)
    if len(fleets) > 1:
        yield from fleet_peers(fleets)


def _kept(facts: StackFacts, context: FleetContext) -> StackFacts:
    """The facts, with the files that the stack is kept in: links to one file are that file."""
    workspace, program = context.workspace, context.programs[facts.stack]
    files = {"stack config": workspace.config_file(program.name), "state": workspace.checkpoint(program)}
    return replace(facts, files={what: str(file.resolve()) for what, file in files.items() if file})

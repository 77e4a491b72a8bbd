"""From specs to what the proofs take: renders, facts, declared exceptions, what must be alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from cli.context import Context
from regionctl.program import StackProgram
from regionctl.proofs import Check, Evidence, Peer, Proof, Setting, prove
from regionctl.proofs.origin import Lever, traced
from regionctl.render import Declaration, render_all
from regions.alike import Override, levelled, overrides
from regions.load import Fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from regions.names import region_names
from regions.spec import RegionSpec
from regions.tokens import region_tokens
from stacks.facts import allowed_references, declared_exceptions, stack_facts
from stacks.levers import levers
from stacks.programs import programs


def proven(checks: Sequence[Check], evidence: Evidence, contexts: Sequence[Context]) -> Proof:
    """What the checks find, at the lines of the specs where these are the cause. Renders again for what fails."""
    by_fleet = {context.fleet_name: context for context in contexts}

    def levers_of(stack: str) -> list[Lever]:
        context = by_fleet[evidence.facts[stack].fleet]
        return list(levers(context.fleet, context.programs[stack]))

    proof = prove(checks, evidence)
    return replace(proof, findings=tuple(traced(proof.findings, evidence, levers_of)))


def evidence_of(contexts: Sequence[Context], today: date) -> Evidence:
    """The evidence of whole fleets. Renders every stack. Raises SpecError, ProgramFailed."""
    fleets = [context.fleet for context in contexts]
    renders = render_all([program for context in contexts for program in context.programs.values()])
    facts = {stack: fact for fleet in fleets for stack, fact in stack_facts(fleet).items()}
    return Evidence(
        renders=renders,
        facts={stack: facts[stack] for stack in renders},
        today=today,
        exceptions=tuple(exception for fleet in fleets for exception in declared_exceptions(fleet)),
        allowed=tuple(reference for fleet in fleets for reference in allowed_references(fleet)),
        places={**JURISDICTION_OF, **MULTI_REGIONS},
        peers=tuple(_regions(fleet, renders) for fleet in fleets),
    )


def _regions(fleet: Fleet, renders: Mapping[str, Declaration]) -> tuple[Peer, ...]:
    """A fleet's regions, which must be alike. Those that set nothing of their own are rendered already."""
    settings = {name: overrides(fleet, name) for name in fleet.regions}
    level = {name: levelled(fleet, name) for name, own in settings.items() if own}
    without = render_all(_programs(fleet, level))
    peers = []
    for name, region in fleet.regions.items():
        stack = region_names(fleet.spec, region).stack
        peers.append(
            Peer(
                stack=stack,
                settings=tuple(map(_setting, settings[name])),
                levelled=without.get(stack, renders[stack]),
                tokens=region_tokens(fleet.spec, region),
            )
        )
    return tuple(peers)


def _programs(fleet: Fleet, regions: Mapping[str, RegionSpec]) -> list[StackProgram]:
    """The programs of regions as these specs have them, and not the fleet's files."""
    whole = replace(fleet, regions=MappingProxyType({**fleet.regions, **regions}))
    return [program for program in programs(whole).values() if program.region in regions]


def _setting(override: Override) -> Setting:
    return Setting(
        key=override.key,
        own=str(override.own),
        others=str(override.others),
        source=override.source,
        others_source=override.others_source,
    )

"""From specs to what the proofs take: renders, facts, declared exceptions, what must be alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cli.context import Context
from cli.peers import fleet_peers, region_peers
from regionctl.proofs import Check, Evidence, Proof, prove
from regionctl.proofs.origin import Lever, traced
from regionctl.render import render_all
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from stacks.facts import allowed_references, declared_exceptions, stack_facts
from stacks.levers import levers
from stacks.outside import rests_outside


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
        peers=(*(region_peers(fleet, renders) for fleet in fleets), *(fleet_peers(fleets) if len(fleets) > 1 else ())),
        outside=tuple(declared for fleet in fleets for declared in rests_outside(fleet)),
    )

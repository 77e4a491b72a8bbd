"""From specs to what the proofs take: renders, facts, declared exceptions, what must be alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from fleet.context import FleetContext
from fleet.peers import fleet_peers, region_peers
from fleet.secret_facts import secret_facts
from regionctl.proofs import Check, Evidence, Peer, Proof, StackFacts, prove
from regionctl.proofs.origin import Variation, traced
from regionctl.render import Declaration, render_all
from regions.load import Fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from stacks.facts import allowed_references, declared_exceptions, stack_facts
from stacks.outside import rests_outside
from stacks.variations import variations


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

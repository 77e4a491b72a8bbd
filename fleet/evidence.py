"""Proving what must hold of fleets: which checks, on what evidence, and what they find at which line of the specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from fleet.context import FleetContext
from fleet.peers import fleet_peers, region_peers
from fleet.secret_facts import secret_facts
from regionctl.model.errors import RegionctlError
from regionctl.model.suggest import did_you_mean
from regionctl.proofs import Check, Evidence, Peer, Proof, StackFacts, prove
from regionctl.proofs.origin import Variation, traced
from regionctl.proofs.prove import CHECKS
from regionctl.proofs.rules import rules_check, rules_in
from regionctl.render import Declaration, render_all
from regions.load import Fleet
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from stacks.facts import allowed_references, declared_exceptions, stack_facts
from stacks.outside import rests_outside
from stacks.variations import variations

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

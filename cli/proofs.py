"""From specs to what the proofs take: renders, facts, declared exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cli.context import Context
from regionctl.proofs import Evidence
from regionctl.render import render_all
from regions.locations import JURISDICTION_OF, MULTI_REGIONS
from stacks.facts import allowed_references, declared_exceptions, stack_facts


def evidence_of(contexts: Sequence[Context], today: date) -> Evidence:
    """The evidence of whole fleets. Renders every stack. Raises SpecError, ProgramFailed."""
    fleets = [context.fleet for context in contexts]
    programs = [program for context in contexts for program in context.programs.values()]
    renders = render_all(programs)
    facts = {stack: fact for fleet in fleets for stack, fact in stack_facts(fleet).items()}
    return Evidence(
        renders=renders,
        facts={stack: facts[stack] for stack in renders},
        today=today,
        exceptions=tuple(exception for fleet in fleets for exception in declared_exceptions(fleet)),
        allowed=tuple(reference for fleet in fleets for reference in allowed_references(fleet)),
        places={**JURISDICTION_OF, **MULTI_REGIONS},
    )

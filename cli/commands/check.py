"""`regionctl check`: what must hold of a fleet, proven from renders."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import Watch
from cli.context import Context
from regionctl.model.errors import RegionctlError
from regionctl.model.suggest import did_you_mean

if TYPE_CHECKING:
    from regionctl.proofs import Check

FAILED = 4
OWN_RULES = "rules"
RULES_DIR = "rules"


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"


class UnknownCheck(RegionctlError):
    """No check has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(
            f"no check is called {name!r}", hint=did_you_mean(name, known, f"there are {', '.join(known)}")
        )


def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHECK...]",
            help="parity, isolation, residency, baseline, secrets, rules; all of them where none is named.",
            show_default=False,
        ),
    ] = None,
    fleets: Annotated[
        str | None, typer.Option("--fleets", metavar="A,B", help="These fleets, and that they are alike.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="DIR", help="The folder of your own rules; rules/ where it is.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="text, or markdown for a report to keep.")] = Format.TEXT,
    watch: Watch = False,
) -> None:
    """Prove from the declarations alone what must hold of a fleet. Exit code 4 where something does not."""
    context: Context = ctx.obj
    if watch:
        from cli.watching import watch_command

        watch_command(context)
    contexts = _contexts(context, fleets)

    from cli.views.check import print_json_proof, print_markdown, print_proof
    from fleet.evidence import evidence_of, proven
    from regionctl.proofs.prove import CHECKS

    known = (*(one.name for one in CHECKS), OWN_RULES)
    for name in names or ():
        if name not in known:
            raise UnknownCheck(name, known)
    chosen = [one for one in CHECKS if not names or one.name in names]
    own = context.root / RULES_DIR
    if rules or OWN_RULES in (names or ()) or (not names and own.is_dir()):
        chosen.append(_own_rules(rules or own))
    for one_fleet in contexts:
        one_fleet.announce()
    wanted = {one.name for one in chosen}
    today = datetime.now(UTC).date()
    evidence = evidence_of(contexts, today, peers="parity" in wanted, secrets="secrets" in wanted)
    proof = proven(chosen, evidence, contexts)
    if context.json:
        print_json_proof(proof, evidence)
    elif format_ is Format.MARKDOWN:
        print_markdown(proof, evidence)
    else:
        print_proof(proof, evidence, verbose=context.verbose)
    if not proof.holds:
        raise typer.Exit(FAILED)


def _own_rules(folder: Path) -> Check:
    """The user's rules as a check. Raises NoRules, RuleFailed."""
    from regionctl.proofs.rules import rules_check, rules_in

    return rules_check(rules_in(folder))


def _contexts(context: Context, fleets: str | None) -> list[Context]:
    if fleets is None:
        return [context]
    named = dict.fromkeys(name.strip() for name in fleets.split(","))
    if "" in named:
        raise typer.BadParameter("name fleets with commas between them, such as staging,prod", param_hint="--fleets")
    return [context.again(fleet=name) for name in named]

"""`regionctl check`: what must hold of a fleet, proven from renders."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Watch
from cli.context import Context

FAILED = 4


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"


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
    from cli.views.check import print_proof
    from cli.views.console import data
    from fleet.evidence import chosen_checks, evidence_for, proven
    from regionctl.proofs import report

    chosen = chosen_checks(names or (), rules, context.root)
    for one_fleet in contexts:
        one_fleet.announce()
    evidence = evidence_for(chosen, contexts, datetime.now(UTC).date())
    proof = proven(chosen, evidence, contexts)

    def text() -> None:
        if format_ is Format.MARKDOWN:
            data(report.markdown(proof, evidence))
        else:
            print_proof(proof, evidence, verbose=context.verbose)

    context.show(lambda: report.document(proof, evidence), text)
    if not proof.holds:
        raise typer.Exit(FAILED)


def _contexts(context: Context, fleets: str | None) -> list[Context]:
    if fleets is None:
        return [context]
    named = dict.fromkeys(name.strip() for name in fleets.split(","))
    if "" in named:
        raise typer.BadParameter("name fleets with commas between them, such as staging,prod", param_hint="--fleets")
    return [context.again(fleet=name) for name in named]

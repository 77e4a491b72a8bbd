"""`regionctl check`: what must hold of a fleet, proven from renders."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.context import Context
from cli.nearest import did_you_mean
from regionctl.errors import RegionctlError

FAILED = 4


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
            metavar="[CHECK...]", help="isolation ...; all of them where none is named.", show_default=False
        ),
    ] = None,
    fleets: Annotated[
        str | None, typer.Option("--fleets", metavar="A,B", help="These fleets, and that they are alike.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="text, or markdown for a report to keep.")] = Format.TEXT,
) -> None:
    """Prove from the declarations alone what must hold of a fleet. Exit code 4 where something does not."""
    context: Context = ctx.obj
    contexts = [context.again(fleet=name.strip()) for name in fleets.split(",")] if fleets else [context]
    from datetime import UTC, datetime

    from cli.proofs import evidence_of, proven
    from cli.render.check import print_json_proof, print_markdown, print_proof
    from regionctl.proofs.registry import CHECKS

    known = {one.name: one for one in CHECKS}
    for name in names or ():
        if name not in known:
            raise UnknownCheck(name, tuple(known))
    chosen = [one for one in CHECKS if not names or one.name in names]
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

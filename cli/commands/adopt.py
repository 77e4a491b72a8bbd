"""`regionctl adopt`: takes a region that was made by hand under management."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.complete import complete_region
from cli.context import Context

group = typer.Typer(no_args_is_help=True, help="Take a region that was made by hand under management.")

Rules = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="Your own rules about what is not a region's (TOML).")
]


class Form(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


@group.command()
def classify(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="DIR", help="The export: a folder, or one file.")],
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            help="The region to compare with; left out, the one whose project it is.",
            autocompletion=complete_region,
        ),
    ] = None,
    rules: Rules = None,
    form: Annotated[Form, typer.Option("--format", help="How the report is written.")] = Form.TEXT,
) -> None:
    """Say what each resource of an export is to a region, and why."""
    context: Context = ctx.obj
    _ = context.fleet
    context.announce()
    from cli.adoption import compare, region_program
    from cli.render.adopt import print_coverage
    from regionctl.adopt.readers import read
    from regionctl.adopt.undecided import Undecided

    inventory = read(source)
    compared = compare(context, region_program(context, region, inventory), inventory, rules)
    chosen = Form.JSON if context.json else form
    print_coverage(compared.program.name, compared.coverage, form=chosen, verbose=context.verbose)
    if compared.coverage.blocking:
        raise Undecided(compared.coverage.blocking)

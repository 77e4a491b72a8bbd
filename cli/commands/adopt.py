"""`regionctl adopt`: takes a region that was made by hand under management."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Yes, complete_region
from cli.context import Context, announced

group = typer.Typer(no_args_is_help=True, help="Take a region that was made by hand under management.")

Rules = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="Your own rules about what is not a region's (TOML).")
]


Region = Annotated[str, typer.Argument(metavar="REGION", help="The region.", autocompletion=complete_region)]
Source = Annotated[
    Path | None,
    typer.Option("--from", metavar="DIR", help="The export; left out, that of the last `plan` or `apply`."),
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
    context: Context = ctx.obj.with_document() if form is Form.JSON else ctx.obj
    context.announce()
    from cli.views.adopt import coverage_document, print_coverage, print_markdown
    from fleet.adoption import classified

    compared = classified(context, region, source, rules)
    text = print_markdown if form is Form.MARKDOWN else partial(print_coverage, verbose=context.verbose)
    context.show(coverage_document, text, compared.program.name, compared.coverage)
    compared.must_be_decided()


@group.command()
def plan(
    ctx: typer.Context,
    region: Annotated[str, typer.Argument(metavar="REGION", help="What the region is to be called, such as us-east.")],
    source: Annotated[Path, typer.Option("--from", metavar="DIR", help="The export: a folder, or one file.")],
    project: Annotated[
        str | None, typer.Option(metavar="ID", help="The region's project, where the export holds several.")
    ] = None,
    location: Annotated[
        str | None, typer.Option(metavar="LOCATION", help="Where it lies, where no database instance says it.")
    ] = None,
    rules: Rules = None,
    write: Annotated[bool, typer.Option("--write", help="Write the region's file.")] = False,
    yes: Yes = False,
) -> None:
    """Propose a region's file from what exists.

    Each value says where it was read; what cannot be read is asked, never guessed.
    """
    context = announced(ctx)
    from cli.asking import ask
    from cli.views.adopt import print_proposal, proposal_document
    from fleet.proposal.plan import keep, propose
    from regionctl.adopt.readers import read

    proposal = propose(context, region, read(source), project=project, location=location, rules=rules)
    if write and proposal.file.exists():
        ask(f"Write {proposal.file} anew?", yes=yes)
    context.show(proposal_document, partial(print_proposal, written=write), proposal)
    keep(context, region, proposal, source, rules, write=write)


@group.command()
def apply(
    ctx: typer.Context,
    region: Region,
    source: Source = None,
    rules: Rules = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept",
            metavar="NAME|PATH",
            help="Import it although it differs: a resource, or all that differ in this property only. Again for more.",
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Import what exists into the region's stack.

    The cloud is read and never changed: what is declared otherwise is refused, with the difference.
    """
    context = announced(ctx)
    from cli.asking import ask
    from cli.views.adopt import outcome_document, print_import_plan, print_outcome, print_unread
    from fleet.adoption import adoption, must_be_whole

    found = adoption(context, region, source, rules)
    found.compared.must_be_decided()
    print_unread(found.compared.coverage)
    print_import_plan(found.score())
    ask(f"Import them into {found.stack}?", yes=yes)
    outcome = found.apply(accept or ())
    context.show(outcome_document, partial(print_outcome, verbose=context.verbose), found.stack, outcome)
    must_be_whole(found.stack, outcome)


@group.command()
def status(ctx: typer.Context, region: Region, source: Source = None, rules: Rules = None) -> None:
    """Keep the score until everything is adopted."""
    context = announced(ctx)
    from cli.views.adopt import print_score, print_unread, score_document
    from fleet.adoption import adoption

    found = adoption(context, region, source, rules)
    print_unread(found.compared.coverage)
    context.show(score_document, print_score, found.score_by_plan())


@group.command()
def undo(ctx: typer.Context, region: Region, yes: Yes = False) -> None:
    """Take what was adopted out of the state again.

    In the cloud it stays as it is. What `up` made since stays in the state.
    """
    context = announced(ctx)
    from cli.asking import ask
    from fleet.adoption import adopted, let_go, region_of

    program = region_of(context, region)
    urns = adopted(context, program)
    said = f"{program.name}: nothing that was adopted is in its state"
    if urns:
        ask(f"Take {len(urns)} resources out of the state of {program.name}? In the cloud they stay.", yes=yes)
        let_go(context, program, urns)
        said = f"{program.name}: {len(urns)} resources are out of its state, and in the cloud as they were"
    context.done("adopt undo", said, changed=bool(urns), stack=program.name)

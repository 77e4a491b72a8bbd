"""`regionctl adopt`: takes a region that was made by hand under management."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Yes
from cli.complete import complete_region
from cli.context import announced
from regionctl.system.files import write_whole

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
    context = announced(ctx)
    from cli.views.adopt import print_coverage
    from fleet.adoption import compare, region_program
    from regionctl.adopt.readers import read
    from regionctl.adopt.report import Undecided

    inventory = read(source)
    compared = compare(region_program(context, region, inventory), inventory, rules)
    chosen = Form.JSON if context.json else form
    print_coverage(compared.program.name, compared.coverage, form=chosen, verbose=context.verbose)
    if compared.coverage.blocking:
        raise Undecided(compared.coverage.blocking)


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
    from cli.views.adopt import print_proposal
    from fleet.adoption import record_of
    from fleet.proposal.plan import propose
    from regionctl.adopt.readers import read

    proposal = propose(context, region, read(source), project=project, location=location, rules=rules)
    if write and proposal.file.exists():
        ask(f"Write {proposal.file} anew?", yes=yes)
    print_proposal(proposal, written=write, as_json=context.json)
    record_of(context, f"{context.fleet_name}.{region}").remember(source, rules)
    if write:
        write_whole(proposal.file, proposal.text, private=False)


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
    from cli.views.adopt import print_import_plan, print_outcome, print_unread
    from fleet.adoption import Refused, compare, record_of, region_of, score, source_of
    from regionctl.adopt.apply import Accepted, adopt
    from regionctl.adopt.readers import read
    from regionctl.adopt.report import Undecided

    program = region_of(context, region)
    export, table = source_of(context, program, source, rules)
    compared = compare(program, read(export), table)
    if compared.coverage.blocking:
        raise Undecided(compared.coverage.blocking)
    print_unread(compared.coverage)
    print_import_plan(score(context, compared))
    ask(f"Import them into {program.name}?", yes=yes)
    record = record_of(context, program.name)
    record.remember(export, table)
    with context.engine() as engine:
        engine.warm([program])
        accepted = Accepted(tuple(accept or ()))
        outcome = adopt(engine, program, compared.declaration, compared.coverage, record=record, accept=accepted)
    print_outcome(program.name, outcome, as_json=context.json, verbose=context.verbose)
    if outcome.refused:
        raise Refused(program.name, [one.name for one in outcome.refused])


@group.command()
def status(ctx: typer.Context, region: Region, source: Source = None, rules: Rules = None) -> None:
    """Keep the score until everything is adopted."""
    context = announced(ctx)
    from cli.views.adopt import print_score, print_unread
    from fleet.adoption import compare, region_of, score, source_of
    from fleet.run_progress import only_plan
    from regionctl.adopt.readers import read

    program = region_of(context, region)
    export, table = source_of(context, program, source, rules)
    compared = compare(program, read(export), table)
    print_unread(compared.coverage)
    with context.engine() as engine:
        planned = only_plan(engine.plan([program]))
    if planned.error:
        raise planned.error
    differ = {step.urn for step in planned.changes if step.op in {"update", "replace"}}
    print_score(score(context, compared, differ=len(differ)), as_json=context.json)


@group.command()
def undo(ctx: typer.Context, region: Region, yes: Yes = False) -> None:
    """Take what was adopted out of the state again.

    In the cloud it stays as it is. What `up` made since stays in the state.
    """
    context = announced(ctx)
    from cli.asking import ask
    from cli.views.documents import print_done
    from fleet.adoption import record_of, region_of
    from fleet.deployed import checkpoint

    program = region_of(context, region)
    record = record_of(context, program.name)
    held = {resource.urn for resource in checkpoint(context, program).resources if resource.custom}
    adopted = [urn for urn in record.urns if urn in held]
    if not adopted:
        said = f"{program.name}: nothing that was adopted is in its state"
        print_done("adopt undo", said, as_json=context.json, changed=False, stack=program.name)
        return
    ask(f"Take {len(adopted)} resources out of the state of {program.name}? In the cloud they stay.", yes=yes)
    context.records.forget(program, adopted)
    record.remove(record.urns)
    said = f"{program.name}: {len(adopted)} resources are out of its state, and in the cloud as they were"
    print_done("adopt undo", said, as_json=context.json, stack=program.name)

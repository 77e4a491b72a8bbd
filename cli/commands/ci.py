"""`regionctl ci`: what CI needs of a change: a preview for the pull request, one comment, a job a stack."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Stacks
from cli.context import Context, announced

group = typer.Typer(no_args_is_help=True, help="Changes on pull requests, and a job a stack.")

Base = Annotated[
    str | None,
    typer.Option("--base", metavar="REV", help="Compare declarations with this git revision; else plan against state."),
]


@group.command()
def preview(
    ctx: typer.Context,
    stacks: Stacks = None,
    base: Base = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the Markdown there instead of to stdout.")
    ] = None,
    full: Annotated[
        Path | None, typer.Option("--full", metavar="FILE", help="Write the whole text there: every stack, every line.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option("--document", metavar="FILE", help="Write the change there as JSON, for `ci comment`."),
    ] = None,
) -> None:
    """Write a change as Markdown for a pull request.

    Of all stacks, or of STACK, within GitHub's limit of a comment.
    """
    context = announced(ctx)
    from cli.views.console import data
    from cli.views.run import RunView
    from fleet.pull_request import Files, written_preview

    files = Files(out=out, full=full, document=document)
    found = written_preview(context, stacks or [], base, files, RunView(context))
    context.document(found.as_document)
    if not out and not document:
        context.text(data, found.text)
    if found.change.failed:
        raise typer.Exit(1)


@group.command()
def comment(
    ctx: typer.Context,
    artifacts: Annotated[
        Path,
        typer.Option("--artifacts", metavar="DIR", help="Folders `declared-FLEET`, `planned-FLEET` of `ci preview`."),
    ],
    repo: Annotated[str, typer.Option("--repo", metavar="OWNER/NAME", help="The repository on GitHub.")],
    pr: Annotated[int, typer.Option("--pr", metavar="N", min=1, help="The pull request's number.")],
    head_repo: Annotated[
        str | None,
        typer.Option(
            "--head-repo", metavar="OWNER/NAME", help="Where the pull request comes from, where a fork may be."
        ),
    ] = None,
    run_url: Annotated[
        str | None, typer.Option("--run-url", metavar="URL", help="The page of the run that has the whole texts.")
    ] = None,
    author: Annotated[
        str, typer.Option("--author", metavar="LOGIN", help="The account that GITHUB_TOKEN belongs to.")
    ] = "github-actions[bot]",
) -> None:
    """Keep the comments on a pull request up to date.

    There is one a fleet and kind of preview.
    The texts are made here, from the JSON of `ci preview --document`: run it with the code of the default branch. Only
    this checkout's fleets get a comment. A comment is made, changed, and collapsed where nothing changes any more. The
    token is GITHUB_TOKEN; GITHUB_API_URL is honoured, for GitHub Enterprise.
    """
    context: Context = ctx.obj
    from cli.views.ci import comments_document, print_comments, print_lost
    from fleet.pull_request import keep_comments
    from regionctl.github import Place

    place = Place(repository=_repository(repo), number=pr, key="", author=author)
    from_fork = head_repo is not None and head_repo != repo  # also where GitHub names none: the fork is gone
    kept = keep_comments(context.regions_dir, artifacts, place, run_url=run_url, from_fork=from_fork)
    context.show(comments_document, print_comments, kept)
    print_lost(kept, author)


@group.command()
def matrix(
    ctx: typer.Context,
    base: Annotated[
        str | None, typer.Option("--base", metavar="REV", help="Only stacks that change since this git revision.")
    ] = None,
    wave: Annotated[
        int | None, typer.Option("--wave", metavar="N", min=0, help="Only stacks of this wave; the first is 0.")
    ] = None,
) -> None:
    """Print a job a stack, as a matrix of GitHub Actions.

    One line of JSON: an entry a stack, with its wave and what it needs. A stack needs only stacks of earlier waves, so
    that a job a wave, each with `needs` of the one before it, keeps the order. Closed regions have no entry.
    """
    context = announced(ctx)
    from cli.views.console import json_data
    from cli.views.run import RunView
    from fleet.diff import programs_to_apply
    from fleet.matrix import entries

    wanted = programs_to_apply(context, base, RunView(context))
    if wanted is None:
        raise typer.Exit(1)
    json_data(json.dumps({"include": entries(list(context.programs.values()), wanted, wave)}))


def _repository(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+/(?!\.\.?$)[A-Za-z0-9._-]+", name):
        raise typer.BadParameter(f"{name!r} is not OWNER/NAME", param_hint="--repo")
    return name

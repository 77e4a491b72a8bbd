"""`regionctl ci`: what CI needs of a change: a preview for the pull request, one comment, a job a stack."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import Stacks
from cli.context import Context, announced
from regionctl.model.errors import RegionctlError
from regionctl.system.files import NotWritten, write_whole

if TYPE_CHECKING:
    from regionctl.github import Artifact

group = typer.Typer(no_args_is_help=True, help="Changes on pull requests, and a job a stack.")

PUBLIC_API = "https://api.github.com"
FULL_TEXT = "full.md"  # beside the document, in an artifact

Base = Annotated[
    str | None,
    typer.Option("--base", metavar="REV", help="Compare declarations with this git revision; else plan against state."),
]


class UnusableFile(RegionctlError):
    """A file that was named on the command line can not be read or written."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(reason, where=str(path), hint=hint)


class NoToken(RegionctlError):
    """There is no token for GitHub."""

    def __init__(self) -> None:
        super().__init__(
            "GITHUB_TOKEN is not set", hint="in a workflow: `env: GITHUB_TOKEN: ${{ github.token }}` on the step"
        )


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
    for file in (out, full, document):
        if file and not file.parent.is_dir():
            raise UnusableFile(file, "its folder does not exist", f"run: mkdir -p {file.parent}")
    from cli.views.console import data
    from cli.views.diff import limits_of_revision, limits_of_state
    from cli.views.preview import Source, full_preview
    from cli.views.preview import preview as short_preview
    from cli.views.run import RunView
    from fleet.diff import change_of
    from regionctl.github import change_document
    from regionctl.review.folding import folded_document

    change = change_of(context, stacks or [], base, RunView(context))
    compared = limits_of_revision(str(change.base)) if change.base else limits_of_state(refreshed=False)
    source = Source(compared=compared, full_name=full.name if full else None, run_url=_run_url())
    tokens = context.tokens_of(change.plans)
    text = short_preview(change.plans, tokens, source, failed=change.failed)
    if full:
        _write(full, full_preview(change.plans, tokens, source, failed=change.failed))
    if out:
        _write(out, text)
    if document:
        handed = change_document(
            context.fleet_name,
            change.plans,
            base=change.base.id if change.base else None,
            failed=change.failed,
            tokens=tokens,
        )
        _write(document, handed)
    context.document(
        lambda: {"version": 1, "kind": "preview", "markdown": text, **folded_document(change.plans, tokens)}
    )
    if not out and not document:
        context.text(data, text)
    if change.failed:
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
    from regionctl.github import GitHub, Place, keep_comment
    from regionctl.github import artifacts as folders
    from regions.load import fleets

    place = Place(repository=_repository(repo), number=pr, key="", author=author)
    from_fork = head_repo is not None and head_repo != repo  # also where GitHub names none: the fork is gone
    if not artifacts.is_dir():
        raise UnusableFile(artifacts, "there is no such folder", "name the folder with the artifacts of the run")
    texts = _texts(list(folders(artifacts, fleets(context.regions_dir), from_fork=from_fork)), run_url, from_fork)
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise NoToken
    with GitHub(os.environ.get("GITHUB_API_URL") or PUBLIC_API, token) as github:
        kept = {
            key: keep_comment(github, replace(place, key=key), text, nothing=nothing)
            for key, (text, nothing) in texts.items()
        }
    context.show(comments_document, print_comments, kept)
    print_lost(kept, author)


def _texts(found: Sequence[Artifact], run_url: str | None, from_fork: bool) -> dict[str, tuple[str, bool]]:
    """By key the text, and whether there is nothing to tell. A fork's word for that collapses no comment.

    Raises NotAChange before any comment is touched.
    """
    from cli.views.diff import limits_of_revision, limits_of_state
    from cli.views.preview import Source, preview
    from regionctl.github import read_change

    texts = {}
    for artifact in found:
        change = read_change(artifact)
        compared = limits_of_revision(change.base[:10]) if change.base else limits_of_state(refreshed=False)
        full = FULL_TEXT if (artifact.folder / FULL_TEXT).is_file() else None
        source = Source(compared=compared, full_name=full, run_url=run_url, from_fork=from_fork)
        nothing = not change.failed and not any(plan.changes for plan in change.plans) and not from_fork
        texts[artifact.key] = (preview(change.plans, change.tokens, source, failed=change.failed), nothing)
    return texts


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


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text, private=False)
    except NotWritten as error:
        raise UnusableFile(path, error.why, "name a file that can be written") from error


def _run_url() -> str | None:
    """The page of the workflow's run, where one runs.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
    """
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None

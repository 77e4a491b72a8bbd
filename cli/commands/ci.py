"""`regionctl ci`: what CI needs of a change: a preview for the pull request, one comment, a job a stack."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Stacks
from cli.context import Context
from regionctl.errors import RegionctlError
from regionctl.files import NotWritten, write_whole

group = typer.Typer(no_args_is_help=True, help="Changes on pull requests, and a job a stack.")

PUBLIC_API = "https://api.github.com"

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
) -> None:
    """Write a change as Markdown for a pull request.

    Of all stacks, or of STACK, within GitHub's limit of a comment.
    """
    context: Context = ctx.obj
    context.announce()
    for file in (out, full):
        if file and not file.parent.is_dir():
            raise UnusableFile(file, "its folder does not exist", f"run: mkdir -p {file.parent}")
    from cli.previews import change_of
    from cli.render.console import data
    from cli.render.documents import print_json
    from cli.render.preview import Source, full_preview
    from cli.render.preview import preview as short_preview
    from regionctl.folding import folded_document

    change = change_of(context, stacks or [], base)
    source = Source(compared=change.compared, full_name=full.name if full else None, run_url=_run_url())
    text = short_preview(change.plans, context.tokens, source, failed=change.failed)
    if full:
        _write(full, full_preview(change.plans, context.tokens, source, failed=change.failed))
    if out:
        _write(out, text)
    if context.json:
        print_json({"version": 1, "kind": "preview", "markdown": text, **folded_document(change.plans, context.tokens)})
    elif not out:
        data(text)
    if change.failed:
        raise typer.Exit(1)


@group.command()
def comment(
    ctx: typer.Context,
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="The Markdown that `ci preview` wrote.")],
    repo: Annotated[str, typer.Option("--repo", metavar="OWNER/NAME", help="The repository on GitHub.")],
    pr: Annotated[int, typer.Option("--pr", metavar="N", min=1, help="The pull request's number.")],
    key: Annotated[
        str, typer.Option("--key", metavar="NAME", help="Which comment, where a pull request has several.")
    ] = "preview",
    author: Annotated[
        str, typer.Option("--author", metavar="LOGIN", help="The account that GITHUB_TOKEN belongs to.")
    ] = "github-actions[bot]",
) -> None:
    """Keep one comment on a pull request up to date.

    It is made, changed, and collapsed where nothing changes any more. The token is GITHUB_TOKEN; GITHUB_API_URL is
    honoured, for GitHub Enterprise.
    """
    context: Context = ctx.obj
    from cli.render.ci import print_kept
    from cli.render.preview import NOTHING
    from regionctl.github import GitHub, Place, keep_comment

    place = Place(repository=_repository(repo), number=pr, key=_key(key), author=author)
    text = _read(file)
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise NoToken
    with GitHub(os.environ.get("GITHUB_API_URL") or PUBLIC_API, token) as github:
        kept = keep_comment(github, place, text, nothing=text.startswith(NOTHING))
    print_kept(kept, author, as_json=context.json)


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
    context: Context = ctx.obj
    context.announce()
    from cli.matrix import entries
    from cli.previews import programs_to_apply
    from cli.render.console import json_data

    wanted = programs_to_apply(context, base)
    json_data(json.dumps({"include": entries(list(context.programs.values()), wanted, wave)}))


def _repository(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+/(?!\.\.?$)[A-Za-z0-9._-]+", name):
        raise typer.BadParameter(f"{name!r} is not OWNER/NAME", param_hint="--repo")
    return name


def _key(name: str) -> str:
    from regionctl.github.comments import KEY

    if not re.fullmatch(KEY, name):
        raise typer.BadParameter(f"{name!r} is not of letters, digits, '.', '_' and '-'", param_hint="--key")
    return name


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnusableFile(path, str(error.strerror), "name the file that `ci preview --out` wrote") from error
    except UnicodeDecodeError as error:
        raise UnusableFile(path, "it is no text in UTF-8", "name the file that `ci preview --out` wrote") from error


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

"""`regionctl ci`: what CI needs of a change: a preview for the pull request, one comment, a job a stack."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import Stacks
from cli.context import Context
from regionctl.errors import RegionctlError

group = typer.Typer(
    no_args_is_help=True, help="What CI needs: previews, one comment on a pull request, a job a stack."
)

Base = Annotated[
    str | None,
    typer.Option("--base", metavar="REV", help="Compare declarations with this git revision; else plan against state."),
]


class UnusableFile(RegionctlError):
    """A file that was named on the command line can not be read or written."""

    def __init__(self, path: Path, error: OSError | UnicodeDecodeError) -> None:
        self.path = path
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        super().__init__(f"{reason}", where=str(path))


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
    """Write what a change does as Markdown for a pull request, within GitHub's limit. All stacks, or STACK."""
    context: Context = ctx.obj
    context.announce()
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
        print_json({"markdown": text, **folded_document(change.plans, context.tokens)})
    elif not out:
        data(text)
    if change.failed:
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnusableFile(path, error) from error


def _run_url() -> str | None:
    """The page of the workflow's run, where one runs.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
    """
    server, repository, run = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None

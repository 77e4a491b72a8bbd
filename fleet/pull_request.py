"""A change as a pull request shows it: a job writes a preview of it, and another keeps the comments up to date."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fleet.context import FleetContext
from fleet.diff import Change, change_of
from fleet.events import Sink
from regionctl.github import Artifact, GitHub, Kept, Place, artifacts, change_document, keep_comment, read_change
from regionctl.model.errors import RegionctlError
from regionctl.review.folding import AllTokens, folded_document
from regionctl.review.report import Source, full_preview, limits_of_revision, limits_of_state, preview
from regionctl.system.files import NotWritten, write_whole
from regions.load import fleets

PUBLIC_API = "https://api.github.com"
FULL_TEXT = "full.md"  # beside the document, in an artifact


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


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where a preview is written to: the Markdown, the whole text, and the change for the job that comments."""

    out: Path | None = None
    full: Path | None = None
    document: Path | None = None

    def given(self) -> Iterable[Path]:
        return filter(None, (self.out, self.full, self.document))


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A change, and the Markdown of it."""

    change: Change
    tokens: AllTokens
    text: str

    def as_document(self) -> dict[str, Any]:
        folded = folded_document(self.change.plans, self.tokens)
        return {"version": 1, "kind": "preview", "markdown": self.text, **folded}


def written_preview(context: FleetContext, names: Sequence[str], base: str | None, files: Files, emit: Sink) -> Preview:
    """Writes what changes in these stacks, or in all. Raises what `change_of` raises, and UnusableFile: where a folder
    is missing before anything is computed.
    """
    for file in files.given():
        if not file.parent.is_dir():
            raise UnusableFile(file, "its folder does not exist", f"run: mkdir -p {file.parent}")
    change = change_of(context, names, base, emit)
    tokens = context.tokens_of(change.plans)
    source = Source(
        compared=limits_of_revision(str(change.base)) if change.base else limits_of_state(refreshed=False),
        full_name=files.full.name if files.full else None,
        run_url=_run_url(os.environ),
    )
    text = preview(change.plans, tokens, source, failed=change.failed)
    if files.full:
        _write(files.full, full_preview(change.plans, tokens, source, failed=change.failed))
    if files.out:
        _write(files.out, text)
    if files.document:
        commit = change.base.id if change.base else None
        handed = change_document(context.fleet_name, change.plans, base=commit, failed=change.failed, tokens=tokens)
        _write(files.document, handed)
    return Preview(change=change, tokens=tokens, text=text)


def keep_comments(
    regions_dir: Path, folder: Path, place: Place, *, run_url: str | None, from_fork: bool
) -> Mapping[str, Kept]:
    """Makes, changes or collapses a comment for each artifact in the folder that is of one of the checkout's fleets; by
    the artifact's key what was done. `place` has no key.

    Raises UnusableFile, and NotAChange before any comment is touched; NoToken, and what GitHub raises.
    """
    if not folder.is_dir():
        raise UnusableFile(folder, "there is no such folder", "name the folder with the artifacts of the run")
    texts = list(_texts(artifacts(folder, fleets(regions_dir), from_fork=from_fork), run_url, from_fork=from_fork))
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise NoToken
    with GitHub(os.environ.get("GITHUB_API_URL") or PUBLIC_API, token) as github:
        return {
            key: keep_comment(github, replace(place, key=key), text, nothing=nothing) for key, text, nothing in texts
        }


def _texts(found: Iterable[Artifact], run_url: str | None, *, from_fork: bool) -> Iterator[tuple[str, str, bool]]:
    """Each with its key, and whether there is nothing to tell. A fork's word for that collapses no comment."""
    for artifact in found:
        change = read_change(artifact)
        compared = limits_of_revision(change.base[:10]) if change.base else limits_of_state(refreshed=False)
        full = FULL_TEXT if (artifact.folder / FULL_TEXT).is_file() else None
        source = Source(compared=compared, full_name=full, run_url=run_url, from_fork=from_fork)
        nothing = not change.failed and not any(plan.changes for plan in change.plans) and not from_fork
        yield artifact.key, preview(change.plans, change.tokens, source, failed=change.failed), nothing


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text, private=False)
    except NotWritten as error:
        raise UnusableFile(path, error.why, "name a file that can be written") from error


def _run_url(environment: Mapping[str, str]) -> str | None:
    """The page of the workflow's run, where one runs.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
    """
    server, repository, run = (environment.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else None

"""A change as the job that computed it hands it to the job that comments: JSON of version 1, checked when it is read.

The first runs the pull request's code, a fork's maybe, and can write whatever it likes. The second runs the default
branch's code and may write comments. So the text of a comment is made by the second from checked values. A
document that is not of this shape is refused, and nothing of what it says is in the error.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from regionctl.engine import Kind, Plan, Step
from regionctl.model.errors import RegionctlError

FILE = "change.json"
MOST_BYTES = 32 << 20
# What the declarations say, and what the engine says: the names that artifacts have, with the fleet's behind them.
DECLARED, PLANNED = "declared", "planned"

_URN = re.compile(r"urn:pulumi:[^:\s]+::[^:\s]+::[^\s]+::.+", re.DOTALL)
_KEY = re.compile(r"[a-z_]{1,40}")
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$")]
_Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]


class NotAChange(RegionctlError):
    """A file is not what `ci preview --document` writes. `why` names the place in it, never what stands there."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(f"this is not what `ci preview --document` writes: {why}", where=str(file))


def _is_a_comparison(kind: Kind) -> Kind:
    if kind not in {Kind.PREVIEW, Kind.REVISION}:
        raise ValueError("neither planned nor compared")
    return kind


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Stack(_Closed):
    stack: _Name
    fleet: _Name
    region: _Name | None
    target: Annotated[str, StringConstraints(pattern="^(sandbox|cloud)$")]
    kind: Annotated[Kind, AfterValidator(_is_a_comparison)]
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _urns(self) -> _Stack:
        urns = (urn for step in self.steps for urn in (step.urn, step.old_urn) if urn is not None)
        if not all(map(_URN.fullmatch, urns)):
            raise ValueError("a URN that is none")
        return self


class ChangeDocument(_Closed):
    """`base` is the commit that was compared with; None where the engine planned against state. `failed`: the stacks
    without a whole plan. `tokens`: as `fold` takes them.
    """

    version: Literal[1] = 1
    kind: Literal["change"] = "change"
    fleet: _Name
    base: _Commit | None
    failed: tuple[_Name, ...]
    tokens: Mapping[_Name, Mapping[Annotated[str, Field(min_length=1)], str]]
    stacks: tuple[_Stack, ...]

    @model_validator(mode="after")
    def _one_fleet(self) -> ChangeDocument:
        """A stack's name says its fleet: a name of the document's own making, `gh-1`, would be a link to an issue."""
        names = (*self.failed, *(stack.stack for stack in self.stacks))
        if any(stack.fleet != self.fleet for stack in self.stacks) or not all(
            name.startswith(f"{self.fleet}.") for name in names
        ):
            raise ValueError("a stack of another fleet")
        return self

    @property
    def plans(self) -> tuple[Plan, ...]:
        return tuple(
            Plan(
                stack=one.stack,
                fleet=one.fleet,
                region=one.region,
                target=one.target,
                kind=one.kind,
                steps=one.steps,
            )
            for one in self.stacks
        )


def change_document(
    fleet: str,
    plans: Sequence[Plan],
    *,
    base: str | None,
    failed: Sequence[str],
    tokens: Mapping[str, Mapping[str, str]],
) -> str:
    """The JSON of a change; `base` is the id of the commit that it was compared with."""
    stacks = tuple(
        _Stack.model_construct(
            stack=plan.stack,
            fleet=plan.fleet,
            region=plan.region,
            target=plan.target,
            kind=plan.kind,
            steps=plan.changes,
        )
        for plan in plans
    )
    change = ChangeDocument.model_construct(fleet=fleet, base=base, failed=tuple(failed), tokens=tokens, stacks=stacks)
    return change.model_dump_json()


@dataclass(frozen=True)
class Artifact:
    """The folder of a change: its name, and whether the engine planned it."""

    folder: Path
    fleet: str
    planned: bool

    @property
    def key(self) -> str:
        return self.folder.name


def artifacts(folder: Path, fleets: Sequence[str], *, from_fork: bool) -> Iterator[Artifact]:
    """The folders of a run that may become comments: of these fleets alone, and from a fork none that the engine
    planned, since a fork's jobs get no credentials to plan with.
    """
    for fleet in fleets:
        for kind in (DECLARED,) if from_fork else (DECLARED, PLANNED):
            found = Artifact(folder / f"{kind}-{fleet}", fleet, kind == PLANNED)
            if found.folder.is_dir() and not found.folder.is_symlink():
                yield found


def read_change(artifact: Artifact) -> ChangeDocument:
    """The change of an artifact. Raises NotAChange."""
    file = artifact.folder / FILE
    try:
        change = ChangeDocument.model_validate_json(_content(file))
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        raise NotAChange(file, f"{_place(first['loc'])}: {first['type']}") from None
    if change.fleet != artifact.fleet:
        raise NotAChange(file, "it is of another fleet than its folder")
    if (change.base is None) != artifact.planned or any(
        (stack.kind is Kind.PREVIEW) != artifact.planned for stack in change.stacks
    ):
        raise NotAChange(file, "it was compared with something else than its folder says")
    return change


def _place(location: tuple[int | str, ...]) -> str:
    """`stacks.0.steps.2.urn`; a key of the document's own making is left out."""
    known = (str(part) if isinstance(part, int) or _KEY.fullmatch(part) else "?" for part in location)
    return ".".join(known) or "as a whole"


def _content(file: Path) -> bytes:
    try:
        # Without waiting for somebody to write into it, which nobody may do where it is a pipe.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as content:
            if not stat.S_ISREG(os.fstat(content.fileno()).st_mode):
                raise NotAChange(file, "it is no file")
            found = content.read(MOST_BYTES + 1)
    except OSError as error:
        raise NotAChange(file, str(error.strerror)) from error
    if len(found) > MOST_BYTES:
        raise NotAChange(file, f"it is larger than {MOST_BYTES >> 20} MiB")
    return found

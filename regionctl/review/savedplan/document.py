"""A saved plan: what it holds (JSON of version 1), how it is kept in a file, and why one is not made or not applied."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from regionctl.engine import Op, Plan, StateMark
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape, checked, loaded

VERSION: Literal[1] = 1


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedStep(_Closed):
    """One step. `inputs` has secrets and unknowns masked; `fingerprints` is path of a secret -> its HMAC."""

    op: Op
    urn: str
    inputs: Mapping[str, Any]
    fingerprints: Mapping[str, str]


class SavedStack(_Closed):
    """One stack: the state that its steps were planned on, and the steps, those that change nothing among them.

    `config` is what somebody wrote into the stack's config by hand, for the providers.
    """

    stack: str
    updates: int
    state: str  # SHA-256
    config: Mapping[str, str]
    steps: tuple[SavedStep, ...]
    outputs: Mapping[str, Any]

    @property
    def mark(self) -> StateMark:
        return StateMark(updates=self.updates, digest=self.state)


class SavedOptions(_Closed):
    """The options of `diff` that decide about steps."""

    targets: tuple[str, ...]
    allow: tuple[str, ...]


class WrappedKey(_Closed):
    """The file's key, encrypted by the secrets provider of a stack."""

    stack: str
    wrapped: str


class SavedPlan(_Closed):
    """The whole file. `files` and `tools` are what the steps were made from: path -> SHA-256, name -> version."""

    version: Literal[1] = VERSION
    kind: Literal["saved-plan"] = "saved-plan"
    fleet: str
    target: str
    backend: str
    made: AwareDatetime
    made_by: str
    expires: AwareDatetime
    options: SavedOptions
    tools: Mapping[str, str]
    files: Mapping[str, str]
    stacks: tuple[SavedStack, ...]
    key: WrappedKey
    mac: str = ""

    def holds_at(self, now: datetime) -> bool:
        return now < self.expires


def of_plan(plan: Plan, mark: StateMark, config: Mapping[str, str]) -> SavedStack:
    """A stack's plan as it is saved."""
    return SavedStack(
        stack=plan.stack,
        updates=mark.updates,
        state=mark.digest,
        config=config,
        steps=tuple(
            SavedStep(op=step.op, urn=step.urn, inputs=step.inputs, fingerprints=plan.fingerprints.get(step.urn, {}))
            for step in plan.steps
        ),
        outputs=plan.outputs,
    )


# Why a saved plan is not made or not applied. Nothing was touched.
#
# SavedPlanError
# |- NotSaved        the plan cannot be applied later as it is now
# |- DamagedPlan     the file is no saved plan, or not a whole one
# |- OtherVersion    another version of the file format
# |- TamperedPlan    somebody changed the file
# |- OtherPlace      it was made for another fleet, target or state
# '- PlanMoved       what it was made of, or on, is not the same any more

MOST = 20  # lines of what moved


class SavedPlanError(RegionctlError):
    """A saved plan was not made, or is not applied."""


class NotSaved(SavedPlanError):
    """A plan was not saved."""


class DamagedPlan(SavedPlanError):
    """The file is no saved plan, or not a whole one. `why` says where it stops being one."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"no saved plan, or not a whole one ({why})", where=path, hint=_again())


class OtherVersion(SavedPlanError):
    """The file is of a version that this regionctl does not read."""

    def __init__(self, path: str, version: object, known: int) -> None:
        self.path = path
        self.version = version
        super().__init__(
            f"a saved plan of version {version!r}; this regionctl reads {known}", where=path, hint=_again()
        )


class TamperedPlan(SavedPlanError):
    """The file is not as `diff --out` wrote it."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__("changed since it was saved; it is not applied", where=path, hint=_again())


class OtherPlace(SavedPlanError):
    """The plan was made for another fleet, target or state. `what` names which of them."""

    def __init__(self, path: str, what: str, planned: str, here: str) -> None:
        self.path = path
        self.planned = planned
        self.here = here
        super().__init__(f"made for the {what} {planned}, this is {here}", where=path, hint=f"apply it to {planned}")


class OtherKey(SavedPlanError):
    """The file's key does not open here."""

    def __init__(self, path: str, stack: str) -> None:
        self.path = path
        self.stack = stack
        super().__init__(
            f"its key does not open with the passphrase, or the KMS key, that {stack} has here",
            where=path,
            hint=f"apply it with the secrets provider that it was made with, or {_again()}",
        )


class PlanMoved(SavedPlanError):
    """The plan does not hold any more. `moved` says why, a line each.

    `stack` is set where it was found out about that one in the middle of the run: those before it are applied.
    """

    def __init__(self, path: str, moved: Sequence[str], again: str, *, stack: str | None = None) -> None:
        self.path = path
        self.moved = tuple(moved)
        self.stack = stack
        what = f"{stack} is not applied, nothing of it was touched" if stack else "not applied, nothing was touched"
        shown = [*moved[:MOST], *([f"and {len(moved) - MOST} more"] if len(moved) > MOST else [])]
        lines = "".join(f"\n  {line}" for line in shown)
        super().__init__(f"{what}:{lines}", where=path, hint=f"make a new plan: {again}")


def _again() -> str:
    return f"make it again: {command('diff', 'STACK...', '--out', 'FILE')}"


_SHAPE = TypeAdapter(SavedPlan)


def check_writable(path: Path) -> None:
    """Raises NotSaved where no file can be written there; better before the work than after it."""
    if path.is_dir():
        raise NotSaved("a folder, not a file", where=str(path), hint="name a file in it")
    if not os.access(path.parent, os.W_OK):
        raise NotSaved("its folder is not there, or cannot be written to", where=str(path), hint="name another file")


def write(path: Path, plan: SavedPlan) -> None:
    """Takes the place of what was there."""
    check_writable(path)
    write_whole(path, json.dumps(plan.model_dump(mode="json"), indent=1, sort_keys=True) + "\n")


def read(path: Path) -> SavedPlan:
    """The plan, its form checked; `verify` says whether it is genuine. Raises DamagedPlan, OtherVersion."""
    try:
        document = loaded(path.read_bytes())
        if not isinstance(document, dict) or document.get("kind") != "saved-plan":
            raise NotOfTheShape("it says nothing of a saved plan")
        if document.get("version") != VERSION:
            raise OtherVersion(str(path), document.get("version"), VERSION)
        return checked(_SHAPE, document)
    except FileNotFoundError as error:
        raise DamagedPlan(str(path), "there is no such file") from error
    except OSError as error:
        raise DamagedPlan(str(path), (error.strerror or "it cannot be read").lower()) from error
    except NotOfTheShape as error:
        raise DamagedPlan(str(path), error.why) from None


KEY_BYTES = 32


def fingerprint_key(key: bytes) -> bytes:
    """The key of the fingerprints of secrets."""
    return hmac.digest(key, b"regionctl saved plan: fingerprints", "sha256")


def sealed(plan: SavedPlan, key: bytes) -> SavedPlan:
    """The plan with its message authentication code."""
    return plan.model_copy(update={"mac": _mac(plan, key)})


def verify(plan: SavedPlan, key: bytes, path: str) -> None:
    """Raises TamperedPlan where the plan is not the one that was sealed with this key."""
    if not hmac.compare_digest(plan.mac.encode(), _mac(plan, key).encode()):
        raise TamperedPlan(path)


def _mac(plan: SavedPlan, key: bytes) -> str:
    content = json.dumps(plan.model_dump(mode="json", exclude={"mac"}), sort_keys=True)
    return hmac.digest(hmac.digest(key, b"regionctl saved plan: content", "sha256"), content.encode(), "sha256").hex()


def digests(files: Mapping[str, Path]) -> Mapping[str, str]:
    """SHA-256 in hexadecimal by the name that people know a file by."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def moved_files(planned: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """What happened to files since, in words."""
    lines = []
    for name in sorted({*planned, *found}):
        if name not in found:
            lines.append(f"{name} is gone since the plan")
        elif name not in planned:
            lines.append(f"{name} is new since the plan")
        elif planned[name] != found[name]:
            lines.append(f"{name} changed since the plan")
    return lines
